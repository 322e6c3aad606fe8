"""An outline runs where alpha ends and nowhere else, in the colours that it may use."""

import tracemalloc

import numpy as np
import pytest
from drawn import INK, picture, rows, text
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes import library
from pixart_nodes.pixel.edit.outline import COLORINGS, NEIGHBOURS, PLACES, Outline, outlined
from pixart_nodes.pixel.errors import UnknownName
from pixart_nodes.pixel.palette.palette import packed

SPRITE = """
    .......
    ..oo...
    ..ooo..
    ...bb..
    ......."""
PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(4)))


def drawn(sprite, **how):
    return text(outlined(picture(sprite), Outline(**how)))


def test_four_neighbours_leave_corners_open_and_eight_close_them():
    four = """
        ..XX...
        .XooX..
        .XoooX.
        ..XbbX.
        ...XX.."""
    eight = """
        .XXXX..
        .XooXX.
        .XoooX.
        .XXbbX.
        ..XXXX."""
    assert drawn(SPRITE) == rows(four)
    assert drawn(SPRITE, neighbours="8") == rows(eight)


def test_an_inner_outline_takes_the_outermost_pixels():
    sprite = "..... .ooo. .ooo. .ooo. ....."
    assert drawn(sprite, place="inside") == rows("..... .XXX. .XoX. .XXX. .....")
    touching = "ooo ooo ooo"
    assert drawn(touching + " ...", place="inside", neighbours="8") == rows("ooo ooo XXX ...")
    assert drawn(touching + " ...", place="inside", border=True) == rows("XXX XoX XXX ...")
    assert drawn(touching, place="inside", border=True) == rows("XXX XoX XXX")


def test_thickness_counts_pixels_and_nothing_is_drawn_over():
    sprite = "....... ....... ....... ...o... ....... ....... ......."
    two = drawn(sprite, thickness=2)
    assert two == rows("....... ...X... ..XXX.. .XXoXX. ..XXX.. ...X... .......")
    assert drawn(sprite, thickness=2, neighbours="8").count("X") == 24
    assert drawn(sprite, thickness=0) == rows(sprite)
    assert drawn(sprite, thickness=64, neighbours="8").count("X") == 48


def test_a_selective_outline_is_a_darker_colour_of_the_picture():
    sprite = """
        ........
        ..ooww..
        ..ooww..
        ..ddbb..
        ..X....."""
    done = outlined(picture(sprite), Outline(coloring="selective", shade=0.7))
    light = {letter: sum(INK[letter][:3]) for letter in INK}
    old, new = picture(sprite), text(done).split("\n")
    assert set("".join(new)) <= set("".join(rows(sprite).split()))
    assert light[new[0][2]] < light["o"] and light[new[0][4]] < light["w"]
    assert new[3][6] == "X", "nothing darker than b is there but black"
    assert np.array_equal(done[old[..., 3] > 0], old[old[..., 3] > 0])


@pytest.mark.parametrize("place", PLACES)
def test_a_selective_outline_of_a_photograph_takes_little_memory(place):
    art = np.random.default_rng(4).integers(0, 256, (128, 128, 4), np.uint8)
    art[..., 3] = 255
    art[:8] = 0
    tracemalloc.start()
    try:
        done = outlined(art, Outline(place, coloring="selective"))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    changed = (done != art).any(axis=2)
    assert changed.any()
    assert np.isin(packed(done[changed]), packed(art)).all()
    assert most < 256 << 20, "15,000 colours, each beside each in floats, are gigabytes"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("neighbours", NEIGHBOURS)
@pytest.mark.parametrize("coloring", COLORINGS)
@given(art=PICTURES, thickness=st.integers(0, 3), border=st.booleans())
def test_only_pixels_where_alpha_ends_change_and_only_to_palette_colours(
    place, neighbours, coloring, art, thickness, border
):
    palette = library.palette("pico-8")
    how = Outline(place, neighbours, thickness, coloring, (1, 2, 3), 0.5, border, palette)
    done = outlined(art, how)
    changed = (done != art).any(axis=2)
    assert np.isin(packed(done[changed]), packed(palette.colors)).all()
    assert not changed.any() if thickness == 0 else True
    if place == "outside":
        assert (art[changed][:, 3] == 0).all() and (done[changed][:, 3] == 255).all()
    else:
        assert (art[changed][:, 3] > 0).all() and np.array_equal(done[..., 3], art[..., 3])
    if place == "inside" and coloring == "one-color":
        assert np.array_equal(outlined(done, how), done)


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_that_is_all_transparent_or_all_opaque_has_no_end_of_alpha(place):
    for alpha in (0, 255):
        art = np.full((3, 4, 4), alpha, np.uint8)
        assert np.array_equal(outlined(art, Outline(place)), art)


def test_unknown_names_are_told():
    with pytest.raises(UnknownName, match="Did you mean 'outside'"):
        outlined(picture("o"), Outline("outsid"))
    with pytest.raises(UnknownName, match="Known: 4, 8"):
        outlined(picture("o"), Outline(neighbours="6"))

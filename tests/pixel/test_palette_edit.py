"""Edits of a palette change what they say and nothing else; a palette can be looked at."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pixart_nodes import library
from pixart_nodes.errors import PaletteError, PixelError, UnknownName
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.palette import swatch_picture
from pixart_nodes.pixel.palette.edit import SORTS, STEPS, edit, join
from pixart_nodes.pixel.palette.palette import Entry, Palette
from pixart_nodes.pixel.palette.swatch_picture import swatches

INK, RED, KEY = Entry((0, 0, 0), name="ink"), Entry((255, 0, 77)), Entry((255, 0, 255), 0, "key")
NEAR_INK, WHITE = Entry((4, 4, 4)), Entry((255, 255, 255))
MINE = Palette((KEY, WHITE, INK, RED, NEAR_INK, RED), "mine", columns=3)
ENTRIES = st.lists(
    st.builds(Entry, st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from([255, 0, 128]), locked=st.booleans()),
    min_size=1,
    max_size=24,
).filter(lambda entries: any(entry.alpha for entry in entries))
PALETTES = st.builds(Palette, ENTRIES.map(tuple))


def test_a_step_without_a_wish_changes_nothing():
    assert edit(MINE) == MINE
    for name, (step, nothing) in STEPS.items():
        assert step(MINE, nothing) == MINE, name


def test_added_colours_come_last_and_only_once():
    assert edit(MINE, add="#000 #29adff, 29adff #ff00ff").entries[6:] == (Entry((41, 173, 255)), Entry((255, 0, 255)))


def test_joining_keeps_the_first_and_appends_what_the_second_shows_beside_it():
    joined = join(Palette((WHITE, KEY), "one"), MINE)
    assert joined == Palette((WHITE, KEY, INK, RED, NEAR_INK), "one")
    with pytest.raises(PaletteError, match="has 257 colours"):
        join(Palette.from_table(np.arange(768).reshape(256, 3) % 255), Palette.of([[1, 1, 200]]))


def test_locked_colours_outlive_merging_and_limiting():
    locked = edit(MINE, lock="#040404")
    assert [entry.locked for entry in locked.entries] == [False] * 4 + [True, False]
    assert edit(locked, merge=0.2).entries == (KEY, WHITE, RED, NEAR_INK._replace(locked=True))
    assert edit(MINE, lock="#040404", limit=1).entries == (KEY, NEAR_INK._replace(locked=True))
    assert all(entry.locked == (entry.alpha > 0) for entry in edit(MINE, lock=" ALL ").entries)


def test_near_colours_merge_into_the_earlier_one():
    assert edit(MINE, merge=0.001).entries == (KEY, WHITE, INK, RED, NEAR_INK)
    assert edit(MINE, merge=0.2).entries == (KEY, WHITE, INK, RED)
    assert edit(MINE, merge=1.0).entries == (KEY, WHITE)


def test_an_opaque_colour_is_not_lost_to_the_same_colour_half_transparent():
    glass, red = INK._replace(alpha=128), RED._replace(locked=True)
    assert edit(Palette((glass, RED)), add="#000").entries == (glass, RED, Entry((0, 0, 0)))
    assert join(Palette((glass, RED)), Palette((INK, RED))).entries == (glass, RED, INK)
    assert edit(Palette((glass, INK, RED)), merge=0.01).entries == (INK, RED)
    assert edit(Palette((glass, NEAR_INK, red)), limit=2).entries == (NEAR_INK, red)
    assert edit(Palette((glass._replace(locked=True), INK, RED)), merge=0.01).entries == (
        glass._replace(locked=True),
        RED,
    )


@given(PALETTES, st.floats(0.01, 0.5))
@settings(max_examples=60)
def test_after_merging_no_two_colours_are_near_but_locked_ones(palette, distance):
    merged = edit(palette, merge=distance)
    apart = np.sqrt(spaces.distances(merged.colors, merged.colors, "oklab"))
    locked = {entry.rgb for entry in merged.entries if entry.locked and entry.alpha}
    free = np.array([tuple(rgb) not in locked for rgb in merged.colors.tolist()])
    np.fill_diagonal(apart, np.inf)
    assert not np.any(apart[np.ix_(free, np.full(len(free), True))] <= distance * (1 - 1e-9))  # rounding of the root
    assert {e.rgb for e in merged.entries if e.alpha} >= {e.rgb for e in palette.entries if e.locked and e.alpha}


@given(PALETTES, st.integers(1, 24))
@settings(max_examples=60)
def test_a_limit_leaves_so_many_colours_of_the_palette_and_all_locked_ones(palette, count):
    locked = {entry.rgb for entry in palette.entries if entry.locked and entry.alpha}
    if len(locked) > count:
        with pytest.raises(PaletteError, match=rf"{len(locked)} colours are locked, and only {count} may stay"):
            edit(palette, limit=count)
        return
    limited = edit(palette, limit=count)
    assert len(limited) == min(count, len(palette))
    assert locked <= {entry.rgb for entry in limited.entries}
    places = iter(palette.entries)
    assert all(entry in places for entry in limited.entries), "a part of the palette, in its order"


@pytest.mark.parametrize("by", SORTS)
@given(palette=PALETTES)
@settings(max_examples=30)
def test_sorting_keeps_every_entry_and_the_place_of_transparent_ones(by, palette):
    done = edit(palette, sort=by)
    assert sorted(done.entries) == sorted(palette.entries)
    assert [(at, e) for at, e in enumerate(done.entries) if not e.alpha] == [
        (at, e) for at, e in enumerate(palette.entries) if not e.alpha
    ]


def test_colours_are_sorted_by_what_the_order_is_named_for():
    pico = library.palette("pico-8")
    assert np.all(np.diff(spaces.luma(edit(pico, sort="luma").colors)) >= 0)
    assert edit(pico, sort="reverse").hex() == pico.hex()[::-1]
    mixed = Palette.of([[0, 0, 255], [255, 255, 0], [200, 200, 200], [0, 255, 0], [255, 0, 0], [10, 10, 10]])
    assert edit(mixed, sort="hue").hex() == ["0a0a0a", "c8c8c8", "ff0000", "ffff00", "00ff00", "0000ff"]
    with pytest.raises(UnknownName, match="Order 'lumma' is unknown"):
        edit(pico, sort="lumma")


@pytest.mark.parametrize(
    ("which", "at", "count"),
    [("2", 2, 6), (" #FF004D ", 3, 6), ("0", 0, 6), ("#123456", 6, 7), ("none", None, 6), ("", 0, 6)],
)
def test_one_entry_is_made_transparent_by_index_or_colour(which, at, count):
    done = edit(MINE, transparent=which)
    assert (done.transparent, len(done.entries)) == (at, count)
    assert sum(entry.alpha == 0 for entry in done.entries) == (at is not None)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"add": "reddish"}, "'reddish' is not a colour"),
        ({"lock": "#123456 #000"}, "'mine' has no #123456 to lock; add it first"),
        ({"lock": "#ff00ff"}, "has no #ff00ff to lock"),
        ({"transparent": "6"}, "'mine' has no entry 6; they are numbered 0 to 5"),
        ({"transparent": "000000"}, "'000000' is no entry; give an index such as 0, a colour such as #ff00ff, or none"),
        ({"transparent": "#12"}, "'#12' is not a colour"),
    ],
)
def test_a_wish_that_cannot_be_met_says_why(wish, words):
    with pytest.raises(PixelError, match=words):
        edit(MINE, **wish)


def test_a_palette_is_shown_as_squares_of_its_colours():
    picture = swatches(MINE, size=8)
    assert picture.shape == (16, 24, 3), "its own three columns"
    assert picture[8:, 0].tolist() == [[255, 0, 77]] * 8
    assert {tuple(rgb) for rgb in picture[:8, :8].reshape(-1, 3).tolist()} == {(0x99,) * 3, (0x66,) * 3}
    assert swatches(MINE, size=1, columns=4).tolist()[1][2:] == [[0x20] * 3] * 2, "nothing where there is no entry"
    assert swatches(library.palette("pico-8"), 5).shape == (10, 40, 3)
    assert swatches(library.palette("vga-13h"), 5).shape == (80, 80, 3)


def test_a_swatch_is_numbered_where_there_is_room():
    pico = library.palette("pico-8")
    plain = swatches(pico, 16, numbered=False)
    assert np.array_equal(swatches(pico, 15), swatches(pico, 15, numbered=False))
    numbered = swatches(pico, 16)
    changed = (numbered != plain).any(axis=2)
    seven = changed[1:6, 7 * 16 + 1 : 7 * 16 + 4]
    assert seven.astype(int).tolist() == [[1, 1, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
    assert changed[:16, 7 * 16 : 8 * 16].sum() == seven.sum()
    big = swatches(pico, 32)[:32, 7 * 32 : 8 * 32]
    assert (big == 0).all(axis=2).sum() == 4 * seven.sum(), "twice as large, dark on a light colour"


def test_every_digit_is_another():
    assert len(set(swatch_picture.DIGITS)) == 10 == len({glyph.tobytes() for glyph in swatch_picture._GLYPHS})


def test_a_locked_swatch_has_a_mark():
    one = Palette((Entry((9, 9, 9), locked=True),))
    marked = (swatches(one, 16, numbered=False) == 255).all(axis=2)
    assert np.argwhere(marked).tolist() == [[y, x] for y in (13, 14) for x in (13, 14)]

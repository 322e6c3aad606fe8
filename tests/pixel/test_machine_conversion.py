"""Any picture becomes one that a machine can show, and what it can show already stays as it is."""

import importlib.util
import re
from itertools import combinations

import cv2
import numpy as np
import pytest
from pixart_nodes.pixel.color import spaces
from pixart_nodes.pixel.errors import PaletteError, PictureError, UnknownName
from pixart_nodes.pixel.machine import cell_cost, cell_dither, conversion, legality, likeness, native, palette_packing
from pixart_nodes.pixel.machine.conversion import convert
from pixart_nodes.pixel.machine.legal_picture import different, mirrored
from pixart_nodes.pixel.machine.names import OTHERS
from pixart_nodes.pixel.machine.table import CALLED, MACHINES, machine
from pixart_nodes.pixel.machine.wishes import DITHERS, QUALITIES, Wishes

RANDOM = np.random.default_rng(41)
needs_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="there is no numba here")
EVERY = pytest.mark.parametrize("name", MACHINES)


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255)]).astype(np.uint8)


def slope(height=32, width=32):
    y, x = np.mgrid[0:height, 0:width]
    return opaque(np.stack([x * 255 // width, y * 255 // height, (x + y) % 64 * 3], axis=-1))


def sprite():
    picture = slope()
    y, x = np.mgrid[0:32, 0:32]
    picture[(x - 16) ** 2 + (y - 16) ** 2 > 150] = 0
    return picture


PICTURES = {
    "noise": opaque(RANDOM.integers(0, 256, (32, 32, 3))),
    "slope": slope(),
    "flat": opaque(np.full((32, 32, 3), (200, 30, 90))),
    "black": opaque(np.zeros((32, 32, 3))),
    "lines": opaque(np.where(np.eye(32)[..., None] > 0, 0, 255).repeat(3, axis=2)),
    "257 colours": opaque(np.stack([np.arange(1024).reshape(32, 32) % 257 // 2] * 3, axis=-1)),
    "sprite": sprite(),
}


@EVERY
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_every_machine_can_show_what_any_picture_becomes(name, picture):
    for dither in DITHERS:
        budget = 5 if machine(name).tiled else -1
        (legal,) = convert(picture[None], machine(name), Wishes(dither=dither, tiles=budget))
        assert legality.picture_breaches(legal, max(budget, 0)) == [], dither
        assert legality.breaches(legal.pixels, machine(name)) == [], dither  # by its pixels alone


@pytest.mark.parametrize(("picture", "dither"), [("flat", "pattern"), ("lines", "pattern"), ("tones", "diffusion")])
def test_auto_is_a_pattern_for_drawings_and_diffusion_where_a_picture_of_a_batch_is_a_photograph(picture, dither):
    tones = opaque(spread(np.random.default_rng(3).integers(0, 256, (32, 32, 3)).astype(np.float64)))
    batch = np.stack([PICTURES["flat"], {**PICTURES, "tones": tones}[picture]])
    made = [convert(batch, machine("nes"), Wishes(dither=name)) for name in ("auto", dither)]
    assert [(one.pixels == other.pixels).all() for one, other in zip(*made, strict=True)] == [True, True]
    assert Wishes().for_pictures(batch).dither == "diffusion"  # who names none gets what was always there


def spread(values):
    """Values whose tone changes everywhere, little by little."""
    return cv2.GaussianBlur(values, (0, 0), 3)


@EVERY
def test_what_a_machine_shows_comes_back_unchanged_whatever_the_dither(name):
    (legal,) = convert(PICTURES["slope"][None], machine(name), Wishes())
    for dither in DITHERS:
        (again,) = convert(legal.pixels[None], machine(name), Wishes(dither=dither))
        assert np.array_equal(again.pixels, legal.pixels), dither


def test_a_screen_of_as_many_tiles_as_there_is_room_for_is_taken_as_it_is_though_its_slots_are_not_known():
    nes = machine("nes")
    (legal,) = convert(slope(240, 256)[None], nes, Wishes())
    assert len(legal.tile_set.tiles) == nes.tiles
    places = native.places(legal.pixels, nes)
    palettes, owners = native.packing(native.cell_sets(places, nes), nes, glass=False)
    sorted_slots = native._held(places, nes, palettes, owners, glass=False)
    assert len(sorted_slots.tile_set.tiles) > nes.tiles  # by colours in the gamut's order
    assert legality.breaches(legal.pixels, nes) == []
    (again,) = convert(legal.pixels[None], nes, Wishes())
    assert np.array_equal(again.pixels, legal.pixels)
    assert len(again.tile_set.tiles) == nes.tiles


@EVERY
def test_the_same_seed_gives_the_same_picture(name):
    one, other = (convert(PICTURES["noise"][None], machine(name), Wishes(seed=3))[0] for _ in range(2))
    assert np.array_equal(one.slots, other.slots) and np.array_equal(one.palettes, other.palettes)


@EVERY
@pytest.mark.parametrize("quality", QUALITIES)
def test_a_flat_fill_in_a_colour_of_the_machine_stays_flat_beside_a_gradient(name, quality):
    picture = slope()
    picture[:16] = (*machine(name).gamut.colors[-1], 255)
    (legal,) = convert(picture[None], machine(name), Wishes(quality=quality))
    assert np.array_equal(legal.pixels[:16], picture[:16])


@pytest.mark.parametrize("name", [name for name, one in MACHINES.items() if one.palettes])
def test_a_sprite_keeps_its_glass(name):
    for dither in DITHERS:
        budget = 6 if machine(name).tiled else -1
        (legal,) = convert(sprite()[None], machine(name), Wishes(dither=dither, tiles=budget))
        assert legal.see_through
        assert np.array_equal(legal.pixels[..., 3] == 0, legal.slots == 0)
    (legal,) = convert(sprite()[None], machine(name), Wishes())
    assert np.array_equal(legal.pixels[..., 3], sprite()[..., 3])


def test_several_pictures_share_their_palettes_but_not_their_tiles():
    rooms = np.stack([PICTURES["slope"], PICTURES["noise"], PICTURES["flat"]])
    one, two, three = convert(rooms, machine("nes"), Wishes(tiles=4))
    assert np.array_equal(one.palettes, two.palettes) and np.array_equal(two.palettes, three.palettes)
    assert len(two.tile_set.tiles) == 4 and len(three.tile_set.tiles) == 1


def test_locked_colours_keep_their_slots_and_the_shared_one_is_in_every_palette():
    nes = machine("nes")
    locked = nes.gamut.colors[[13, 5, 20, 30, 13, 8]]
    (legal,) = convert(PICTURES["slope"][None], nes, Wishes(locked=locked))
    assert np.array_equal(legal.colors.reshape(-1, 3)[:6], locked)
    assert len(np.unique(legal.palettes[:, 0])) == 1
    (legal,) = convert(PICTURES["slope"][None], nes, Wishes(shared=nes.gamut.colors[40]))
    assert (legal.palettes[:, 0] == 40).all()
    (legal,) = convert(PICTURES["slope"][None], machine("c64"), Wishes(shared=machine("c64").gamut.colors[7]))
    assert (legal.palettes[:, 0] == 7).all()


def test_the_border_around_a_bitmap_is_dark_unless_its_colours_are_locked():
    st = machine("st")
    (legal,) = convert(PICTURES["slope"][None], st, Wishes())
    assert (np.diff(spaces.oklab(legal.colors[0])[:, 0]) >= 0).all()
    locked = st.gamut.colors[[511, 7]]
    (legal,) = convert(PICTURES["slope"][None], st, Wishes(locked=locked))
    assert np.array_equal(legal.colors[0, :2], locked)


def test_a_tile_set_builds_the_picture_again():
    (legal,) = convert(PICTURES["noise"][None], machine("snes"), Wishes(tiles=7))
    tiles = legal.tile_set
    assert len(tiles.tiles) == 7
    rows = []
    for y in range(4):
        cells = [
            tiles.tiles[tiles.index[y, x]][mirrored(tiles.across[y, x] | tiles.down[y, x] << 1)].reshape(8, 8)
            for x in range(4)
        ]
        rows.append(np.concatenate(cells, axis=1))
    assert np.array_equal(np.concatenate(rows), legal.slots)


def test_mirrored_tiles_are_one_where_the_machine_can_mirror():
    tile = np.arange(64, dtype=np.uint8)
    four = np.stack([tile[mirrored(way)] for way in range(4)])
    assert len(different(four, flips=True)[0]) == 1 and len(different(four, flips=False)[0]) == 4


REFUSED = {
    "tiles 0": ("nes", Wishes(tiles=0), PictureError, "A tile budget of 0 leaves no tile"),
    "tiles of the Spectrum": ("zx", Wishes(tiles=9), PictureError, "ZX Spectrum counts no tiles"),
    "tiles of a bitmap": ("ega", Wishes(tiles=9), PictureError, "EGA counts no tiles"),
    "too many tiles": ("nes", Wishes(tiles=257), PictureError, "NES has room for 256 tiles, not for 257"),
    "strange shared colour": (
        "nes",
        Wishes(shared=np.array([1, 2, 3], np.uint8)),
        PaletteError,
        "nearest .* is #000000",
    ),
    "shared of a machine without": ("gbc", Wishes(shared=np.zeros(3, np.uint8)), PaletteError, "share no colour"),
    "twice": ("snes", Wishes(locked=np.zeros((2, 3), np.uint8)), PaletteError, "has a colour twice"),
    "too many": ("gb", Wishes(locked=np.zeros((5, 3), np.uint8)), PaletteError, "5 locked colours; .* room for 4"),
    "own": ("zx", Wishes(locked=np.zeros((1, 3), np.uint8)), PaletteError, "each block chooses its own"),
    "dither": ("gb", Wishes(dither="patern"), UnknownName, "Did you mean 'pattern'"),
    "quality": ("gb", Wishes(quality="great"), UnknownName, "Known: fast, best"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_a_machine_can_not_do_is_refused_in_a_sentence(case):
    name, wishes, error, words = case
    with pytest.raises(error, match=words):
        convert(PICTURES["slope"][None], machine(name), wishes)


def test_pictures_with_nothing_to_show_and_odd_sizes_are_refused_in_a_sentence():
    with pytest.raises(PictureError, match="All of the picture is transparent"):
        convert(np.zeros((1, 8, 8, 4), np.uint8), machine("gbc"))
    with pytest.raises(PictureError, match="1 x 1 pixels are no whole number of blocks of 8 x 8"):
        convert(np.full((1, 1, 1, 4), 255, np.uint8), machine("gbc"))
    with pytest.raises(UnknownName, match="Did you mean 'snes'"):
        machine("sness")


USUAL = {
    "gb": ("gameboy", "Game Boy", "game-boy", "DMG"),
    "gbc": ("gameboy color", "GameBoyColour"),
    "gba": ("gameboy advance", "game boy advanced"),
    "nes": ("famicom", "Nintendo"),
    "snes": ("super nintendo", "superfamicom"),
    "megadrive": ("mega drive", "genesis", "Sega Genesis", "mega-drive"),
    "mastersystem": ("sms", "master system"),
    "gamegear": ("game gear", "gg"),
    "pce": ("pc engine", "turbografx", "TurboGrafx-16"),
    "zx": ("spectrum", "zx spectrum", "zxspectrum", "speccy"),
    "c64": ("commodore64", "Commodore 64"),
    "msx1": ("msx", "colecovision", "coleco"),
    "cpc": ("amstrad", "Amstrad CPC"),
    "ega": ("dos", "MS-DOS"),
    "st": ("atari st", "atari"),
    "amiga": ("amiga 500", "amiga500", "A500"),
    "pico8": ("pico-8", "PICO 8"),
    "tic80": ("tic-80",),
}


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in USUAL.items() for word in words])
def test_who_calls_a_machine_by_its_usual_name_is_told_the_one_that_it_has_here(name, word):
    with pytest.raises(UnknownName, match=f"Did you mean '{name}'"):
        machine(word)


def test_every_machine_has_a_line_of_names_and_no_name_is_of_two():
    assert OTHERS.keys() == MACHINES.keys()
    meant = {(re.sub(r"[\W_]", "", word).casefold(), name) for name, words in CALLED.items() for word in words}
    assert len({word for word, _ in meant}) == len(meant)


# What an artist's picture breaks.


def found(rgb, name):
    return [(each.limit, int(each.where.sum())) for each in legality.breaches(opaque(rgb), machine(name))]


def test_breaches_are_named_and_marked_where_they_are():
    red, green, white = (216, 0, 0), (0, 216, 0), (255, 255, 255)
    picture = np.full((16, 16, 3), red)
    assert found(picture, "zx") == []
    picture[0, :3] = (1, 2, 3)
    assert found(picture, "zx") == [("gamut", 3)]
    picture[0, 0], picture[0, 1], picture[0, 2] = green, (0, 0, 0), red
    assert found(picture, "zx") == [("colors", 64)]
    picture[0, 1] = green
    assert found(picture, "zx") == []
    picture[8:, 8:][3, 3] = white
    assert found(picture, "zx") == [("groups", 64)]


def test_blocks_that_need_more_palettes_than_there_are_and_too_many_tiles_are_found():
    nes = machine("nes")
    picture = nes.gamut.colors[np.arange(54)[None, :48].repeat(16, axis=0)]  # 48 colours, three in each block's row
    blocks = np.repeat(picture[:, ::3], 16, axis=1)
    blocks[0] = nes.gamut.colors[np.arange(256) // 16 * 3 + np.arange(256) % 3]
    assert found(blocks, "nes") == [("palettes", 16 * 256)]
    noise = np.where(RANDOM.random((240, 256, 1)) < 0.5, 0, 252).repeat(3, axis=2)
    assert found(noise, "nes") == [("tiles", (960 - 256) * 64)]
    assert found(np.zeros((8, 9, 3)), "nes") == [("cells", 72)]
    assert found(np.zeros((16, 272, 3)), "nes") == [("size", 16 * 16)]


def test_a_packing_is_found_where_blocks_share_their_palettes():
    sets = [frozenset(each) for each in ([0, 1, 2], [0, 3, 4], [0, 1], [0, 5, 6, 7], [0, 8], [8, 9, 10])]
    palettes, owners = native.packing(sets, machine("nes"), glass=False)
    assert (palettes[:, 0] == 0).all() and len(palettes) <= 4
    assert all(each <= set(palettes[owner]) for each, owner in zip(sets, owners, strict=True))
    assert native.packing([frozenset(range(5))], machine("nes"), glass=False) is None


@pytest.mark.parametrize("name", ["gbc", "snes"])
def test_blocks_of_few_colours_each_are_packed_though_no_order_of_them_does_it(name):
    """Of palettes that have colours in common; the greedy orders alone miss both."""
    one, random = machine(name), np.random.default_rng(7)
    room = one.colors - one.shared
    palettes = [random.choice(4 * one.colors, room, replace=False) for _ in range(one.palettes)]
    owners, sizes = random.integers(0, one.palettes, 300), random.integers(1, room // 2 + 1, 300)
    parts = [random.choice(palettes[owner], size, replace=False) for owner, size in zip(owners, sizes, strict=True)]
    needs = [frozenset(each.tolist()) for each in parts]
    assert palette_packing.packed(needs, one.palettes, room, patient=False) is None
    bins = palette_packing.packed(needs, one.palettes, room)
    assert bins is not None and len(bins) <= one.palettes and max(map(len, bins)) <= room
    assert all(any(each <= one for one in bins) for each in needs)


def test_more_colours_than_all_palettes_hold_are_told_from_a_packing_that_did_not_turn_up():
    nes = machine("nes")
    stripes = np.repeat(nes.gamut.colors[:16][None], 16, axis=0).repeat(16, axis=1)
    (breach,) = legality.breaches(opaque(stripes), nes)
    assert breach.words == "16 colours; 4 palettes of 4 that share 1 have room for 13."
    fours = np.concatenate([nes.gamut.colors[list(each)] for each in combinations(range(7), 4)][:16])
    blocks = np.repeat(np.repeat(fours[None], 4, axis=1), 16, axis=0)
    (breach,) = legality.breaches(opaque(blocks), nes)
    assert breach.words.endswith("that share 1; that there is none isn't proven.")


def test_without_dither_each_pixel_has_the_nearest_colour_of_its_block():
    lab = spaces.oklab(PICTURES["noise"][..., :3])
    for asked in (Wishes(dither="none"), Wishes(strength=0.0)):
        (legal,) = convert(PICTURES["noise"][None], machine("nes"), asked)
        off = ((spaces.oklab(legal.colors)[legal.owners] - lab[:, :, None]) ** 2).sum(axis=-1)
        assert np.array_equal(off.argmin(axis=2), legal.slots)


def test_tiles_that_many_places_share_are_drawn_nearer_to_all_of_them_in_the_best_quality():
    lab, off = spaces.oklab(PICTURES["noise"][..., :3]), {}
    for quality in QUALITIES:
        asked = Wishes(dither="none", tiles=4, quality=quality)
        (legal,) = convert(PICTURES["noise"][None], machine("gbc"), asked)
        assert len(legal.tile_set.tiles) <= 4
        off[quality] = likeness.pixels_apart(lab, legal.pixels[..., :3])
    assert off["best"] < 0.95 * off["fast"]


def test_a_flat_fill_between_two_colours_of_a_coarse_gamut_is_mixed_of_both():
    """To a hundredth of full light; the greys beside it have none and 0.09 of it."""
    (legal,) = convert(opaque(np.full((32, 32, 3), 42))[None], machine("mastersystem"), Wishes())
    assert len(np.unique(legal.pixels.reshape(-1, 4), axis=0)) > 1
    assert spaces.linear(legal.pixels[..., :3]).mean() == pytest.approx(spaces.linear(42), abs=0.01)


# The compiled forms.


def points(count, seed=1):
    return spaces.oklab(np.random.default_rng(seed).integers(0, 256, (count, 3)))


@needs_numba
@pytest.mark.parametrize("grain", [0.0, 0.4, cell_cost.ONE_COLOR])
def test_costs_are_those_of_the_plain_form(grain):
    pixels, palette, pool = points(200), points(5, 2), points(9, 3)
    assert np.array_equal(
        cell_cost.lowest_costs.fast(pixels, palette, grain), cell_cost.lowest_costs.plain(pixels, palette, grain)
    )
    for some in (pixels, pixels[:0]):
        swapped = [form(some, palette, pool, grain) for form in (cell_cost.swap_costs.fast, cell_cost.swap_costs.plain)]
        assert np.array_equal(*swapped)
    sets = np.array([(0, 1, 2), (3, 4, 8), (0, 5, 7)])
    cells = pixels.reshape(25, 8, 3)
    one, other = (form(cells, pool, sets, grain) for form in (cell_cost.set_costs.fast, cell_cost.set_costs.plain))
    assert np.array_equal(one, other)


@needs_numba
def test_the_patterns_that_stay_are_those_of_the_plain_form():
    costs = np.round(RANDOM.random((60, 40)), 1)  # with many equal ones
    for budget in (1, 2, 17, 40):
        kept = cell_cost.pattern_choice.plain(costs, budget)
        assert np.array_equal(cell_cost.pattern_choice.fast(costs, budget), kept)
        assert len(np.unique(kept)) <= budget


@needs_numba
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("dither", [cell_dither.diffuse, cell_dither.knoll])
def test_dithers_by_cells_are_those_of_the_plain_form(dither, first):
    picture = np.concatenate([PICTURES["slope"], PICTURES["noise"]])[:45, :29]
    colors = RANDOM.integers(0, 256, (3, 5, 3), dtype=np.uint8)
    colors[0, 3] = picture[4, 4, :3]
    owners = RANDOM.integers(0, 3, picture.shape[:2])
    visible = RANDOM.random(owners.shape) < 0.9
    for strength in (0.0, 0.5, 1.0):
        wanted = cell_dither.original(picture[..., :3], owners, visible)
        task = wanted, cell_dither.paints(colors, first), strength
        assert np.array_equal(dither.fast(*task), dither.plain(*task))


def test_dither_meets_the_mean_of_what_two_colours_can_mix():
    """To a pixel and a half of 32 x 32, which are what the last row and the borders keep."""
    grey = np.full((32, 32, 3), 170, np.uint8)
    known = cell_dither.paints(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8))
    wanted = cell_dither.original(grey, np.zeros((32, 32), np.int64), np.ones((32, 32), np.bool_))
    assert abs(cell_dither.diffuse(wanted, known, 1.0).mean() - spaces.linear(170)) < 0.015


@EVERY
def test_best_is_no_further_from_the_original_than_fast(name):
    fast, best = (convert(PICTURES["slope"][None], machine(name), Wishes(quality=each)) for each in QUALITIES)
    assert legality.picture_breaches(best[0]) == []
    pictures = conversion._pictures(PICTURES["slope"][None], machine(name))
    assert conversion._likest(pictures, [fast, best]) is best or np.array_equal(fast[0].pixels, best[0].pixels)

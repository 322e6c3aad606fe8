"""A sheet gives back the frames it was packed from, to the byte, and its atlas says where they are."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pixart_nodes.pixel.errors import PictureError, UnknownName
from pixart_nodes.pixel.files import sprite_sheet, timing

FRAMES = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 6), st.integers(1, 6), st.just(4)), fill=st.nothing()
)
LAYOUT = {"columns": st.integers(0, 9), "margin": st.integers(0, 3), "spacing": st.integers(0, 3)}
WALK = np.random.default_rng(4).integers(1, 256, (5, 6, 4, 4), dtype=np.uint8)


@given(frames=FRAMES, power_of_two=st.booleans(), **LAYOUT)
def test_frames_come_back_to_the_byte(frames, columns, margin, spacing, power_of_two):
    packed = sprite_sheet.pack(frames, columns, margin, spacing, power_of_two=power_of_two)
    grid = sprite_sheet.by_size(packed.pixels[None], frames.shape[2], frames.shape[1], margin, spacing)
    if not power_of_two:
        assert grid == packed.grid
        rows = -(-len(frames) // grid.columns)
        assert sprite_sheet.by_count(packed.pixels[None], grid.columns, rows, margin, spacing) == grid
    assert np.array_equal(sprite_sheet.unpack(packed.pixels[None], packed.grid, packed.count), frames)


@given(frames=FRAMES, extrude=st.integers(0, 3), **LAYOUT)
def test_extruded_frames_come_back_to_the_byte_and_have_their_own_edges_around_them(
    frames, columns, margin, spacing, extrude
):
    packed = sprite_sheet.pack(frames, columns, margin, spacing, extrude=extrude)
    height, width = frames.shape[1:3]
    assert packed.grid.margin == margin + extrude and packed.grid.spacing == spacing + 2 * extrude
    assert np.array_equal(sprite_sheet.unpack(packed.pixels[None], packed.grid, packed.count), frames)
    around = ((0, 0), (extrude, extrude), (extrude, extrude), (0, 0))
    padded = sprite_sheet.pack(np.pad(frames, around, mode="edge"), packed.grid.columns, margin, spacing)
    assert np.array_equal(packed.pixels, padded.pixels)
    cut = sprite_sheet.by_size(packed.pixels[None], width, height, packed.grid.margin, packed.grid.spacing)
    assert cut == packed.grid


@given(frames=FRAMES, form=st.sampled_from(sprite_sheet.FORMS), **LAYOUT)
def test_the_atlas_leads_to_each_frame_trimmed_or_not(frames, form, columns, margin, spacing):
    frames[..., 3] = np.where(frames[..., 3] > 128, 255, 0)
    frames[..., :3][frames[..., 3] == 0] = 0
    packed = sprite_sheet.pack(frames, columns, margin, spacing, trim=True)
    told = json.loads(sprite_sheet.atlas(packed, "hero", form, [100] * len(frames)))
    entries = told["frames"] if form == "array" else list(told["frames"].values())
    assert told["meta"]["size"] == {"w": packed.pixels.shape[1], "h": packed.pixels.shape[0]}
    assert len(entries) == len(frames)
    for entry, frame in zip(entries, frames, strict=True):
        cut, place, size = entry["frame"], entry["spriteSourceSize"], entry["sourceSize"]
        whole = np.zeros((size["h"], size["w"], 4), np.uint8)
        part = packed.pixels[cut["y"] : cut["y"] + cut["h"], cut["x"] : cut["x"] + cut["w"]]
        whole[place["y"] : place["y"] + place["h"], place["x"] : place["x"] + place["w"]] = part
        assert np.array_equal(whole, frame)
        assert entry["trimmed"] == (part.shape != frame.shape)


def test_the_atlas_reads_as_aseprites():
    packed = sprite_sheet.pack(WALK, columns=2, margin=1, spacing=1)
    tags = timing.tags("walk 0-2; idle 3-4 pingpong", 5)
    told = json.loads(sprite_sheet.atlas(packed, "hero", "hash", [100, 100, 50, 50, 50], tags))
    assert list(told["frames"]) == [f"hero {n}" for n in range(5)]
    assert told["frames"]["hero 3"] == {
        "frame": {"x": 6, "y": 8, "w": 4, "h": 6},
        "rotated": False,
        "trimmed": False,
        "spriteSourceSize": {"x": 0, "y": 0, "w": 4, "h": 6},
        "sourceSize": {"w": 4, "h": 6},
        "duration": 50,
    }
    assert told["meta"]["image"] == "hero.png"
    assert told["meta"]["frameTags"][1] == {"name": "idle", "from": 3, "to": 4, "direction": "pingpong"}
    listed = json.loads(sprite_sheet.atlas(packed, "hero", "array", [100] * 5))
    assert [frame["filename"] for frame in listed["frames"]] == list(told["frames"])


@pytest.mark.parametrize("form", sprite_sheet.FORMS)
def test_without_a_name_frames_are_the_numbers_by_which_phaser_finds_those_of_a_tag(form):
    told = json.loads(sprite_sheet.atlas(sprite_sheet.pack(WALK), "", form, [100] * 5, timing.tags("walk 0-4", 5)))
    names = list(told["frames"]) if form == "hash" else [frame["filename"] for frame in told["frames"]]
    assert names == ["0", "1", "2", "3", "4"]
    assert told["meta"]["image"] == "sheet.png"


def test_trimming_cuts_all_frames_alike_and_leaves_one_pixel_of_nothing():
    frames = np.zeros((2, 8, 9, 4), np.uint8)
    assert sprite_sheet.pack(frames, trim=True).pixels.shape == (1, 2, 4), "one pixel each"
    frames[0, 2, 3] = frames[1, 5, 4] = 255
    packed = sprite_sheet.pack(frames, trim=True)
    assert (packed.grid.width, packed.grid.height) == (2, 4)
    assert packed.box == sprite_sheet.Box(3, 2, 9, 8)


def test_a_sheet_is_as_square_as_it_gets():
    assert [sprite_sheet.pack(np.zeros((n, 8, 8, 4), np.uint8)).grid.columns for n in (1, 2, 3, 4, 6, 9, 10)] == [
        *(1, 2, 2, 2, 3, 3, 4),
    ]
    assert sprite_sheet.pack(np.zeros((8, 16, 4, 4), np.uint8)).grid.columns == 8
    assert sprite_sheet.pack(WALK, columns=99).grid.columns == 5


def test_power_of_two_adds_transparency_right_and_below():
    packed = sprite_sheet.pack(WALK, columns=3, power_of_two=True)
    assert packed.pixels.shape == (16, 16, 4)
    assert not packed.pixels[12:].any() and not packed.pixels[:, 12:].any()


def test_empty_cells_are_skipped_or_kept():
    packed = sprite_sheet.pack(WALK, columns=3)
    sheets = np.stack([packed.pixels, packed.pixels])
    assert len(sprite_sheet.unpack(sheets, packed.grid)) == 12
    kept = sprite_sheet.unpack(sheets, packed.grid, skip_empty=True)
    assert np.array_equal(kept, np.concatenate([WALK, WALK]))


@pytest.mark.parametrize(
    ("size", "grid"),
    [((0, 0), (4, 6, 3)), ((2, 0), (2, 6, 6)), ((0, 5), (4, 5, 3)), ((5, 4), (5, 4, 2))],
)
def test_a_side_whose_size_is_given_has_it_and_the_other_goes_by_count(size, grid):
    sheets = sprite_sheet.pack(WALK, columns=3).pixels[None]
    assert sprite_sheet.by_count(sheets, 3, 2, 0, 0, *size) == sprite_sheet.Grid(*grid)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda s: sprite_sheet.by_size(s, 40, 4), "No cell of 40 x 4 pixels"),
        (lambda s: sprite_sheet.by_count(s, 5, 2), "12 pixels can't be shared out evenly to 5 columns"),
        (lambda s: sprite_sheet.by_count(s, 3, 2, margin=9), "to 3 columns with a margin of 9"),
        (lambda s: sprite_sheet.unpack(s, sprite_sheet.Grid(4, 6, 3), 7), "6 cells, fewer than the 7 frames"),
        (
            lambda s: sprite_sheet.unpack(s * 0, sprite_sheet.Grid(4, 6, 3), skip_empty=True),
            "Every cell of the sheet is empty",
        ),
        (lambda s: sprite_sheet.pack(np.zeros((1, 1, 9000, 4), np.uint8), margin=4000), "17000 x 8001 pixels; 16384"),
    ],
)
def test_what_cannot_be_done_is_told(wrong, words):
    with pytest.raises(PictureError, match=words):
        wrong(sprite_sheet.pack(WALK, columns=3).pixels[None])


def test_an_unknown_form_is_named():
    with pytest.raises(UnknownName, match="Did you mean 'array'"):
        sprite_sheet.atlas(sprite_sheet.pack(WALK), "hero", "arry", [1] * 5)


def test_durations_are_one_for_all_or_one_each():
    assert timing.durations("", 80, 3) == [80, 80, 80]
    assert timing.durations(" 200, 100;100 ", 80, 3) == [200, 100, 100]
    assert timing.durations("200 50", 80, 4) == [200, 50, 50, 50]


@pytest.mark.parametrize(("text", "words"), [("0", "'0' is no"), ("1.5", "'1.5'"), ("1 2 3", "3 durations for 2")])
def test_a_wrong_duration_is_told(text, words):
    with pytest.raises(PictureError, match=words):
        timing.durations(text, 100, 2)


def test_tags_are_names_and_frames():
    assert timing.tags("walk 0-3, jump left 4; turn 1 - 2 pingpong\n", 5) == [
        timing.Tag("walk", 0, 3),
        timing.Tag("jump left", 4, 4),
        timing.Tag("turn", 1, 2, "pingpong"),
    ]
    assert timing.tags(" ", 1) == []


@pytest.mark.parametrize(("text", "words"), [("walk", "is no tag"), ("walk 0-5", "0-5 of 0-4"), ("walk 3-1", "3-1")])
def test_a_wrong_tag_is_told(text, words):
    with pytest.raises(PictureError, match=words):
        timing.tags(text, 5)


@pytest.mark.parametrize("text", ["", "[]", "7", '{"meta": 1}', '{"meta": {"size": 3}}', "[" * 100_000])
def test_what_is_no_atlas_is_refused_as_one(text):
    with pytest.raises(PictureError, match="atlas can't be read"):
        sprite_sheet.of_file(text, "a.png", 8, 8)


def test_an_atlas_goes_with_a_sheet_of_its_size_only():
    packed = sprite_sheet.pack(WALK)
    height, width = packed.pixels.shape[:2]
    atlas = sprite_sheet.atlas(packed, "walk", "hash", [100] * len(WALK))
    assert json.loads(sprite_sheet.of_file(atlas, "a.png", width, height))["meta"]["image"] == "a.png"
    with pytest.raises(PictureError, match=f"of a sheet of {width} x {height} pixels, and this one has 1 x 2"):
        sprite_sheet.of_file(atlas, "a.png", 1, 2)

"""What engines read beside a sheet leads them to the very frames, in the order and for the time of each tag."""

import json
import re
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from pixart_nodes.pixel.errors import PictureError
from pixart_nodes.pixel.files import engine_sheet, sprite_sheet, timing
from pixart_nodes.pixel.files.timing import Tag

WALK = np.random.default_rng(4).integers(1, 256, (5, 6, 4, 4), dtype=np.uint8)
TIMES = [100, 100, 50, 60, 70]
TAGS = timing.tags("walk 0-2; idle & go 3-4 reverse", 5)


def atlas_of(form="hash", tags=TAGS, image="hero_00001_.png", **layout):
    packed = sprite_sheet.pack(WALK, **layout)
    text = sprite_sheet.atlas(packed, "hero", form, TIMES, tags)
    return packed, engine_sheet.parse(sprite_sheet.of_file(text, image, *packed.pixels.shape[1::-1]))


@pytest.mark.parametrize("form", sprite_sheet.FORMS)
@pytest.mark.parametrize(
    "layout", [{"columns": 3, "margin": 1, "spacing": 2, "extrude": 1}, {"columns": 1, "spacing": 3}, {"columns": 5}]
)
def test_tiled_cuts_the_sheet_as_it_was_packed(form, layout):
    packed, atlas = atlas_of(form, **layout)
    tiles = Xml.fromstring(engine_sheet.tiled(atlas))
    numbers = {name: int(value) for name, value in tiles.attrib.items() if value.isdigit()}
    image = tiles.find("image").attrib
    assert image == {"source": "hero_00001_.png"} | dict(
        zip(("width", "height"), map(str, packed.pixels.shape[1::-1]), strict=True)
    )
    grid = sprite_sheet.Grid(*(numbers[name] for name in ("tilewidth", "tileheight", "columns", "margin", "spacing")))
    assert np.array_equal(sprite_sheet.unpack(packed.pixels[None], grid, len(WALK)), WALK)


@pytest.mark.parametrize(
    ("layout", "columns", "count", "played"),
    [
        ({"columns": 3, "power_of_two": True}, 4, 8, ["0", "1", "2", "5", "4"]),  # 12 x 12 pixels become 16 x 16
        ({"columns": 3, "margin": 4}, 4, 8, ["0", "1", "2", "5", "4"]),
        ({"columns": 3, "margin": 3}, 3, 6, ["0", "1", "2", "4", "3"]),
    ],
)
def test_tiled_finds_frames_by_the_numbers_that_it_gives_to_all_cells_of_the_picture(layout, columns, count, played):
    packed, atlas = atlas_of(**layout)
    tiles = Xml.fromstring(engine_sheet.tiled(atlas))
    height, width = packed.pixels.shape[:2]
    margin, wide, high = int(tiles.get("margin")), int(tiles.get("tilewidth")), int(tiles.get("tileheight"))
    corners = [(y, x) for y in range(margin, height - high + 1, high) for x in range(margin, width - wide + 1, wide)]
    cells = [packed.pixels[y : y + high, x : x + wide] for y, x in corners]  # as Tiled cuts them
    assert (tiles.get("columns"), tiles.get("tilecount"), len(cells)) == (str(columns), str(count), count)
    assert [frame.get("tileid") for frame in tiles.iter("frame")] == played
    shown = [cells[int(number)] for number in played]
    assert np.array_equal(shown, WALK[[0, 1, 2, 4, 3]])


def test_two_tags_of_one_name_are_two_animations_of_godot():
    tags = timing.tags("walk 0-1, walk 2, walk 2 3, walk 4", 5)
    text = engine_sheet.godot(atlas_of(tags=tags)[1])
    assert re.findall(r'"name": &"([^"]+)"', text) == ["walk", "walk 3", "walk 2", "walk 4"]


def test_tiled_plays_each_tag_from_its_first_tile():
    tiles = Xml.fromstring(engine_sheet.tiled(atlas_of()[1]))
    played = {
        tile.get("id"): [(frame.get("tileid"), frame.get("duration")) for frame in tile.iter("frame")]
        for tile in tiles.iter("tile")
    }
    assert played == {"0": [("0", "100"), ("1", "100"), ("2", "50")], "3": [("4", "70"), ("3", "60")]}


def test_a_tag_that_tiled_has_no_tile_for_is_told():
    atlas = atlas_of(tags=timing.tags("walk 0-1, all 0-4, jump 2-3", 5))[1]
    said = (
        "A tile of Tiled has one animation: the tag 'all' begins at frame 0 as 'walk' does, and is in the .json alone."
    )
    assert engine_sheet.remarks(atlas, ".tsx") == [said]
    assert engine_sheet.remarks(atlas, ".tres") == []
    assert [tile.get("id") for tile in Xml.fromstring(engine_sheet.tiled(atlas)).iter("tile")] == ["0", "2"]


STRANGE = "say \"hi\" & <b> \\ 'ü' 🦊\t]"


def test_names_with_quotes_umlauts_and_emoji_come_back_from_tiled_and_from_godot():
    strange = atlas_of(tags=[Tag(STRANGE, 0, 2)], image=f"{STRANGE}.png")[1]
    tiles = Xml.fromstring(engine_sheet.tiled(strange))
    assert (tiles.get("name"), tiles.find("image").get("source")) == (STRANGE, f"{STRANGE}.png")
    strings = [json.loads(text) for text in re.findall(r'"(?:[^"\\]|\\.)*"', engine_sheet.godot(strange))]
    assert f"{STRANGE}.png" in strings and STRANGE in strings


def test_godot_has_an_animation_a_tag_with_the_time_of_each_frame():
    packed, atlas = atlas_of(columns=3, margin=1)
    text = engine_sheet.godot(atlas)
    assert '[ext_resource type="Texture2D" path="hero_00001_.png" id="sheet"]' in text
    assert f"load_steps={2 + len(WALK)} " in text
    regions = [tuple(map(int, found)) for found in re.findall(r"Rect2\((\d+), (\d+), (\d+), (\d+)\)", text)]
    cut = [packed.pixels[y : y + height, x : x + width] for x, y, width, height in regions]
    assert np.array_equal(np.stack(cut), WALK)
    (line,) = [line for line in text.splitlines() if line.startswith("animations = ")]
    plain = re.sub(r'SubResource\("frame_(\d+)"\)', r"\1", line.removeprefix("animations = ")).replace("&", "", 2)
    animations = json.loads(plain)
    assert [one["name"] for one in animations] == ["walk", "idle & go"]
    assert animations[1]["frames"] == [{"duration": 70.0, "texture": 4}, {"duration": 60.0, "texture": 3}]
    assert all(one["speed"] == 1000.0 and one["loop"] for one in animations)


def test_godot_shows_trimmed_frames_where_they_were():
    frames = np.pad(WALK, ((0, 0), (3, 1), (2, 5), (0, 0)))
    packed = sprite_sheet.pack(frames, trim=True)
    text = engine_sheet.godot(engine_sheet.parse(sprite_sheet.atlas(packed, "hero", "hash", TIMES)))
    assert text.count("margin = Rect2(2, 3, 7, 4)") == len(WALK)  # place, and how much larger the whole frame is
    assert "margin" not in engine_sheet.godot(atlas_of()[1])


def test_without_tags_godot_plays_all_frames():
    text = engine_sheet.godot(atlas_of(tags=())[1])
    assert text.count('"texture": SubResource') == 5 and '"name": &"default"' in text


@pytest.mark.parametrize(
    ("direction", "numbers"),
    [
        ("forward", [2, 3, 4]),
        ("reverse", [4, 3, 2]),
        ("pingpong", [2, 3, 4, 3]),
        ("pingpong_reverse", [4, 3, 2, 3]),
    ],
)
def test_a_round_of_a_tag_shows_its_frames_in_its_direction(direction, numbers):
    assert engine_sheet.order(Tag("x", 2, 4, direction)) == numbers
    assert engine_sheet.order(Tag("x", 2, 2, direction)) == [2]


@pytest.mark.parametrize("text", ["", "[]", '{"frames": [], "meta": {}}', '{"frames": [1], "meta": {"frameTags": []}}'])
def test_what_is_no_atlas_is_refused(text):
    with pytest.raises(PictureError, match=r"The atlas can't be read\. Connect the one that Pack Sprite Sheet gives"):
        engine_sheet.parse(text)

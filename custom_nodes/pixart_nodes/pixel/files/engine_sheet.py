"""What game engines read beside a sprite sheet: Tiled's tile set (.tsx) and Godot's SpriteFrames (.tres), of its atlas.

Formats: Tiled's "TMX Map Format" (1.10) and Godot 4's "TSCN file format"; both name the sheet's file beside them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import quoteattr

from ..errors import PictureError
from .timing import Tag

REVERSED_DIRECTIONS = ("reverse", "pingpong_reverse")
BACK_AND_FORTH = ("pingpong", "pingpong_reverse")
DEFAULT_ANIMATION = "default"  # what Godot calls an animation that nobody named


@dataclass(frozen=True)
class Frame:
    """A frame's place in the sheet in pixels, and how long it lasts in milliseconds.

    What was trimmed from it: at its `left` and `top`, and in all, `lost_width` and `lost_height`.
    """

    x: int
    y: int
    width: int
    height: int
    duration: int
    left: int = 0
    top: int = 0
    lost_width: int = 0
    lost_height: int = 0


@dataclass(frozen=True)
class Atlas:
    """A sheet's file and size, its frames in order, and its named parts."""

    image: str
    width: int
    height: int
    frames: tuple[Frame, ...]
    tags: tuple[Tag, ...]


def parse(text: str) -> Atlas:
    """The atlas that Pack Sprite Sheet writes, of either form. Raises PictureError for what is none."""
    try:
        document = json.loads(text)
        listed, meta = document["frames"], document["meta"]
        entries = list(listed.values()) if isinstance(listed, dict) else listed
        frames = tuple(_frame(entry) for entry in entries)
        tags = tuple(Tag(t["name"], t["from"], t["to"], t["direction"]) for t in meta["frameTags"])
        size = meta["size"]
        return Atlas(str(meta["image"]), int(size["w"]), int(size["h"]), frames, tags)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise PictureError("The atlas can't be read. Connect the one that Pack Sprite Sheet gives.") from error


def _frame(entry: dict[str, Any]) -> Frame:
    place, shown, whole = entry["frame"], entry["spriteSourceSize"], entry["sourceSize"]
    lost = whole["w"] - shown["w"], whole["h"] - shown["h"]
    return Frame(place["x"], place["y"], place["w"], place["h"], entry["duration"], shown["x"], shown["y"], *lost)


def tiled(atlas: Atlas) -> str:
    """A tile set of all cells; each tag is an animation of its first tile, as Tiled has them.

    Tiled numbers whatever cells the picture has room for, an empty column in a wide margin or beside the last frame too
    (`initializeTilesetTiles` in its tileset.cpp).
    """
    first = atlas.frames[0]
    margin = first.x
    spacing = _gap(atlas, sum(frame.y == first.y for frame in atlas.frames))
    columns = len(range(margin, atlas.width - first.width + 1, first.width + spacing))
    rows = len(range(margin, atlas.height - first.height + 1, first.height + spacing))
    across, down = first.width + spacing, first.height + spacing
    numbers = [(frame.y - margin) // down * columns + (frame.x - margin) // across for frame in atlas.frames]
    head = {
        "version": "1.10",
        "tiledversion": "1.10.2",
        "name": atlas.image.rpartition(".")[0] or atlas.image,
        "tilewidth": first.width,
        "tileheight": first.height,
        "spacing": spacing,
        "margin": margin,
        "tilecount": columns * rows,
        "columns": columns,
    }
    image = {"source": atlas.image, "width": atlas.width, "height": atlas.height}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<tileset{_attributes(head)}>",
        f" <image{_attributes(image)}/>",
    ]
    for _, tag in sorted(_tag_by_tile(atlas).items()):
        lines += _tiled_animation(atlas, tag, numbers)
    return "\n".join([*lines, "</tileset>", ""])


def _tag_by_tile(atlas: Atlas) -> dict[int, Tag]:
    """The tags that Tiled plays, by their first frames: a tile has one animation."""
    return {tag.first: tag for tag in reversed(atlas.tags)}


def remarks(atlas: Atlas, ending: str) -> list[str]:
    """A sentence for each tag that a file of this ending can't hold."""
    played = _tag_by_tile(atlas)
    return [
        f"A tile of Tiled has one animation: the tag {tag.name!r} begins at frame {tag.first} as "
        f"{played[tag.first].name!r} does, and is in the .json alone."
        for tag in atlas.tags
        if ending == ".tsx" and tag is not played[tag.first]
    ]


def _gap(atlas: Atlas, columns: int) -> int:
    """Pixels between cells, across or else down."""
    first = atlas.frames[0]
    if columns > 1:
        return atlas.frames[1].x - first.x - first.width
    return atlas.frames[1].y - first.y - first.height if len(atlas.frames) > 1 else 0


def _tiled_animation(atlas: Atlas, tag: Tag, numbers: list[int]) -> list[str]:
    steps = [{"tileid": numbers[at], "duration": atlas.frames[at].duration} for at in order(tag)]
    frames = [f"   <frame{_attributes(step)}/>" for step in steps]
    return [f' <tile id="{numbers[tag.first]}">', "  <animation>", *frames, "  </animation>", " </tile>"]


def order(tag: Tag) -> list[int]:
    """The numbers of the frames that one round of a tag shows, its direction obeyed."""
    numbers = list(range(tag.first, tag.last + 1))
    if tag.direction in REVERSED_DIRECTIONS:
        numbers.reverse()
    return numbers + numbers[-2:0:-1] if tag.direction in BACK_AND_FORTH else numbers


def _attributes(values: dict[str, Any]) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items())


def godot(atlas: Atlas) -> str:
    """SpriteFrames for AnimatedSprite2D: an animation a tag, or one of all frames where there is no tag.

    Its speed is 1000 frames a second, so that a frame's relative duration is its milliseconds. Margins bring trimmed
    frames back to the size and the place that they had.
    """
    parts = [f'[gd_resource type="SpriteFrames" load_steps={len(atlas.frames) + 2} format=3]', ""]
    parts += [f'[ext_resource type="Texture2D" path={_text(atlas.image)} id="sheet"]', ""]
    for number, frame in enumerate(atlas.frames):
        parts += [f'[sub_resource type="AtlasTexture" id="frame_{number}"]', 'atlas = ExtResource("sheet")']
        parts += [f"region = {_rectangle(frame.x, frame.y, frame.width, frame.height)}", *_margin(frame), ""]
    tags = _named_once(atlas.tags) or [Tag(DEFAULT_ANIMATION, 0, len(atlas.frames) - 1)]
    animations = ", ".join(_godot_animation(atlas, tag) for tag in tags)
    return "\n".join([*parts, "[resource]", f"animations = [{animations}]", ""])


def _margin(frame: Frame) -> list[str]:
    margin = frame.left, frame.top, frame.lost_width, frame.lost_height
    return [f"margin = {_rectangle(*margin)}"] if any(margin) else []


def _rectangle(*numbers: int) -> str:
    return f"Rect2({', '.join(map(str, numbers))})"


def _named_once(tags: Sequence[Tag]) -> list[Tag]:
    """Tags with names that differ, as Godot knows animations by theirs: a second `walk` is `walk 2`."""
    names: set[str] = {tag.name for tag in tags}
    used_names: set[str] = set()
    result = []
    for tag in tags:
        name, number = tag.name, 2
        while name in used_names or (name != tag.name and name in names):
            name, number = f"{tag.name} {number}", number + 1
        used_names.add(name)
        result.append(replace(tag, name=name))
    return result


def _godot_animation(atlas: Atlas, tag: Tag) -> str:
    frames = ", ".join(
        f'{{"duration": {float(atlas.frames[number].duration)}, "texture": SubResource("frame_{number}")}}'
        for number in order(tag)
    )
    return f'{{"frames": [{frames}], "loop": true, "name": &{_text(tag.name)}, "speed": 1000.0}}'


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


WRITERS = {".tsx": tiled, ".tres": godot}  # ending of the file -> its text
ENGINES = {"none": (), "tiled": (".tsx",), "godot": (".tres",), "tiled and godot": (".tsx", ".tres")}

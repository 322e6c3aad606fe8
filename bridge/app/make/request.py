"""Jobs of the command line: a sketch as in the editor's API, words, or the inputs of any workflow."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bridge.adapters.machine import MACHINE_MODE as MACHINE
from bridge.adapters.picture_fields import (
    FINISH_FIELDS,
    FORMAT_BY_NAME,
    LONGEST,
    MOVING_FORMATS,
    Proportion,
    proportion,
)
from bridge.adapters.pixart import DIALECT, of_file
from bridge.adapters.styling import STYLES, fixed, own_palette
from bridge.app.make.layered_file import require_whole
from bridge.app.make.sources import Source
from bridge.core.errors import BadRequest, UnknownName
from bridge.core.job import JobSpec, Rendition, Upload
from bridge.core.picture.codec import check, frame_count
from bridge.core.picture.sprite import is_sprite
from bridge.core.variables import options_of
from bridge.storage.artifacts import digest
from bridge.workflow.file import Workflow

# The command line's names for the API's fields.
OPTION_BY_FIELD = {
    "colorPalette": "--colors",
    "width": "the width in --size",
    "height": "the height in --size",
    "seed": "--seed",
}
STILL_ONLY = ("prompt", "negative", "seed")
WORDS_MODE = "txt2img_pixel"
PICTURE_MODE = "txt2img"  # the mode that draws words in all colours, which a machine's mode then reduces
OF_WORDS = ("palette", "photo_dither", "strength")  # the parts of a style for pictures drawn from words
UNFIT_LETTERS = re.compile(r"[^\w()+,. -]")  # in the names of a machine's files
# More than a server takes: a phone's photo of 108 megapixels, for which ComfyUI needs 3.3 GB.
MOST_PIXELS = 110_000_000
DEFAULT_SIDE = 64  # the default width and height of a result, in pixels
PIXEL_SIDES = slice(34, 36)  # the bytes of an Aseprite sprite's header with the width and height of its pixels


@dataclass(frozen=True)
class Wish:
    """The options for all sources: `fields` of the editor's API, `values` of a workflow's inputs.

    `words` are the command line's names of the inputs. Without a `workflow`, the source's kind chooses one.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    workflow: Workflow | None = None
    format: str = "png"

    @property
    def for_machine(self) -> bool:
        """Whether the picture is for a console or home computer."""
        return self.workflow is not None and self.workflow.mode == MACHINE

    @property
    def rendition(self) -> Rendition:
        """The form of the written pictures."""
        metadata, graph = self.fields.get("metadata", True), self.fields.get("graph", True)
        return Rendition(metadata=metadata, graph=graph, format=FORMAT_BY_NAME.get(self.format, ""))


def of_source(source: Source, wish: Wish) -> JobSpec:
    """The job of one source. Raises BadRequest in the command line's words, OSError when a file can't be read."""
    if wish.workflow is not None:
        spec = of_workflow(wish.workflow, source, wish)
    else:
        spec = from_words(source.words, wish) if source.words else specify(source, wish)
    spec = replace(spec, rendition=wish.rendition, notes=(*spec.notes, *_color_notes(wish)))
    moves = wish.workflow is None and wish.format in MOVING_FORMATS
    return animated(spec, wish.format) if moves else spec


def drawn_first(source: Source, wish: Wish) -> JobSpec | None:
    """The job that draws words for a machine, whose workflow takes only pictures; None for any other source."""
    if not (source.words and wish.for_machine):
        return None
    seed = wish.fields.get("seed", zlib.crc32(source.words.encode()))
    return JobSpec(PICTURE_MODE, "cli", {"prompt": source.words, "seed": seed}, {}, {"seed": "--seed"})


def specify(source: Source, wish: Wish) -> JobSpec:
    """The editor's API's job for a sketch and these fields, in which the wish's values replace the API's own.

    Raises BadRequest in the words of the command line, OSError when the sketch can't be read.
    """
    data = source.read()
    sides = (
        {} if "snap" in wish.values else {"width": DEFAULT_SIDE, "height": DEFAULT_SIDE}
    )  # a snapped picture has the size of its grid
    body = {"id": digest(data)[:32], "prompt": "", **sides, **wish.fields}
    body |= {name: wish.values[name] for name in FINISH_FIELDS if name in wish.values}
    options = options_of(DIALECT.options)
    if "palette" in wish.values:  # it replaces a style's fixed palette, and so the picture's own colours too
        options = options.model_copy(update={"high_detail_cube": True})
    try:
        spec = of_file(data, body, options)
    except BadRequest as error:
        message, hint = _in_our_words(error.message), _in_our_words(error.hint or "") or None
        option = wish.words.get(error.field or "", f"--{error.field}")
        name = option if error.field and message == error.message else None
        if message.startswith(f"{error.field} "):
            message = f"{option}{message.removeprefix(str(error.field))}"
        raise BadRequest(message, field=name, hint=hint) from error
    pictures = {name: checked(upload.data, source.label) for name, upload in spec.pictures.items()}
    notes = (*spec.notes, *_shape_notes(spec), *_frame_notes(data, wish), *_pixel_notes(data))
    values = {**spec.values, **_dither_strength(spec.values, wish), **wish.values}
    return JobSpec(spec.mode, "cli", values, pictures, {**spec.words, **wish.words}, notes)


def _dither_strength(values: Mapping[str, Any], wish: Wish) -> dict[str, float]:
    """The full strength for a dither that the wish names, where the style's own strength is 0."""
    return {"strength": 1.0} if "dither" in wish.values and not values["strength"] else {}


def checked(data: bytes, label: str) -> Upload:
    """A usable picture as an upload. Raises BadRequest, with `label` as the picture's name, for any other bytes."""
    upload = Upload(data, label)
    if is_sprite(data):
        require_whole(data, label)
    else:
        check(upload, MOST_PIXELS)
    return upload


def from_words(prompt: str, wish: Wish) -> JobSpec:
    """The job that draws words, at the size of the wish. Raises UnknownName for a style that doesn't exist."""
    fields = wish.fields
    size = {name: fields.get(name, DEFAULT_SIDE) for name in ("width", "height")}
    style = {name: each for name, each in _style(fields.get("style")).items() if name in OF_WORDS}
    seed = {"seed": fields.get("seed", zlib.crc32(prompt.encode()))}
    values = {"prompt": prompt, **seed, **size, **style, **_colors(fields), **wish.values}
    return JobSpec(WORDS_MODE, "cli", values, {}, {**{name: f"--{name}" for name in values}, **wish.words})


def _colors(fields: Mapping[str, Any]) -> dict[str, str]:
    """The caller's own palette as the workflows' input."""
    return {"colors": " ".join(fields["colorPalette"])} if fields.get("colorPalette") else {}


def _names_colors(wish: Wish) -> bool:
    return "palette" in wish.values or bool(wish.fields.get("colorPalette"))


def _style(name: str | None) -> Mapping[str, Any]:
    """A style as workflow inputs, for any picture; nothing without a name. Raises UnknownName."""
    if name is None:
        return {}
    if name not in STYLES:
        raise UnknownName(name, STYLES, what="Style", field="--style")
    style = STYLES[name]
    looks = {"palette": style.palette, "strength": style.strength, "contrast": style.contrast}
    return {**looks, "photo_dither": style.dither, "photo_method": style.method}


def animated(spec: JobSpec, format: str) -> JobSpec:
    """The job for a result of this format that moves: every frame of the sketch, or words as a sprite.

    Raises BadRequest for a photo of a drawing on paper.
    """
    if spec.mode == WORDS_MODE:
        square = {"width": min(spec.values["width"], spec.values["height"]), "format": format}
        others = {name: value for name, value in spec.values.items() if name != "height"}
        return replace(spec, mode="sprite", values={**others, **square})
    if spec.mode == "sketch_paper":
        raise BadRequest("--paper takes one photo, and no animation.", hint="Name a .png with --output.")
    values = {name: value for name, value in spec.values.items() if name not in STILL_ONLY}
    return replace(spec, mode="animation", values={**values, "format": format})


def of_workflow(workflow: Workflow, source: Source, wish: Wish) -> JobSpec:
    """The job of a workflow that the command line names, with the values of the command line alone.

    Raises BadRequest for a workflow that takes no such source, or has no input for an option.
    """
    takes = [entry.name for entry in workflow.inputs.values() if entry.kind == "picture"]
    pictures: dict[str, Upload] = {}
    if source.words and "prompt" not in workflow.inputs:
        raise BadRequest(f"{workflow.name} takes no words: it is {workflow.summary}.", field="--workflow")
    if not source.words and not source.empty:
        if not takes:
            raise BadRequest(f"{workflow.name} takes no picture: it is {workflow.summary}.", field="--workflow")
        pictures[takes[0]] = checked(source.read(), source.label)
    values = _option_values(workflow, source, wish, next(iter(pictures.values()), None))
    pictures |= {name: _picture_of(wish, name) for name in takes if name in wish.values}
    _require_pictures(workflow, takes, pictures)
    renamed = {"width": "--size", "height": "--size", "colors": "--colors", "locked_colors": "--colors"}
    words = {**{name: f"--{name}" for name in values}, **renamed}
    inputs = {name: value for name, value in {**values, **wish.values}.items() if name not in takes}
    return JobSpec(workflow.name, "cli", inputs, pictures, {**words, **wish.words}, rendition=wish.rendition)


def _require_pictures(workflow: Workflow, takes: Sequence[str], pictures: Mapping[str, Upload]) -> None:
    """Raise BadRequest, with how to name it, for the first picture that a workflow takes and has not got."""
    missing = [name for name in takes if name not in pictures]
    if missing and missing[0] == takes[0]:
        raise BadRequest(f"{workflow.name} takes a picture, and there is none.", hint="Name its file.")
    if missing:
        hint = f"Name its file with --set {missing[0]}=FILE."
        raise BadRequest(f"{workflow.name} takes a picture as its {missing[0]}, too.", hint=hint)


def _picture_of(wish: Wish, name: str) -> Upload:
    """The picture at a path in `--set`. Raises BadRequest for a file that can't be read."""
    try:
        return checked(Path(wish.values[name]).read_bytes(), wish.values[name])
    except OSError as error:
        raise BadRequest(f"{wish.values[name]}: {error.strerror}.", field=wish.words.get(name, name)) from error


def _option_values(workflow: Workflow, source: Source, wish: Wish, picture: Upload | None) -> dict[str, Any]:
    """The options as values of the workflow's inputs. Raises BadRequest for an option without an input."""
    style = _style(wish.fields.get("style"))
    if style and {"own_colors", "photo_method"} <= workflow.inputs.keys() and not _names_colors(wish):
        style = {**style, **own_palette(STYLES[wish.fields["style"]])}
    if "photo_method" not in workflow.inputs:
        style = fixed(style)
    values = {name: wish.fields[name] for name in ("prompt", "seed") if name in wish.fields}
    values |= {"prompt": source.words} if source.words else {}
    values |= {"name": UNFIT_LETTERS.sub("_", source.name.name).strip(". ")} if workflow.mode == MACHINE else {}
    values |= {"format": wish.format} if wish.format in MOVING_FORMATS else {}
    if colors := _colors(wish.fields):
        values["locked_colors" if workflow.mode == MACHINE else "colors"] = colors["colors"]
    values |= _size(workflow, wish.fields, picture)
    for name in values:
        if name not in workflow.inputs:
            option = {"width": "size", "height": "size", "colors": "colors"}.get(name, name)
            raise BadRequest(f"{workflow.name} has no input for --{option}.", hint="`--list` shows what it has.")
    return {**{name: each for name, each in style.items() if name in workflow.inputs}, **values}


def _size(workflow: Workflow, fields: Mapping[str, Any], picture: Upload | None) -> dict[str, Any]:
    """Width, height and fit of the result; a workflow without a height draws squares."""
    fit = {"fit": fields["fit"]} if fields.get("fit", LONGEST) != LONGEST else {}
    if "width" not in fields:
        return fit
    width, height = fields["width"], fields["height"]
    if "height" not in workflow.inputs:
        return {"width": min(width, height), **fit}
    shape = proportion(picture.data, width, height, fields.get("fit")) if picture else Proportion(width, height)
    return {"width": shape.width, "height": shape.height, **fit}


def _shape_notes(spec: JobSpec) -> tuple[str, ...]:
    """A sentence where the sketch loses its shape."""
    if not spec.echo:
        return ()
    size = f"{spec.values['width']}x{spec.values['height']}"
    factor = spec.echo["stretched"]
    return (f"the sketch has another shape than {size} and was stretched {factor:g} times; --fit says what else.",)


def _color_notes(wish: Wish) -> tuple[str, ...]:
    """A sentence where own colours take the place of colours that the wish names."""
    if not _names_colors(wish) or str(wish.values.get("own_colors", "0")).strip() in ("", "0"):
        return ()
    option = wish.words["palette"] if "palette" in wish.values else "--colors"
    return (f"{option} made no difference: {wish.words['own_colors']} takes the picture's own colours.",)


def _frame_notes(data: bytes, wish: Wish) -> tuple[str, ...]:
    """A sentence on how to draw all frames of a picture that moves, where only the first is drawn."""
    if wish.format in MOVING_FORMATS:
        return ()
    frames = int.from_bytes(data[6:8], "little") if is_sprite(data) else frame_count(data)
    return (f"--format gif, apng or aseprite draws all {frames} frames of the sketch.",) if frames > 1 else ()


def _pixel_notes(data: bytes) -> tuple[str, ...]:
    """A sentence where a sprite's pixels aren't square; Aseprite's header has their sides, none where they are 1."""
    wide, high = data[PIXEL_SIDES] if is_sprite(data) and len(data) >= PIXEL_SIDES.stop else (1, 1)
    if wide == high or 0 in (wide, high):
        return ()
    return (f"the sprite's pixels are {wide} wide and {high} high; here they are square.",)


def _in_our_words(text: str) -> str:
    return re.sub(rf"\b({'|'.join(OPTION_BY_FIELD)})\b", lambda result: OPTION_BY_FIELD[result[0]], text)


def parse_size(text: str) -> dict[str, Any]:
    """`64x48` as width and height; `64` is the longest side of the sketch's own shape. Raises BadRequest."""
    width, by, height = text.lower().partition("x")
    if not width.isdecimal() or (by and not height.isdecimal()):
        raise BadRequest(
            f"{text!r} is not a size.", field="--size", hint="Write it like 64x48, or 64 for the longest side."
        )
    return {"width": int(width), "height": int(height or width)} | ({} if height else {"fit": LONGEST})

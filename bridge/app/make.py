"""One sketch, one picture, from the command line: the editor's request, run against ComfyUI without a server."""

from __future__ import annotations

import base64
import mimetypes
import re
import uuid
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bridge.adapters.dialect import Request
from bridge.adapters.pixart import DIALECT
from bridge.adapters.proportion import LONGEST
from bridge.adapters.styles import STYLES
from bridge.catalog.families import ModelFiles
from bridge.comfy.blocking import BlockingComfy, connected
from bridge.comfy.messages import files_of
from bridge.core.errors import BadRequest, JobFailed, PromptRefused, UnknownName
from bridge.core.job import Artifact, JobSpec, Rendition, Upload
from bridge.core.picture.check import check
from bridge.core.picture.encoder import encoded
from bridge.core.picture.metadata import removed
from bridge.core.settings import Settings
from bridge.core.variables import options_of
from bridge.drawing.progress import MOST, fraction
from bridge.storage.artifacts import digest, suffix
from bridge.workflow.library import Library
from bridge.workflow.plan import Plan, in_the_callers_words, plan

# What the command line calls the API's fields.
WORDS = {"colorPalette": "--colors", "width": "the width in --size", "height": "the height in --size", "seed": "--seed"}
MOVING = {".gif": "gif", ".apng": "apng", ".aseprite": "aseprite"}  # endings of --output -> formats of what moves
BYTES = "application/octet-stream"  # of a file that no browser shows
STILL_ONLY = ("prompt", "negative", "seed")  # what a model would be told
WORDS_MODE = "txt2img_pixel"
SUBMIT = next(route.read for route in DIALECT.routes if route.read)


@dataclass(frozen=True)
class Made:
    """The finished picture and what to say about it."""

    data: bytes
    workflow: str
    notes: tuple[str, ...]


def specify(sketch: Path, fields: dict[str, Any], overrides: dict[str, Any]) -> JobSpec:
    """The job that the editor's API would make of these fields; `overrides` are workflow inputs as they are.

    Raises BadRequest in the words of the command line, OSError when the sketch can't be read.
    """
    data = sketch.read_bytes()
    body = {"id": digest(data)[:32], "prompt": "", **fields, "sketchData": base64.b64encode(data).decode()}
    options = options_of(DIALECT.options)
    if "palette" in overrides:  # it takes the place of a style's fixed palette, and so of the picture's own colours too
        options = options.model_copy(update={"high_detail_cube": True})
    assert SUBMIT is not None
    try:
        spec = SUBMIT(Request(body=body, options=options)).spec
    except BadRequest as error:
        message, hint = _in_our_words(error.message), _in_our_words(error.hint or "") or None
        field = f"--{error.field}" if error.field and message == error.message else None
        raise BadRequest(message, field=field, hint=hint) from error
    pictures = {name: Upload(upload.data, str(sketch)) for name, upload in spec.pictures.items()}
    for upload in pictures.values():
        check(upload)
    notes = (*spec.notes, *_shape_notes(spec))
    words = {**spec.words, **{name: f"--{name}" for name in overrides}}
    values = {**spec.values, **overrides}
    return JobSpec(spec.mode, "cli", values, pictures, words, notes, rendition=spec.rendition)


def of_sketch_or_words(text: str, fields: dict[str, Any], overrides: dict[str, Any]) -> JobSpec:
    """The job of a sketch's path, or of words: a prompt alone, or a text with a space and no ending, which no file is
    called. Raises as `specify` and `from_words`.
    """
    path = Path(text)
    if text and (" " not in text.strip() or path.suffix or path.exists()):
        return specify(path, fields, overrides)
    return from_words(text or fields["prompt"], fields, overrides)


def from_words(prompt: str, fields: Mapping[str, Any], overrides: Mapping[str, Any]) -> JobSpec:
    """The job that draws what the words say, at the size of these fields, with workflow inputs as they are.

    Raises BadRequest for words of nothing, and UnknownName for a style that there isn't.
    """
    if not prompt.strip():
        raise BadRequest("There is neither a sketch nor a prompt.", hint='Try: pixart make "a red fox in the snow".')
    name = fields.get("style")
    if name is not None and name not in STYLES:
        raise UnknownName(name, STYLES, what="Style", field="--style")
    style = STYLES[name] if name else None
    looks = {"palette": style.palette, "dither": style.dither, "strength": style.strength} if style else {}
    size = {name: fields[name] for name in ("width", "height")}
    colors = {"colors": " ".join(fields["colorPalette"])} if fields.get("colorPalette") else {}
    values = {
        "prompt": prompt,
        "seed": fields.get("seed", zlib.crc32(prompt.encode())),
        **size,
        **looks,
        **colors,
        **overrides,
    }
    form = Rendition(metadata=fields.get("metadata", True), graph=fields.get("graph", True), format=fields["format"])
    return JobSpec(WORDS_MODE, "cli", values, {}, {name: f"--{name}" for name in values}, rendition=form)


def animated(spec: JobSpec, format: str) -> JobSpec:
    """The job that takes every frame of the sketch, or draws words as a sprite, to be written as that format.

    Raises BadRequest for a photo of a drawing on paper.
    """
    if spec.mode == WORDS_MODE:
        square = {"width": min(spec.values["width"], spec.values["height"]), "format": format}
        kept = {name: value for name, value in spec.values.items() if name != "height"}
        return replace(spec, mode="sprite", values={**kept, **square})
    if spec.mode == "sketch_paper":
        raise BadRequest("--paper takes one photo, and no animation.", hint="Name a .png with --output.")
    values = {name: value for name, value in spec.values.items() if name not in STILL_ONLY}
    return replace(spec, mode="animation", values={**values, "format": format})


def _shape_notes(spec: JobSpec) -> tuple[str, ...]:
    """A sentence where the sketch loses its shape."""
    if not spec.echo:
        return ()
    size = f"{spec.values['width']}x{spec.values['height']}"
    factor = spec.echo["stretched"]
    return (f"the sketch has another shape than {size} and was stretched {factor:g} times; --fit says what else.",)


def _in_our_words(text: str) -> str:
    return re.sub(rf"\b({'|'.join(WORDS)})\b", lambda result: WORDS[result[0]], text)


def make(spec: JobSpec, settings: Settings, say: Callable[[str], None], progress: Callable[[float], None]) -> Made:
    """Run the job to its end. Raises JobFailed, MissingParts, Unavailable ..."""
    with connected(settings, say) as comfy:
        bound = _bind(spec, settings, comfy)
        prompt = bound.prompt
        try:
            outcome = comfy.run(prompt, bound.bound.graph, lambda nodes: progress(min(MOST, fraction(prompt, nodes))))
        except PromptRefused as error:
            raise JobFailed(in_the_callers_words(error, bound.bound, spec.words)) from error
        if not outcome.succeeded:
            raise JobFailed(f"ComfyUI could not make it: {outcome.message or 'it was interrupted'}.")
        progress(1.0)
        (node,) = bound.outputs.values()
        file = files_of(outcome.outputs[node])[0]
        data = comfy.fetch(file)
        seen = _seen((outcome.outputs[node].get("pixart") or [{}])[0].get("look"))
    made, more = _written(data, mimetypes.guess_type(file["filename"])[0] or BYTES, spec.rendition, settings)
    return Made(made, bound.workflow.name, (*spec.notes, *bound.notes, *more, *seen))


def _seen(look: dict[str, str] | None) -> tuple[str, ...]:
    """A sentence on what the sketch was taken for, and what was done for that."""
    if not look:
        return ()
    done = f"made small by {look['method']}, dither {look['dither']}"
    return (f"it was taken for {look['kind']}: {look['reason'].rstrip('.')}; so it was {done}.",)


def _written(data: bytes, kind: str, form: Rendition, settings: Settings) -> tuple[bytes, tuple[str, ...]]:
    """The file in the form that is wanted, and what is to be said of that."""
    form = replace(form, metadata=form.metadata and settings.metadata)
    made, notes = encoded(Artifact("image", "", kind, len(data), data=data), form)
    written = made.data or b""
    return (written if form.metadata else removed(written, made.content_type)), notes


def _bind(spec: JobSpec, settings: Settings, comfy: BlockingComfy) -> Plan:
    names = {
        name: comfy.upload(upload.data, digest(upload.data) + suffix(upload.data), "pixart")
        for name, upload in spec.pictures.items()
    }
    values = {
        **spec.values,
        **names,
        "filename_prefix": f"pixart/{uuid.uuid4()}",
    }  # a file of its own, never a cached one
    about = Library.open(settings.workflows), spec.mode, None, values, spec.words, comfy.object_info(), settings
    return plan(*about, files=ModelFiles.parsed(comfy.model_kinds()))


def parse_size(text: str) -> dict[str, Any]:
    """`64x48` as width and height; `64` is the longest side of the sketch's own shape. Raises BadRequest."""
    width, _, height = text.lower().partition("x")
    if not width.isdecimal() or (height and not height.isdecimal()):
        raise BadRequest(
            f"{text!r} is not a size.", field="--size", hint="Write it like 64x48, or 64 for the longest side."
        )
    return {"width": int(width), "height": int(height or width)} | ({} if height else {"fit": LONGEST})

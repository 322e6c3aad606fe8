"""The Pico's dialect: an A1111 request in, the bytes that a small panel shows out.

The client runs MicroPython: it knows `Content-Type` only in this spelling, needs a length, and reads 4 kB at a time.
The picture is drawn as A1111's API draws it, at the request's size; the panel's size is the operator's.
"""

from __future__ import annotations

import dataclasses
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, Field, Json

from bridge.adapters.a1111.error_answers import NoInitImage
from bridge.adapters.a1111.fields import Img2Img, Txt2Img
from bridge.adapters.a1111.generate import read_img2img, read_txt2img
from bridge.adapters.a1111.prompt import STYLES, Style
from bridge.adapters.dialect import Action, Answer, Dialect, Request, Route, Submission, View
from bridge.adapters.fields import encoded, shown
from bridge.adapters.styling import FIELD, About, LookOptions, about
from bridge.core.errors import BackendFailure, BadRequest, PixartError, PromptRefused, TimedOut, Unavailable
from bridge.core.job import Artifact, Job, JobState
from bridge.core.job_error import failure_of

BINARY, JSON = "application/octet-stream", "application/json"
ANSWER_FORMS = {"json": True, "base64": True, "binary": False, "raw": False}  # of ?format=, and whether it is JSON
QUERY_PARAMETERS = {
    "format": {"type": "string", "enum": [*ANSWER_FORMS], "description": "the answer's form, whatever Accept says"}
}
BASE64_FIELD = "return_base64"  # the same as a field of the body
PANEL_OUTPUT = "rgb565"  # what a workflow for panels calls it
YES_VALUES = (True, 1, "true", "1")
NO_VALUES = (False, 0, "false", "0", "")
ROWS_AT_A_TIME = 8  # in one write: 3840 bytes of a 240-pixel panel, which fit a client's 4 kB buffer
LONGEST_NOTES = 1000  # characters of a header, which a microcontroller has to hold
PICTURE_FIELD = "init_images"


def _names(name: str) -> AliasChoices:
    return AliasChoices(name)


class Options(LookOptions):
    """What the operator may set for this dialect: the panel, and who may ask."""

    width: int = Field(
        240, ge=1, le=4096, validation_alias=_names("TARGET_WIDTH"), description="the panel's width in pixels"
    )
    height: int = Field(
        240, ge=1, le=4096, validation_alias=_names("TARGET_HEIGHT"), description="the panel's height in pixels"
    )
    invert: bool = Field(
        True,
        validation_alias=_names("LUMINANCE_INVERT"),
        description="send negatives, for panels whose driver doesn't send INVON; Waveshare's own driver needs false",
    )
    fit: Literal["stretch", "cover", "contain"] = Field(
        "stretch",
        validation_alias=_names("PIXART_PANEL_FIT"),
        description="when picture and panel differ in shape: stretch (the original's way), cover or contain",
    )
    rotation: Literal["0", "90", "180", "270"] = Field(
        "0", validation_alias=_names("PIXART_PANEL_ROTATION"), description="degrees clockwise: 0, 90, 180 or 270"
    )
    byte_order: Literal["big-endian", "little-endian"] = Field(
        "big-endian",
        validation_alias=_names("PIXART_PANEL_BYTE_ORDER"),
        description="big-endian is what panels take; little-endian is for LVGL and framebuf",
    )
    bgr: bool = Field(
        False, validation_alias=_names("PIXART_PANEL_BGR"), description="swap red and blue, for panels wired so"
    )
    rounding: Literal["truncate", "round", "bayer", "floyd-steinberg"] = Field(
        "truncate",
        validation_alias=_names("PIXART_PANEL_ROUNDING"),
        description="how 24-bit colours become 16-bit ones; truncate is the original's, byte for byte",
    )
    key: str = Field(
        "", validation_alias=_names("SERVICE_API_KEY"), description="when set, requests need `X-API-Key: KEY`"
    )
    strict: bool = Field(
        False,
        validation_alias=_names("A1111_STRICT"),
        description="refuse scripts that aren't there, as in A1111's API",
    )
    styles: Json[tuple[Style, ...]] = Field(
        STYLES,
        validate_default=False,  # it is no JSON
        validation_alias=_names("A1111_STYLES"),
        description="prompt styles, as in A1111's API",
    )
    seconds: float | None = Field(
        None,
        gt=0,
        validation_alias=_names("A1111_TIMEOUT"),
        description="longest time a picture may take, 60 in the original; without it TIMEOUT_SECONDS holds",
    )


class Text2Image(Txt2Img):
    """A1111's request to draw a text. `return_base64` is this dialect's own."""

    return_base64: Any = Field(None, description="true: answer JSON with the bytes in base64")


class Image2Image(Img2Img):
    """A1111's request to redraw a picture. `return_base64` is this dialect's own."""

    return_base64: Any = Field(None, description="true: answer JSON with the bytes in base64")


class Health(BaseModel):
    """The answer of a server that is up."""

    status: str


class Frame(About):
    """The answer where JSON is asked for."""

    images: list[str] = Field(description="the panel's bytes in base64, of one picture")
    parameters: dict[str, Any] = Field(description="the request with its defaults")
    info: str = Field(examples=["240x240 RGB565 format for Pico LCD"])
    notes: list[str] = Field(description="what was ignored, clamped, replaced or chosen")
    seed: int | None = None


class Problem(BaseModel):
    """Every error of this dialect; `code` is the HTTP status."""

    error: str
    code: int


def read(request: Request) -> Submission:
    """The job that a txt2img request means. Raises BadRequest naming the caller's field, and Unavailable."""
    return _for_panel(request, read_txt2img, "txt2img_rgb565")


def read_from_picture(request: Request) -> Submission:
    """The job that an img2img request means. Raises BadRequest naming the caller's field, NoInitImage, Unavailable."""
    return _for_panel(request, read_img2img, "img2img_rgb565")


def _for_panel(request: Request, understand: Callable[[Request], Submission], mode: str) -> Submission:
    """The job that A1111's API makes of the request, with one picture and, at its end, the panel.

    Raises Unavailable while ComfyUI doesn't answer: a client with a panel gives up long before a job that waits ends.
    """
    wants_json(request)  # a form that doesn't exist is refused before anything is drawn
    if not request.catalog.live:
        raise Unavailable("ComfyUI does not answer.", hint="Try again in a moment.")
    body, notes = _without_idle(request.body)
    spec = understand(dataclasses.replace(request, body=body)).spec
    spec = dataclasses.replace(spec, dialect="pico", words={**spec.words, **PANEL_WORDS})
    named = body.get("workflow") or FIELD in (spec.echo or {})  # what has a look is drawn by a mode of its own
    return Submission(
        dataclasses.replace(
            spec,
            mode=spec.mode if named else mode,
            values={**(spec.values if named else _plain(spec.values)), **_panel(request.options)},
            notes=(*spec.notes, *notes, *_without_transparency(spec.values)),
            output=PANEL_OUTPUT,
            seconds=request.options.seconds,
        )
    )


def _without_transparency(values: Mapping[str, Any]) -> tuple[str, ...]:
    return ("A panel has no transparency: what is made transparent is black there.",) if "background" in values else ()


# What takes no part in a panel's picture, so that nobody judges it: values that ask for nothing, and what is said else.
NONE, SINGLE = (None, False, "", 0, "false"), (None, 1, "1")
ONE_PICTURE_NOTE = "batch_size, n_iter: a panel shows one picture; one was drawn."
IDLE_FIELDS = {
    BASE64_FIELD: ((), ""),
    "batch_size": (SINGLE, ONE_PICTURE_NOTE),
    "n_iter": (SINGLE, ONE_PICTURE_NOTE),
    "mask": (NONE, "mask: a panel's picture is redrawn as a whole."),
    "enable_hr": (NONE, "enable_hr: a panel's picture is drawn in one pass."),
}


def _without_idle(body: Any) -> tuple[Any, tuple[str, ...]]:
    """The body without the fields that a panel has no use for, and a note on each; a workflow may use a second pass."""
    if not isinstance(body, dict):
        return body, ()
    idle = {name for name in IDLE_FIELDS if name in body and not (name == "enable_hr" and body.get("workflow"))}
    notes = [
        note for name, (neutral, note) in IDLE_FIELDS.items() if name in idle and note and body[name] not in neutral
    ]
    return {name: value for name, value in body.items() if name not in idle}, tuple(dict.fromkeys(notes))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without those of a second pass and of a mask, on which the answer already has a note."""
    masked = ("area", "fill")
    return {k: v for k, v in values.items() if not k.startswith(("hires_", "mask_")) and k not in masked}


def _panel(options: Options) -> dict[str, Any]:
    return {
        "panel_width": options.width,
        "panel_height": options.height,
        "panel_fit": options.fit,
        "rotation": options.rotation,
        "byte_order": options.byte_order,
        "rounding": options.rounding,
        "invert": options.invert,
        "bgr": options.bgr,
    }


# What the panel's inputs are called in settings, for errors.
PANEL_WORDS = {
    "generation_side": "width",
    **{f"panel_{name}": f"TARGET_{name.upper()}" for name in ("width", "height")},
    "panel_fit": "PIXART_PANEL_FIT",
    "invert": "LUMINANCE_INVERT",
    **{name: f"PIXART_PANEL_{name.upper()}" for name in ("rotation", "byte_order", "rounding", "bgr")},
}


def wants_json(request: Request) -> bool:
    """Whether JSON is asked for: by `?format=json`, by `return_base64`, or by an Accept that names JSON itself."""
    form = request.query.get("format")
    if form is not None:
        if form.lower() not in ANSWER_FORMS:
            raise BadRequest(f"format must be {' or '.join(ANSWER_FORMS)}, not {shown(form)}.", field="format")
        return ANSWER_FORMS[form.lower()]
    wish = request.body.get(BASE64_FIELD) if isinstance(request.body, dict) else None
    if wish is not None:
        if wish not in YES_VALUES + NO_VALUES:
            raise BadRequest(f"{BASE64_FIELD} must be true or false, not {shown(wish)}.", field=BASE64_FIELD)
        return wish in YES_VALUES
    accepted = _accepted(request.headers.get("Accept", ""))
    return accepted.get(JSON, 0.0) > accepted.get(BINARY, 0.0)


def _accepted(header: str) -> dict[str, float]:
    """The media types of an Accept header, each with its weight, 0 to 1."""
    result = {}
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        result[name] = float(weight) if weight.replace(".", "", 1).isdecimal() else 0.0
    return result


def answer(job: Job, request: Request) -> Answer:
    """The panel's bytes. Raises JobFailed or one of its kinds when there are none."""
    artifact = job.first(PANEL_OUTPUT)
    if job.state is not JobState.COMPLETED or artifact is None or artifact.data is None:
        raise _failure(job, request.options)
    return _frame(job, artifact) if wants_json(request) else _bytes(job, artifact)


def _failure(job: Job, options: Options) -> PixartError:
    failure = failure_of(job, otherwise="It has no bytes for a panel.", gateway=True)
    if isinstance(failure, TimedOut):
        failure.hint = f"{'TIMEOUT_SECONDS' if options.seconds is None else 'A1111_TIMEOUT'} sets the limit."
    return failure


def _bytes(job: Job, artifact: Artifact) -> Answer:
    headers = {
        "X-Image-Width": str(artifact.info["width"]),
        "X-Image-Height": str(artifact.info["height"]),
        "X-Image-Format": str(artifact.info["format"]),
    }
    if (seed := job.used.get("seed")) is not None:
        headers["X-Image-Seed"] = str(seed)
    if job.notes:
        headers["X-Image-Notes"] = json.dumps(_within(job.notes, LONGEST_NOTES))
    return Answer(
        artifact.data, content_type=BINARY, headers=headers, block=ROWS_AT_A_TIME * 2 * artifact.info["width"]
    )


def _within(notes: tuple[str, ...], most: int) -> list[str]:
    """The first notes, as many as fit into `most` characters of JSON."""
    fitting = []
    for note in notes:
        if len(json.dumps([*fitting, note])) > most:
            break
        fitting.append(note)
    return fitting


def _frame(job: Job, artifact: Artifact) -> Answer:
    body = {
        "images": [encoded(artifact.data or b"")],
        "parameters": job.echo["parameters"],
        "info": f"{artifact.info['width']}x{artifact.info['height']} RGB565 format for Pico LCD",
        "notes": list(job.notes),
        "seed": job.used.get("seed"),
        **about(job),
    }
    return Answer(body)


def health(_: View, __: Request) -> Answer:
    """The answer that the server is up."""
    return Answer({"status": "ok"})


def admits(headers: Mapping[str, str], options: Options) -> bool | None:
    """Whether the request has this service's own key; None where the service has no key."""
    if not options.key:
        return None
    # header bytes that are no UTF-8 arrive as lone surrogates; back to bytes they can only be a wrong key
    return hmac.compare_digest(headers.get("X-API-Key", "").encode(errors="surrogateescape"), options.key.encode())


UPSTREAM_ERRORS = (Unavailable, BackendFailure, PromptRefused)


def error(problem: PixartError) -> Answer:
    """Any error in this dialect's shape: ComfyUI stands where A1111 stood, a bad picture is 422."""
    status = 502 if isinstance(problem, UPSTREAM_ERRORS) else problem.status
    bad_picture = isinstance(problem, BadRequest) and (problem.field or "").startswith(PICTURE_FIELD)
    if bad_picture or isinstance(problem, NoInitImage):
        status = 422
    return Answer({"error": str(problem), "code": status}, status=status)


DIALECT = Dialect(
    name="pico",
    title="Pico panel",
    summary="An A1111 request in, RGB565 bytes for a small panel out.",
    prefixes=("",),
    mount="/pico",
    service=True,
    options=Options,
    admits=admits,
    credentials="SERVICE_API_KEY as `X-API-Key: KEY`",
    routes=(
        Route(
            "POST",
            "/sdapi/v1/txt2img",
            Action.SUBMIT,
            "Draw for the panel",
            answer,
            read,
            Text2Image,
            Frame,
            wait=True,
            binary=BINARY,
            query=QUERY_PARAMETERS,
        ),
        Route(
            "POST",
            "/sdapi/v1/img2img",
            Action.SUBMIT,
            "Redraw a picture for a panel",
            answer,
            read_from_picture,
            Image2Image,
            Frame,
            wait=True,
            binary=BINARY,
            query=QUERY_PARAMETERS,
        ),
        Route("GET", "/health", Action.ASK, "Whether the server is up", health, response=Health),
    ),
    error=error,
    problem=Problem,
)

"""The Pico's dialect: an A1111 request in, the bytes that a small panel shows out.

The client runs MicroPython: it knows `Content-Type` only in this spelling, needs a length, and reads 4 kB at a time.
The picture is drawn at the request's size; the panel's size is the operator's.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from bridge.adapters import Action, Answer, Dialect, Request, Route, Submission, View
from bridge.errors import BackendFailure, BadRequest, JobFailed, PixartError, PromptRefused, TimedOut, Unavailable
from bridge.fields import LARGEST_SEED, decoded, encoded, ignored, number, prose, shown, validated, whole
from bridge.job import Artifact, Job, JobSpec, JobState, Upload
from bridge.sampling import resolve

BINARY, JSON = "application/octet-stream", "application/json"
ROWS = 8  # in one write: 3840 bytes of a 240-pixel panel, which fit a client's 4 kB buffer
RANDOM_SEEDS = (1 << 32) - 2  # A1111 draws below this
LONGEST_NOTES = 1000  # characters of a header, which a microcontroller has to hold
PICTURE = "init_images"
FITS = {0: "stretch", 1: "cover", 2: "extend"}  # A1111's resize_mode
SAMPLE = (  # a disc in 16 x 16 pixels
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQMAAAAlPW0iAAAABlBMVEUePHjmtDxUSLz5AAAAL0lEQVR42mNgYGBgYGBgPsDA/4FJgIOJgYFJgYWJ"
    "gQGKHvxhYmBg+vCD6csFiEIAjJcHm0+/FYMAAAAASUVORK5CYII="
)
FORMS = {"json": True, "base64": True, "binary": False, "raw": False}


def _names(*names: str) -> AliasChoices:
    return AliasChoices(*names)


class Options(BaseModel):
    """What the operator may set for this dialect: the panel, and who may ask."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

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
    seconds: float | None = Field(
        None,
        gt=0,
        validation_alias=_names("A1111_TIMEOUT"),
        description="longest time a picture may take, 60 in the original; without it TIMEOUT_SECONDS holds",
    )


def _pictures(value: Any) -> list[str] | None:
    """A1111's list; a lone picture is one of one."""
    listed = [value] if isinstance(value, str) else value
    if listed is not None and not (isinstance(listed, list) and all(isinstance(each, str) for each in listed)):
        raise ValueError("must be a list of pictures in base64")
    return listed


Text = Annotated[str | None, BeforeValidator(prose)]
Count = Annotated[int | None, whole(0, LARGEST_SEED)]  # what a workflow can't do is clamped, and said
Seed = Annotated[int | None, whole(-1, LARGEST_SEED)]
Part = Annotated[float | None, number(0, 1)]


class Text2Image(BaseModel):
    """What a Pico needs of A1111's request; defaults are A1111's. `return_base64` and `workflow` are additions."""

    model_config = ConfigDict(extra="allow")

    prompt: Text = Field(None, examples=["a small tree"])
    negative_prompt: Text = None
    sampler_name: Text = Field(None, description="absent: sampler_index", examples=["DPM++ 2M"])
    sampler_index: Text = Field(None, description="absent: Euler")
    scheduler: Text = Field(None, description="absent or Automatic: the sampler's own")
    steps: Count = Field(None, description="absent: 50", examples=[20])
    cfg_scale: Annotated[float | None, number(0, 1000)] = Field(None, description="absent: 7", examples=[7.0])
    width: Count = Field(
        None, description="of the picture that is drawn, not of the panel; absent: 512", examples=[512]
    )
    height: Count = Field(None, description="as width", examples=[512])
    seed: Seed = Field(None, description="absent or -1: drawn; X-Image-Seed tells")
    subseed: Seed = Field(None, description="absent or -1: drawn")
    subseed_strength: Part = Field(None, description="absent: 0")
    denoising_strength: Part = Field(None, description="img2img: 0 keeps the picture, 1 draws anew; absent: 0.75")
    n_iter: Count = Field(None, description="a panel shows one picture")
    batch_size: Count = Field(None, description="a panel shows one picture")
    return_base64: Any = Field(None, description="true: answer JSON with the bytes in base64")
    workflow: Text = Field(None, description="a mode to use instead, by name or as name@version")


class Image2Image(Text2Image):
    """As `Text2Image`, from a picture."""

    init_images: Annotated[list[str] | None, BeforeValidator(_pictures)] = Field(
        None, description="one picture in base64; PNG, JPEG, WebP, GIF or BMP", examples=[[SAMPLE]]
    )
    resize_mode: Annotated[int | None, whole(0, 3)] = Field(None, description="0 stretch, 1 cut, 2 extend")


class Health(BaseModel):
    """Alive."""

    status: str


class Problem(BaseModel):
    """Every error of this dialect; `code` is the HTTP status."""

    error: str
    code: int


def read(request: Request) -> Submission:
    """The job that a txt2img request means. Raises BadRequest naming the caller's field."""
    asked = validated(Text2Image, request.body)
    wants_json(request)  # a form that doesn't exist is refused before anything is drawn
    return Submission(_spec(asked, request, "txt2img_rgb565", {}, {}, ()))


def read_from_picture(request: Request) -> Submission:
    """As `read`, of img2img."""
    asked = validated(Image2Image, request.body)
    wants_json(request)
    if not asked.init_images:
        raise BadRequest(f"{PICTURE} is missing.", field=PICTURE, hint="Send a list with one picture in base64.")
    upload = Upload(decoded(asked.init_images[0], PICTURE), PICTURE)
    mode = asked.resize_mode or 0
    values = {"denoise": _or(asked.denoising_strength, 0.75), "fit": FITS.get(mode, "stretch")}
    notes = () if mode in FITS else ("resize_mode 3 works on the latent; 0 was used.",)
    if len(asked.init_images) > 1:
        notes += (f"{PICTURE} has {len(asked.init_images)} pictures; the first was used.",)
    return Submission(_spec(asked, request, "img2img_rgb565", values, {"image": upload}, notes))


def _spec(
    asked: Text2Image,
    request: Request,
    mode: str,
    values: Mapping[str, Any],
    pictures: Mapping[str, Upload],
    notes: tuple[str, ...],
) -> JobSpec:
    live, name = request.catalog, asked.sampler_name or asked.sampler_index or "Euler"
    sampling = resolve(name, asked.scheduler, live.samplers, live.schedulers)
    if (asked.n_iter or 1) * (asked.batch_size or 1) > 1:
        notes += ("n_iter and batch_size: a panel shows one picture; one was drawn.",)
    return JobSpec(
        asked.workflow or mode,
        "pico",
        {**_drawing(asked, request), "sampler": sampling.sampler, "scheduler": sampling.scheduler, **values}
        | _panel(request.options),
        pictures,
        WORDS,
        (*notes, *sampling.notes, *ignored(asked.model_extra or {})),
        loose=True,
        seconds=request.options.seconds,
    )


def _drawing(asked: Text2Image, request: Request) -> dict[str, Any]:
    drawn = request.token % RANDOM_SEEDS
    return {
        "prompt": asked.prompt or "",
        "negative": asked.negative_prompt or "",
        "steps": _or(asked.steps, 50),
        "cfg": _or(asked.cfg_scale, 7.0),
        "width": _or(asked.width, 512),
        "height": _or(asked.height, 512),
        "generation_side": 0,  # drawn at exactly the size asked, as A1111 does
        "seed": drawn if asked.seed in (None, -1) else asked.seed,
        "variation_seed": (request.token >> 32) % RANDOM_SEEDS if asked.subseed in (None, -1) else asked.subseed,
        "variation_strength": _or(asked.subseed_strength, 0.0),
    }


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


# Workflow inputs in the caller's words, for errors; the panel's are the operator's.
WORDS = {
    "negative": "negative_prompt",
    "sampler": "sampler_name",
    "cfg": "cfg_scale",
    "variation_seed": "subseed",
    "variation_strength": "subseed_strength",
    "denoise": "denoising_strength",
    "fit": "resize_mode",
    "image": PICTURE,
    "generation_side": "width",
    **{name: name for name in ("prompt", "scheduler", "steps", "width", "height", "seed")},
    **{f"panel_{name}": f"TARGET_{name.upper()}" for name in ("width", "height")},
    "panel_fit": "PIXART_PANEL_FIT",
    "invert": "LUMINANCE_INVERT",
    **{name: f"PIXART_PANEL_{name.upper()}" for name in ("rotation", "byte_order", "rounding", "bgr")},
}


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def wants_json(request: Request) -> bool:
    """Whether JSON is asked for: by `?format=json`, by `return_base64`, or by an Accept that names JSON itself."""
    form = request.query.get("format")
    if form is not None:
        if form.lower() not in FORMS:
            raise BadRequest(f"format must be {' or '.join(FORMS)}, not {shown(form)}.", field="format")
        return FORMS[form.lower()]
    wish = request.body.get("return_base64") if isinstance(request.body, dict) else None
    if wish is not None:
        return wish in (True, 1, "true", "1")
    accepted = _accepted(request.headers.get("Accept", ""))
    return accepted.get(JSON, 0.0) > accepted.get(BINARY, 0.0)


def _accepted(header: str) -> dict[str, float]:
    """Media types of an Accept header with how much each is wanted, 0 to 1."""
    found = {}
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        found[name] = float(weight) if weight.replace(".", "", 1).isdecimal() else 0.0
    return found


def answer(job: Job, request: Request) -> Answer:
    """The panel's bytes. Raises JobFailed or TimedOut when there are none."""
    made = next((each for each in job.artifacts if each.output == "rgb565"), None)
    if job.state is not JobState.COMPLETED or made is None or made.data is None:
        raise _failure(job, request.options.seconds)
    return _frame(job, made, request) if wants_json(request) else _bytes(job, made)


def _failure(job: Job, limit: float | None) -> PixartError:
    why = job.error or ("It was cancelled." if job.state is JobState.CANCELLED else "It has no bytes for a panel.")
    late = limit is not None and job.seconds is not None and job.seconds >= limit
    return TimedOut(why, hint="A1111_TIMEOUT sets the limit.") if late else JobFailed(why)


def _bytes(job: Job, made: Artifact) -> Answer:
    headers = {
        "X-Image-Width": str(made.info["width"]),
        "X-Image-Height": str(made.info["height"]),
        "X-Image-Format": str(made.info["format"]),
    }
    if (seed := job.used.get("seed")) is not None:
        headers["X-Image-Seed"] = str(seed)
    if job.notes:
        headers["X-Image-Notes"] = json.dumps(_within(job.notes, LONGEST_NOTES))
    return Answer(made.data, content_type=BINARY, headers=headers, block=ROWS * 2 * made.info["width"])


def _within(notes: tuple[str, ...], most: int) -> list[str]:
    """The first notes, as many as fit."""
    kept = []
    for note in notes:
        if len(json.dumps([*kept, note])) > most:
            break
        kept.append(note)
    return kept


def _frame(job: Job, made: Artifact, request: Request) -> Answer:
    parameters = {name: value for name, value in request.body.items() if name != PICTURE}
    body = {
        "images": [encoded(made.data or b"")],
        "parameters": parameters,
        "info": f"{made.info['width']}x{made.info['height']} RGB565 format for Pico LCD",
        "notes": list(job.notes),
        "seed": job.used.get("seed"),
    }
    return Answer(body)


def health(_: View, __: Request) -> Answer:
    """Alive."""
    return Answer({"status": "ok"})


def admits(headers: Mapping[str, str], options: Options) -> bool | None:
    """Whether the request has this service's own key; None when there is none."""
    if not options.key:
        return None
    # header bytes that are no UTF-8 arrive as lone surrogates; back to bytes they can only be a wrong key
    return hmac.compare_digest(headers.get("X-API-Key", "").encode(errors="surrogateescape"), options.key.encode())


UPSTREAM = (Unavailable, BackendFailure, PromptRefused)


def error(problem: PixartError) -> Answer:
    """Any error in this dialect's shape: ComfyUI stands where A1111 stood, a bad picture is 422."""
    status = 502 if isinstance(problem, UPSTREAM) else problem.status
    if isinstance(problem, BadRequest) and (problem.field or "").startswith(PICTURE):
        status = 422
    return Answer({"error": str(problem), "code": status}, status=status)


DIALECT = Dialect(
    name="pico",
    title="Pico panel",
    summary="An A1111 request in, RGB565 bytes for a small panel out.",
    prefixes=("",),
    mount="/pico",
    options=Options,
    admits=admits,
    routes=(
        Route(
            "POST",
            "/sdapi/v1/txt2img",
            Action.SUBMIT,
            "Draw for the panel",
            answer,
            read,
            Text2Image,
            BINARY,
            wait=True,
        ),
        Route(
            "POST",
            "/sdapi/v1/img2img",
            Action.SUBMIT,
            "Redraw a picture for a panel",
            answer,
            read_from_picture,
            Image2Image,
            BINARY,
            wait=True,
        ),
        Route("GET", "/health", Action.ASK, "Whether the server is up", health, response=Health),
    ),
    error=error,
    problem=Problem,
)

"""AleaArt's dialect: parameters that a contract drew for a token become that token's picture, in one answer.

The document's nested request carries the eight numbers as on chain; AleaArt's own web app sends its Python server a
flat one, with the prompt already written. Both are served, told apart by `parameters`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from bridge.adapters.dialect import Action, Answer, Dialect, Request, Route, Submission, View
from bridge.adapters.fields import (
    LARGEST_SEED,
    data_url,
    ignored,
    number,
    prose,
    shown,
    spelled_otherwise,
    validated,
    whole,
)
from bridge.adapters.picture_fields import Form
from bridge.adapters.styling import About, LookOptions, Styled, about, styled
from bridge.catalog.models import has_cuda
from bridge.catalog.samplers import AUTOMATIC, resolve
from bridge.core.errors import BadRequest, Expired, NotFound, PixartError
from bridge.core.job import Job, JobSpec, JobState
from bridge.core.job_error import failure_of

LARGEST = (1 << 32) - 1  # a uint32, which latentSeed is on chain
MOST_SIDE, MOST_STEPS, MOST_SCALE = 4096, 150, 30  # what the workflow of the flat form takes
LONGEST_TOKEN = 200  # characters; a uint256 has 78 digits
MISSING_SENTENCE = "Missing parameters or tokenId"


class Drawn(NamedTuple):
    """What the contract may give for a parameter, and what a request that leaves it out gets."""

    input: str
    least: int
    most: int
    default: int | None


# EntropyArtParamsV2.sol: index = seed % 12 and so on, steps = 18 + % 47, cfg = 70 + % 111 (tenths), latentSeed uint32.
# The defaults of steps and cfg are those of the flat request; an index that is no index means item 0 there too.
CHAIN = {
    "promptIndex": Drawn("prompt_index", 0, 11, 0),
    "styleIndex": Drawn("style_index", 0, 9, 0),
    "samplerIndex": Drawn("sampler_index", 0, 5, 0),
    "aspectIndex": Drawn("aspect_index", 0, 4, 0),
    "steps": Drawn("steps", 18, 64, 20),
    "cfg": Drawn("cfg_tenths", 70, 180, 75),
    "latentSeed": Drawn("latent_seed", 0, LARGEST, None),
    "paletteId": Drawn("palette_id", 0, 23, 0),
}
# diffusers' names, as AleaArt's Python server reads them: without "Karras" the schedule is the plain one.
SAMPLERS = ("DPM++ 2M Karras", "DPM++ SDE Karras", "Euler a", "DPM++ 2M", "DPM++ SDE", "LMS")
NORMAL_SCHEDULE = "Normal"


class Options(LookOptions):
    """What the operator may set for this dialect."""

    strict: bool = Field(
        False,
        validation_alias=AliasChoices("ALEAART_STRICT"),
        description="refuse parameters that AleaArt's contract can't give, instead of taking item 0 or a default",
    )


def _token(value: Any) -> str | int | float | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"must be text or a number, not {shown(value)}")
    length = len(str(value))  # JSON's reader has refused numbers that are too long for this
    if length > LONGEST_TOKEN:
        raise ValueError(f"has {length} characters; {LONGEST_TOKEN} is the most")
    return value


def _drawn(field: str) -> BeforeValidator:
    """The check of a number of the nested form; out of range, the graph clamps it or takes item 0, and says so."""
    drawn = CHAIN[field]
    return whole(-LARGEST_SEED, LARGEST_SEED, named=(drawn.least, drawn.most))


Side = Annotated[int | None, whole(0, LARGEST_SEED, named=(1, MOST_SIDE))]  # clamped by the workflow, and said
Steps = Annotated[int | None, whole(0, LARGEST_SEED, named=(1, MOST_STEPS))]
Scale = Annotated[float | None, number(0, 1000, named=(0, MOST_SCALE))]
Text = Annotated[str | None, BeforeValidator(prose)]


class Parameters(BaseModel):
    """The eight numbers as on chain; decimal texts are numbers too."""

    model_config = ConfigDict(extra="allow")

    promptIndex: Annotated[int | None, _drawn("promptIndex")] = Field(None, description="0 to 11")
    styleIndex: Annotated[int | None, _drawn("styleIndex")] = Field(None, description="0 to 9")
    samplerIndex: Annotated[int | None, _drawn("samplerIndex")] = Field(None, description="0 to 5")
    aspectIndex: Annotated[int | None, _drawn("aspectIndex")] = Field(None, description="0 to 4")
    steps: Annotated[int | None, _drawn("steps")] = Field(None, description="18 to 64")
    cfg: Annotated[int | None, _drawn("cfg")] = Field(None, description="in tenths: 70 to 180 is 7.0 to 18.0")
    latentSeed: Annotated[int | None, whole(0, LARGEST)] = Field(None, description="absent: drawn, and said")
    paletteId: Annotated[int | None, _drawn("paletteId")] = Field(None, description="0 to 23, of our own palettes")


EXAMPLE = dict(zip(CHAIN, (0, 0, 0, 0, 20, 75, 12345, 5), strict=True))


class Generate(Styled, Form):
    """Either `parameters` and `tokenId`, or the flat fields.

    `negative_prompt`, `workflow`, `pixart` and the form of the picture are our additions.
    """

    model_config = ConfigDict(extra="allow")

    parameters: Parameters | None = Field(None, examples=[EXAMPLE])
    tokenId: Annotated[str | int | float | None, BeforeValidator(_token)] = Field(
        None, description="comes back as it was sent; absent in a flat request: unknown", examples=["1"]
    )
    prompt: Text = Field(None, description="flat; absent: empty")
    steps: Steps = Field(None, description="flat; absent: 20")
    cfg_scale: Scale = Field(None, description="flat; absent: 7.5")
    seed: Annotated[int | None, whole(-1, LARGEST_SEED)] = Field(None, description="flat; absent or -1: drawn")
    sampler: Text = Field(None, description=f"flat; {', '.join(SAMPLERS)}, or another of the A1111 API's")
    width: Side = Field(None, description="flat, in pixels; absent: 512")
    height: Side = Field(None, description="flat, in pixels; absent: 512")
    userId: Any = Field(None, description="accepted and not used")
    negative_prompt: Text = Field(None, description="flat")
    workflow: Text = Field(None, description="a mode to use instead, such as `txt2img_pixel` or `aleaart@1`")


FLAT_FIELDS = ("prompt", "steps", "cfg_scale", "seed", "sampler", "width", "height", "negative_prompt")


class Used(BaseModel):
    """What the picture was really made with; null is what its workflow doesn't have."""

    steps: int | None
    cfg_scale: float | None
    seed: int | None
    sampler: str | None
    width: int | None
    height: int | None


class Generated(About):
    """A finished picture. `jobId`, `notes`, `workflow`, `palette` and `paletteId` are this server's additions."""

    success: bool
    imageUrl: str
    imageBase64: str
    tokenId: Any
    prompt: str
    parameters: Used
    jobId: str
    workflow: str | None
    notes: list[str] = Field(description="what was ignored, clamped, replaced or chosen")
    palette: str | None = Field(None, description="nested only")
    paletteId: int | None = Field(None, description="nested only")


class Problem(BaseModel):
    """Every error of this dialect."""

    success: bool
    error: str


class Endpoints(BaseModel):
    """The server's name and its paths."""

    message: str
    endpoints: list[str]


class Health(BaseModel):
    """Whether pictures can be made."""

    status: str
    model_loaded: bool
    cuda_available: bool


def read(request: Request) -> Submission:
    """The job that a request means. Raises BadRequest naming the caller's field."""
    body = validated(Generate, request.body)
    nested = "parameters" in body.model_fields_set or not body.model_fields_set & set(FLAT_FIELDS)
    if nested and (body.parameters is None or body.tokenId is None):
        hint = spelled_otherwise(request.body, ["parameters", "tokenId"])
        raise BadRequest(MISSING_SENTENCE, field="tokenId" if body.parameters else "parameters", hint=hint)
    spec = _nested(body, request) if nested else _flat(body, request)
    spec = styled(spec, body.pixart, request.options, named=body.workflow)
    return Submission(body.of(spec), _name(body.tokenId, request.token))


def _nested(body: Generate, request: Request) -> JobSpec:
    """The job of the nested form: its eight numbers go to the graph, which knows their meaning."""
    assert body.parameters is not None
    values, notes = {}, []
    for field, drawn in CHAIN.items():
        number = getattr(body.parameters, field)
        value = number if number is not None else _left_out(drawn, request.token)
        if request.options.strict and (number is None or not drawn.least <= number <= drawn.most):
            raise _impossible(field, drawn, number)
        if number is None:
            notes.append(f"parameters.{field} is missing; {value} was used.")
        values[drawn.input] = value
    unread = [name for name in FLAT_FIELDS if name in body.model_fields_set]
    strange = ignored(body.parameters.model_extra or {}, Parameters, "parameters.")
    words = {drawn.input: f"parameters.{field}" for field, drawn in CHAIN.items()}
    mode, named = body.workflow or "aleaart", body.parameters.latentSeed is not None
    sentences = (*notes, *strange, *ignored([*(body.model_extra or {}), *unread], Generate))
    loose = bool(body.workflow)
    return JobSpec(mode, "aleaart", values, words=words, notes=sentences, loose=loose, cacheable=named)


def _left_out(drawn: Drawn, token: int) -> int:
    return token & LARGEST if drawn.default is None else drawn.default


def _impossible(field: str, drawn: Drawn, number: int | None) -> BadRequest:
    name = f"parameters.{field}"
    what = "is missing" if number is None else f"must be from {drawn.least} to {drawn.most}, not {number}"
    return BadRequest(f"{name} {what}.", field=name)


def _flat(body: Generate, request: Request) -> JobSpec:
    """The job of the flat form, which AleaArt's web app sends its Python server, with its defaults; a workflow that the
    request names keeps its file's own values where the request says nothing."""
    live, preset = request.catalog, {} if body.workflow else FLAT_DEFAULTS
    named = body.seed not in (None, -1)
    values = {**preset, "seed": body.seed if named else request.token & LARGEST}
    fields = {name: getattr(body, field) for name, field in FIELD_BY_INPUT.items() if name not in CHOSEN_INPUTS}
    values |= {name: value for name, value in fields.items() if value is not None}
    notes = ignored(body.model_extra or {}, Generate)
    if body.sampler or preset:
        sampling = resolve(_full_name(body.sampler), None, live.samplers, live.schedulers, default=SAMPLERS[0])
        values |= {"sampler": sampling.sampler, "scheduler": sampling.scheduler}
        notes = (*sampling.notes, *notes)
    mode = body.workflow or "txt2img"
    return JobSpec(mode, "aleaart", values, words=FIELD_BY_INPUT, notes=notes, loose=True, cacheable=named)


FLAT_DEFAULTS = {"prompt": "", "steps": 20, "cfg": 7.5, "width": 512, "height": 512}  # of the flat request
CHOSEN_INPUTS = ("seed", "sampler", "scheduler")  # not taken as they are sent
# Inputs of the flat request's workflow in the caller's words, for errors.
FIELD_BY_INPUT = {
    "cfg": "cfg_scale",
    "negative": "negative_prompt",
    "scheduler": "sampler",
    **{name: name for name in ("prompt", "steps", "seed", "sampler", "width", "height")},
}


def _full_name(sampler: str | None) -> str:
    """One of AleaArt's names with its schedule, so that "DPM++ 2M" isn't A1111's, whose own schedule is Karras."""
    name = (sampler or SAMPLERS[0]).strip()
    listed = next((each for each in SAMPLERS if each.lower() == name.lower()), "")
    return name if not listed or listed.endswith("Karras") else f"{listed} {NORMAL_SCHEDULE}"


def _name(token: Any, bits: int) -> str:
    """The job's id, which is the picture's file name too: nothing of a token's text can lead out of a folder."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", "unknown" if token is None else str(token))
    return f"art_token_{plain}_{bits >> 32:08x}"


def answer(job: Job, request: Request) -> Answer:
    """The finished picture. Raises JobFailed when there is none."""
    artifact = job.first()
    if job.state is not JobState.COMPLETED or artifact is None or artifact.data is None:
        raise failure_of(job)
    token = _token(request.body.get("tokenId"))
    info, facts = next((each.info for each in job.artifacts if each.output == "parameters"), None), _facts(job)
    body = {
        "success": True,
        "imageUrl": f"/generated_images/{job.id}.png",
        "imageBase64": data_url(artifact.content_type, artifact.data),
        "tokenId": "unknown" if token is None else token,
        "prompt": (info or facts)["prompt"],
        "parameters": _reported(info) if info else _reported({**facts, "sampler": _sampler(facts)}),
        "jobId": job.id,
        "workflow": job.workflow,
        "notes": [*job.notes, *(_called(note) for note in (info or {}).get("notes", []))],
        **about(job),
    }
    if info:
        body |= {"palette": info["palette"], "paletteId": info["palette_id"]}
    return Answer(body)


def _called(note: str) -> str:
    """A note of the graph's, with the caller's name of a parameter in place of its first word, the graph's name."""
    name, space, rest = note.partition(" ")
    return next((f"parameters.{field}{space}{rest}" for field, drawn in CHAIN.items() if drawn.input == name), note)


def _facts(job: Job) -> Mapping[str, Any]:
    """The values that a workflow without a report of its own ran with."""
    return {"prompt": "", **job.values, **job.used}


def _reported(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "steps": values.get("steps"),
        "cfg_scale": values.get("cfg"),
        "seed": values.get("seed"),
        "sampler": values.get("sampler"),
        "width": values.get("width"),
        "height": values.get("height"),
    }


def _sampler(values: Mapping[str, Any]) -> str:
    """A sampler as AleaArt names it, from ComfyUI's names."""
    name, curve = values.get("sampler"), values.get("scheduler")
    own, result = resolve(name), resolve(name, curve)
    plain = result.schedule == NORMAL_SCHEDULE or (own.schedule == AUTOMATIC and own.scheduler == curve)
    return result.name if plain else f"{result.name} {result.schedule}"


def picture(job: Job, _: Request) -> Answer:
    """The finished picture as a file. Raises NotFound when there is none, Expired when it is gone."""
    artifact = job.first()
    if job.fault == Expired.__name__:
        raise failure_of(job)
    if artifact is None or artifact.data is None:
        raise NotFound("Image not found")
    return Answer(artifact.data, content_type=artifact.content_type)


def index(_: View, __: Request) -> Answer:
    """The server's name and its paths, in the form of AleaArt's server."""
    paths = ["/generate-image", "/health", "/generated_images/<filename>"]
    return Answer({"message": "Pixart draws AleaArt's tokens", "endpoints": paths})


def health(view: View, request: Request) -> Answer:
    """Whether pictures can be made: the model counts as loaded when ComfyUI has one to load."""
    loaded = bool(request.catalog.checkpoints)
    return Answer({"status": "healthy", "model_loaded": loaded, "cuda_available": has_cuda(view.system)})


def error(problem: PixartError) -> Answer:
    """Any error in this dialect's shape."""
    return Answer({"success": False, "error": str(problem)}, status=problem.status)


def no_picture(problem: PixartError) -> Answer:
    """An error of the pictures' route, where a missing picture has the words of AleaArt's server."""
    return error(NotFound("Image not found") if isinstance(problem, NotFound) else problem)


DIALECT = Dialect(
    name="aleaart",
    title="AleaArt",
    summary="Draw a token's picture from its on-chain parameters; the answer comes when it is drawn.",
    prefixes=("/generate-image", "/generated_images"),
    options=Options,
    routes=(
        Route("POST", "/generate-image", Action.SUBMIT, "Draw a token", answer, read, Generate, Generated, wait=True),
        Route(
            "GET",
            "/generated_images/{id}.png",
            Action.SHOW,
            "A drawn picture",
            picture,
            wait=False,
            error=no_picture,
            file="image",
            failures={410: "somebody removed the picture"},
        ),
        Route("GET", "/", Action.ASK, "What there is", index, response=Endpoints, alone=True),
        Route(
            "GET",
            "/health",
            Action.ASK,
            "Whether pictures can be made",
            health,
            response=Health,
            alone=True,
            statistics=True,
        ),
    ),
    error=error,
    problem=Problem,
)

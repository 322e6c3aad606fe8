"""Pictures for consoles and home computers, asked for and answered alike in the dialects that have them. Pure.

Which machines there are, and what each can show, the node pack knows alone: names are held to ComfyUI's list of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bridge.adapters.dialect import Action, Answer, Request, Route
from bridge.adapters.fields import hex_color, ignored, number, prose, shown, whole
from bridge.adapters.picture_fields import MOST_COLORS
from bridge.core.errors import NotFound
from bridge.core.job import OWN_WORDS, Artifact, Job, JobSpec, Rendition, Upload
from bridge.core.job_error import failure_of

MACHINE_MODE = "machine"
FIT_CHOICES = ("cut", "keep")  # how a picture may come to a screen beside those of pixel art: no pixel is resized
FILES_OUTPUT = "files"  # the workflow's output that is a zip
MOST_TILES = 4096  # what the workflow's node takes; each machine has room for fewer
ZIP_TYPE = "application/zip"


def _color(value: Any) -> str | None:
    return None if value is None else f"#{hex_color(value)}"


def _colors(value: Any) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not 0 < len(value) <= MOST_COLORS:
        raise ValueError(f"must be a list of 1 to {MOST_COLORS} colours, not {shown(value)}")
    return [str(_color(each or "")) for each in value]


def _named(value: Any) -> Any:
    """The fields of a machine, of which a request may send the name alone."""
    if value is not None and not isinstance(value, str | dict | Machine):
        raise ValueError(f"must be the name of a machine, such as nes, or an object with its name, not {shown(value)}")
    return {"name": value} if isinstance(value, str) else value


Name = Annotated[str | None, BeforeValidator(prose)]


class Machine(BaseModel):
    """A machine, and how the picture comes to its screen."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[str, BeforeValidator(prose)] = Field(examples=["nes"], description="such as `nes`, `gb`, `snes`")
    fit: Name = Field(
        None,
        description="how a picture of another size comes to the screen: `crop` (absent), `pad`, `stretch`, `cut` its "
        "middle pixel for pixel, `keep` its own size, for sprites",
    )
    method: Name = Field(None, description="a downscale by its name; absent: box")
    dither: Name = Field(
        None, description="`diffusion` (absent), `pattern`, `none`, or `auto`: `pattern` for a drawing"
    )
    strength: Annotated[float | None, number(0, 1)] = Field(None, description="how much dither, 0 to 1; absent: 1")
    tiles: Annotated[int | None, whole(1, MOST_TILES)] = Field(
        None, description="the most different tiles; absent: as many as the machine has room for"
    )
    sharedColor: Annotated[str | None, BeforeValidator(_color)] = Field(
        None, description="the colour that all palettes begin with, one of the machine's; absent: chosen"
    )
    colors: Annotated[list[str] | None, BeforeValidator(_colors)] = Field(
        None, description="colours of the machine that stay at their slots, the first palette first"
    )
    quality: Name = Field(None, description="`fast` (absent), or `best`, which takes some seconds")


def needed_without(others: Iterable[str], names: Sequence[str]) -> Callable[[dict[str, Any]], None]:
    """A change to the schema of a request: the fields `names` are asked for where it has none of the `others`."""

    def change(schema: dict[str, Any]) -> None:
        schema["required"] = [name for name in schema["required"] if name not in names]
        schema["anyOf"] = [{"required": [*names]}, *({"required": [other]} for other in others)]

    return change


OneMachine = Annotated[Machine, BeforeValidator(_named)]


class OnMachine(BaseModel):
    """What the requests of a dialect have beside their own fields."""

    machine: OneMachine | None = Field(
        None,
        description="a console or home computer by its name, or an object with `name` and more: the picture becomes "
        "what it can show, in its size",
    )


class Shown(BaseModel):
    """How a machine shows the picture."""

    name: str
    title: str
    width: int
    height: int
    fitted: str = Field(description="how the picture came to that size")
    palettes: int | None = Field(None, description="absent where each block has one of its own")
    tiles: int | None = Field(None, description="different ones; absent where the screen has none")
    report: str = Field(description="its limits, and what was done, in lines")


# A machine's fields -> inputs of the workflow.
INPUT_BY_FIELD = {
    "name": "machine",
    "sharedColor": "shared_color",
    **{name: name for name in ("fit", "method", "dither", "strength", "tiles", "quality")},
}
FIELD_BY_INPUT = {name: f"machine.{field}" for field, name in INPUT_BY_FIELD.items()} | {
    "locked_colors": "machine.colors"
}


def job_of(dialect: str, machine: Machine, picture: Upload, seed: int | None, **more: Any) -> JobSpec:
    """The job that makes a picture for a machine. A request without a seed gets 0, so that nothing is left to chance.

    No machine reads a `prompt`; it goes with the job for people to know it by.
    """
    inputs = {name: getattr(machine, field) for field, name in INPUT_BY_FIELD.items()}
    values = {name: value for name, value in inputs.items() if value is not None}
    values |= {"seed": seed or 0} | ({"locked_colors": " ".join(machine.colors)} if machine.colors else {})
    if prompt := more.pop("prompt", None):
        values[OWN_WORDS] = prompt
    words = {**FIELD_BY_INPUT, "image": picture.field, "seed": "seed"}
    strange = ignored(machine.model_extra or {}, Machine, "machine.")
    notes = (*more.pop("notes", ()), *strange)
    files = {"name": machine.name} if re.fullmatch(r"[a-z0-9-]+", machine.name) else {}
    form: Rendition = more.pop("rendition", Rendition())
    about = {"image": picture}
    return JobSpec(
        MACHINE_MODE, dialect, {**values, **files}, about, words, notes, cacheable=True, rendition=form, **more
    )


def unheeded(fields: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    """A note on the fields, of these names, that the request sets although its machine decides what they say."""
    left = [name for name in names if fields.get(name) not in (None, "", [])]
    return (f"With machine, {', '.join(left)} made no difference: machine has its own.",) if left else ()


def shown_of(job: Job) -> dict[str, Any] | None:
    """What the machine shows, by the report of its node; None for a job without a machine."""
    bundle = _files(job)
    return {name: bundle.info[name] for name in Shown.model_fields if name in bundle.info} if bundle else None


def files_path(path: str, job: Job) -> str | None:
    """The path of a finished job's zip, made of the route's path with `{id}` in it; None for a job without a zip."""
    return path.format(id=job.id) if _files(job) else None


def files_route(path: str, summary: str, *, wait: bool = False) -> Route:
    """The route by which a dialect gives all files of a job for a machine."""
    failures = {410: "somebody removed the files", 422: "the machine can't do what was asked"}
    return Route("GET", path, Action.SHOW, summary, archive, response=ZIP_TYPE, wait=wait, failures=failures)


def archive(job: Job, _: Request) -> Answer:
    """All files of a job as one zip. Raises NotFound where there is none, and the failure of the job, maybe Expired."""
    bundle = _files(job)
    if job.error:
        raise failure_of(job)
    if bundle is None or bundle.data is None:
        raise NotFound(f"{job.id} has no files of a machine.", hint="Name a machine in the request.")
    name = bundle.info.get("name", MACHINE_MODE)
    return Answer(
        bundle.data, content_type=ZIP_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}.zip"'}
    )


def _files(job: Job) -> Artifact | None:
    return job.first(FILES_OUTPUT) if job.mode.partition("@")[0] == MACHINE_MODE else None

"""The shapes of the job API's bodies: what is posted to it, and what it answers. Data only."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from bridge.adapters import machine as machines
from bridge.adapters import picture_fields
from bridge.adapters.fields import HALVES_PNG, LARGEST_SEED, PICTURE_FORMATS, no_list_of_colors, number, prose, whole
from bridge.adapters.picture_fields import FINISH_FIELDS, MOST_COLORS, Finish, Form
from bridge.adapters.styling import About, LookOptions, Styled, colors_of, in_places

LEAST, MOST = 64, 2048  # pixels a side; a workflow of the operator's own may take less
MOST_STEPS = 150
MOST_GUIDANCE = 30
PICTURE_DESCRIPTION = f"a data URL or bare base64: {PICTURE_FORMATS}"

Text = Annotated[str | None, BeforeValidator(prose)]


def _limits(least: float, most: float) -> Any:
    """Limits that the schema shows; requests are held to them by a check whose errors have better words."""
    return Field(json_schema_extra={"minimum": least, "maximum": most})


Side = Annotated[int | None, whole(1, MOST, named=(LEAST, MOST)), _limits(1, MOST)]
Steps = Annotated[int | None, whole(1, MOST_STEPS), _limits(1, MOST_STEPS)]
Guidance = Annotated[float | None, number(0, MOST_GUIDANCE), _limits(0, MOST_GUIDANCE)]
Share = Annotated[float | None, number(0, 1), _limits(0, 1)]
Seed = Annotated[int | None, whole(-1, LARGEST_SEED), _limits(-1, LARGEST_SEED)]
SAMPLE_PICTURE = f"data:image/png;base64,{HALVES_PNG}"


class Options(LookOptions):
    """What the operator may set for this dialect."""

    images: Literal["base64", "data-url"] = Field(
        "base64",
        validation_alias=AliasChoices("PIXART_IMAGEGEN_IMAGES"),
        description="form of `result.images`: `base64` for the documented Python client, `data-url` as the documented "
        "sample has it; the other form is in `result.imageUrls` or `result.imagesBase64`",
    )
    job_timeout: int | None = Field(
        None,
        gt=0,
        validation_alias=AliasChoices("JOB_TIMEOUT"),
        description="longest time one job of the job API may run, in milliseconds; TIMEOUT_SECONDS if not set",
    )


def _colors(value: Any) -> list[str] | None:
    """Colours as `rrggbb`, as `in_places` has them."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise ValueError(no_list_of_colors(value))
    colors = colors_of(value)
    if len(set(colors)) not in (0, *range(2, MOST_COLORS + 1)):
        raise ValueError(f"must be 2 to {MOST_COLORS} different colours, not {len(set(colors))}")
    return in_places(colors)


# A request's fields -> the inputs of workflows that make pixel art.
_AS_IT_IS = {**picture_fields.LOOK_FIELDS, "ditherStrength": "strength"}
LOOK_FIELDS = {**_AS_IT_IS, "colorPalette": "colors", **{name: name for name in FINISH_FIELDS}}


class Look(picture_fields.Look, Finish):
    """How pixel art shall look, for workflows that make some."""

    colorPalette: Annotated[list[str] | None, BeforeValidator(_colors)] = Field(
        None, description=f"2 to {MOST_COLORS} colours, hex or by name"
    )
    ditherStrength: Share = Field(None, description="how much dither, 0 to 1")

    @property
    def look(self) -> dict[str, Any]:
        """The workflow's inputs that the request sets."""
        colors = {"colors": " ".join(self.colorPalette)} if self.colorPalette else {}
        return self.inputs(_AS_IT_IS) | colors | self.finish

    @property
    def is_pixel_art(self) -> bool:
        """Whether it names what pixel art alone has; what is done by hand in the end, any picture may have."""
        return not self.look.keys() <= {*FINISH_FIELDS}


class Generate(Look, Styled, Form):
    """What every kind of job takes.

    `priority`, `workflow`, the `Look`, `pixart` and the form of the picture are this server's additions.
    """

    model_config = ConfigDict(extra="allow")

    negativePrompt: Text = Field(None, description="what the picture must not show")
    width: Side = Field(None, description=f"of the result, {LEAST} to {MOST} pixels")
    height: Side = Field(None, description=f"of the result, {LEAST} to {MOST} pixels")
    steps: Steps = Field(None, description="of the sampler; absent: 30, and 20 for a style transfer", examples=[20])
    guidanceScale: Guidance = Field(None, description="how closely to follow the prompt; absent: 7.5", examples=[7.5])
    seed: Seed = Field(None, description="absent, null or -1: by chance, below 1,000,000, and told", examples=[42])
    sampler: Text = Field(None, description="`euler_a` if absent; A1111's names, too", examples=["dpm++_2m"])
    model: Text = Field(None, description="an id of GET /models; absent: the one that is `loaded` there")
    priority: Text = Field(None, description="`high`, `normal` or `low`: which waiting job is next")
    workflow: Text = Field(
        None,
        description="run this workflow instead (`txt2img_pixel`, or `name@2`); what the request does not say is then "
        "as its file says",
    )


class Text2Img(Generate):
    """A picture of a text."""

    prompt: Text = Field(description="what to draw", examples=["A red apple"])


class Img2Img(Text2Img, machines.OnMachine):
    """A picture redrawn. Without width and height it keeps its size, with a machine it has that one's."""

    model_config = ConfigDict(extra="allow", json_schema_extra=machines.needed_without(("machine",), ("prompt",)))

    initImage: str = Field(description=PICTURE_DESCRIPTION, examples=[SAMPLE_PICTURE])
    strength: Share = Field(None, description="0 keeps the picture as it is, 1 draws all anew; absent: 0.75")


class OnMachine(Img2Img):
    """A picture for a machine, which needs no prompt."""

    model_config = ConfigDict(json_schema_extra=None)

    prompt: Text = None


class Inpaint(Text2Img):
    """A picture redrawn where its mask is white. Without width and height it keeps its size."""

    image: str = Field(description=PICTURE_DESCRIPTION, examples=[SAMPLE_PICTURE])
    mask: str = Field(
        description=f"white is drawn anew, black is kept; {PICTURE_DESCRIPTION}", examples=[SAMPLE_PICTURE]
    )
    inpaintingStrength: Share = Field(None, description="how far from what was there, 0 to 1; absent: 0.9")


class StyleTransfer(Generate):
    """A picture in another one's style. A prompt isn't needed."""

    contentImage: str = Field(description=PICTURE_DESCRIPTION, examples=[SAMPLE_PICTURE])
    styleImage: str = Field(description=PICTURE_DESCRIPTION, examples=[SAMPLE_PICTURE])
    styleStrength: Share = Field(None, description="how much of the style, 0 to 1; absent: 0.7")
    contentStrength: Share = Field(None, description="how much of the content is kept, 0 to 1; absent: 0.3")
    prompt: Text = Field(None, description="what else to draw")


class Parameters(BaseModel):
    """What a picture was really made with."""

    prompt: str
    width: int
    height: int
    steps: int
    guidanceScale: float
    sampler: str
    model: str


class Result(About):
    """A finished picture: `images` in the form that the operator chose, and the other form."""

    images: list[str]
    imageUrls: list[str] | None = Field(None, description="as data URLs, where `images` is bare base64")
    imagesBase64: list[str] | None = Field(None, description="as bare base64, where `images` is data URLs")
    seed: int
    parameters: Parameters
    timeTaken: int = Field(description="milliseconds")
    workflow: str | None = Field(None, description="what really ran", examples=["style_transfer_color@1"])
    machine: machines.Shown | None = Field(None, description="what the machine shows, where one was named")
    filesUrl: str | None = Field(None, description="where all files for the machine are, in one zip")


class Summary(BaseModel):
    """A job without its pictures. Times are ISO 8601 with milliseconds."""

    id: str = Field(examples=["job_1699363200000_abc123xyz"])
    type: Literal["text2img", "img2img", "inpaint", "style_transfer"]
    status: Literal["queued", "processing", "completed", "failed"]
    createdAt: str
    startedAt: str | None = None
    completedAt: str | None = None
    progress: int = Field(ge=0, le=100)
    error: str | None = Field(None, description="when failed; `Cancelled by user` for a cancelled job")
    notes: list[str] | None = Field(None, description="what was ignored, clamped, replaced or chosen")


class Said(BaseModel):
    """What a list has of a job's request."""

    prompt: str = Field(description="as it was sent, without the words that a style adds")


class Listed(Summary):
    """A job in a list that was asked for with `?settings=true`."""

    prompt: str | None = Field(None, description="what was to be drawn, with the words that a style adds")
    request: Said | None = Field(None, description="of the request as it was sent")
    seed: int | None = Field(None, description="of the first picture, also where it was left to chance")
    workflow: str | None = Field(None, description="what really ran, or was asked for")


class JobBody(Summary):
    """A job, with the request as it was sent."""

    request: dict[str, Any]
    result: Result | None = Field(None, description="when completed")


class Jobs(BaseModel):
    """Newest first."""

    jobs: list[Listed]
    notes: list[str] | None = Field(None, description="which parameters were ignored")


class QueueStatus(BaseModel):
    """How busy this API is; a cancelled job counts as failed."""

    queuedJobs: int
    processingJobs: int
    completedJobs: int
    failedJobs: int
    averageProcessingTime: int = Field(description="milliseconds, of completed jobs; 0 without any")


class Place(BaseModel):
    """A job that waits. `place` counts the jobs of everybody, from 1, the next one."""

    id: str
    place: int = Field(ge=1)


class Places(BaseModel):
    """The caller's own jobs that are not over."""

    running: str | None = Field(None, description="the id of the job that runs")
    waiting: list[Place] = Field(description="the next to run first")


class Lack(BaseModel):
    """What a mode is short of."""

    sentence: str = Field(description="what is missing, and how to get it")
    command: str | None = Field(None, description="what fetches it", examples=["pixart models get sd15"])


class Mode(BaseModel):
    """A mode as it stands now."""

    name: str = Field(examples=["txt2img_pixel"], description="for the field `workflow` of a request")
    summary: str
    workflow: str | None = Field(None, description="what would draw it now; absent: nothing can")
    inputs: list[str] = Field(description="what a request may set, in the workflow's own words")
    pictures: list[str] = Field(description="the inputs among them that are pictures")
    missing: list[Lack] = Field(description="what its own workflow is short of; empty where nothing is")


class Modes(BaseModel):
    """What can be drawn, by the workflows whose output is a picture."""

    modes: list[Mode]


class Cancelled(BaseModel):
    """A job that was waiting will not run, or is removed."""

    success: Literal[True]


class Model(BaseModel):
    """A checkpoint file. `loaded` is the one that a request gets which names none; the others load when asked for."""

    id: str
    name: str
    description: str
    type: Literal["base", "fine-tuned", "style", "built-in"]
    loaded: bool
    version: str


class Models(BaseModel):
    """What ComfyUI has now."""

    models: list[Model]


class Health(BaseModel):
    """The answer of a server that is up."""

    status: Literal["healthy"]


class Problem(BaseModel):
    """Every error of this dialect."""

    error: str
    detail: str | None = None

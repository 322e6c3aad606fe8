"""Interrogating a picture as pi_axera_sd_generator does: words, and how sure each is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bridge.adapters.dialect import Answer, Request, Submission
from bridge.adapters.fields import (
    HALVES_PNG,
    PICTURE_FORMATS,
    decoded,
    ignored,
    is_absent,
    no_object,
    shown,
    spelled_otherwise,
)
from bridge.catalog.interrogators import MODE, OUTPUT, any_of, model_of, report_of, require_known
from bridge.core.errors import BadRequest
from bridge.core.job import Job, JobSpec, Upload

MOST_TAGS = 10  # as in the original
# The original gives its tags as they are, and is never asked for anything else.
DEFAULT_WISHES: Mapping[str, Any] = {
    "alphabetical": False,
    "spaces": True,
    "escape": False,
    "scores": False,
    "leave_out": "",
}


class Interrogate(BaseModel):
    """What is posted. `model` is our addition."""

    model_config = ConfigDict(extra="allow")

    image: str = Field(examples=[HALVES_PNG], description=f"bare base64 or a data URL of {PICTURE_FORMATS}")
    model: Any = Field(None, description="`clip` (BLIP), `deepdanbooru` (tags) or a model's name; absent: tags first")


class Interrogation(BaseModel):
    """One tag, and how sure the tagger is of it, 0 to 1."""

    tag: str
    score: float


class Interrogated(BaseModel):
    """A picture in words; without a tagger there is a caption only."""

    caption: str
    interrogations: list[Interrogation]


def read(request: Request) -> Submission:
    """The job that looks at a picture. Raises BadRequest, in the original's words, MissingParts and Unavailable."""
    body = request.body
    if not isinstance(body, dict):
        raise no_object(body)
    if is_absent(body.get("image")):
        raise BadRequest("missing 'image' field", field="image", hint=spelled_otherwise(body, ["image"]))
    if not isinstance(body["image"], str):
        raise BadRequest(f"invalid base64 image: image must be text, not {shown(body['image'])}.", field="image")
    upload = Upload(decoded(body["image"], "image"), "image")
    require_known(request.catalog)
    name = body.get("model")
    if name is not None and not isinstance(name, str):
        raise BadRequest(f"invalid 'model' field: it must be text, not {shown(name)}.", field="model")
    model = model_of(name, request.catalog) if name else any_of(request.catalog)
    notes = ignored((each for each in body if each not in Interrogate.model_fields), Interrogate)
    more = {"loose": True, "cacheable": True, "output": OUTPUT}
    words = {"image": "image", "model": "model"}
    return Submission(
        JobSpec(MODE, "unified", {**DEFAULT_WISHES, "model": model}, {"image": upload}, words, tuple(notes), **more)
    )


def answer(job: Job, _: Request) -> Answer:
    """A picture in words, the surest tags first, the likeliest where the tagger is sure of none. Raises JobFailed."""
    report = report_of(job)
    if "tags" not in report:
        return Answer({"caption": report["caption"], "interrogations": []})
    result = list(zip(report["tags"], report["scores"], strict=True))[:MOST_TAGS]
    result = result or [(report["surest"], report["surest_score"])]
    listed = [{"tag": tag, "score": score} for tag, score in result]
    return Answer({"caption": ", ".join(tag for tag, _ in result), "interrogations": listed})

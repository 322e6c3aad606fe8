"""The interrogate route: what a picture shows, in words."""

from __future__ import annotations

import dataclasses

from pydantic import BaseModel, Field

from bridge.adapters.a1111 import error_answers
from bridge.adapters.a1111.fields import SAMPLE_PICTURE, Fields, Name, read, unused
from bridge.adapters.a1111.picture import picture
from bridge.adapters.a1111.settings import in_words
from bridge.adapters.dialect import Answer, Request, Submission
from bridge.adapters.fields import spelled_otherwise
from bridge.catalog.interrogators import MODE, OUTPUT, model_of, report_of, require_known
from bridge.core.errors import MissingParts, NotFound, PixartError, UnknownName
from bridge.core.job import Job, JobSpec

# Workflow inputs in the caller's words, for errors; what isn't in the request is an option.
FIELD_BY_INPUT = {
    "image": "image",
    "model": "model",
    "threshold": "interrogate_deepbooru_score_threshold",
    "beams": "interrogate_clip_num_beams",
    "min_length": "interrogate_clip_min_length",
    "max_length": "interrogate_clip_max_length",
}
NOT_IMPLEMENTED = 501


class InterrogateRequest(Fields):
    """The body of interrogate."""

    image: str = Field("", examples=[SAMPLE_PICTURE], description="base64, or a data URL")
    model: Name = Field(
        "clip",
        description="`clip` writes a caption with BLIP, `deepdanbooru` (or `deepbooru`) gives tags; or a model's name",
    )


class Caption(BaseModel):
    """The answer of interrogate."""

    caption: str


class NothingToLookAt(NotFound):
    """A request has no picture, or names a model that isn't here: A1111 answers both with 404 and words of its own."""


def read_interrogate(request: Request) -> Submission:
    """The job that looks at a picture. Raises NothingToLookAt, MissingParts, and Unavailable while ComfyUI's
    lists of models aren't there.
    """
    body = read(InterrogateRequest, request.body)
    if not body.image:
        hint = spelled_otherwise(request.body, ["image"])
        raise NothingToLookAt("Image not found: image is empty.", field="image", hint=hint)
    upload = picture(body.image, "image")
    require_known(request.catalog)
    try:
        model = model_of(body.model, request.catalog)
    except UnknownName as error:
        raise NothingToLookAt(f"Model not found: {error}", field="model") from error
    values = {**in_words(request), "model": model}
    more = {"loose": True, "cacheable": True, "output": OUTPUT}
    return Submission(JobSpec(MODE, "a1111", values, {"image": upload}, FIELD_BY_INPUT, unused(body), **more))


def interrogated(job: Job, _: Request) -> Answer:
    """The answer with a picture's description. Raises JobFailed."""
    return Answer({"caption": report_of(job)["caption"]})


def error(problem: PixartError) -> Answer:
    """An error in this dialect's shape; a missing installation is 501, since nothing in the request is wrong."""
    answer = error_answers.answer(problem)
    return dataclasses.replace(answer, status=NOT_IMPLEMENTED) if isinstance(problem, MissingParts) else answer

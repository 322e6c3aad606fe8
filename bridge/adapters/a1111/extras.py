"""The extras routes (upscaling) and png-info."""

from __future__ import annotations

import html
from typing import Any

from pydantic import BaseModel

from bridge.adapters.a1111.fields import ExtraBatch, Extras, ExtraSingle, PngInfoRequest, read, unused
from bridge.adapters.a1111.generate import picture
from bridge.adapters.a1111.hires import PLAIN_UPSCALERS
from bridge.adapters.a1111.infotext import parameters, with_defaults
from bridge.adapters.a1111.settings import of_extras
from bridge.adapters.dialect import Answer, Request, Submission, notes_header
from bridge.adapters.fields import encoded, shown
from bridge.catalog.models import Catalog, stem
from bridge.catalog.upscalers import advice, file_of
from bridge.core.errors import BadRequest, JobFailed, UnknownName
from bridge.core.job import Job, JobSpec, JobState, Upload
from bridge.core.job_error import failure_of
from bridge.core.picture.exif import comment
from bridge.core.picture.image_size import size
from bridge.core.picture.png_text import texts

MOST_SIDE = 4096  # pixels, what the workflow takes
STANDS_IN = "Lanczos"
FIELD_BY_INPUT = {
    "image": "image",
    "upscaler": "upscaler_1",
    "width": "upscaling_resize_w",
    "height": "upscaling_resize_h",
}


class ExtraImage(BaseModel):
    """The answer of extra-single-image."""

    html_info: str
    image: str


class ExtraImages(BaseModel):
    """The answer of extra-batch-images."""

    html_info: str
    images: list[str]


class PngInfo(BaseModel):
    """The answer of png-info: infotext as it is, other texts of the file, and infotext's parameters."""

    info: str
    items: dict[str, Any]
    parameters: dict[str, Any]


def read_single(request: Request) -> Submission:
    """The job of one picture to upscale."""
    body = read(ExtraSingle, request.body)
    return _submission(body, [picture(body.image, "image")], request)


def read_batch(request: Request) -> Submission:
    """The job of several pictures to upscale, one run each."""
    body = read(ExtraBatch, request.body)
    if not body.image_list:
        raise BadRequest("imageList is empty.", field="imageList")
    pictures = [picture(each.data, f"imageList[{at}].data") for at, each in enumerate(body.image_list)]
    return _submission(body, pictures, request)


def _submission(body: Extras, pictures: list[Upload], request: Request) -> Submission:
    upscaler, notes = _upscaler(body.upscaler_1, request.catalog)
    targets = [_target(body, each) for each in pictures]
    runs = [{"upscaler": upscaler, "width": width, "height": height} for (width, height), _ in targets]
    notes = (*notes, *(note for _, note in targets if note))
    named_pictures = {f"image@{at}" if at else "image": each for at, each in enumerate(pictures)}
    batch = tuple(runs) if len(runs) > 1 else ()
    form, more_notes = of_extras(body.override_settings, request)
    more = {"batch": batch, "loose": True, "cacheable": True, "rendition": form}
    notes = (*notes, *more_notes, *unused(body))
    return Submission(JobSpec("upscale", "a1111", runs[0], named_pictures, FIELD_BY_INPUT, notes, **more))


def _upscaler(name: str, catalog: Catalog) -> tuple[str, tuple[str, ...]]:
    """The upscaler as the workflow names it, and a note where Lanczos stands in for one that A1111 comes with.

    Raises UnknownName for any other: it may be a mistake, and a picture that isn't upscaled is no answer.
    """
    plain = {each.lower(): each for each in PLAIN_UPSCALERS}
    result = plain.get(name.lower()) or (file_of(name, catalog.upscalers) if catalog.live else name)
    if result is not None:
        return result, ()
    if fetch := advice(name):
        return STANDS_IN, (f"upscaler_1: there is no upscaler {shown(name)}; {STANDS_IN} was used. {fetch}",)
    raise UnknownName(name, upscalers(catalog), what="upscaler_1", field="upscaler_1")


def upscalers(catalog: Catalog) -> tuple[str, ...]:
    """The names of all upscalers, in the order of A1111's list."""
    return (*PLAIN_UPSCALERS, *(stem(file) for file in catalog.upscalers))


def _target(body: Extras, upload: Upload) -> tuple[tuple[int, int], str]:
    """The size that a picture is brought to, as A1111 has it, and a note where that would be too large.

    The picture is enlarged by a factor, or until it fills a size, to which it is cut unless upscaling_crop is false.
    "None" leaves it as it is.
    """
    result = size(upload.data)
    if result is None:
        raise BadRequest(f"Invalid encoded image: {upload.field} is no picture.", field=upload.field)
    width, height = result
    sides = body.upscaling_resize_w, body.upscaling_resize_h
    if body.upscaler_1.lower() == "none":
        factor, field = 1.0, "upscaler_1"
    elif body.resize_mode == 1 and body.upscaling_crop:
        return (sides[0], sides[1]), ""
    elif body.resize_mode == 1:
        factor, field = max(sides[0] / width, sides[1] / height), "upscaling_crop"
    else:
        factor, field = body.upscaling_resize, "upscaling_resize"
    wish = _times((width, height), factor)
    if max(wish) <= MOST_SIDE:
        return wish, ""
    result = _times((width, height), MOST_SIDE / max(width, height))
    sizes = " instead of ".join(f"{across} x {down}" for across, down in (result, wish))
    return result, f"{field}: {upload.field} is drawn at {sizes}; {MOST_SIDE} pixels a side are the most."


def _times(sides: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, int(sides[0] * factor)), max(1, int(sides[1] * factor))


def single(job: Job, _: Request) -> Answer:
    """The upscaled picture. Raises JobFailed."""
    images = _images(job)
    if not images:
        raise JobFailed("It was interrupted.")
    return Answer({"html_info": _html(job), "image": images[0]})


def batch(job: Job, _: Request) -> Answer:
    """The upscaled pictures, of an interrupted job those that were finished. Raises JobFailed."""
    return Answer({"html_info": _html(job), "images": _images(job)})


def _images(job: Job) -> list[str]:
    if job.state is JobState.FAILED:
        raise failure_of(job)
    return [encoded(each.data) for each in job.artifacts if each.output == "image" and each.data]


def _html(job: Job) -> str:
    return "".join(f"<p>{html.escape(note)}</p>" for note in job.notes)


def png_info(_: Any, request: Request) -> Answer:
    """What a picture's file says of its making, which may be nothing. Raises BadRequest for what is no picture."""
    body = read(PngInfoRequest, request.body)
    upload = picture(body.image, "image")
    if size(upload.data) is None:
        raise BadRequest("Invalid encoded image: image is no picture.", field="image")
    items: dict[str, Any] = texts(upload.data)
    info = items.pop("parameters", None) or comment(upload.data) or ""
    content = {"info": info, "items": items, "parameters": with_defaults(parameters(info)) if info else {}}
    return Answer(content, headers=notes_header(unused(body)))

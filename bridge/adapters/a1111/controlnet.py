"""sd-webui-controlnet's own routes: what there is, what a module makes of pictures, and drawing in its older form."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, Field

from bridge.adapters.a1111.error_answers import Unprocessable
from bridge.adapters.a1111.fields import MOST_IMAGES, SAMPLE_PICTURE, Fields, Name, Number, read, says_yes, unused
from bridge.adapters.a1111.generate import read_img2img, read_txt2img
from bridge.adapters.a1111.picture import picture
from bridge.adapters.a1111.result import maps
from bridge.adapters.a1111.settings import MOST_UNITS
from bridge.adapters.a1111.units import module_named, resolution_of, scaled, thresholds_of
from bridge.adapters.dialect import Answer, Request, Submission
from bridge.adapters.fields import encoded
from bridge.catalog.models import Catalog, stem
from bridge.catalog.preprocessors import NEAREST, Module, present
from bridge.core.control_unit import MASK_PREFIX, PICTURE_PREFIX, UNITS_INPUT, Unit
from bridge.core.errors import BadRequest, JobFailed
from bridge.core.job import Job, JobSpec, JobState, Upload
from bridge.core.job_error import failure_of
from bridge.core.picture.image_size import size
from bridge.core.picture.png_text import without_texts

NO_MODEL = "None"
ALL_KINDS = "All"
FLAT_PREFIX = "controlnet_"  # before each field of the oldest form's only unit
OLDER_UNITS_FIELD = "controlnet_units"  # the older form's list
# Words in a model's name beside the kind's own, as the extension has them.
WORDS_BY_KIND: Mapping[str, tuple[str, ...]] = {
    "SoftEdge": ("hed", "pidi"),
    "Scribble": ("hed", "pidi"),
    "Segmentation": ("seg",),
    "NormalMap": ("normal",),
    "InstructP2P": ("ip2p",),
    "T2I-Adapter": ("t2i_adapter", "t2iadapter", "t2ia"),
}


LEAST_SIDE = 3  # pixels: preprocessors blur by neighbours of two pixels, which are mirrored at the edges


class DetectRequest(Fields):
    """The body of /controlnet/detect; webuiapi calls the pictures `controlnet_images`."""

    controlnet_module: Name = Field("none", examples=["none"])
    controlnet_input_images: Annotated[list[str], Field(max_length=MOST_IMAGES)] = Field(
        [], validation_alias=AliasChoices("controlnet_input_images", "controlnet_images"), examples=[[SAMPLE_PICTURE]]
    )
    controlnet_processor_res: Number = -1
    controlnet_threshold_a: Number = -1
    controlnet_threshold_b: Number = -1
    controlnet_masks: list[str] | None = None
    low_vram: bool = False


class Detected(BaseModel):
    """The answer of /controlnet/detect."""

    images: list[str]
    info: str
    notes: list[str] = Field([], description="our addition, where something was ignored, clamped or replaced")


def read_detect(request: Request) -> Submission:
    """The job that makes maps of pictures, one run each. Raises Unprocessable for every error, as the extension does.

    The job runs the upscaler's workflow, of which nothing but the picture's loader works: the unit has no model.
    """
    body = read(DetectRequest, request.body)
    try:
        module = module_named(body.controlnet_module, request.catalog, "controlnet_module")
    except BadRequest as error:
        raise Unprocessable(f"Module not available: {error}") from error
    if not body.controlnet_input_images:
        raise Unprocessable("No image selected: controlnet_input_images is empty.")
    notes = list(unused(body))
    masks = body.controlnet_masks or []
    if masks and not module.masked:
        notes.append("controlnet_masks: has no effect here.")
    if module.masked and len(masks) != len(body.controlnet_input_images):
        raise Unprocessable(f"Preprocessor {module.name} requires `controlnet_masks` param, one for each picture.")
    uploads = [picture(text, f"controlnet_input_images[{at}]") for at, text in enumerate(body.controlnet_input_images)]
    runs = [{UNITS_INPUT: [dataclasses.asdict(_looker(body, module, each, notes))]} for each in uploads]
    names = ("image", f"{PICTURE_PREFIX}1")  # the workflow wants its own as well
    pictures = {(f"{name}@{at}" if at else name): each for at, each in enumerate(uploads) for name in names}
    if module.masked:
        own = [picture(text, f"controlnet_masks[{at}]") for at, text in enumerate(masks)]
        pictures |= {(f"{MASK_PREFIX}1@{at}" if at else f"{MASK_PREFIX}1"): each for at, each in enumerate(own)}
    batch = tuple(runs) if len(runs) > 1 else ()
    sentences = tuple(dict.fromkeys(notes))
    values = {"upscaler": "None", **runs[0]}
    more = {"batch": batch, "loose": True, "cacheable": True}
    return Submission(JobSpec("upscale", "a1111", values, pictures, {"image": names[0]}, sentences, **more))


def _looker(body: DetectRequest, module: Module, upload: Upload, notes: list[str]) -> Unit:
    """The unit that makes a picture's map."""
    resolution = resolution_of(body.controlnet_processor_res, "controlnet_processor_res", notes)
    values = body.controlnet_threshold_a, body.controlnet_threshold_b
    first, second = thresholds_of(module, values, ("controlnet_threshold_a", "controlnet_threshold_b"), notes)
    sides = size(upload.data)
    if sides and min(sides) < LEAST_SIDE:
        sentence = f"{upload.field} has {sides[0]} x {sides[1]} pixels; {LEAST_SIDE} a side are the least for a map."
        raise Unprocessable(sentence)
    at = scaled(sides, resolution)
    mask = f"{MASK_PREFIX}1" if module.masked else ""
    resolution = max(NEAREST, min(at or (resolution,)))
    return Unit(
        upload.field, module.name, "", f"{PICTURE_PREFIX}1", mask, size=at, resolution=resolution, a=first, b=second
    )


def detected(job: Job, _: Request) -> Answer:
    """The maps in the order of the pictures. Raises JobFailed."""
    if job.state is JobState.FAILED:
        raise failure_of(job)
    parts = [maps(each for each in job.artifacts if each.part == part) for part in range(job.parts)]
    result = [encoded(without_texts(each.data or b"")) for part in parts for each in part]
    if len(result) < job.parts:
        raise JobFailed("It was interrupted.")
    return Answer({"images": result, "info": "Success", **({"notes": list(job.notes)} if job.notes else {})})


def older(request: Request) -> Request:
    """A request of /controlnet/txt2img or img2img as one of today's: a list of units, or the fields of one."""
    body = request.body
    if not isinstance(body, dict):
        return request
    flat = {
        name.removeprefix(FLAT_PREFIX): value
        for name, value in body.items()
        if name.startswith(FLAT_PREFIX) and name != OLDER_UNITS_FIELD
    }
    if not flat:
        return request
    named = [flat.pop(name) for name in ("input_images", "input_image", "image") if name in flat]
    images = [_first(value) for value in named if _first(value)]
    unit = {**flat, "image": images[0] if images else None, "mask": _first(flat.get("mask"))}
    unit |= {"guess_mode": body["guess_mode"]} if "guess_mode" in body else {}
    rest = {name: value for name, value in body.items() if not name.startswith(FLAT_PREFIX) and name != "guess_mode"}
    own = body[OLDER_UNITS_FIELD] if isinstance(body.get(OLDER_UNITS_FIELD), list) else []
    # Its clients name module and model with every request, and a list without pictures where none is meant.
    return dataclasses.replace(request, body={**rest, OLDER_UNITS_FIELD: [*own, unit] if images or not named else own})


def _first(value: Any) -> Any:
    """The first value of a list, None of an empty one; a value that is no list stays as it is."""
    return (value[0] if value else None) if isinstance(value, list) else value


def read_older_txt2img(request: Request) -> Submission:
    """The job of a request to /controlnet/txt2img, read as `older` makes it one of today's."""
    return read_txt2img(older(request))


def read_older_img2img(request: Request) -> Submission:
    """The job of a request to /controlnet/img2img, read as `older` makes it one of today's."""
    return read_img2img(older(request))


def models(catalog: Catalog) -> list[str]:
    """ControlNets as the extension lists them, without hashes: files are not read for them."""
    return [NO_MODEL, *sorted(map(stem, catalog.controlnets))]


def version(_: Any, _request: Request) -> Answer:
    """The API's version, which is that of the extension's last."""
    return Answer({"version": 3})


def model_list(_: Any, request: Request) -> Answer:
    """The ControlNets that ComfyUI has."""
    return Answer({"model_list": models(request.catalog)})


ALIAS_PARAMETER = "alias_names"
QUERY_PARAMETERS = {ALIAS_PARAMETER: {"type": "boolean", "description": "true: modules by their labels"}}


def module_list(_: Any, request: Request) -> Answer:
    """The modules that can be used, by name or, where the query says `alias_names`, by label, with their sliders."""
    labelled = says_yes(request.query, ALIAS_PARAMETER)
    rows = {each.label if labelled else each.name: each for each in _present(request.catalog)}
    details = {name: {"model_free": False, "sliders": _sliders(each)} for name, each in rows.items()}
    # The extension calls it `module_detail`; its documentation, and clients that follow it, otherwise.
    return Answer({"module_list": list(rows), "module_detail": details, "module_details": details})


def _sliders(module: Module) -> list[dict[str, Any] | None]:
    side = {"name": "Resolution", "value": 512, "min": 64, "max": 2048} if module.scales else None
    named = [
        {"name": each.label, "value": each.value, "min": each.minimum, "max": each.maximum} if each else None
        for each in module.sliders
    ]
    rows = [side, *named]
    while rows and rows[-1] is None:
        rows.pop()
    return rows


def _present(catalog: Catalog) -> tuple[Module, ...]:
    return present(frozenset(catalog.preprocessors))


def control_types(_: Any, request: Request) -> Answer:
    """Modules and models by the kind of control, the kinds of modules that can be used."""
    modules, files = _present(request.catalog), models(request.catalog)
    kinds = dict.fromkeys(kind for each in modules for kind in each.kinds)
    every = {"module_list": [each.label for each in modules], "model_list": files}
    return Answer(
        {
            "control_types": {
                ALL_KINDS: {**every, "default_option": "none", "default_model": NO_MODEL},
                **{kind: _kind(kind, modules, files) for kind in sorted(kinds)},
            }
        }
    )


def _kind(kind: str, modules: tuple[Module, ...], files: list[str]) -> dict[str, Any]:
    words = (kind.lower(), *WORDS_BY_KIND.get(kind, ()))
    fitting = [NO_MODEL, *(file for file in files[1:] if any(word in file.lower() for word in words))]
    labels = list(dict.fromkeys(["none", *(each.label for each in modules if kind in each.kinds)]))
    own = next((each.label for each in modules if kind in each.kinds and not each.label.startswith("invert")), "none")
    return {
        "module_list": labels,
        "model_list": fitting,
        "default_option": own,
        "default_model": fitting[1] if len(fitting) > 1 else NO_MODEL,
    }


def settings(_: Any, _request: Request) -> Answer:
    """How many units a request may have."""
    return Answer({"control_net_unit_count": MOST_UNITS})

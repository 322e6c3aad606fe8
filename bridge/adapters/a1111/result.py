"""A job of txt2img or img2img as A1111 answers it: pictures, the request again, and `info` as JSON in a string."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from bridge import __version__
from bridge.adapters.a1111.infotext import plain, written
from bridge.adapters.a1111.refiner import HIRES_LABEL, REFINER_LABELS
from bridge.adapters.a1111.settings import FROM_CHECKPOINT, stem_of
from bridge.adapters.dialect import Answer, Request
from bridge.adapters.fields import encoded
from bridge.adapters.styling import about
from bridge.catalog.models import stem
from bridge.catalog.samplers import resolve
from bridge.core.control_unit import is_map
from bridge.core.job import UNSAID_KEY, Artifact, Job, JobState, cache_note
from bridge.core.job_error import failure_of
from bridge.core.picture.exif import with_comment
from bridge.core.picture.image_size import size
from bridge.core.picture.png_text import with_graph_first, with_text, without_texts

LABELS_BY_INPUT = {"refiner": REFINER_LABELS, "hires_checkpoint": (HIRES_LABEL,)}  # only families with refiners heed
DENOISING_LABEL = "Denoising strength"  # in infotext
A1111_VERSION = f"v1.10.1-pixart-{__version__}"


class Generated(BaseModel):
    """The answer of txt2img and img2img. `info` is a JSON object as text."""

    images: list[str]
    parameters: dict[str, Any]
    info: str


def answer(job: Job, request: Request) -> Answer:
    """The pictures of a job that has ended; of an interrupted one those that were finished. Raises JobFailed."""
    if job.state is JobState.FAILED:
        raise failure_of(job)
    shown = [each for each in job.artifacts if each.output == "image" or each.content_type.startswith("image/")]
    every = [each for each in shown if each.data]  # a file of Aseprite's has no type, and is a picture all the same
    pictures = [each for each in every if not is_map(each.output)]
    about = info(job, [each.part for each in pictures], hide_schedule=request.options.hide_schedule_type)
    sends = job.echo["parameters"]["send_images"]
    texts = about["infotexts"] if job.echo["said"]["pnginfo"] and job.rendition.metadata else [""] * len(pictures)
    images = [_image(each, text) for each, text in zip(pictures, texts, strict=True)] if sends else []
    images += [encoded(without_texts(each.data or b"")) for each in maps(every)] if sends else []
    return Answer({"images": images, "parameters": job.echo["parameters"], "info": json.dumps(about)})


def maps(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """What ControlNet units looked at, once a unit however many pictures were drawn, as the extension gives them."""
    result: dict[str, Artifact] = {}
    for each in artifacts:
        if is_map(each.output):
            result.setdefault(each.output, each)
    return list(result.values())


def _image(artifact: Artifact, text: str) -> str:
    data = artifact.data or b""
    if not text:
        return encoded(data)
    return encoded(with_comment(with_graph_first(with_text(data, "parameters", text)), text))


def info(job: Job, parts: list[int], *, hide_schedule: bool = False) -> dict[str, Any]:
    """What A1111's `info` has, and `notes`. `parts` are the runs of the batch that the pictures come from, in their
    order: its lists have an entry for each picture that came.
    """
    request_echo, body, used = job.echo["said"], job.echo["parameters"], _used(job)
    every_seed, every_subseed = _seeds(job)
    seeds, subseeds = [every_seed[part] for part in parts], [every_subseed[part] for part in parts]
    notes = _notes(job, used)
    sampler, _, cfg = _sampling(job)
    width, height = _size(job)
    extra = {**_extra(job), "Notes": plain(_of_origin(job, notes))}
    vae = used.get("vae", FROM_CHECKPOINT)
    return {
        "prompt": request_echo["prompt"],
        "all_prompts": [request_echo["prompt"]] * len(seeds),
        "negative_prompt": request_echo["negative_prompt"],
        "all_negative_prompts": [request_echo["negative_prompt"]] * len(seeds),
        "seed": (seeds or every_seed)[0],
        "all_seeds": seeds,
        "subseed": (subseeds or every_subseed)[0],
        "all_subseeds": subseeds,
        "subseed_strength": _variation(job),
        "width": width,
        "height": height,
        "sampler_name": sampler or "",
        "cfg_scale": cfg or 0.0,
        "steps": used.get("steps", 0),
        "batch_size": body["batch_size"],
        "restore_faces": False,
        "face_restoration_model": None,
        "sd_model_name": stem_of(used.get("checkpoint", "")),
        "sd_model_hash": "",
        "sd_vae_name": None if vae == FROM_CHECKPOINT else stem(vae),
        "sd_vae_hash": None,
        "seed_resize_from_w": body["seed_resize_from_w"],
        "seed_resize_from_h": body["seed_resize_from_h"],
        "denoising_strength": body["denoising_strength"]
        if extra.get(DENOISING_LABEL) is None
        else extra[DENOISING_LABEL],
        "extra_generation_params": {key: value for key, value in extra.items() if value is not None},
        "index_of_first_image": 0,
        "infotexts": [infotext(job, part, hide_schedule=hide_schedule) for part in parts],
        "styles": request_echo["styles"],
        "job_timestamp": request_echo["job_timestamp"],
        "clip_skip": request_echo["clip_skip"],
        "is_using_inpainting_conditioning": False,
        "version": A1111_VERSION,
        "notes": notes,
        **about(job),
    }


def infotext(job: Job, part: int, *, hide_schedule: bool = False) -> str:
    """The text of one picture of the job, in A1111's order; the very text of another A1111 that drew it."""
    reports = (each.info for each in job.artifacts if each.output == "a1111" and each.part == part)
    if text := next((str(report["parameters"]) for report in reports if report.get("parameters")), ""):
        return text
    request_echo, used = job.echo["said"], _used(job)
    seeds, subseeds = _seeds(job)
    sampler, schedule, cfg = _sampling(job)
    width, height = _size(job)
    extra = _extra(job)
    sampled = _is_sampled(job)
    varied = sampled and bool(job.echo["parameters"]["subseed_strength"])
    vae, checkpoint = used.get("vae", FROM_CHECKPOINT), used.get("checkpoint")
    line = {
        "Steps": used.get("steps"),
        "Sampler": sampler,
        "Schedule type": None if hide_schedule else schedule,
        "CFG scale": cfg,
        "Seed": seeds[part] if "seed" in used else None,
        "Size": f"{width}x{height}",
        "Model": stem_of(checkpoint) if checkpoint else None,
        "VAE": None if vae == FROM_CHECKPOINT else stem(vae),
        "Variation seed": subseeds[part] if varied else None,
        "Variation seed strength": _variation(job) if varied else None,
        DENOISING_LABEL: extra.get(DENOISING_LABEL),
        "Clip skip": request_echo["clip_skip"] if sampled and request_echo["clip_skip"] > 1 else None,
        "RNG": "CPU" if sampled else None,  # where ComfyUI's noise comes from; A1111's own default is the GPU
        **extra,
        "Notes": plain(_of_origin(job, _notes(job, used))),
        "Version": A1111_VERSION,
    }
    return written(request_echo["prompt"], request_echo["negative_prompt"], line)


def _used(job: Job) -> dict[str, Any]:
    """The values that the pictures were drawn with, fewer for a workflow of the caller's own or without a model."""
    return dict(job.used) if _own(job) or not _is_sampled(job) else {**job.values, **job.used}


def _is_sampled(job: Job) -> bool:
    """Whether a model draws the job step by step; the built-in drawings have no steps, and nothing that needs steps."""
    return not job.used or _own(job) or "steps" in job.used


def _own(job: Job) -> bool:
    return bool(job.used) and job.echo["said"].get("own", False)


def _size(job: Job) -> tuple[int, int]:
    """The pictures' size; where the workflow has none to be set, as they are."""
    used = _used(job)
    if "width" in used and "height" in used:
        return used["width"], used["height"]
    return next((result for artifact in job.artifacts if artifact.data and (result := size(artifact.data))), (0, 0))


def _sampling(job: Job) -> tuple[str | None, str | None, float | None]:
    """Sampler, schedule and CFG scale of the drawing, None where an NPU, or the workflow of a request, has none."""
    if not _is_sampled(job):
        return None, None, None
    if _own(job) or _of_family(job):
        name, curve = job.used.get("sampler"), job.used.get("scheduler")
        heard = resolve(name, curve, (name,), (curve,) if curve else ()) if name else None
        return heard and heard.name, heard and heard.schedule, job.used.get("cfg")
    if job.used and "sampler" not in job.used:
        return "LCM", None, 1.0
    request_echo, used = job.echo["said"], {**job.values, **job.used}
    return request_echo["sampler_name"], request_echo["schedule"], used["cfg"]


def _of_family(job: Job) -> bool:
    """Whether the model's family sampled otherwise than what was taken for a request that doesn't say how."""
    pairs = (("sampler", "sampler_name"), ("scheduler", "schedule"))
    said, used = job.echo["said"], job.used
    other = [used[name] not in (job.values.get(name), said[echo]) for name, echo in pairs if name in used]
    return UNSAID_KEY in job.values and any(other)


def _extra(job: Job) -> dict[str, Any]:
    """The infotext parameters that the request's reader chose, with the share of the picture really redrawn."""
    used = job.used
    unheard = [label for name, labels in LABELS_BY_INPUT.items() if used and name not in used for label in labels]
    extra = {key: value for key, value in job.echo["extra"].items() if key not in unheard}
    if not _is_sampled(job):
        return {key: value for key, value in extra.items() if key != DENOISING_LABEL and not key.startswith("Hires")}
    if extra.get(DENOISING_LABEL) is None:
        return extra
    body = None if _own(job) else extra[DENOISING_LABEL]
    return {**extra, DENOISING_LABEL: used.get("hires_denoise", used.get("denoise", body))}


def _variation(job: Job) -> float:
    """How much of the variation seed's noise was really mixed in, 0 to 1."""
    return job.used.get("variation_strength", job.echo["parameters"]["subseed_strength"])


def _notes(job: Job, used: Mapping[str, Any]) -> list[str]:
    """The notes on what was ignored or replaced, without those on model files, which the answer names elsewhere."""
    return [note for note in job.notes if note not in {f"{name}: {value}" for name, value in used.items()}]


def _of_origin(job: Job, notes: list[str]) -> list[str]:
    """The notes that tell how a picture came about and stand in its file, without that on the cache."""
    return [note for note in notes if note != cache_note(job.cached, job.parts)]


def _seeds(job: Job) -> tuple[list[int], list[int]]:
    """Seed and variation seed of each picture."""
    first: Mapping[str, Any] = job.values
    parts = job.batch or ({},)
    seeds = [part.get("seed", first.get("seed", 0)) for part in parts]  # without a model there may be none
    return seeds, [job.echo["said"]["subseed"] + number for number in range(len(parts))]

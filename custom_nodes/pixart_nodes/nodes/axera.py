"""Drawing on an Axera NPU."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import comfy.latent_formats
import comfy.model_management
import comfy.utils
import latent_preview
import numpy as np
import torch
from comfy_api.latest import io
from numpy.typing import NDArray

from ..aside import aside
from ..axera import remote
from ..axera.pipeline import Drawing, Pipeline, Request
from ..errors import AxeraError
from ..http_service import Service, require_listed
from ..picture_file import resized
from ..pixel.edit.repaint import pasted
from ..pixel.palette.picture import flatten
from ..tensors import mask_bytes, to_image, to_pixels
from . import core, npu
from .sockets import CATEGORY, image_output, problem, seed_input

SERVICE, FROM_ENVIRONMENT = REMOTE = ("remote service", "AXERA_URL")
WHITE = (255, 255, 255)
MOST_STEPS = 4  # the model knows four times only
# What a bridge of ours says of its NPU's times, and what this node's report calls them.
TIMES = {"encode_time_ms": "encode_ms", "step_times_ms": "step_ms", "decode_time_ms": "decode_ms"}

Bytes = NDArray[np.uint8]


def _choices() -> list[str]:
    """Models by name; the remote service of the environment goes first, one named in the node last."""
    if os.environ.get("AXERA_URL"):
        return [FROM_ENVIRONMENT, *npu.sets(), SERVICE]
    return [*npu.sets(), SERVICE]


def _check(models: str, service: str) -> None:
    """Raises AxeraError for a model that there isn't, UpstreamError for a service that a graph may not name."""
    if models not in REMOTE:
        npu.chosen(models)
    elif models == SERVICE and service.strip():
        _service(service)


def _drawing_inputs() -> list[io.Input]:
    """What to draw, and where."""
    return [
        io.Combo.Input(
            "models",
            options=_choices(),
            tooltip="A model in models/axera, kept loaded on the NPU; or remote service: the one named below draws.",
        ),
        io.String.Input(
            "prompt",
            default="",
            multiline=True,
            tooltip="What the picture shows: 77 tokens; no weights, no negative prompt.",
        ),
        seed_input("Same seed, same picture. Only its lowest 32 bits count."),
        io.Int.Input("steps", default=MOST_STEPS, min=1, max=MOST_STEPS, tooltip="1 is quick, 4 is best."),
        io.Float.Input(
            "denoise",
            default=1.0,
            min=0.0,
            max=1.0,
            step=0.01,
            tooltip="With a picture: 0 returns it, up to 0.35 redraws 1 step of 4, up to 0.6 two, up to 0.85 three.",
        ),
        io.Int.Input("device", default=0, min=0, max=15, tooltip="Which card, where there are several."),
        io.String.Input(
            "service",
            default="",
            tooltip="For remote service: address of a running pi_axera_sd_generator, such as http://pi.local:5000. In "
            "the bridge's own ComfyUI, only what PIXART_SERVERS lists.",
        ),
        io.Float.Input(
            "seconds",
            default=0.0,
            min=0.0,
            max=3600.0,
            tooltip="Longest wait for a service; 0 is AXERA_TIMEOUT, or 60 s.",
        ),
    ]


class PixartAxera(io.ComfyNode):
    """SD1.5-LCM on an AX650N or AX8850."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartAxera",
            display_name="Draw on Axera NPU",
            category=CATEGORY,
            description="Draws with Stable Diffusion 1.5 LCM on an Axera NPU (AX650N, AX8850, LLM-8850 card), in this "
            "machine or behind a pi_axera_sd_generator service: a prompt, or a prompt and a picture, or what is white "
            "in a mask. The size is the model's own; with a picture, the picture's.",
            inputs=[
                *_drawing_inputs(),
                io.Image.Input("image", optional=True, tooltip="The picture to redraw; transparency counts as white."),
                io.Mask.Input("mask", optional=True, tooltip="White is redrawn, black is kept exactly."),
            ],
            outputs=[image_output("What the NPU drew.")],
        )

    @classmethod
    def validate_inputs(cls, models: str = SERVICE, service: str = "") -> bool | str:
        return problem(_check, models, service)

    @classmethod
    def fingerprint_inputs(cls, models: str | None = None, **_: Any) -> str:
        model = npu.sets().get(models or "")
        return npu.stamp(model) if model else ""

    @classmethod
    async def execute(
        cls,
        models: str,
        prompt: str,
        seed: int,
        steps: int,
        denoise: float,
        device: int,
        service: str,
        seconds: float,
        image: Any = None,
        mask: Any = None,
    ) -> io.NodeOutput:
        local = None if models in REMOTE else npu.chosen(models)
        if mask is not None and image is None:
            raise AxeraError("There is a mask, but no image to redraw.")
        pictures: list[Bytes | None] = [None] if image is None else [*to_pixels(image)]
        masks: list[Bytes | None] = [None] if mask is None else [*mask_bytes(mask)]
        template, bar = Request(prompt, seed, steps, denoise=denoise), _Bar(len(pictures) * steps)
        results, reports = [], []
        for number, picture in enumerate(pictures):
            one = _job(template, picture, masks[number % len(masks)])
            if one.picture is not None and denoise == 0:
                pixels, report = one.picture, {}
            elif local is None:
                pixels, report = await _remotely(one, service if models == SERVICE else "", seconds)
            else:
                pixels, report = _here(npu.NPU.pipeline(local, device), one, bar)
            results.append(_in_place(pixels, one))
            reports.append({"model": models, **report})
        return io.NodeOutput(to_image(np.stack(results), like=core.intermediate()), ui={"pixart": reports})


def _job(template: Request, picture: Bytes | None, mask: Bytes | None) -> Request:
    """The request for one picture of a batch: without alpha, its mask as large as it is."""
    if picture is None:
        return template
    rgb = flatten(picture, WHITE) if picture.shape[2] == 4 else picture
    if mask is not None and mask.shape != rgb.shape[:2]:
        mask = resized(mask, rgb.shape[1], rgb.shape[0], "bilinear")
    return replace(template, picture=rgb, mask=mask)


def _in_place(pixels: Bytes, job: Request) -> Bytes:
    """What was drawn, as large as the picture that it redraws; what is black in the mask stays exactly."""
    if job.picture is None:
        return pixels
    resized_pixels = resized(pixels, job.picture.shape[1], job.picture.shape[0])
    return resized_pixels if job.mask is None else pasted(job.picture, resized_pixels, job.mask)


def _here(pipeline: Pipeline, job: Request, bar: _Bar) -> tuple[Bytes, dict[str, Any]]:
    """Draw on the NPU of this machine."""
    width, height = pipeline.size
    small = {} if job.picture is None else {"picture": resized(job.picture, width, height)}
    if job.mask is not None:
        small["mask"] = resized(job.mask, width, height, "bilinear")
    drawing = pipeline.draw(replace(job, **small), bar.step)
    bar.next(job.steps)
    return drawing.pixels, _times(drawing)


def _times(drawing: Drawing) -> dict[str, Any]:
    """Milliseconds of each part, as JSON data."""
    return {
        "text_ms": round(drawing.text_ms, 3),
        "encode_ms": None if drawing.encode_ms is None else round(drawing.encode_ms, 3),
        "step_ms": [round(each, 3) for each in drawing.step_ms],
        "decode_ms": round(drawing.decode_ms, 3),
        "timesteps": list(drawing.timesteps),
    }


async def _remotely(job: Request, service: str, seconds: float) -> tuple[Bytes, dict[str, Any]]:
    """Have a service draw. Raises AxeraError where none is named, and the kinds of UpstreamError."""
    connection = _service(service, seconds)

    async def work(check: Callable[[], None]) -> remote.RemoteDrawing:
        rest = {"picture": job.picture, "mask": job.mask, "denoise": job.denoise, "check": check}
        return await remote.draw(connection, job.prompt, job.seed, steps=job.steps, **rest)

    drawing = await aside(work, comfy.model_management.throw_exception_if_processing_interrupted)
    times = {name: drawing.extras[word] for word, name in TIMES.items() if word in drawing.extras}
    return drawing.pixels, {
        "text_ms": drawing.text_ms,
        "total_ms": drawing.total_ms,
        "service": connection.url,
        **times,
    }


def _service(service: str, seconds: float = 0.0) -> Service:
    """The service that a node asks: its own, else AXERA_URL. Raises AxeraError, and UpstreamError for one that a graph
    may not name.
    """
    address = os.environ.get("AXERA_URL", "").strip()
    if not (service.strip() or address):
        raise AxeraError("There is no service to draw. Name one in the node's `service`, or set AXERA_URL.")
    target = remote.service(service.strip() or address, seconds or _timeout())
    if service.strip():
        require_listed(target.url, os.environ, "service", address.rstrip("/"))
    return target


def _timeout() -> float:
    """AXERA_TIMEOUT in seconds; 0 where it isn't set."""
    text = os.environ.get("AXERA_TIMEOUT", "").strip()
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        raise AxeraError(f"AXERA_TIMEOUT must be seconds, such as 60, not {text[:40]!r}.") from None


class _Bar:
    """ComfyUI's progress bar over all pictures, with a preview of each step; an interrupt ends the drawing."""

    def __init__(self, steps: int) -> None:
        self._bar, self._steps, self._before = comfy.utils.ProgressBar(steps), steps, 0
        self._previewer = latent_preview.get_previewer(torch.device("cpu"), comfy.latent_formats.SD15())

    def step(self, done: int, _: int, latent: NDArray[np.float32]) -> None:
        """After a step: `latent` is what the picture would be now, float32 [4, h, w]."""
        comfy.model_management.throw_exception_if_processing_interrupted()
        preview = None
        if self._previewer:
            preview = self._previewer.decode_latent_to_preview_image("JPEG", torch.from_numpy(latent)[None])
        self._bar.update_absolute(self._before + done, self._steps, preview)

    def next(self, steps: int) -> None:
        """After a picture, which may have taken fewer steps than it could."""
        self._before += steps
        self._bar.update_absolute(self._before, self._steps)


NODES: list[type[io.ComfyNode]] = [PixartAxera]

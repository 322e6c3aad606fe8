"""A node that has its pictures drawn by an A1111 somewhere else."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from comfy.model_management import throw_exception_if_processing_interrupted
from comfy.utils import ProgressBar
from comfy_api.latest import io
from latent_preview import MAX_PREVIEW_RESOLUTION
from numpy.typing import NDArray
from PIL import Image

from .. import a1111
from ..aside import aside
from ..errors import PictureError, UpstreamPictureError
from ..http_service import Connection, Service
from ..pixel.palette.picture import flatten
from ..region import WHITE, soft_mask
from ..tensors import to_image, to_rgba
from . import core
from .sockets import CATEGORY, image_output, problem, schedule_inputs, seed_input, side_input, variation_inputs

PARTS = 1000  # of the progress bar, for each picture
LONGEST_SECONDS = 24 * 3600.0

Bytes = NDArray[np.uint8]


def _check(server: str, request: str) -> None:
    """Raises UpstreamError for what can't be meant."""
    if server.strip():
        a1111.service(os.environ, server)
    a1111.further(request)


def _prompt_inputs() -> list[io.Input]:
    """What to draw, and how large."""
    return [
        io.String.Input("prompt", multiline=True, default="", tooltip="What the picture should show."),
        io.String.Input("negative", multiline=True, default="", tooltip="What it should not show."),
        side_input("width", "Width of the picture, in pixels; a multiple of 8.", default=512),
        side_input("height", "Height of the picture, in pixels; a multiple of 8.", default=512),
        seed_input("Seed of the noise; each picture of a batch gets the same."),
        *schedule_inputs(),
        io.String.Input("sampler_name", default="DPM++ 2M", tooltip="The sampler, by A1111's own name."),
        io.String.Input(
            "scheduler", default="Automatic", tooltip="The schedule, by A1111's own name; Automatic is the sampler's."
        ),
    ]


def _change_inputs() -> list[io.Input]:
    """How far from the picture, and from the seed."""
    return [
        io.Float.Input(
            "denoise",
            default=1.0,
            min=0.0,
            max=1.0,
            step=0.01,
            tooltip="Only with a picture: how much of it is drawn anew. 0 returns it as it is.",
        ),
        *variation_inputs(),
    ]


def _server_inputs() -> list[io.Input]:
    """Who draws, and how long it may take."""
    return [
        io.String.Input(
            "checkpoint", default="", tooltip="The checkpoint, by A1111's name; empty is the one that is set there."
        ),
        io.String.Input(
            "request",
            multiline=True,
            default="",
            tooltip='More fields of A1111, as a JSON object, such as {"enable_hr": true}; they go over the others.',
        ),
        io.String.Input(
            "server",
            default="",
            tooltip="The address of another A1111 than A1111_BASE_URL's; it gets no name and password. In the bridge's "
            "own ComfyUI, only what PIXART_SERVERS lists.",
        ),
        io.Float.Input(
            "seconds",
            default=0.0,
            min=0.0,
            max=LONGEST_SECONDS,
            step=1.0,
            tooltip="How long a picture may take; 0 is A1111_TIMEOUT, or 60 s.",
        ),
        io.Image.Input("image", optional=True, tooltip="Pictures to draw over; transparency is laid over white."),
        io.MultiType.Input(
            "mask",
            types=[io.Mask, io.Image],
            optional=True,
            tooltip="Only with a picture: white is drawn anew, black is kept, and so is what is transparent.",
        ),
    ]


class PixartA1111(io.ComfyNode):
    """A picture from another server."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartA1111",
            display_name="Draw with A1111 (AUTOMATIC1111)",
            category=CATEGORY,
            description="Has pictures drawn by an AUTOMATIC1111 web UI, or by what speaks its API: from a prompt, over "
            "a picture, or under a mask. Which server, name and password are settings of ComfyUI's environment "
            "(A1111_BASE_URL, A1111_USERNAME, A1111_PASSWORD, A1111_TIMEOUT), so that no workflow holds them.",
            inputs=[*_prompt_inputs(), *_change_inputs(), *_server_inputs()],
            outputs=[image_output("What was drawn, RGB.")],
        )

    @classmethod
    def validate_inputs(cls, server: str = "", request: str = "") -> bool | str:
        return problem(_check, server, request)

    @classmethod
    async def execute(
        cls,
        prompt: str,
        negative: str,
        width: int,
        height: int,
        seed: int,
        steps: int,
        cfg: float,
        sampler_name: str,
        scheduler: str,
        denoise: float,
        variation_seed: int,
        variation_strength: float,
        checkpoint: str,
        request: str,
        server: str,
        seconds: float,
        image: Any = None,
        mask: Any = None,
    ) -> io.NodeOutput:
        if image is not None and denoise == 0:
            return io.NodeOutput(image)
        wish = a1111.Wish(
            prompt=prompt,
            negative=negative,
            width=width,
            height=height,
            seed=seed,
            steps=steps,
            cfg=cfg,
            sampler=sampler_name,
            scheduler=scheduler,
            denoise=denoise,
            variation_seed=variation_seed,
            variation_strength=variation_strength,
            checkpoint=checkpoint,
            more=a1111.further(request),
        )
        return await _pictures(a1111.service(os.environ, server, seconds), wish, _sources(image, mask))


def _sources(image: Any, mask: Any) -> list[tuple[Bytes | None, Bytes | None]]:
    """Picture and mask for each call: uint8 [H, W, 3] and [H, W]. Where there are fewer of one, they come again."""
    if image is None:
        if mask is not None:
            raise PictureError("A mask says where a picture is drawn anew: connect the picture to image as well.")
        return [(None, None)]
    pictures = flatten(to_rgba(image), WHITE)
    if mask is None:
        return [(picture, None) for picture in pictures]
    mask_pixels = to_rgba(mask if mask.ndim == 4 else mask.reshape(-1, *mask.shape[-2:], 1))
    high, wide = pictures.shape[1:3]
    masks = [soft_mask(one, wide, high, 0, invert=False) for one in mask_pixels]
    calls = range(max(len(pictures), len(masks)))
    return [(pictures[number % len(pictures)], masks[number % len(masks)]) for number in calls]


async def _pictures(
    service: Service, wish: a1111.Wish, sources: list[tuple[Bytes | None, Bytes | None]]
) -> io.NodeOutput:
    """All pictures, one call after the other, and what is to be told of each call."""
    bar = ProgressBar(PARTS * len(sources))
    news: deque[tuple[int, Bytes | None]] = deque()  # from the thread that talks

    async def work(check: Callable[[], None]) -> list[tuple[a1111.Answer, float]]:
        answers = []
        async with Connection(service) as connection:
            for number, (picture, mask) in enumerate(sources):
                began, done = time.perf_counter(), PARTS * number

                def progress(share: float, preview: Bytes | None, done: int = done) -> None:
                    news.append((done + int(PARTS * share), preview))

                answer = await a1111.draw(connection, wish.body(picture, mask), progress, check)
                progress(1.0, None)
                answers.append((answer, (time.perf_counter() - began) * 1000))
        return answers

    def look() -> None:
        while news:
            value, preview = news.popleft()
            bar.update_absolute(value, preview=_preview(preview))
        throw_exception_if_processing_interrupted()

    answers = await aside(work, look)
    pictures = [picture for answer, _ in answers for picture in answer.pictures]
    if len({picture.shape for picture in pictures}) > 1:
        raise UpstreamPictureError("The pictures that A1111 drew are not of one size.")
    facts = [_facts(service, answer, milliseconds) for answer, milliseconds in answers]
    return io.NodeOutput(to_image(np.stack(pictures), like=core.intermediate()), ui={"pixart": facts})


def _preview(pixels: Bytes | None) -> tuple[str, Image.Image, int] | None:
    """As ComfyUI's server sends it on."""
    return None if pixels is None else ("JPEG", Image.fromarray(pixels), MAX_PREVIEW_RESOLUTION)


def _facts(service: Service, answer: a1111.Answer, milliseconds: float) -> dict[str, Any]:
    """What the node reports of a call."""
    details = {"model": answer.model, "info": answer.info, "parameters": answer.parameters}
    known_details = {key: value for key, value in details.items() if value is not None}
    return {"ms": round(milliseconds, 1), "server": service.url, **known_details}


NODES: list[type[io.ComfyNode]] = [PixartA1111]

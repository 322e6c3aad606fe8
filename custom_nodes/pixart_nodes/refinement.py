"""A model that takes over from another one on the way from noise to picture, as AUTOMATIC1111's refiner does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from comfy.model_sampling import EPS

from .errors import RefinerError

ATTACHMENT = "pixart_refinements"  # where a model carries the refinements, in the order in which they were added


@dataclass(frozen=True)
class Refinement:
    """A `model` with its own readings of the prompts, which takes over once `switch_at` of the noise schedule is done.

    `switch_at` is a share from 0, where the model draws everything, to 1, where it draws nothing.
    """

    model: Any
    positive: Any
    negative: Any
    switch_at: float


@dataclass(frozen=True)
class Pass:
    """The steps from `begin` up to `end` of a schedule, and the model that takes them, with its prompts."""

    model: Any
    positive: Any
    negative: Any
    begin: int
    end: int


def refined(model: Any, refinement: Refinement) -> Any:
    """The model, which has this refinement take over from it.

    Raises RefinerError for latents of another form, and for models that aren't drawn by falling levels of noise (SD 1.5
    and SDXL are).
    """
    for each in (model, refinement.model):
        if not isinstance(each.get_model_object("model_sampling"), EPS):
            raise RefinerError("Only models such as SD 1.5 and SDXL take refiners.")
    forms = [type(each.get_model_object("latent_format")).__name__ for each in (model, refinement.model)]
    if forms[0] != forms[1]:
        raise RefinerError(
            f"The refiner's latents are {forms[1]}'s, the model's are {forms[0]}'s: take a refiner of its family."
        )
    result = model.clone()
    result.set_attachments(ATTACHMENT, (*(model.get_attachment(ATTACHMENT) or ()), refinement))
    return result


def passes(model: Any, positive: Any, negative: Any, sigmas: torch.Tensor) -> list[Pass]:
    """Who takes which steps of a schedule of noise levels (`sigmas`, falling, one more than there are steps).

    A refinement without a step is left out, and so is a model from which another takes over at once.
    """
    steps = len(sigmas) - 1
    parts = [(0, model, positive, negative)]
    for each in sorted(model.get_attachment(ATTACHMENT) or (), key=lambda one: one.switch_at):
        begin = switch_step(sigmas, model.get_model_object("model_sampling").sigmas, each.switch_at)
        parts.append((begin, each.model, each.positive, each.negative))
    ends = [*(begin for begin, *_ in parts[1:]), steps]
    return [
        Pass(drawer, shown, avoided, begin, end)
        for (begin, drawer, shown, avoided), end in zip(parts, ends, strict=True)
        if begin < end
    ]


def switch_step(sigmas: torch.Tensor, table: torch.Tensor, switch_at: float) -> int:
    """The first step of a schedule at which so much of the `table` of all noise levels (rising) lies behind.

    That is the rule of AUTOMATIC1111's `apply_refiner` (modules/sd_samplers_common.py): by time steps, not by steps.
    """
    last = len(table) - 1
    for step, sigma in enumerate(sigmas[:-1]):
        time_step = int(torch.argmin((table.to(sigma.device) - sigma).abs()))
        if (last - time_step) / (last + 1) >= switch_at:
            return step
    return len(sigmas) - 1


def leftover_noise(model: Any, samples: torch.Tensor, start: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """The noise that, at this level on the `start` latent, makes half-drawn `samples`: the next model begins there.

    All three are [B, C, H, W]. What a mask protects stays the start's own latent, which the half-drawn one isn't.
    """
    into = model.get_model_object("process_latent_in")
    return (into(samples) - into(start)) / sigma.to(samples.device)


def counted_callback(callback: Any, done: int, total: int) -> Any:
    """The progress callback for a pass before which so many of all steps were `done`."""
    return lambda step, denoised, noisy, _: callback(done + step, denoised, noisy, total)

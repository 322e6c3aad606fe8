"""Sampling with an exact denoise, and variations of a seed."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from functools import partial
from typing import Any

import comfy.sample
import comfy.utils
import latent_preview
from comfy.samplers import KSampler
from comfy_api.latest import io
from comfy_extras import nodes_flux

from .. import refinement
from ..denoise import ARITHMETICS, slerp, tail_steps
from ..pixel import errors
from .sockets import CATEGORY, problem, schedule_inputs, seed_input, variation_inputs

FLUX2 = "flux2"  # the schedule that depends on the picture's size; KSampler's don't
FLUX2_CHANNELS = 128  # of a latent
FLUX2_BLOCK, OTHER_BLOCK = 16, 8  # pixels along each side that one value of a latent stands for
SCHEDULERS = (*KSampler.SCHEDULERS, *([FLUX2] if hasattr(nodes_flux, "Flux2Scheduler") else []))


def _require_sampling(sampler: str, scheduler: str, arithmetic: str) -> None:
    """ComfyUI would take the first of the list for a name that it doesn't know. Raises UnknownName."""
    errors.require(sampler, KSampler.SAMPLERS, what="Sampler")
    errors.require(scheduler, SCHEDULERS, what="Scheduler")
    errors.require(arithmetic, ARITHMETICS, what="Denoise arithmetic")


def _model_inputs() -> list[io.Input]:
    """Who draws what, on what."""
    return [
        io.Model.Input("model", tooltip="The model that draws."),
        io.Conditioning.Input("positive", tooltip="What the picture should show."),
        io.Conditioning.Input("negative", tooltip="What it should not show."),
        io.Latent.Input("latent_image", tooltip="Empty, or a picture to change; its noise mask is honoured."),
    ]


def _step_inputs() -> list[io.Input]:
    """The same as in KSampler."""
    return [
        seed_input("Seed of the noise; the same seed with the same inputs draws the same picture."),
        *schedule_inputs(),
        io.Combo.Input(
            "sampler_name",
            options=KSampler.SAMPLERS,
            default="euler",
            tooltip="The algorithm that takes the steps.",
        ),
        io.Combo.Input(
            "scheduler",
            options=list(SCHEDULERS),
            default="normal",
            tooltip="How the noise shrinks from step to step.",
        ),
    ]


def _denoise_inputs() -> list[io.Input]:
    """What KSampler has not."""
    return [
        io.Float.Input(
            "denoise",
            default=1.0,
            min=0.0,
            max=1.0,
            step=0.01,
            tooltip="How much of the latent is drawn anew: 0 returns it as it is, 1 draws all of it.",
        ),
        io.Combo.Input(
            "arithmetic",
            options=list(ARITHMETICS),
            default="tail",
            tooltip="tail: the last steps x denoise + 1 steps; stretched: all steps, on the schedule's end.",
        ),
        *variation_inputs(),
    ]


class PixartSampler(io.ComfyNode):
    """KSampler with both meanings of denoise, and variations of a seed."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartSampler",
            display_name="Sampler (exact denoise, variation)",
            category=CATEGORY,
            description="KSampler whose denoise means what AUTOMATIC1111's does: the last steps of the schedule "
            "(tail), or all steps on its end (stretched, as KSampler and the hires pass do). Denoise 0 returns "
            "the latent as it is. Mixes in a second seed where a variation is wanted.",
            inputs=[*_model_inputs(), *_step_inputs(), *_denoise_inputs()],
            outputs=[io.Latent.Output("result", display_name="LATENT", tooltip="The denoised latent image.")],
        )

    @classmethod
    def validate_inputs(
        cls, sampler_name: str = "euler", scheduler: str = "normal", arithmetic: str = "tail"
    ) -> bool | str:
        return problem(_require_sampling, sampler_name, scheduler, arithmetic)

    @classmethod
    def execute(
        cls,
        model: Any,
        positive: Any,
        negative: Any,
        latent_image: dict[str, Any],
        seed: int,
        steps: int,
        cfg: float,
        sampler_name: str,
        scheduler: str,
        denoise: float,
        arithmetic: str,
        variation_seed: int,
        variation_strength: float,
    ) -> io.NodeOutput:
        _require_sampling(sampler_name, scheduler, arithmetic)
        if denoise == 0:
            return io.NodeOutput(latent_image)
        start = comfy.sample.fix_empty_latent_channels(model, latent_image["samples"])
        tail = arithmetic == "tail"
        schedule = {"steps": steps, "sampler_name": sampler_name, "scheduler": scheduler}
        schedule["denoise"] = 1.0 if tail else denoise
        draw = partial(
            comfy.sample.sample,
            **schedule,
            cfg=cfg,
            latent_image=start,
            noise_mask=latent_image.get("noise_mask"),
            disable_pbar=not comfy.utils.PROGRESS_BAR_ENABLED,
            seed=seed,
        )
        noise = _noise(start, latent_image.get("batch_index"), seed, variation_seed, variation_strength)
        first_step = steps - tail_steps(denoise, steps) if tail else 0
        callback = latent_preview.prepare_callback(model, steps)
        sigmas = _sigmas(model, start, **schedule)[first_step:]
        passes = refinement.passes(model, positive, negative, sigmas)
        return io.NodeOutput({**latent_image, "samples": _in_passes(draw, passes, start, noise, sigmas, callback)})


def _in_passes(
    draw: partial[Any], passes: list[refinement.Pass], start: Any, noise: Any, sigmas: Any, callback: Any
) -> Any:
    """The latent that several models draw one after the other, each on what the one before left of the noise."""
    samples, total = start, len(sigmas) - 1
    for each in passes:
        if each.begin:
            noise = refinement.leftover_noise(each.model, samples, start, sigmas[each.begin])
        samples = draw(
            each.model,
            noise,
            positive=each.positive,
            negative=each.negative,
            sigmas=sigmas[each.begin : each.end + 1],
            callback=refinement.counted_callback(callback, each.begin, total),
        )
    return samples


def _sigmas(model: Any, latent: Any, *, steps: int, sampler_name: str, scheduler: str, denoise: float) -> Any:
    """The noise levels of a schedule, for a latent [B, C, H, W]; below a denoise of 1 all steps, on the end of a longer
    one. FLUX.2's depends on the picture's size.
    """
    if scheduler != FLUX2:
        return KSampler(model, steps, model.load_device, sampler_name, scheduler, denoise, model.model_options).sigmas
    height, width = latent.shape[-2:]
    block = FLUX2_BLOCK if latent.shape[1] == FLUX2_CHANNELS else OTHER_BLOCK
    whole = nodes_flux.Flux2Scheduler.execute(int(steps / denoise), width * block, height * block).result[0]
    return whole[-(steps + 1) :]


def _noise(latent: Any, indices: Any, seed: int, variation_seed: int, strength: float) -> Any:
    """The seed's noise as KSampler makes it, on the way to the variation seed's."""
    noise = comfy.sample.prepare_noise(latent, seed, indices)
    if strength == 0:
        return noise
    return slerp(noise, comfy.sample.prepare_noise(latent, variation_seed, indices), strength)


NODES: list[type[io.ComfyNode]] = [PixartSampler]

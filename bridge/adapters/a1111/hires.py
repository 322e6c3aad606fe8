"""The second pass of txt2img ("hires fix"): its sizes by A1111's arithmetic, its upscaler, its own settings."""

from __future__ import annotations

from typing import Any

from bridge.adapters.a1111.draft import Draft, prompts, sampled
from bridge.adapters.a1111.fields import Txt2Img
from bridge.adapters.a1111.prompt import styled
from bridge.adapters.a1111.refiner import second_checkpoint
from bridge.adapters.dialect import Request
from bridge.adapters.fields import shown
from bridge.catalog.models import stem
from bridge.catalog.upscalers import advice, file_of

LATENT_MODES = (
    "Latent",
    "Latent (antialiased)",
    "Latent (bicubic)",
    "Latent (bicubic antialiased)",
    "Latent (nearest)",
    "Latent (nearest-exact)",
)
PLAIN_UPSCALERS = ("None", "Lanczos", "Nearest")
SAME_CHOICES = ("Use same sampler", "Use same scheduler")


def with_second_pass(body: Txt2Img, request: Request, draft: Draft) -> Draft:
    """The draft of a request whose `enable_hr` is set."""
    first, target, sized = sizes(body)
    upscaler, notes = second_upscaler(body.hr_upscaler, request.catalog.upscalers)
    name = body.hr_sampler_name if body.hr_sampler_name not in SAME_CHOICES else None
    schedule = body.hr_scheduler if body.hr_scheduler not in SAME_CHOICES else None
    sampling = sampled(name or body.sampler_name or body.sampler_index, schedule or body.scheduler, request)
    own = body.hr_prompt or body.prompt, body.hr_negative_prompt or body.negative_prompt
    positive, negative, _ = styled(*own, body.styles or [], request.options.styles)
    positive_prompt, against = prompts(positive, negative, body, request)
    if positive_prompt.loras != draft.values["loras"]:
        notes += ("hr_prompt: the second pass has the LoRAs of prompt, not its own.",)
    checkpoint, checkpoint_label = second_checkpoint(body, request, draft)
    values = {
        **checkpoint,
        **dict(zip(("width", "height"), first, strict=True)),
        **dict(zip(("hires_width", "hires_height"), target, strict=True)),
        "hires_upscaler": upscaler,
        "hires_steps": body.hr_second_pass_steps or body.steps,
        "hires_denoise": body.denoising_strength,
        "hires_sampler": sampling.sampler,
        "hires_scheduler": sampling.scheduler,
        "hires_prompt": positive_prompt.text,
        "hires_negative": against.text,
        "hires_cfg": body.cfg_scale,
    }
    extra = {
        "Denoising strength": body.denoising_strength,
        **sized,
        **checkpoint_label,
        "Hires steps": body.hr_second_pass_steps or None,
        "Hires upscaler": stem(upscaler) if upscaler in request.catalog.upscalers else upscaler,
        "Hires sampler": sampling.name if name else None,
        # Without it a reader takes the first pass's, which isn't what the own one of another sampler is.
        "Hires schedule type": sampling.schedule if schedule or sampling.schedule != draft.said["schedule"] else None,
        "Hires prompt": positive if body.hr_prompt else None,
        "Hires negative prompt": negative if body.hr_negative_prompt else None,
    }
    new = [
        note for note in (*notes, *positive_prompt.notes, *against.notes, *sampling.notes) if note not in draft.notes
    ]
    return draft.plus(values, tuple(new), extra)


def sizes(body: Txt2Img) -> tuple[tuple[int, int], tuple[int, int], dict[str, Any]]:
    """Size of the first pass, size of the result, and how infotext says it.

    One of hr_resize_x and hr_resize_y keeps the aspect; both are the exact size, which is filled and cut. The older
    firstphase sizes make width and height those of the result.
    """
    first = body.width, body.height
    to_width, to_height = body.hr_resize_x, body.hr_resize_y
    if body.firstphase_width or body.firstphase_height:
        to_width, to_height = first
        first = body.firstphase_width or body.width, body.firstphase_height or body.height
    if not (to_width or to_height):
        scaled = int(first[0] * body.hr_scale), int(first[1] * body.hr_scale)
        return first, _positive(scaled), {"Hires upscale": body.hr_scale}
    resize = {"Hires resize": f"{to_width}x{to_height}"}
    target = to_width or to_height * first[0] // first[1], to_height or to_width * first[1] // first[0]
    return first, _positive(target), resize


def _positive(size: tuple[int, int]) -> tuple[int, int]:
    return max(1, size[0]), max(1, size[1])


def second_upscaler(name: str | None, files: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The upscaler as the workflow names it; an unknown one is Latent, A1111's default, and that is said."""
    plain = {each.lower(): each for each in (*LATENT_MODES, *PLAIN_UPSCALERS)}
    if not name:
        return LATENT_MODES[0], ()
    result = plain.get(name.lower()) or file_of(name, files)
    if result is None:
        sentence = f"hr_upscaler: there is no upscaler {shown(name)}; Latent was used."
        return LATENT_MODES[0], (" ".join(filter(None, (sentence, advice(name)))),)
    return result, ()

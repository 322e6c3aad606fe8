"""A request for another AUTOMATIC1111 that draws: handed on as it came, but for what the workflow itself says."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from bridge.adapters.a1111.draft import Draft, drafted
from bridge.adapters.a1111.fields import Generation, Img2Img
from bridge.adapters.a1111.script import NAME
from bridge.adapters.a1111.settings import CHECKPOINT, CLIP_SKIP, FILE_SETTINGS, VAE
from bridge.adapters.dialect import Request
from bridge.catalog.models import Catalog

A1111_ENGINE = "a1111"
# Not handed on. One picture is asked for at a time, each with its own seed; pictures travel through the graph.
OWN_FIELDS = {
    "workflow",
    "pixart",
    "strict",
    "force_task_id",
    "infotext",
    "send_images",
    "save_images",
    "do_not_save_samples",
    "do_not_save_grid",
}
OWN_FIELDS |= {"width", "height", "seed", "subseed", "subseed_strength", "batch_size", "n_iter"}
OWN_FIELDS |= {"init_images", "mask", "include_init_images"}
# What the workflow does with a mask itself: invert, blur, cut out the part around it.
OWN_FIELDS |= {"mask_blur", "mask_blur_x", "mask_blur_y", "inpainting_mask_invert", "inpaint_full_res"}
OWN_FIELDS |= {"inpaint_full_res_padding", "inpainting_fill"}
ORIGINAL, FROM_NOISE = 1, (2, 3)  # inpainting_fill: the picture as it is sent; latent noise and latent nothing


def is_drawn_elsewhere(body: Generation, request: Request) -> bool:
    """Whether another A1111 draws this request; one that names a workflow is drawn here."""
    return request.catalog.engine == A1111_ENGINE and not body.workflow


def draft(body: Generation, request: Request, **more: Any) -> Draft:
    """The draft of a request that is handed on; `more` are further workflow values.

    No name is looked up here: models, samplers, styles and scripts are those of the one that draws, which refuses what
    it doesn't have. The form in which pictures leave is this server's.
    """
    form = {name: request.memory[name] for name in FILE_SETTINGS if name in request.memory}
    blind = dataclasses.replace(request, catalog=Catalog(engine=A1111_ENGINE), memory=form)
    own = drafted(body, blind)
    sampling = ("width", "height", "generation_side", "steps", "cfg", "sampler", "scheduler")
    seeds = ("seed", "variation_seed", "variation_strength")
    values = {name: own.values[name] for name in (*sampling, *seeds) if name in own.values}
    texts = {"prompt": body.prompt, "negative": body.negative_prompt, "request": _rest(body, request.memory)}
    if request.memory.get(CHECKPOINT):
        texts["checkpoint"] = request.memory[CHECKPOINT]
    notes = tuple(note for note in own.notes if note.startswith(("seed:", "subseed:")))
    return dataclasses.replace(own, values={**values, **texts, **more}, notes=notes, lasting={})


def _rest(body: Generation, memory: Mapping[str, Any]) -> str:
    """The request's own fields, unknown ones included, and the options that its client posted before, as JSON."""
    fields = {name: value for name, value in body.model_dump(exclude_unset=True).items() if name not in OWN_FIELDS}
    if "alwayson_scripts" in fields:  # the look is put on afterwards, here
        scripts = {name: value for name, value in body.alwayson_scripts.items() if name.lower() != NAME}
        fields["alwayson_scripts"] = scripts
    if units := fields.pop("controlnet_units", None):  # the older form, which no server of today knows
        fields["alwayson_scripts"] = {**body.alwayson_scripts, "ControlNet": {"args": units}}
    if isinstance(body, Img2Img) and body.mask:
        fill = body.inpainting_fill if body.inpainting_fill in FROM_NOISE else ORIGINAL
        fields |= {"mask_blur": 0, "inpaint_full_res": False, "inpainting_fill": fill}
    options = {name: memory[name] for name in (VAE, CLIP_SKIP) if name in memory}
    if options:
        fields["override_settings"] = {**options, **(body.override_settings or {})}
    return json.dumps(fields, sort_keys=True)

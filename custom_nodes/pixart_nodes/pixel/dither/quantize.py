"""A picture in a palette's colours and nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..color import levels
from ..palette import nearest
from ..palette.nearest import Indices
from ..palette.picture import opaque_mask
from . import no_dither, table
from .quantization import Quantization


def quantize(rgba: NDArray[np.uint8], settings: Quantization) -> NDArray[np.uint8]:
    """uint8 [H, W, 4] in and out: opaque pixels get palette colours, all other pixels (0, 0, 0, 0)."""
    opaque = opaque_mask(rgba, settings.alpha_threshold)
    return levels.painted(_indices(rgba, opaque, settings), opaque, settings.palette.paints)


def draw(values: NDArray[np.float32], out: NDArray[np.float32], settings: Quantization) -> None:
    """As `quantize`, for floats 0..1 as ComfyUI has them: [H, W, 1, 3 or 4] in, [H, W, 4] written to `out`.

    Without alpha everything is opaque.
    """
    paints = settings.palette.paints
    if _name(settings) == no_dither.NAME:
        nearest.draw(values, paints, settings.metric, settings.alpha_threshold, out)
        return
    pixels = levels.to_bytes(values)
    opaque = opaque_mask(pixels, settings.alpha_threshold if values.shape[-1] == 4 else 0.0)
    levels.paint(_indices(pixels, opaque, settings), opaque, levels.to_floats(levels.with_alpha(paints)), out)


def _indices(rgba: NDArray[np.uint8], opaque: NDArray[np.bool_], settings: Quantization) -> Indices:
    return table.DITHERS[_name(settings)].run(rgba, opaque, settings.palette.paints, settings)


def _name(settings: Quantization) -> str:
    """The dither that serves; without any strength that is none."""
    return settings.dither if settings.strength else no_dither.NAME

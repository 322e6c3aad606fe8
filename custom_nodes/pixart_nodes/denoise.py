"""Noise and steps as AUTOMATIC1111's web UI counts and mixes them."""

from __future__ import annotations

import torch

ARITHMETICS = ("tail", "stretched")


def tail_steps(denoise: float, steps: int) -> int:
    """How many of a schedule's last steps img2img runs (AUTOMATIC1111's setup_img2img_steps); 1 is all of them."""
    return steps if denoise >= 1 else int(min(denoise, 0.999) * steps) + 1


def slerp(low: torch.Tensor, high: torch.Tensor, share: float) -> torch.Tensor:
    """From `low` (share 0) to `high` (share 1) on the arc between them: tensors [..., height, width].

    The angle is taken column by column, as AUTOMATIC1111's rng.slerp does for each image of a batch. Columns
    that point the same way or opposite ways have no arc; they are mixed in a straight line.
    """
    unit = [noise / torch.linalg.vector_norm(noise, dim=-2, keepdim=True) for noise in (low, high)]
    angle = torch.acos((unit[0] * unit[1]).sum(-2, keepdim=True).clamp(-1, 1))
    sine = torch.sin(angle)
    straight = sine.abs() < 1e-6  # less than what float32 can tell from 0 or pi
    sine = sine.masked_fill(straight, 1)
    from_low = torch.where(straight, 1 - share, torch.sin((1 - share) * angle) / sine)
    from_high = torch.where(straight, share, torch.sin(share * angle) / sine)
    return from_low * low + from_high * high

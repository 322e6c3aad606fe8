"""Latent consistency sampling with the four timesteps that Axera's models know, and how latents become pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import AxeraError
from .noise import Generator

Floats = NDArray[np.float32]

# The UNet's time embedding was cut out of the graph; AXERA-TECH/sd1.5-lcm.axera ships its output for these four only.
TIMESTEPS = (999, 759, 499, 259)
# Up to which strength img2img starts at which of them (gregm123456/sd1.5-lcm.axera, pi_axera_sd_generator.py).
STARTS = ((0.35, 3), (0.60, 2), (0.85, 1), (1.0, 0))
SCALE = np.float32(0.18215)  # of latents against the autoencoder's own, in Stable Diffusion 1 (vae.config)
DATA_DEVIATION = 0.5  # sigma_data of S. Luo et al., "Latent Consistency Models" (2023)
TIME_SCALE = 10.0  # timestep_scaling of diffusers' LCMScheduler
PICTURE_NOISE = 0  # the seed with which a picture is encoded, whatever the request's is: as gregm's service does it
LOG_VARIANCES = (-30.0, 20.0)  # as diffusers' DiagonalGaussianDistribution keeps them


def _alpha_bar() -> NDArray[np.float64]:
    """How much of the signal is left at each of 1000 timesteps: Stable Diffusion's "scaled_linear" betas."""
    return np.cumprod(1.0 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)


ALPHA_BAR = _alpha_bar()


def start_index(denoise: float) -> int:
    """Which of the four timesteps img2img starts at, by its strength 0..1. Raises AxeraError for another strength."""
    if not 0 <= denoise <= 1:
        raise AxeraError(f"A denoising strength of {denoise} is not possible: choose one from 0 to 1.")
    return next(index for limit, index in STARTS if denoise <= limit)


def plan(steps: int, denoise: float = 1.0) -> tuple[int, ...]:
    """The timesteps to run: of those from the strength's start on, as many as asked, spread evenly from the first.

    For txt2img this is [999], [999, 499], [999, 759, 259] or all four. Raises AxeraError for steps outside 1..4.
    """
    if not 1 <= steps <= len(TIMESTEPS):
        raise AxeraError(f"{steps} steps are not possible: these models know 1 to {len(TIMESTEPS)} steps. Choose 4.")
    left = TIMESTEPS[start_index(denoise) :]
    count = min(steps, len(left))
    return tuple(left[round(number * len(left) / count)] for number in range(count))


def noised(latent: Floats, noise: Floats, timestep: int) -> Floats:
    """A latent with as much noise as belongs to a timestep."""
    signal = ALPHA_BAR[timestep]
    return np.asarray(np.float32(signal**0.5) * latent + np.float32((1 - signal) ** 0.5) * noise, np.float32)


def denoised(sample: Floats, predicted: Floats, timestep: int) -> Floats:
    """What the sample is without the predicted noise: the paper's consistency function, its equation 9."""
    signal, time = ALPHA_BAR[timestep], timestep * TIME_SCALE
    skip = DATA_DEVIATION**2 / (time**2 + DATA_DEVIATION**2)
    out = time / (time**2 + DATA_DEVIATION**2) ** 0.5
    clean = (sample - np.float32((1 - signal) ** 0.5) * predicted) / np.float32(signal**0.5)
    return np.asarray(np.float32(out) * clean + np.float32(skip) * sample, np.float32)


def pixels_in(pixels: NDArray[np.uint8]) -> Floats:
    """A picture [H, W, 3] as the encoder reads it: [1, 3, H, W] in -1..1."""
    return np.ascontiguousarray(
        (pixels.astype(np.float32) / np.float32(127.5) - np.float32(1)).transpose(2, 0, 1)[None]
    )


def pixels_out(decoded: Floats) -> NDArray[np.uint8]:
    """What the decoder made [1, 3, H, W] as a picture [H, W, 3]."""
    shares = np.clip(decoded[0].transpose(1, 2, 0) / np.float32(2) + np.float32(0.5), 0, 1)
    return np.ascontiguousarray((shares * np.float32(255)).round().astype(np.uint8))


def sampled(moments: Floats) -> Floats:
    """The latent [1, 4, h, w] of the encoder's means and log variances [1, 8, h, w]."""
    mean, log_variance = np.split(moments, 2, axis=1)
    deviation = np.exp(np.float32(0.5) * np.clip(log_variance, *LOG_VARIANCES))
    return (mean + deviation * Generator(PICTURE_NOISE).normal(mean.shape)) * SCALE

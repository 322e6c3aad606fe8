"""Pictures from a prompt, a picture or a part of one: the LCM loop of Axera's models, one at a time on a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import AxeraError
from . import lcm
from .models import ModelSet
from .networks import CELL, SAMPLE, TEXT, TIME, Networks
from .noise import Generator
from .session import lock
from .tokenizer import Tokenizer

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
OnStep = Callable[[int, int, Floats], None]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Request:
    """What is to be drawn. A picture [H, W, 3] and a mask [H, W] are uint8 and of the model's size.

    White in the mask is drawn anew, black stays to the last bit, grey mixes. `denoise` 0..1 counts with a picture only.
    """

    prompt: str
    seed: int
    steps: int = 4
    picture: Pixels | None = None
    mask: Pixels | None = None
    denoise: float = 1.0


@dataclass(frozen=True)
class Drawing:
    """The picture [H, W, 3], the timesteps that were run, and what each part took in milliseconds.

    The text takes 0.0 where it was the last one's. There is no encoding without a picture.
    """

    pixels: Pixels
    timesteps: tuple[int, ...]
    text_ms: float
    encode_ms: float | None
    step_ms: tuple[float, ...]
    decode_ms: float


class Pipeline:
    """A loaded model that draws. All of a device's pipelines share its lock."""

    def __init__(self, networks: Networks, tokenizer: Tokenizer, device: int = 0) -> None:
        self._networks, self._tokenizer, self._lock = networks, tokenizer, lock(device)
        self._read: tuple[str, Floats] | None = None  # the last prompt and its embedding

    @classmethod
    def load(cls, models: ModelSet, vocabulary: Path, device: int = 0) -> Pipeline:
        """Load a model onto a device; `vocabulary` is a tokenizer's folder for one that has none. Raises AxeraError."""
        tokenizer = Tokenizer(models.tokenizer or vocabulary)
        with lock(device):
            return cls(Networks.load(models, device), tokenizer, device)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures in pixels."""
        width, height = self._networks.latent
        return width * CELL, height * CELL

    @property
    def takes_pictures(self) -> bool:
        """Whether it can start from a picture."""
        return self._networks.vae_encoder is not None

    def draw(self, request: Request, on_step: OnStep) -> Drawing:
        """Draw; `on_step(done, of, latent)` is called after each step with what it would be by now, [4, h, w].

        What `on_step` raises ends the drawing. Raises AxeraError for a request that can't be, and where a network
        fails. The same seed gives the same picture as the service of gregm123456/sd1.5-lcm.axera.
        """
        self._require(request)
        if request.picture is not None and request.denoise == 0:
            return Drawing(request.picture.copy(), (), 0.0, None, (), 0.0)
        with self._lock:
            hidden, text_ms = self._embedded(request.prompt)
            original, encode_ms = self._encoded(request.picture)
            timesteps = lcm.plan(request.steps, 1.0 if original is None else request.denoise)
            latent, step_ms = self._denoised(request, timesteps, hidden, original, on_step)
            pixels, decode_ms = _timed(self._decoded, latent)
        if request.picture is not None and request.mask is not None:
            pixels = _mixed(pixels, request.picture, request.mask)
        return Drawing(pixels, timesteps, text_ms, encode_ms, step_ms, decode_ms)

    def close(self) -> None:
        """Free the device's memory, once a drawing that is under way has ended. A second time does nothing."""
        with self._lock:
            self._networks.close()
            self._read = None

    def _require(self, request: Request) -> None:
        """Raise AxeraError for what can't be drawn, before the device is asked for."""
        lcm.plan(request.steps, request.denoise)
        width, height = self.size
        if request.mask is not None and request.picture is None:
            raise AxeraError("A mask says which part of a picture to redraw, and there is no picture. Connect one.")
        if request.picture is not None and not self.takes_pictures:
            raise AxeraError(
                f"The model {self._networks.unet.path.parent} has no VAE encoder, so it can't start from a picture. "
                "Choose a model with a file vae_encoder, or draw from the prompt alone."
            )
        for what, pixels, shape in (
            ("picture", request.picture, (height, width, 3)),
            ("mask", request.mask, (height, width)),
        ):
            if pixels is not None and (pixels.shape != shape or pixels.dtype != np.uint8):
                raise AxeraError(
                    f"The {what} is {pixels.dtype} {list(pixels.shape)}; this model takes uint8 {list(shape)}. "
                    f"Scale it to {width} x {height} pixels."
                )

    def _embedded(self, prompt: str) -> tuple[Floats, float]:
        """The text's embedding [1, 77, 768], kept for the next drawing, and the time that it took."""
        if self._read is not None and self._read[0] == prompt:
            return self._read[1], 0.0
        hidden, milliseconds = _timed(lambda: self._networks.text_encoder.answer(self._tokenizer(prompt)))
        self._read = prompt, hidden
        return hidden, milliseconds

    def _encoded(self, picture: Pixels | None) -> tuple[Floats | None, float | None]:
        """The picture's latent [1, 4, h, w] and the time that it took; nothing of no picture."""
        encoder = self._networks.vae_encoder
        if picture is None or encoder is None:
            return None, None
        return _timed(lambda: lcm.sampled(encoder.answer(lcm.pixels_in(picture))))

    def _decoded(self, latent: Floats) -> Pixels:
        return lcm.pixels_out(self._networks.vae_decoder.answer(latent / lcm.SCALE))

    def _denoised(
        self,
        request: Request,
        timesteps: tuple[int, ...],
        hidden: Floats,
        original: Floats | None,
        on_step: OnStep,
    ) -> tuple[Floats, tuple[float, ...]]:
        """The latent after all steps, and each step's time.

        What a mask keeps is replaced by the original, noised to the next timestep like everything else.
        """
        width, height = self._networks.latent
        noise, took = Generator(request.seed), list[float]()
        latent = noise.normal((1, 4, height, width))
        if original is not None:
            latent = lcm.noised(original, latent, timesteps[0])
        anew = None if request.mask is None else _shares(request.mask)
        for done, timestep in enumerate(timesteps, 1):
            predicted, milliseconds = _timed(self._predicted, latent, timestep, hidden)
            took.append(milliseconds)
            clean = lcm.denoised(latent, predicted, timestep)
            if anew is not None and original is not None:
                clean = np.asarray(anew * clean + (np.float32(1) - anew) * original, np.float32)
            on_step(done, len(timesteps), clean[0])
            last = done == len(timesteps)
            latent = clean if last else lcm.noised(clean, noise.normal(clean.shape), timesteps[done])
        return latent, tuple(took)

    def _predicted(self, latent: Floats, timestep: int, hidden: Floats) -> Floats:
        """The noise that the UNet sees in a latent. There is no guidance: an LCM runs once a step."""
        times = self._networks.times
        return self._networks.unet(**{SAMPLE: latent, TIME: times[timestep], TEXT: hidden})


def _shares(mask: Pixels) -> Floats:
    """How much of each latent is drawn anew, [1, 1, h, w] in 0..1: the mean of its pixels."""
    height, width = mask.shape
    cells = mask.reshape(height // CELL, CELL, width // CELL, CELL).mean((1, 3), dtype=np.float32)
    return (cells / np.float32(255))[None, None]


def _mixed(drawn: Pixels, original: Pixels, mask: Pixels) -> Pixels:
    """The drawn picture where the mask is white, the other where it is black, exactly; and between by its grey."""
    share = mask[..., None].astype(np.uint32)
    return ((drawn * share + original * (255 - share) + 127) // 255).astype(np.uint8)


def _timed(work: Callable[..., Result], *arguments: Any) -> tuple[Result, float]:
    """What the work makes, and the milliseconds that it took."""
    started = perf_counter()
    result = work(*arguments)
    return result, (perf_counter() - started) * 1000

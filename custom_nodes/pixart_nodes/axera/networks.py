"""The networks of a model: which family they are of, and whether they belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ..errors import AxeraError
from .lcm import TIMESTEPS
from .models import TIME_INPUT, ModelSet
from .session import Network, Tensor, open_network, require_file
from .tokenizer import LENGTH

# The UNet's inputs. The second stands for the timestep: the layers before it were cut out of the graph.
SAMPLE, TIME, TEXT = "sample", "/down_blocks.0/resnets.0/act_1/Mul_output_0", "encoder_hidden_states"
EULER = {"t", "timestep"}  # by one of these a UNet takes the timestep itself (Mojo24x7/SD1.5_AXM1-AX8850_Euler)
DPM_ROWS = 20  # of the time input of M5Stack's and yuyun2000's models, which run DPM++ 2M Karras
EMBEDDING = 1280  # numbers in a row of time input
CELL = 8  # pixels a latent, each way
# What NumPy raises for files that aren't its own or are damaged, found by feeding it 12,000 damaged ones.
UNREADABLE = (ValueError, TypeError, EOFError, AttributeError, MemoryError, SystemError, TokenError, BadZipFile)

_RUNS = "Pixart runs Stable Diffusion 1.5 LCM, as AXERA-TECH/lcm-lora-sdv1-5 has it: choose such a model."


@dataclass(frozen=True)
class Networks:
    """A loaded model. `times` are the UNet's time inputs [1, 1280] by timestep; without an encoder no img2img."""

    text_encoder: Network
    unet: Network
    vae_decoder: Network
    vae_encoder: Network | None
    times: Mapping[int, NDArray[np.float32]]

    @classmethod
    def load(cls, models: ModelSet, device: int = 0) -> Networks:
        """Load all on a device; where one can't be, the others are freed again. Raises AxeraError.

        The UNet comes first, so that another family is refused before the rest is loaded.
        """
        paths = (models.unet, models.text_encoder, models.vae_decoder, models.vae_encoder)
        with ExitStack() as opened:
            for path in filter(None, paths):
                require_file(path)

            def load(path: Path) -> Network:
                network = open_network(path, device)
                opened.callback(network.close)
                return network

            unet = load(models.unet)
            require_lcm(unet)
            times = time_inputs(models.time_input)
            text_encoder, vae_decoder = load(models.text_encoder), load(models.vae_decoder)
            vae_encoder = load(models.vae_encoder) if models.vae_encoder else None
            networks = cls(text_encoder, unet, vae_decoder, vae_encoder, times)
            require_fitting(networks)
            opened.pop_all()
        return networks

    @property
    def latent(self) -> tuple[int, int]:
        """Width and height of the latents."""
        sample = _input(self.unet, SAMPLE)
        if not sample.fits((1, 4, *(side or 0 for side in sample.shape[2:]))) or 0 in sample.shape:
            raise AxeraError(f"{self.unet.path.name} takes {sample}, and not latents [1, 4, height, width]. {_RUNS}")
        height, width = (side or 0 for side in sample.shape[2:])
        return width, height

    def close(self) -> None:
        """Free all of them."""
        for network in (self.text_encoder, self.unet, self.vae_decoder, self.vae_encoder):
            if network is not None:
                network.close()


def require_lcm(unet: Network) -> None:
    """Raise AxeraError unless these are the inputs of an LCM's UNet."""
    names = {tensor.name for tensor in unet.inputs}
    if names == {SAMPLE, TIME, TEXT}:
        return
    if names & EULER:
        raise AxeraError(
            f"{unet.path} is of the Euler family (its UNet takes {', '.join(sorted(names & EULER))}), which isn't "
            f"supported. {_RUNS}"
        )
    inputs, outputs = ("; ".join(map(str, tensors)) for tensors in (unet.inputs, unet.outputs))
    raise AxeraError(f"{unet.path} is of an unknown family. It takes {inputs}, and answers {outputs}. {_RUNS}")


def time_inputs(path: Path) -> dict[int, NDArray[np.float32]]:
    """The rows of `time_input_txt2img.npy` [4, 1280] by their timesteps, each [1, 1280]. Raises AxeraError."""
    require_file(path)
    try:
        with path.open("rb") as file:  # NumPy itself leaves half an archive open
            rows = np.load(file, allow_pickle=False).astype(np.float32)
    except UNREADABLE as error:
        raise AxeraError(f"The time input {path} is no NumPy file of numbers: {error}. Download it again.") from error
    if rows.shape == (DPM_ROWS, EMBEDDING):
        raise AxeraError(f"{path} has {DPM_ROWS} rows: a model of the DPM++ family, which isn't supported. {_RUNS}")
    if rows.shape != (len(TIMESTEPS), EMBEDDING):
        raise AxeraError(
            f"The time input {path} has the shape {list(rows.shape)}; wanted is {[len(TIMESTEPS), EMBEDDING]}, a row "
            f"for each of the timesteps {', '.join(map(str, TIMESTEPS))}. Take the file {TIME_INPUT}."
        )
    if not np.isfinite(rows).all() or not rows.any(axis=1).all():  # the last two of time_input_img2img.npy are zeros
        raise AxeraError(f"The time input {path} has rows of nothing. Take {TIME_INPUT}, which serves img2img too.")
    return {timestep: rows[number : number + 1] for number, timestep in enumerate(TIMESTEPS)}


def require_fitting(networks: Networks) -> None:
    """Raise AxeraError where the networks of a model don't belong together, with the shapes wanted and found."""
    width, height = networks.latent
    for network, tensor, shape in _shapes(networks, (1, 4, height, width), (1, 3, height * CELL, width * CELL)):
        if not tensor.fits(shape):
            raise AxeraError(
                f"{network.path} doesn't go with {networks.unet.path}: it has {tensor} where {list(shape)} is wanted. "
                "Put the files of one model, for one size of picture, together."
            )


def _shapes(
    networks: Networks, latent: tuple[int, ...], picture: tuple[int, ...]
) -> Iterator[tuple[Network, Tensor, tuple[int, ...]]]:
    """What each network takes and answers, and the shape that it must have."""
    unet, text, decoder, encoder = networks.unet, networks.text_encoder, networks.vae_decoder, networks.vae_encoder
    read = tuple(side or 0 for side in _input(unet, TEXT).shape)
    yield unet, _input(unet, TIME), (1, EMBEDDING)
    yield unet, unet.outputs[0], latent
    yield text, _only(text), (1, LENGTH)
    yield text, text.outputs[0], read
    yield decoder, _only(decoder), latent
    yield decoder, decoder.outputs[0], picture
    if encoder is not None:
        yield encoder, _only(encoder), picture
        yield encoder, encoder.outputs[0], (1, 2 * latent[1], *latent[2:])


def _input(network: Network, name: str) -> Tensor:
    return next(tensor for tensor in network.inputs if tensor.name == name)


def _only(network: Network) -> Tensor:
    """The one input of a network; converters call it as they like ("x", "latent", "image_sample")."""
    if len(network.inputs) != 1:
        names = ", ".join(tensor.name for tensor in network.inputs)
        raise AxeraError(f"{network.path} takes {names}, where one input is wanted. {_RUNS}")
    return network.inputs[0]

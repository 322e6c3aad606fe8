"""Which files make up a model: found by their names in the layouts that are in use. Nothing is opened."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".axmodel", ".onnx")  # for the NPU, and its twin for a CPU
TEXT_ENCODER, UNET = "sd15_text_encoder_sim", "models/unet.axmodel"
TIME_INPUT = "time_input_txt2img.npy"
DEPTH = 6  # folders below ComfyUI's models/axera that are looked into, so that a link in a circle has an end
# The variables of gregm123456/sd1.5-lcm.axera's service pi_axera_sd_generator.
VARIABLES = (
    *("TEXT_MODEL_DIR", "TEXT_ENCODER_MODEL", "UNET_MODEL"),
    *("VAE_DECODER_MODEL", "VAE_ENCODER_MODEL", "TIME_INPUT_TXT2IMG"),
)


@dataclass(frozen=True)
class ModelSet:
    """The files of one model. A file that wasn't found stands as the path where it should be; see `missing`.

    Without an encoder it can't start from a picture; without a folder for the tokenizer it takes ComfyUI's own.
    """

    name: str
    text_encoder: Path
    unet: Path
    vae_decoder: Path
    vae_encoder: Path | None
    time_input: Path
    tokenizer: Path | None

    @property
    def missing(self) -> tuple[Path, ...]:
        """Files that it needs and that aren't there."""
        needed = (self.text_encoder, self.unet, self.vae_decoder, self.vae_encoder, self.time_input)
        return tuple(path for path in needed if path and not path.is_file())


def find_sets(folder: Path) -> dict[str, ModelSet]:
    """Every model below a folder, by its UNet's folder relative to it, in order of names; `lcm/models` is `lcm`.

    Text encoder, tokenizer and time input may lie in the UNet's folder, above it, or in a folder `models` beside it
    (AXERA-TECH's models_1024x768, gregm's models/rv_optimized). Where a folder has both an .axmodel and an .onnx, the
    second is called "NAME (onnx)".
    """
    sets = {}
    for place in _folders(folder):
        unets = {path.suffix: path for path in reversed(_matching(place, "unet"))}
        for suffix in SUFFIXES:
            if suffix in unets:
                name = _called(place.relative_to(folder))
                name = f"{name} (onnx)" if name in sets else name
                sets[name] = _set(name, unets[suffix], _around(place, folder))
    return dict(sorted(sets.items()))


def from_environment(environment: Mapping[str, str]) -> ModelSet | None:
    """The model that the variables of gregm's service name; None where none is set.

    What isn't named is found beside the UNet, in ./models, which is that service's default, or above the UNet.
    """
    settings = {name: environment[name] for name in VARIABLES if environment.get(name)}
    if not settings:
        return None
    text, unet = (
        Path(settings.get(name, default)) for name, default in (("TEXT_MODEL_DIR", "models"), ("UNET_MODEL", UNET))
    )
    above = [Path("models"), unet.parent, unet.parent.parent]

    def path(variable: str, home: Path, *names: str) -> Path:
        files = [place / name for name in names for place in (home, *above) if (place / name).is_file()]
        return Path(settings.get(variable) or (files or [home / names[0]])[0])

    encoder = path("VAE_ENCODER_MODEL", unet.parent, f"vae_encoder{unet.suffix}")
    text_encoder = f"{TEXT_ENCODER}{unet.suffix}"
    return ModelSet(
        name="environment",
        text_encoder=path("TEXT_ENCODER_MODEL", text, f"text_encoder/{text_encoder}", text_encoder),
        unet=unet,
        vae_decoder=path("VAE_DECODER_MODEL", unet.parent, f"vae_decoder{unet.suffix}"),
        vae_encoder=encoder if "VAE_ENCODER_MODEL" in settings or encoder.is_file() else None,
        time_input=path("TIME_INPUT_TXT2IMG", unet.parent, TIME_INPUT),
        tokenizer=_tokenizer([text, *above]),
    )


def _called(place: Path) -> str:
    """A model's name: its folder, without the `models` that Axera's repositories have in them."""
    return (place.parent if place.name == "models" and place.parent.name else place).as_posix()


def _folders(folder: Path) -> Iterator[Path]:
    """The folder and those below it that aren't hidden, links followed (models often lie on another disk)."""
    for place, below, _ in os.walk(folder, followlinks=True):
        deep = len(Path(place).relative_to(folder).parts) >= DEPTH
        below[:] = [] if deep else sorted(name for name in below if not name.startswith("."))
        yield Path(place)


def _matching(folder: Path, part: str) -> list[Path]:
    """Model files of a folder with this in their names, the shortest name first."""
    files = (
        path for path in folder.glob("*") if path.suffix in SUFFIXES and part in path.stem.lower() and path.is_file()
    )
    return sorted(files, key=lambda path: (len(path.name), path.name))


def _around(place: Path, root: Path) -> list[Path]:
    """Where a UNet's companions may lie, the nearest first, and never above the folder that is looked through."""
    above = [] if place == root else [place.parent]
    return [place, *above, *(folder / "models" for folder in above if folder / "models" != place)]


def _set(name: str, unet: Path, places: list[Path]) -> ModelSet:
    own = places[:1]
    texts = [inner for place in places for inner in (place, place / "text_encoder")]
    return ModelSet(
        name=name,
        text_encoder=_model(texts, "text_encoder", unet.suffix)
        or unet.parent / "text_encoder" / f"{TEXT_ENCODER}{unet.suffix}",
        unet=unet,
        vae_decoder=_model(own, "vae_decoder", unet.suffix) or unet.with_name(f"vae_decoder{unet.suffix}"),
        vae_encoder=_model(own, "vae_encoder", unet.suffix),
        time_input=_time_input(places) or unet.with_name(TIME_INPUT),
        tokenizer=_tokenizer(places),
    )


def _model(places: Iterable[Path], part: str, suffix: str) -> Path | None:
    """The nearest file with this in its name; in each folder, one for the UNet's runtime before one for the other."""
    for place in places:
        matches = _matching(place, part)
        if matches:
            return next((path for path in matches if path.suffix == suffix), matches[0])
    return None


def _time_input(places: Iterable[Path]) -> Path | None:
    """The rows of txt2img, which serve both; else another file of the kind, by which its family is recognised."""
    for place in places:
        files = sorted(path for path in place.glob("time_input*.npy") if "img2img" not in path.stem)
        if files:
            return next((path for path in files if path.name == TIME_INPUT), files[0])
    return None


def _tokenizer(places: Iterable[Path]) -> Path | None:
    return next((place / "tokenizer" for place in places if (place / "tokenizer" / "vocab.json").is_file()), None)

"""The eight on-chain numbers: derived from a token's seed, and looked up in the frozen tables of `v1.json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import SeedError
from ..pixel.palette.color_text import parse_color
from ..pixel.palette.palette import Palette
from .keccak import keccak256

CHAIN_TABLES: dict[str, Any] = json.loads(Path(__file__).with_name("v1.json").read_text(encoding="utf-8"))
PIXEL_SIDE = 4  # pixels of the drawing a pixel of the art, each way
OWN_PALETTES = "Pixart's own: the chain gives 24 palette ids, and no list of them was ever published"


class Numbers(NamedTuple):
    """What a token's seed says, in the contract's order: four indices, steps, cfg in tenths, a seed, a palette."""

    prompt_index: int
    style_index: int
    sampler_index: int
    aspect_index: int
    steps: int
    cfg: int
    latent_seed: int
    palette_id: int


@dataclass(frozen=True)
class Parameters:
    """What is drawn: sizes in pixels as asked (683 is no multiple of 8), `cfg` as a model takes it.

    `sampler` is the name that people know ("Euler a"), `sampler_name` and `scheduler` are ComfyUI's. `palette_id`
    is the one used. `notes` say what was not as asked.
    """

    prompt: str
    negative: str
    sampler: str
    sampler_name: str
    scheduler: str
    width: int
    height: int
    steps: int
    cfg: float
    seed: int
    palette: Palette
    palette_id: int
    notes: tuple[str, ...]

    @property
    def grid(self) -> tuple[int, int]:
        """Width and height in pixels of 4 x 4, the last ones cut where the size doesn't divide."""
        return -(-self.width // PIXEL_SIDE), -(-self.height // PIXEL_SIDE)


def seed_bytes(seed: str) -> bytes:
    """The 32 bytes of `0x` and 64 hex digits. Raises SeedError."""
    text = seed.strip()
    if re.fullmatch(r"0[xX][0-9a-fA-F]{64}", text):
        return bytes.fromhex(text[2:])
    digits = re.sub(r"^0[xX]", "", text)
    if not re.fullmatch(r"[0-9a-fA-F]*", digits):
        why = "something in it is not a hex digit"
    else:
        why = f"this has {len(digits)} digits" + ("" if digits != text else " and no 0x")
    raise SeedError(f"seed {text[:70]!r} is not a token's seed: {why}. Write 0x and 64 hex digits (32 bytes).")


def derive(seed: bytes) -> Numbers:
    """The numbers that the contract `EntropyArtParamsV2.sol` of AleaArt gives for a seed of 32 bytes.

    The indices are in range; steps 18..64, cfg 70..180 tenths, latent seed 0..2^32-1. Raises SeedError.
    """
    if len(seed) != 32:
        raise SeedError(f"A token's seed has 32 bytes; this has {len(seed)}.")
    s0 = int.from_bytes(seed, "big")
    s1, s2, s3 = (int.from_bytes(keccak256(seed + n.to_bytes(32, "big")), "big") for n in (1, 2, 3))
    return Numbers(
        prompt_index=s0 % 12,
        style_index=(s0 >> 40) % 10,
        sampler_index=(s1 >> 96) % 6,
        aspect_index=(s1 >> 160) % 5,
        steps=18 + s2 % 47,
        cfg=70 + s3 % 111,
        latent_seed=s3 & 0xFFFFFFFF,
        palette_id=(s2 >> 200) % 24,
    )


def palette(palette_id: int) -> Palette:
    """One of the 24 palettes of this project, by an id in range."""
    row = CHAIN_TABLES["palettes"][palette_id]
    name = f"Pixart chain palette {palette_id}: {row['name']}"
    return Palette.of([parse_color(color) for color in row["colors"]], name, source=OWN_PALETTES, author="Pixart")


def parameters(numbers: Numbers) -> Parameters:
    """Look the numbers up. An index out of range is item 0, as in AleaArt's service, and said in `notes`."""
    notes: list[str] = []
    prompt = _item("prompts", "prompt_index", numbers, notes)
    style = _item("styles", "style_index", numbers, notes)
    sampler = _item("samplers", "sampler_index", numbers, notes)
    aspect = _item("aspects", "aspect_index", numbers, notes)
    palette_id = _index("palettes", "palette_id", numbers, notes)
    return Parameters(
        prompt=CHAIN_TABLES["template"].format(prompt=prompt, style=style, aspect=aspect["text"]),
        negative=CHAIN_TABLES["negative"],
        sampler=sampler["title"],
        sampler_name=sampler["sampler"],
        scheduler=sampler["scheduler"],
        width=aspect["width"],
        height=aspect["height"],
        steps=numbers.steps,
        cfg=numbers.cfg / 10,
        seed=numbers.latent_seed,
        palette=palette(palette_id),
        palette_id=palette_id,
        notes=tuple(notes),
    )


def _index(table: str, field: str, numbers: Numbers, notes: list[str]) -> int:
    """The number itself, or 0 and a note where the table has no such item."""
    number, size = getattr(numbers, field), len(CHAIN_TABLES[table])
    if 0 <= number < size:
        return number
    notes.append(f"{field} {number} is not in 0..{size - 1}; 0 was used.")
    return 0


def _item(table: str, field: str, numbers: Numbers, notes: list[str]) -> Any:
    return CHAIN_TABLES[table][_index(table, field, numbers, notes)]

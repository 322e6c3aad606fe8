"""Nodes for on-chain art: a token's seed into eight numbers, and the numbers into what samplers take."""

# ruff: noqa: D102 - the methods are ComfyUI's; the schema says what a node does

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..chain.parameters import CHAIN_TABLES, Numbers, Parameters, derive, parameters, seed_bytes
from .sockets import CATEGORY, PaletteSocket, problem, size_output

UINT8, UINT16, UINT32 = 0xFF, 0xFFFF, 0xFFFFFFFF  # the contract's own types


class _MenuType(str):
    """`COMBO`, which fits every menu: core nodes have their list of choices for a type, newer ones this word,
    and some packs `*`.

    ComfyUI 0.3.75 asks `output != input` and refuses where that is true.
    """

    __slots__ = ()

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, list) and other not in ("*", str(self))


class _MenuOutput(io.Combo.Output):
    """A choice for a menu that the node behind it has."""

    @property
    def io_type(self) -> Any:
        return _MenuType("COMBO")


def _number(name: str, most: int, tooltip: str, default: int = 0, **more: Any) -> io.Input:
    return io.Int.Input(name, default=default, min=0, max=most, tooltip=tooltip, **more)


def _index(name: str, table: str, tooltip: str, most: int = UINT8) -> io.Input:
    last = len(CHAIN_TABLES[table]) - 1
    return _number(name, most, f"{tooltip}, 0 to {last}; beyond that it is item 0, and the node says so.")


class PixartChainDerive(io.ComfyNode):
    """A token's seed into the contract's eight numbers."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartChainDerive",
            display_name="Chain Seed",
            category=CATEGORY,
            description="Reads a token's seed as AleaArt's contract does (Keccak-256), and gives the eight numbers "
            "that are on chain for it. Connect them to Chain Parameters.",
            inputs=[
                io.String.Input(
                    "seed",
                    default="0x" + "0" * 64,
                    tooltip="The token's seed as the chain shows it: 0x and 64 hex digits.",
                ),
            ],
            outputs=[
                io.Int.Output("prompt_index", display_name="prompt_index", tooltip="Which prompt, 0 to 11."),
                io.Int.Output("style_index", display_name="style_index", tooltip="Which style, 0 to 9."),
                io.Int.Output("sampler_index", display_name="sampler_index", tooltip="Which sampler, 0 to 5."),
                io.Int.Output("aspect_index", display_name="aspect_index", tooltip="Which size, 0 to 4."),
                io.Int.Output("steps", display_name="steps", tooltip="Sampling steps, 18 to 64."),
                io.Int.Output("cfg", display_name="cfg", tooltip="CFG scale in tenths, 70 to 180."),
                io.Int.Output("latent_seed", display_name="latent_seed", tooltip="Seed of the noise, 32 bits."),
                io.Int.Output("palette_id", display_name="palette_id", tooltip="Which palette, 0 to 23."),
            ],
        )

    @classmethod
    def validate_inputs(cls, seed: str = "0x" + "0" * 64) -> bool | str:
        return problem(seed_bytes, seed)

    @classmethod
    def execute(cls, seed: str) -> io.NodeOutput:
        return io.NodeOutput(*derive(seed_bytes(seed)))


_DRAWING_OUTPUTS: list[io.Output] = [
    io.String.Output("prompt", display_name="prompt", tooltip="Prompt, style and aspect in one text."),
    io.String.Output("negative", display_name="negative", tooltip="What to avoid; Pixart's own, the chain has none."),
    _MenuOutput("sampler", display_name="sampler", tooltip="For the sampler_name of a sampler node."),
    _MenuOutput("scheduler", display_name="scheduler", tooltip="For the scheduler of a sampler node."),
    size_output("width", "Width of the picture, in pixels."),
    size_output("height", "Height of the picture, in pixels; 683 for 3:4, which is no multiple of 8."),
    io.Int.Output("used_steps", display_name="steps", tooltip="Sampling steps, unchanged."),
    io.Float.Output("used_cfg", display_name="cfg", tooltip="CFG scale as samplers take it: the tenths, divided."),
    io.Int.Output("seed", display_name="seed", tooltip="Seed of the noise, for a sampler node."),
    PaletteSocket.Output("palette", display_name="palette", tooltip="Pixart's own palette of that id."),
]
_GRID_OUTPUTS: list[io.Output] = [
    size_output("grid_width", "Width of the pixel art, where a pixel is 4 x 4 of the picture, rounded up."),
    size_output("grid_height", "Height of the pixel art, where a pixel is 4 x 4 of the picture, rounded up."),
]


class PixartChainParameters(io.ComfyNode):
    """The eight numbers into prompt, sampler, size and palette."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PixartChainParameters",
            display_name="Chain Parameters",
            category=CATEGORY,
            description="What the eight on-chain numbers of an AleaArt token stand for: prompt, sampler, size, steps, "
            "CFG and seed. The palettes are Pixart's own: the chain numbers 24, but nobody published their colours.",
            inputs=[
                _index("prompt_index", "prompts", "Which prompt"),
                _index("style_index", "styles", "Which style"),
                _index("sampler_index", "samplers", "Which sampler"),
                _index("aspect_index", "aspects", "Which aspect ratio and size"),
                _number("steps", UINT16, "Sampling steps; 18 to 64 on chain.", default=30),
                _number("cfg", UINT16, "CFG scale in tenths: 75 is 7.5; 70 to 180 on chain.", default=75),
                _number("latent_seed", UINT32, "Seed of the noise; 0 is a seed too.", control_after_generate=True),
                _index("palette_id", "palettes", "Which of Pixart's own chain palettes", UINT16),
            ],
            outputs=[*_DRAWING_OUTPUTS, *_GRID_OUTPUTS],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls,
        prompt_index: int,
        style_index: int,
        sampler_index: int,
        aspect_index: int,
        steps: int,
        cfg: int,
        latent_seed: int,
        palette_id: int,
    ) -> io.NodeOutput:
        p = parameters(
            Numbers(prompt_index, style_index, sampler_index, aspect_index, steps, cfg, latent_seed, palette_id)
        )
        drawing = (p.prompt, p.negative, p.sampler_name, p.scheduler, p.width, p.height, p.steps, p.cfg, p.seed)
        return io.NodeOutput(*drawing, p.palette, *p.grid, ui={"pixart": [_facts(p)]})


def _facts(p: Parameters) -> dict[str, Any]:
    """What the node reports to clients and to the editor."""
    return {
        "prompt": p.prompt,
        "negative": p.negative,
        "sampler": p.sampler,
        "width": p.width,
        "height": p.height,
        "steps": p.steps,
        "cfg": p.cfg,
        "seed": p.seed,
        "palette": p.palette.name,
        "palette_id": p.palette_id,
        "notes": list(p.notes),
    }


NODES: list[type[io.ComfyNode]] = [PixartChainDerive, PixartChainParameters]

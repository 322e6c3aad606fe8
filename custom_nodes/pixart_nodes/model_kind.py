"""What LoRAs, ControlNets, VAEs and style models are for, by the names and shapes of their tensors.

Kinds are ComfyUI's names of models (`comfy/supported_models.py`: SD15, SDXL, Flux, ...), as its own detection gives
them for checkpoints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Shapes = Mapping[str, tuple[int, ...]]
Kinds = tuple[str, ...]

CONTEXT = {768: "SD15", 1024: "SD20", 2048: "SDXL"}  # width of the text that a U-Net's cross attention reads -> model
LORA = re.compile(r"lora_(down|up|A|B)\b|lora\.(down|up)\b|hada_w1|lokr_w[12]|\.dora_scale|oft_diag")
INTO = re.compile(r"(lora_down|lora_A|lora\.down|lora_A\.default)\.weight$|hada_w1_b$")  # [rank, width of the input]
OUT = re.compile(r"(lora_up|lora_B|lora\.up|lora_B\.default)\.weight$|hada_w1_a$")  # [width of the output, rank]
CROSS = re.compile(r"attn2[._]to_[kv]\b|attn2_to_[kv]")
# Names that only one model's LoRAs have, the first that fits decides.
LORA_NAMES = (
    (re.compile(r"distilled_guidance_layer"), "Chroma"),
    (re.compile(r"double_stream_modulation|to_qkv_mlp_proj"), "Flux2"),
    (re.compile(r"transformer_blocks[._]\d+[._](img|txt)_(mlp|mod)"), "QwenImage"),
    (re.compile(r"double_blocks[._]\d|single_transformer_blocks[._]\d|single_blocks[._]\d"), "Flux"),
    (re.compile(r"joint_blocks[._]\d|attn[._]add_[qkv]_proj"), "SD3"),
    (re.compile(r"lora_te2_|text_encoder_2\.|conditioner\.embedders\.1"), "SDXL"),
    (re.compile(r"(input|output)_blocks_\d_1_transformer_blocks_[1-9]"), "SDXL"),
    (re.compile(r"down_blocks_[12]_\w+_transformer_blocks_[1-9]"), "SDXL"),
    (re.compile(r"blocks[._]\d+[._](self|cross)_attn"), "WAN21_T2V"),
)
LUMINA = re.compile(r"layers[._]\d+[._](attention|feed_forward|adaLN)")
LUMINA_WIDTHS = {3840: "ZImage", 2304: "Lumina2"}
QWEN_FUN = {"control_blocks.0.after_proj.weight", "control_img_in.weight"}  # Alibaba's ControlNets for Qwen-Image
Z_IMAGE_FUN = "control_all_x_embedder.2-1.weight"  # and for Z-Image
FLUX_WIDTH = 21504  # what Flux.1's `single_blocks.N.linear1` makes: three times 3072 and four times 3072
MISTRALS = ("MISTRAL3_24B", "MISTRAL3_24B_PRUNED_FLUX2")
# Width of the text that a FLUX.2 reads, three layers of its text encoder -> the encoder, in ComfyUI's names.
FLUX2_TEXTS = {7680: ("QWEN3_4B",), 12288: ("QWEN3_8B",), 15360: MISTRALS}
# What trainers write of the model that a LoRA was trained for; `modelspec` is https://github.com/Stability-AI/ModelSpec.
BASES = (
    (re.compile(r"stable-diffusion-xl|^sdxl"), "SDXL"),
    (re.compile(r"stable-diffusion-v1|^sd_v1|^sd_1"), "SD15"),
    (re.compile(r"stable-diffusion-v2|^sd_v2"), "SD20"),
    (re.compile(r"stable-diffusion-v?3|^sd3"), "SD3"),
    (re.compile(r"^flux-?2"), "Flux2"),
    (re.compile(r"^flux"), "Flux"),
    (re.compile(r"^z-?image"), "ZImage"),
    (re.compile(r"^qwen-?image"), "QwenImage"),
    (re.compile(r"^chroma"), "Chroma"),
)
BASE_FIELDS = ("modelspec.architecture", "ss_base_model_version")
TINY_SCALES = {0.18215: "SD15", 0.13025: "SDXL"}  # a tiny autoencoder's scale is that of its model's latents


def shapes_of(tensors: Mapping[str, object]) -> dict[str, tuple[int, ...]]:
    """The shapes of tensors by name."""
    return {name: tuple(each.shape) for name, each in tensors.items()}  # type: ignore[attr-defined]


def is_lora(shapes: Shapes) -> bool:
    """Whether the tensors are changes of a model's, and no model."""
    return "lora_controlnet" not in shapes and any(LORA.search(name) for name in shapes)


def lora(shapes: Shapes, metadata: Mapping[str, str]) -> Kinds:
    """The model that a LoRA (LoHa, LoKr) is for; empty where it can't be told."""
    kind = _lora(shapes)
    return (kind,) if kind else base(metadata)


def _lora(shapes: Shapes) -> str:
    for pattern, kind in LORA_NAMES:
        if any(pattern.search(name) for name in shapes):
            return _newer(shapes) if kind == "Flux" else kind
    if any(LUMINA.search(name) for name in shapes):
        return next((LUMINA_WIDTHS[each] for each in _widths(shapes, INTO, LUMINA) if each in LUMINA_WIDTHS), "")
    for names in (CROSS, re.compile("^lora_te_.*q_proj|^text_encoder\\..*q_proj")):
        if width := next(_widths(shapes, INTO, names), 0):
            return CONTEXT.get(width, "")
    return ""


def _newer(shapes: Shapes) -> str:
    """Flux.1 or Flux.2, whose blocks have the same names."""
    width = next(_widths(shapes, OUT, re.compile(r"single_blocks[._]\d+[._]linear1")), FLUX_WIDTH)
    return "Flux" if width == FLUX_WIDTH else "Flux2"


def _widths(shapes: Shapes, ending: re.Pattern[str], names: re.Pattern[str]) -> Iterator[int]:
    """The width of the input or the output of each layer whose name fits."""
    place = 1 if ending is INTO else 0
    for name, shape in shapes.items():
        if len(shape) >= 2 and ending.search(name) and names.search(name):
            yield shape[place]


def base(metadata: Mapping[str, str]) -> Kinds:
    """The model that a file says it belongs to."""
    for field in BASE_FIELDS:
        word = metadata.get(field, "").lower()
        for pattern, kind in BASES:
            if word and pattern.search(word):
                return (kind,)
    return ()


def control_net(shapes: Shapes) -> Kinds | None:
    """The model that a ControlNet, Control-LoRA or T2I-Adapter is for; empty where it can't be told, None for none."""
    shapes = {name.removeprefix("control_model."): shape for name, shape in shapes.items()}
    if shapes.keys() >= QWEN_FUN:
        return ("QwenImage",)
    if any(name.startswith("controlnet_blocks.0.") for name in shapes):
        return _transformer_control(shapes)
    if {"lora_controlnet", "zero_convs.0.0.weight", "controlnet_cond_embedding.conv_in.weight"} & shapes.keys():
        return _unet_control(shapes)
    adapter = shapes.get("adapter.conv_in.weight") or shapes.get("conv_in.weight")
    if adapter and any("body.0.block1" in name for name in shapes):
        return ("SDXL",) if adapter[1] == 768 else ("SD15",)  # 16 x 16 or 8 x 8 pixels of three channels
    return None


def _transformer_control(shapes: Shapes) -> Kinds:
    if "pos_embed_input.proj.weight" in shapes:
        return ("SD3",)
    if "transformer_blocks.0.img_mlp.net.0.proj.weight" in shapes:
        return ("QwenImage",)
    return ("Flux",)


def _unet_control(shapes: Shapes) -> Kinds:
    for name, shape in shapes.items():
        if len(shape) >= 2 and re.search(r"attn2\.to_k\.(weight|down)$", name):
            return (CONTEXT[shape[1]],) if shape[1] in CONTEXT else ()
    return ("SDXL",) if {"label_emb.0.0.weight", "add_embedding.linear_1.weight"} & shapes.keys() else ()


def is_union(shapes: Shapes) -> bool:
    """Whether one ControlNet does several things and must be told which."""
    names = {name.removeprefix("control_model.") for name in shapes}
    return {
        "task_embedding",
        "control_add_embedding.linear_1.bias",
    } <= names or "controlnet_mode_embedder.weight" in names


def model_patch(shapes: Shapes) -> Kinds | None:
    """The model that a patch is for: a ControlNet that changes a model from within; None for no patch."""
    if first := shapes.get(Z_IMAGE_FUN):
        return (LUMINA_WIDTHS[first[0]],) if first[0] in LUMINA_WIDTHS else ()
    return ("QwenImage",) if "controlnet_blocks.0.y_rms.weight" in shapes else None


def flux2_texts(shapes: Shapes) -> Kinds:
    """The text encoders that a FLUX.2 can read, of which klein has others than dev; empty for another model."""
    shapes = {name.removeprefix("model.diffusion_model."): shape for name, shape in shapes.items()}
    text = shapes.get("txt_in.weight", (0, 0))
    return FLUX2_TEXTS.get(text[-1], ()) if "double_stream_modulation_img.lin.weight" in shapes else ()


def is_klein(shapes: Shapes) -> bool:
    """Whether a FLUX.2 is klein."""
    return flux2_texts(shapes) not in ((), MISTRALS)


def vae(shapes: Shapes, scale: float | None, metadata: Mapping[str, str]) -> Kinds | None:
    """The models that a VAE is for; None for no VAE. Those of SD 1.5 and SDXL have the same shapes: one fits both
    here where it doesn't say more."""
    shapes = {name.removeprefix("first_stage_model."): shape for name, shape in shapes.items()}
    if "decoder.middle.0.residual.0.gamma" in shapes:
        return ("WAN22_T2V",) if "decoder.upsamples.0.upsamples.0.residual.2.weight" in shapes else ("QwenImage",)
    tiny, first = shapes.get("taesd_decoder.1.weight"), shapes.get("decoder.conv_in.weight")
    if tiny is None and (first is None or len(first) != 4):
        return None
    channels = (tiny or first or (0, 0))[1]
    if channels == 4:
        tiny_kind = next((kind for number, kind in TINY_SCALES.items() if abs((scale or 0) - number) < 1e-3), None)
        return (tiny_kind,) if tiny_kind else base(metadata) or ("SD15", "SD20", "SDXL")
    if channels == 32 and "bn.running_mean" in shapes:
        return ("Flux2",)
    return ("SD3", "Flux") if channels == 16 else ()


def style_model(shapes: Shapes) -> Kinds | None:
    """The model that a style model is for; None for no style model."""
    if "redux_down.weight" in shapes:
        return ("Flux",)
    if "style_embedding" in shapes and "proj" in shapes:
        return (CONTEXT[shapes["proj"][1]],) if shapes["proj"][1] in CONTEXT else ()
    return None

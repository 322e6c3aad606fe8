"""Makes model files by which ComfyUI knows each family: the tensors that its detection looks at, at their true sizes.

They hold no weights (each tensor is one number, repeated), so they are a few kilobytes. Drawn with they are beside
`small_networks.py`. The SDXL files are whole, made as those of SD 1.5 in `tiny_models.py`.

    python tests/tiny_families.py FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from tiny_models import CHANNELS, EMBEDDING, Layers, Weights, autoencoder, clip, compact

Shapes = Mapping[str, tuple[int, ...]]
UNET, TEXT, POOLED = "model.diffusion_model.", 2048, 2816
BLOCKS = ((1, 0), (2, 0), (4, 2), (5, 2), (7, 10), (8, 10))  # residual blocks of SDXL's encoder, with transformers each

FLUX: Shapes = {
    "double_blocks.0.img_attn.norm.key_norm.scale": (128,),
    "single_blocks.0.norm.key_norm.scale": (128,),
    "img_in.weight": (3072, 64),
    "txt_in.weight": (3072, 4096),
}
POOLED_TEXT: Shapes = {"vector_in.in_layer.weight": (3072, 768)}
DIFFUSION_MODELS: dict[str, Shapes] = {
    "flux": {**FLUX, **POOLED_TEXT, "guidance_in.in_layer.weight": (3072, 256)},
    "flux_schnell": {**FLUX, **POOLED_TEXT},
    "chroma": {**FLUX, "distilled_guidance_layer.norms.0.scale": (5120,)},
    "zimage": {
        "cap_embedder.1.weight": (3840, 2560),
        "layers.0.attention.qkv.weight": (11520, 3840),
        "noise_refiner.0.attention.k_norm.weight": (128,),
    },
    "qwen_image": {
        "txt_norm.weight": (3584,),
        "img_in.weight": (3072, 64),
        "transformer_blocks.0.img_mod.1.weight": (18432, 3072),
    },
    "flux2": {
        **FLUX,
        "double_stream_modulation_img.lin.weight": (36864, 6144),
        "img_in.weight": (6144, 128),
        "txt_in.weight": (6144, 15360),
    },
    "flux2_klein": {
        **FLUX,
        "double_stream_modulation_img.lin.weight": (18432, 3072),
        "img_in.weight": (3072, 128),
        "txt_in.weight": (3072, 7680),
    },
}
TEXT_ENCODERS: dict[str, Shapes] = {
    "clip_l": {f"text_model.encoder.layers.{number}.mlp.fc1.weight": (3072, 768) for number in (0, 1)},
    "t5xxl": {
        "encoder.block.23.layer.1.DenseReluDense.wi_1.weight": (10240, 4096),
        "encoder.final_layer_norm.weight": (4096,),
    },
    "qwen_3_4b": {
        "model.layers.0.post_attention_layernorm.weight": (2560,),
        "model.layers.0.self_attn.q_norm.weight": (128,),
        "model.norm.weight": (2560,),
    },
    "mistral": {"model.layers.0.post_attention_layernorm.weight": (5120,)},
    "qwen_2.5_vl_7b": {"model.layers.0.self_attn.k_proj.bias": (512,), "model.norm.weight": (3584,)},
}
FLUX2_VAE: Shapes = {
    "decoder.conv_in.weight": (512, 32, 3, 3),
    "encoder.conv_in.weight": (128, 3, 3, 3),
    "encoder.down.2.downsample.conv.weight": (512, 512, 3, 3),
}
CONTROL_NETS: dict[str, Shapes] = {
    "flux_union_pro_2": {
        "controlnet_blocks.0.weight": (3072, 3072),
        "controlnet_x_embedder.weight": (3072, 64),
        "x_embedder.weight": (3072, 64),
        "x_embedder.bias": (3072,),
        "context_embedder.weight": (3072, 4096),
        "time_text_embed.text_embedder.linear_1.weight": (3072, 768),
        "time_text_embed.guidance_embedder.linear_1.weight": (3072, 256),
        "transformer_blocks.0.attn.norm_k.weight": (128,),
    },
    "qwen_union": {
        **DIFFUSION_MODELS["qwen_image"],
        "controlnet_blocks.0.weight": (3072, 3072),
        "controlnet_x_embedder.weight": (3072, 64),
        "transformer_blocks.0.img_mlp.net.0.proj.weight": (12288, 3072),
    },
}
CONTROL_NETS["flux_union"] = {**CONTROL_NETS["flux_union_pro_2"], "controlnet_mode_embedder.weight": (10, 3072)}
FUN_CONTROL_NETS: dict[str, Shapes] = {  # which newer ComfyUIs can load
    "model_patches/zimage_fun": {"control_all_x_embedder.2-1.weight": (3840, 132)},
    "controlnet/qwen_fun": {
        "control_img_in.weight": (3072, 132),
        "control_blocks.0.attn.to_q.weight": (3072, 3072),
        "control_blocks.0.attn.norm_q.weight": (128,),
        "control_blocks.0.after_proj.weight": (3072, 3072),
    },
}
SD3: Shapes = {
    "joint_blocks.0.context_block.attn.qkv.weight": (192, 64),
    "x_embedder.proj.weight": (64, 16, 2, 2),
    "final_layer.linear.weight": (64, 64),
    "y_embedder.mlp.0.weight": (64, TEXT),
    "context_embedder.weight": (64, 4096),
    "pos_embed": (1, 1024, 64),
}
CLIP_PARTS = ("text_model.final_layer_norm.weight", "text_model.encoder.layers.0.mlp.fc1.weight")


def empty(shapes: Shapes, prefix: str = "") -> Weights:
    """Tensors of these shapes that hold nothing."""
    return {f"{prefix}{name}": torch.zeros(()).expand(shape) for name, shape in shapes.items()}


def wide_autoencoder(prefix: str = "") -> Weights:
    """The tiny autoencoder with latents of 16 channels, of which 13 stay empty."""
    weights = autoencoder("")
    for name, side in (("taesd_encoder.14", 0), ("taesd_decoder.1", 1)):
        weight = weights[f"{name}.weight"]
        more = torch.zeros([16 if axis == side else size for axis, size in enumerate(weight.shape)])
        more[(slice(4),) if side == 0 else (slice(None), slice(4))] = weight
        weights[f"{name}.weight"] = more
    weights["taesd_encoder.14.bias"] = torch.cat([weights["taesd_encoder.14.bias"], torch.zeros(12)])
    weights["vae_scale"] = torch.tensor(1.0)
    return {f"{prefix}{name}": each for name, each in weights.items()}


def qwen_vae() -> Weights:
    """A VAE of Qwen-Image's shape, 4 wide; `small_networks.py` fills it."""
    names = {"decoder.middle.0.residual.0.gamma": 16, "decoder.head.0.gamma": 4}
    ends = {"encoder.conv1.weight": (4, 3), "decoder.head.2.weight": (3, 4)}  # newer ComfyUIs count colours by them
    net, sizes = Layers(seed=10), {name: torch.ones(size, 1, 1, 1) for name, size in names.items()}
    return {**sizes, **{name: net.random(*shape, 3, 3, 3) for name, shape in ends.items()}}


def flux2_vae() -> Weights:
    """A VAE of FLUX.2's shape, with latents of 128 channels; `small_networks.py` fills what isn't here."""
    net = Layers(seed=11)
    net.linear("quant_conv", 64, 64, kernel=1)
    net.linear("post_quant_conv", 32, 32, kernel=1)
    norm = {"bn.running_mean": torch.zeros(128), "bn.running_var": torch.ones(128)}
    return {**empty(FLUX2_VAE), **net.weights, **norm}


def sd35() -> Weights:
    """SD 3.5 from one file: one block, both CLIP text encoders, the autoencoder."""
    parts = {f"text_encoders.clip_{size}.transformer.{name}": (1,) for size in "lg" for name in CLIP_PARTS}
    last = {f"{UNET}final_layer.linear.weight": Layers(seed=9).random(*SD3["final_layer.linear.weight"])}
    return {**empty(SD3, UNET), **last, **empty(parts), **wide_autoencoder("first_stage_model.")}


def flux_checkpoint() -> Weights:
    """FLUX.1 schnell from one file."""
    start, parts = "text_encoders.", (("clip_l", "clip_l"), ("t5xxl", "t5xxl"))
    encoders = [empty(TEXT_ENCODERS[file], f"{start}{name}.transformer.") for name, file in parts]
    more = {**FLUX, **POOLED_TEXT, "final_layer.linear.weight": (64, 3072), "time_in.in_layer.weight": (3072, 256)}
    return {**empty(more, UNET), **encoders[0], **encoders[1], **wide_autoencoder("vae.")}


def transformer(net: Layers, name: str, depth: int) -> None:
    """A spatial transformer of SDXL's, with linear layers at its ends and so many blocks."""
    net.norm(f"{name}.norm", CHANNELS)
    net.linear(f"{name}.proj_in", CHANNELS, CHANNELS)
    for number in range(depth):
        block = f"{name}.transformer_blocks.{number}"
        for attention, width in (("attn1", CHANNELS), ("attn2", TEXT)):
            for part, into in (("q", CHANNELS), ("k", width), ("v", width)):
                net.linear(f"{block}.{attention}.to_{part}", CHANNELS, into, bias=False)
            net.linear(f"{block}.{attention}.to_out.0", CHANNELS, CHANNELS, gain=0.3)
        net.linear(f"{block}.ff.net.0.proj", 8 * CHANNELS, CHANNELS)
        net.linear(f"{block}.ff.net.2", CHANNELS, 4 * CHANNELS, gain=0.3)
        for norm in ("norm1", "norm2", "norm3"):
            net.norm(f"{block}.{norm}", CHANNELS)
    net.linear(f"{name}.proj_out", CHANNELS, CHANNELS, gain=0.3)


def encoder(net: Layers, prefix: str) -> None:
    """What SDXL's U-Net and its ControlNet share: three levels, all as wide as the first."""
    for name, into in (("time_embed", CHANNELS), ("label_emb.0", POOLED)):
        net.linear(f"{prefix}{name}.0", EMBEDDING, into)
        net.linear(f"{prefix}{name}.2", EMBEDDING, EMBEDDING)
    first = Layers(seed=1)
    first.encoder("")
    net.weights[f"{prefix}input_blocks.0.0.weight"] = first.weights["input_blocks.0.0.weight"]
    net.weights[f"{prefix}input_blocks.0.0.bias"] = torch.zeros(CHANNELS)
    for number, depth in BLOCKS:
        net.residual(f"{prefix}input_blocks.{number}.0", CHANNELS, CHANNELS)
        if depth:
            transformer(net, f"{prefix}input_blocks.{number}.1", depth)
    for number in (3, 6):
        net.linear(f"{prefix}input_blocks.{number}.0.op", CHANNELS, CHANNELS, kernel=3)


def unet() -> Weights:
    """SDXL's U-Net without a middle block, which passes its input through as that of SD 1.5 does."""
    from tiny_models import unet as small

    net = Layers(seed=1)
    encoder(net, UNET)
    for number in range(9):
        block = f"{UNET}output_blocks.{number}.0"
        net.residual(block, 2 * CHANNELS, CHANNELS)
        halves = [share * torch.eye(CHANNELS)[:, :, None, None] for share in (0.1, 0.9)]
        net.weights[f"{block}.skip_connection.weight"] = torch.cat(halves, dim=1)
        net.weights[f"{block}.skip_connection.bias"] = torch.zeros(CHANNELS)
        if number in (2, 5):
            net.linear(f"{UNET}output_blocks.{number}.1.conv", CHANNELS, CHANNELS, gain=0.3, kernel=3)
    head = {name: each for name, each in small().items() if name.startswith(f"{UNET}out.")}
    return {**net.weights, **head}


def clip_g() -> Weights:
    """OpenCLIP's text model: its layers are one, repeated."""
    net, start, width = Layers(seed=5), "conditioner.embedders.1.model.", 1280
    net.weights["token_embedding.weight"] = torch.randn(49408, width, generator=net.generator)
    net.weights["positional_embedding"] = torch.randn(77, width, generator=net.generator) * 0.3
    net.weights["text_projection"], net.weights["logit_scale"] = net.random(width, width), torch.tensor(4.6)
    net.norm("ln_final", width)
    layer = Layers(seed=6)
    layer.linear("attn.in_proj_", 3 * width, width)
    layer.linear("attn.out_proj", width, width, gain=0.3)
    layer.linear("mlp.c_fc", 4 * width, width)
    layer.linear("mlp.c_proj", width, 4 * width, gain=0.3)
    for norm in ("ln_1", "ln_2"):
        layer.norm(norm, width)
    for number in range(32):
        each = {f"transformer.resblocks.{number}.{name}": weight for name, weight in layer.weights.items()}
        net.weights |= {name.replace("in_proj_.", "in_proj_"): weight for name, weight in each.items()}
    return {start + name: weight for name, weight in net.weights.items()}


def sdxl() -> Weights:
    """SDXL from one file."""
    small = {name.replace("cond_stage_model", "conditioner.embedders.0"): each for name, each in clip().items()}
    vae = {**autoencoder(), "first_stage_model.vae_scale": torch.tensor(0.13025)}
    return {**unet(), **small, **clip_g(), **vae}


WIDE, READ, TIME = 384, 1280, 1536  # of SDXL's refiner: channels, numbers of a word and of a time step
IN_LEVELS = (1, 2, 4, 5, 7, 8, 10, 11)  # residual blocks of its encoder


def _layer(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def _residual(name: str, into: int) -> dict[str, tuple[int, ...]]:
    parts = {"in_layers.0": (into,), "in_layers.2": (WIDE, into, 3, 3), "emb_layers.1": (WIDE, TIME)}
    parts |= {"out_layers.0": (WIDE,), "out_layers.3": (WIDE, WIDE, 3, 3)}
    parts |= {"skip_connection": (WIDE, into, 1, 1)} if into != WIDE else {}
    return {key: shape for part, size in parts.items() for key, shape in _layer(f"{name}.{part}", *size).items()}


def _attention(name: str, into: int) -> dict[str, tuple[int, ...]]:
    queries = {f"{name}.to_{part}.weight": (WIDE, width) for part, width in (("q", WIDE), ("k", into), ("v", into))}
    return {**queries, **_layer(f"{name}.to_out.0", WIDE, WIDE)}


def _spatial(name: str, depth: int) -> dict[str, tuple[int, ...]]:
    parts = {"norm": (WIDE,), "proj_in": (WIDE, WIDE), "proj_out": (WIDE, WIDE)}
    result = {key: shape for part, size in parts.items() for key, shape in _layer(f"{name}.{part}", *size).items()}
    for block in (f"{name}.transformer_blocks.{number}" for number in range(depth)):
        result |= {**_attention(f"{block}.attn1", WIDE), **_attention(f"{block}.attn2", READ)}
        result |= {**_layer(f"{block}.ff.net.0.proj", 8 * WIDE, WIDE), **_layer(f"{block}.ff.net.2", WIDE, 4 * WIDE)}
        for norm in ("norm1", "norm2", "norm3"):
            result |= _layer(f"{block}.{norm}", WIDE)
    return result


def refiner_shapes() -> Shapes:
    """SDXL's refiner's U-Net: four levels, all as wide as the first, of which the middle ones have transformers."""
    result = {**_layer("input_blocks.0.0", WIDE, 4, 3, 3), **_layer("out.0", WIDE), **_layer("out.2", 4, WIDE, 3, 3)}
    for name, into in (("time_embed", WIDE), ("label_emb.0", 2560)):
        result |= {**_layer(f"{name}.0", TIME, into), **_layer(f"{name}.2", TIME, TIME)}
    for number in IN_LEVELS:
        result |= _residual(f"input_blocks.{number}.0", WIDE)
    for number in IN_LEVELS[2:-2]:
        result |= _spatial(f"input_blocks.{number}.1", 4)
    for number in range(12):
        result |= _residual(f"output_blocks.{number}.0", 2 * WIDE)
    for name in ("input_blocks.3.0.op", "input_blocks.6.0.op", "input_blocks.9.0.op"):
        result |= _layer(name, WIDE, WIDE, 3, 3)
    for name in ("output_blocks.2.1.conv", "output_blocks.5.1.conv", "output_blocks.8.1.conv"):
        result |= _layer(name, WIDE, WIDE, 3, 3)
    return result


def refiner() -> Weights:
    """SDXL's refiner from one file, whose U-Net holds nothing: all noise that it gets stays."""
    start = "conditioner.embedders."
    text = {name.replace(f"{start}1.", f"{start}0."): each for name, each in clip_g().items()}
    vae = {**autoencoder(), "first_stage_model.vae_scale": torch.tensor(0.13025)}
    return {**empty(refiner_shapes(), UNET), **text, **vae}


def controlnet() -> Weights:
    """A ControlNet for that U-Net."""
    from tiny_models import controlnet as small

    net = Layers(seed=3)
    encoder(net, "")
    hints = {name: each for name, each in small().items() if name.startswith("input_hint_block")}
    for number in range(9):
        net.linear(f"zero_convs.{number}.0", CHANNELS, CHANNELS, gain=0.2, kernel=1)
    net.linear("middle_block_out.0", CHANNELS, CHANNELS, gain=0.2, kernel=1)
    net.residual("middle_block.0", CHANNELS, CHANNELS)
    transformer(net, "middle_block.1", 1)
    net.residual("middle_block.2", CHANNELS, CHANNELS)
    return {**net.weights, **hints}


def union() -> Weights:
    """SDXL's union ControlNet, as diffusers names its layers; `small_networks.py` fills what isn't here."""
    net, down = Layers(seed=7), "down_blocks"
    names = [f"{down}.{level}.resnets.{number}.conv1.bias" for level in range(3) for number in range(2)]
    net.weights |= {name: torch.zeros(1) for name in names}
    for level, depth in ((1, 2), (2, 10)):
        blocks = [f"{down}.{level}.attentions.{at}.transformer_blocks.{of}" for at in (0, 1) for of in range(depth)]
        net.weights |= empty({f"{block}.attn2.to_k.weight": (CHANNELS << level, TEXT) for block in blocks})
    net.weights |= empty({"add_embedding.linear_1.weight": (EMBEDDING, POOLED)})
    net.weights |= {"control_add_embedding.linear_1.bias": torch.zeros(EMBEDDING)}
    net.weights["task_embedding"] = net.random(8, CHANNELS)
    net.linear("controlnet_down_blocks.0", CHANNELS, CHANNELS, gain=0.2, kernel=1)
    net.linear("conv_in", CHANNELS, 4, kernel=3)
    net.linear("controlnet_cond_embedding.conv_in", 16, 3, gain=1.6, kernel=3)
    return net.weights


def sd35_canny() -> Weights:
    """A ControlNet for that SD 3.5, of one block, which says that it follows Canny edges."""
    net, width = Layers(seed=8), 64
    net.linear("controlnet_blocks.0", width, width)
    net.linear("pos_embed_input.proj", width, 16, kernel=2)
    net.linear("time_text_embed.text_embedder.linear_1", width, TEXT)
    net.weights["transformer_blocks.0.adaLN_modulation.1.bias"] = torch.ones(6 * width)
    return {**net.weights, "control_type": torch.tensor(1.0)}


def lora() -> Weights:
    """A LoRA in kohya's naming."""
    net, layer = Layers(seed=4), "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_v"
    net.linear(f"{layer}.lora_down", 4, TEXT, bias=False)
    net.linear(f"{layer}.lora_up", CHANNELS, 4, gain=2.0, bias=False)
    net.weights[f"{layer}.alpha"] = torch.tensor(4.0)
    return net.weights


NOOB = "checkpoints/noob.pt"  # that SDXL, which says that it predicts v
REFINER = "checkpoints/draws_on.pt"
SDXL, XL_SCRIBBLE, XL_LORA = "checkpoints/wild_dream.ckpt", "controlnet/wild_scribble.pth", "loras/wild.pt"
XL_UNION, SD35_CANNY = "controlnet/wild_union.pth", "controlnet/sd35_canny.pth"


def make_sdxl(folder: Path) -> None:
    """Write the files of SDXL into a `models` folder."""
    whole = sdxl()
    noob = {**whole, "v_pred": torch.zeros(())}
    files = {SDXL: whole, NOOB: noob, REFINER: refiner(), XL_SCRIBBLE: controlnet(), XL_LORA: lora()}
    for name, weights in files.items():
        _save(folder / name, compact(weights))
    shapes = {name: tuple(weight.shape) for name, weight in whole.items()}
    first = f"{UNET}input_blocks.0.0.weight"
    _save(folder / "checkpoints" / "masked.pt", empty({**shapes, first: (CHANNELS, 9, 3, 3)}))


def make(folder: Path) -> None:
    """Write those of all other families: diffusion models, text encoders, VAEs, and two whole ones."""
    for name, shapes in DIFFUSION_MODELS.items():
        _save(folder / "diffusion_models" / f"{name}.pt", empty(shapes))
    for name, shapes in TEXT_ENCODERS.items():
        _save(folder / "text_encoders" / f"{name}.pt", empty(shapes))
    _save(folder / "vae" / "wide.pt", wide_autoencoder())
    _save(folder / "vae" / "qwen.pt", qwen_vae())
    _save(folder / "vae" / "flux2.pt", flux2_vae())
    _save(folder / "checkpoints" / "sd35.pt", sd35())
    _save(folder / "checkpoints" / "flux_whole.pt", flux_checkpoint())


def make_control_nets(folder: Path) -> None:
    """Write the ControlNets of these families."""
    for name, shapes in CONTROL_NETS.items():
        _save(folder / "controlnet" / f"{name}.pth", empty(shapes))
    for name, shapes in FUN_CONTROL_NETS.items():
        _save(folder / f"{name}.pth", empty(shapes))
    _save(folder / XL_UNION, union())
    _save(folder / SD35_CANNY, sd35_canny())


def _save(path: Path, weights: Weights) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"state_dict": weights}, path)


if __name__ == "__main__":
    make_sdxl(Path(sys.argv[1]))
    make(Path(sys.argv[1]))
    make_control_nets(Path(sys.argv[1]))

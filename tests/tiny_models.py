"""Makes model files of Stable Diffusion 1.5's shape that are small enough for tests: 3 MB at most, always the same.

ComfyUI recognises SD1.5 by 320 model channels and a context of 768, but takes one level with one residual block, and
a TAESD autoencoder inside the checkpoint. CLIP-L's size is fixed (123 million numbers), so big random tensors are
strided windows of small shared pools: `torch.save` keeps strides. The weights are not all random: the UNet passes its
input through (a stable denoiser), and the autoencoder is set by hand to exact 8x8 means. That tests plumbing,
conditioning, masks and determinism, not beauty. The second VAE and the upscaler swap red and blue, so that a test sees
that they ran.

    python tests/tiny_models.py FOLDER
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

import torch

CHANNELS, CONTEXT, EMBEDDING = 320, 768, 1280  # what ComfyUI takes for SD1.5
CHECKPOINT, CONTROLNET = "checkpoints/tiny_sd15.ckpt", "controlnet/tiny_scribble.pth"
LORA, SWAPPED_VAE, UPSCALER = "loras/styles/tiny_lora.pt", "vae/tiny_swapped.pt", "upscale_models/tiny_2x.pth"
CLIP_VISION, STYLE = "clip_vision/tiny_vit_l.pth", "style_models/tiny_style.pth"
UNET, CLIP, VAE = "model.diffusion_model.", "cond_stage_model.transformer.text_model.", "first_stage_model."
SMALL = 20_000  # tensors below this are stored as they are

Weights = dict[str, torch.Tensor]


class Layers:
    """Random layers from one seed, written into a state dict."""

    def __init__(self, seed: int) -> None:
        self.weights: Weights = {}
        self.generator = torch.Generator().manual_seed(seed)

    def random(self, *shape: int, gain: float = 1.0) -> torch.Tensor:
        """Normal numbers with deviation gain / sqrt(fan in)."""
        return torch.randn(*shape, generator=self.generator) * (gain / math.sqrt(math.prod(shape[1:])))

    def norm(self, name: str, size: int) -> None:
        """A normalisation that changes nothing."""
        self.weights[f"{name}.weight"], self.weights[f"{name}.bias"] = torch.ones(size), torch.zeros(size)

    def linear(self, name: str, out: int, into: int, gain: float = 1.0, kernel: int = 0, bias: bool = True) -> None:
        """A linear layer, or a convolution where there is a kernel size."""
        shape = (out, into, kernel, kernel) if kernel else (out, into)
        self.weights[f"{name}.weight"] = self.random(*shape, gain=gain)
        if bias:
            self.weights[f"{name}.bias"] = torch.zeros(out)

    def residual(self, name: str, into: int, out: int) -> None:
        """A residual block."""
        self.norm(f"{name}.in_layers.0", into)
        self.linear(f"{name}.in_layers.2", out, into, kernel=3)
        self.linear(f"{name}.emb_layers.1", out, EMBEDDING)
        self.norm(f"{name}.out_layers.0", out)
        self.linear(f"{name}.out_layers.3", out, out, gain=0.25, kernel=3)

    def transformer(self, name: str) -> None:
        """A spatial transformer. Its cross attention is sharp, so that the prompt matters."""
        self.norm(f"{name}.norm", CHANNELS)
        self.linear(f"{name}.proj_in", CHANNELS, CHANNELS, kernel=1)
        block = f"{name}.transformer_blocks.0"
        for attention, width, gain in (("attn1", CHANNELS, 1.0), ("attn2", CONTEXT, 4.0)):
            self.linear(f"{block}.{attention}.to_q", CHANNELS, CHANNELS, bias=False)
            self.linear(f"{block}.{attention}.to_k", CHANNELS, width, gain=gain, bias=False)
            self.linear(f"{block}.{attention}.to_v", CHANNELS, width, bias=False)
            self.linear(f"{block}.{attention}.to_out.0", CHANNELS, CHANNELS)
        self.linear(f"{block}.ff.net.0.proj", 8 * CHANNELS, CHANNELS)
        self.linear(f"{block}.ff.net.2", CHANNELS, 4 * CHANNELS)
        for norm in ("norm1", "norm2", "norm3"):
            self.norm(f"{block}.{norm}", CHANNELS)
        self.linear(f"{name}.proj_out", CHANNELS, CHANNELS, gain=0.6, kernel=1)

    def encoder(self, prefix: str) -> None:
        """Time embedding, first convolution, one block: what UNet and ControlNet share."""
        self.linear(f"{prefix}time_embed.0", EMBEDDING, CHANNELS)
        self.linear(f"{prefix}time_embed.2", EMBEDDING, EMBEDDING)
        first = self.random(CHANNELS, 4, 3, 3, gain=0.15)
        for channel in range(CHANNELS):  # pairs of +x and -x, since silu(x) - silu(-x) = x
            first[channel, (channel // 2) % 4, 1, 1] += 1.0 if channel % 2 == 0 else -1.0
        self.weights[f"{prefix}input_blocks.0.0.weight"] = first
        self.weights[f"{prefix}input_blocks.0.0.bias"] = torch.zeros(CHANNELS)
        self.residual(f"{prefix}input_blocks.1.0", CHANNELS, CHANNELS)
        self.transformer(f"{prefix}input_blocks.1.1")


def unet() -> Weights:
    """One level, no middle block; predicts noise that is about its input."""
    net = Layers(seed=1)
    net.encoder(UNET)
    half = torch.eye(CHANNELS)[:, :, None, None] / 2
    for number in (0, 1):
        block = f"{UNET}output_blocks.{number}.0"
        net.residual(block, 2 * CHANNELS, CHANNELS)
        net.weights[f"{block}.skip_connection.weight"] = torch.cat([half, half], dim=1)
        net.weights[f"{block}.skip_connection.bias"] = torch.zeros(CHANNELS)
    net.norm(f"{UNET}out.0", CHANNELS)
    head = net.random(4, CHANNELS, 3, 3, gain=0.05)
    head -= head.mean(1, keepdim=True)
    for channel in range(CHANNELS):  # undoes the pairs: the mean of each latent channel's 40, gain about 1
        head[(channel // 2) % 4, channel, 1, 1] += (1.15 if channel % 2 == 0 else -1.15) / 40
    net.weights[f"{UNET}out.2.weight"], net.weights[f"{UNET}out.2.bias"] = head, torch.zeros(4)
    return net.weights


def clip() -> Weights:
    """CLIP-L's text model: 12 layers of 768, 49,408 tokens."""
    net = Layers(seed=2)
    net.weights[f"{CLIP}embeddings.token_embedding.weight"] = torch.randn(49408, 768, generator=net.generator)
    net.weights[f"{CLIP}embeddings.position_embedding.weight"] = torch.randn(77, 768, generator=net.generator) * 0.3
    for number in range(12):
        layer = f"{CLIP}encoder.layers.{number}"
        for part in ("q_proj", "k_proj", "v_proj"):
            net.linear(f"{layer}.self_attn.{part}", 768, 768)
        net.linear(f"{layer}.self_attn.out_proj", 768, 768, gain=0.3)
        net.linear(f"{layer}.mlp.fc1", 3072, 768)
        net.linear(f"{layer}.mlp.fc2", 768, 3072, gain=0.3)
        net.norm(f"{layer}.layer_norm1", 768)
        net.norm(f"{layer}.layer_norm2", 768)
    net.norm(f"{CLIP}final_layer_norm", 768)
    return net.weights


def _identity(out: int, into: int, used: int, value: float = 1.0) -> torch.Tensor:
    weight = torch.zeros(out, into, 3, 3)
    for channel in range(used):
        weight[channel, channel, 1, 1] = value
    return weight


def autoencoder(prefix: str = VAE, channels: tuple[int, ...] = (0, 1, 2)) -> Weights:
    """TAESD set by hand: a latent is the mean colour of 8x8 pixels, and back, with the channels in that order."""
    weights: Weights = {}

    def conv(name: str, weight: torch.Tensor, bias: torch.Tensor | None = None) -> None:
        weights[f"{prefix}{name}.weight"] = weight
        if bias is not None:
            weights[f"{prefix}{name}.bias"] = bias

    for part, numbers in (
        ("encoder", (1, 3, 4, 5, 7, 8, 9, 11, 12, 13)),
        ("decoder", (3, 4, 5, 8, 9, 10, 13, 14, 15, 18)),
    ):
        for number in numbers:
            for step in (0, 2, 4):
                conv(f"taesd_{part}.{number}.conv.{step}", torch.zeros(64, 64, 3, 3), torch.zeros(64))
    down = torch.zeros(64, 64, 3, 3)
    for channel in range(64):
        down[channel, channel, 1:, 1:] = 0.25  # an exact 2x2 mean at stride 2
    mix = torch.tensor([[1.0, 1, 1], [1, 0, -1], [1, -2, 1], [0, 0, 0]])  # orthogonal rows; the 4th latent is unused
    mix = mix / mix.norm(dim=1, keepdim=True).clamp(min=1e-9) * 2
    conv("taesd_encoder.0", _identity(64, 3, 3), torch.zeros(64))
    for number in (2, 6, 10):
        conv(f"taesd_encoder.{number}", down.clone())
    last = torch.zeros(4, 64, 3, 3)
    last[:, :3, 1, 1] = mix
    conv("taesd_encoder.14", last, -(mix @ torch.full((3,), 0.5)))
    first, bias = torch.zeros(64, 4, 3, 3), torch.zeros(64)
    first[:3, :, 1, 1] = torch.linalg.pinv(mix)
    bias[:3] = 1.5  # carries colour + 1, so that ReLU cuts nothing
    conv("taesd_decoder.1", first, bias)
    for number in (7, 12, 17):
        conv(f"taesd_decoder.{number}", _identity(64, 64, 64))
    conv("taesd_decoder.19", _identity(3, 64, 3)[list(channels)], torch.full((3,), -1.0))
    weights[f"{prefix}vae_scale"], weights[f"{prefix}vae_shift"] = torch.tensor(0.18215), torch.tensor(0.0)
    return weights


def controlnet() -> Weights:
    """A ControlNet for that UNet, strong enough that its picture shows."""
    net = Layers(seed=3)
    net.encoder("")
    hint = ((16, 3), (16, 16), (32, 16), (32, 32), (96, 32), (96, 96), (256, 96), (CHANNELS, 256))
    for number, (out, into) in enumerate(hint):
        net.linear(f"input_hint_block.{2 * number}", out, into, gain=1.6, kernel=3)
    for name in ("zero_convs.0.0", "zero_convs.1.0", "middle_block_out.0"):
        net.linear(name, CHANNELS, CHANNELS, gain=0.2, kernel=1)
    net.residual("middle_block.0", CHANNELS, CHANNELS)
    return net.weights


def lora() -> Weights:
    """A LoRA in kohya's naming that shows in the UNet and, less, in the text encoder."""
    net = Layers(seed=4)
    unet, te = "lora_unet_input_blocks_1_1_transformer_blocks_0_", "lora_te_text_model_encoder_layers_0_self_attn_"
    for name, out, into, gain in (
        (f"{unet}attn1_to_q", CHANNELS, CHANNELS, 2.0),
        (f"{unet}attn2_to_k", CHANNELS, CONTEXT, 2.0),
        (f"{unet}attn2_to_v", CHANNELS, CONTEXT, 2.0),
        (f"{unet}ff_net_2", CHANNELS, 4 * CHANNELS, 2.0),
        (f"{te}q_proj", 768, 768, 4.0),
        (f"{te}v_proj", 768, 768, 4.0),
    ):
        net.linear(f"{name}.lora_down", 4, into, bias=False)
        net.linear(f"{name}.lora_up", out, 4, gain=gain, bias=False)
        net.weights[f"{name}.alpha"] = torch.tensor(4.0)
    return net.weights


def upscaler() -> Weights:
    """ESRGAN's shape with 3 filters and one empty block: each pixel becomes 2x2, red and blue swapped."""
    weights: Weights = {}

    def conv(name: str, weight: torch.Tensor) -> None:
        weights[f"model.{name}.weight"], weights[f"model.{name}.bias"] = weight, torch.zeros(weight.shape[0])

    conv("0", _identity(3, 3, 3))
    for block in (1, 2, 3):
        for number in range(1, 6):
            out = 3 if number == 5 else 32
            conv(f"1.sub.0.RDB{block}.conv{number}.0", torch.zeros(out, 3 + 32 * (number - 1), 3, 3))
    conv("1.sub.1", torch.zeros(3, 3, 3, 3))
    for name in ("3", "5"):
        conv(name, _identity(3, 3, 3))
    conv("7", _identity(3, 3, 3)[[2, 1, 0]])
    return weights


def clip_vision() -> Weights:
    """CLIP ViT-L/14 for pictures: 300 million numbers, nearly all of them 0, so that the patches pass through."""
    net = Layers(seed=5)
    model, nothing = "vision_model.", torch.zeros(())
    net.weights[f"{model}embeddings.class_embedding"] = torch.randn(1024, generator=net.generator)
    net.linear(f"{model}embeddings.patch_embedding", 1024, 3, kernel=14, bias=False)
    net.weights[f"{model}embeddings.position_embedding.weight"] = torch.randn(257, 1024, generator=net.generator) * 0.1
    for number in range(24):
        layer = f"{model}encoder.layers.{number}"
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            net.weights[f"{layer}.self_attn.{part}.weight"] = nothing.expand(1024, 1024)
            net.weights[f"{layer}.self_attn.{part}.bias"] = nothing.expand(1024)
        for part, out, into in (("fc1", 4096, 1024), ("fc2", 1024, 4096)):
            net.weights[f"{layer}.mlp.{part}.weight"] = nothing.expand(out, into)
            net.weights[f"{layer}.mlp.{part}.bias"] = nothing.expand(out)
        net.norm(f"{layer}.layer_norm1", 1024)
        net.norm(f"{layer}.layer_norm2", 1024)
    net.norm(f"{model}pre_layrnorm", 1024)
    net.norm(f"{model}post_layernorm", 1024)
    net.linear("visual_projection", 768, 1024, bias=False)
    return net.weights


def style_model() -> Weights:
    """T2I-Adapter's style model: 8 tokens that look at all patches of a picture, strong enough that it shows."""
    net = Layers(seed=6)
    net.weights["style_embedding"] = torch.randn(1, 8, 1024, generator=net.generator) / 32
    for number in range(3):
        layer = f"transformer_layes.{number}"  # so spelled there
        net.linear(f"{layer}.attn.in_proj", 3 * 1024, 1024)
        net.weights[f"{layer}.attn.in_proj_weight"] = net.weights.pop(f"{layer}.attn.in_proj.weight")
        net.weights[f"{layer}.attn.in_proj_bias"] = net.weights.pop(f"{layer}.attn.in_proj.bias")
        net.linear(f"{layer}.attn.out_proj", 1024, 1024)
        net.linear(f"{layer}.mlp.c_fc", 4096, 1024)
        net.linear(f"{layer}.mlp.c_proj", 1024, 4096)
        net.norm(f"{layer}.ln_1", 1024)
        net.norm(f"{layer}.ln_2", 1024)
    net.norm("ln_pre", 1024)
    net.norm("ln_post", 1024)
    net.weights["proj"] = net.random(768, 1024, gain=4.0).T.contiguous()
    return net.weights


def _any(tensor: torch.Tensor) -> bool:
    """Whether one of its numbers isn't 0. The first ones tell it of most; where it has one in memory, all are that."""
    if not any(tensor.stride()):
        return bool(tensor[(0,) * tensor.dim()])
    return bool(tensor[:1].any() or tensor.any())


def compact(weights: Weights) -> Weights:
    """Replace big random tensors by strided windows of shared pools, one pool for each scale."""
    generator = torch.Generator().manual_seed(77)
    kept = {name for name, tensor in weights.items() if tensor.numel() < SMALL or "skip_" in name or "taesd" in name}
    windows = {name: tensor for name, tensor in weights.items() if name not in kept and _any(tensor)}
    scale = {name: round(math.log2(float(tensor.std())) * 4) for name, tensor in windows.items()}
    step = {name: 3 if tensor.shape[0] > 5000 else 37 for name, tensor in windows.items()}
    sizes: dict[int, int] = {}
    for name, tensor in windows.items():
        need = (tensor.shape[0] - 1) * step[name] + tensor[0].numel()
        sizes[scale[name]] = max(sizes.get(scale[name], 0), need)
    pools = {key: (torch.randn(size, generator=generator) * 2 ** (key / 4)).half() for key, size in sizes.items()}

    def window(name: str) -> torch.Tensor:
        shape = weights[name].shape
        inner = [math.prod(shape[axis + 1 :]) for axis in range(1, len(shape))]
        return pools[scale[name]].as_strided(shape, [step[name], *inner])

    def stored(name: str) -> torch.Tensor:
        tensor = weights[name]
        if name not in windows and not _any(tensor):
            return torch.zeros((), dtype=torch.half).expand(tensor.shape)
        return tensor.half() if name in kept else window(name)

    return {name: stored(name) for name in weights}


FILES: dict[str, Callable[[], Weights]] = {
    CHECKPOINT: lambda: {**unet(), **clip(), **autoencoder()},
    CONTROLNET: controlnet,
    LORA: lora,
    SWAPPED_VAE: lambda: autoencoder("", (2, 1, 0)),
    UPSCALER: upscaler,
    CLIP_VISION: clip_vision,
    STYLE: style_model,
}


def make(folder: Path) -> None:
    """Write the files into a `models` folder, unless they are there."""
    for name, weights in FILES.items():
        path = folder / name
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"state_dict": compact(weights())}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)


if __name__ == "__main__":
    make(Path(sys.argv[1]))

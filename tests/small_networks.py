"""A node pack for tests: ComfyUI's large networks with few and narrow layers, of the same random numbers always.

ComfyUI knows a model by a few tensors' names and shapes, which a file for tests has as the real one has them; then it
makes a network of billions of numbers. Here it makes the same network with one block, 128 or 256 wide, and a text
encoder 64 wide. What a file has in another size is left out, and all else is filled. So the nodes, the samplers and
each network's own code run as ever, in milliseconds.
"""

import functools
import importlib.util
import math

import comfy.cldm.cldm
import comfy.cldm.dit_embedder
import comfy.ldm.chroma.model
import comfy.ldm.flux.controlnet
import comfy.ldm.flux.model
import comfy.ldm.lumina.model
import comfy.ldm.modules.diffusionmodules.mmdit
import comfy.ldm.modules.diffusionmodules.model
import comfy.ldm.qwen_image.controlnet
import comfy.ldm.qwen_image.model
import comfy.ldm.wan.vae
import comfy.text_encoders.flux
import comfy.text_encoders.llama
import comfy.text_encoders.qwen_vl
import comfy.text_encoders.t5
import torch
from comfy.clip_model import CLIPTextModel
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

TEXT = 64  # width of the texts
LAYERS = 3  # the last but one of them is read
NODE_CLASS_MAPPINGS = {}


def fill(module):
    """Random weights that keep a signal's size, and norms that change nothing."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in module.named_parameters():
            if weight.dim() > 1 and not name.endswith("gamma"):
                numbers = torch.empty(weight.shape, dtype=weight.dtype)  # beside the generator, not the weight
                weight.copy_(numbers.normal_(std=1 / math.sqrt(weight[0].numel()), generator=generator))
            else:
                weight.fill_(0.0 if name.endswith("bias") else 1.0)


def shrink(kind, config=None, only_with="", **small):
    """Let a class be made with other sizes, in its arguments or in the dictionary that is the first of them.

    One that is made without the argument `only_with`, where that is said, keeps its own.
    """
    make = kind.__init__

    def make_small(self, *arguments, **more):
        narrow = not only_with or more.get(only_with)
        first = ({**arguments[0], **config}, *arguments[1:]) if config else arguments
        make(self, *first, **{**more, **(small if narrow else {})})
        if narrow:
            fill(self)

    kind.__init__ = make_small


def load_what_fits(self, tensors, strict=True, assign=False):
    """Without the tensors that have another size here, whichever are left."""
    own = self.state_dict()
    fitting = {name: each for name, each in tensors.items() if name not in own or own[name].shape == each.shape}
    return load(self, fitting, strict=False, assign=assign)


def bytes_tokenizer(_):
    """A tokenizer of single bytes, for that of ComfyUI 0.3.75 needs a transformers older than 5."""
    vocab = {"<s>": 1} | {letter: 20 + number for number, letter in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = Tokenizer(BPE(vocab, []))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return {"tokenizer_object": PreTrainedTokenizerFast(tokenizer_object=tokenizer)}


def whole(tokenizer_object, **_):
    """The tokenizer itself, which ComfyUI 0.3.75 would wrap."""
    return tokenizer_object


load = torch.nn.Module.load_state_dict
torch.nn.Module.load_state_dict = load_what_fits

shrink(CLIPTextModel, {"num_hidden_layers": LAYERS})
shrink(comfy.text_encoders.t5.T5, {"d_model": TEXT, "d_kv": 16, "num_heads": 4, "d_ff": TEXT, "num_layers": 1})
shrink(comfy.text_encoders.qwen_vl.Qwen2VLVisionTransformer, hidden_size=64, num_layers=1, intermediate_size=64)
for name in ("Qwen3_4BConfig", "Qwen25_7BVLI_Config", "Mistral3Small24BConfig"):
    sizes = {"hidden_size": TEXT, "intermediate_size": TEXT, "num_hidden_layers": LAYERS}
    heads = {"num_attention_heads": 1, "num_key_value_heads": 1}
    config = functools.partial(getattr(comfy.text_encoders.llama, name), **sizes, **heads)
    setattr(comfy.text_encoders.llama, name, config)
shrink(comfy.text_encoders.llama.Qwen3_4B)
shrink(comfy.text_encoders.llama.Qwen25_7BVLI)
shrink(comfy.text_encoders.llama.Mistral3Small24B)
comfy.text_encoders.flux.load_mistral_tokenizer = bytes_tokenizer
comfy.text_encoders.flux.LlamaTokenizerFast = whole
for name in ("Mistral3_24BModel", "Qwen3_4BModel"):  # which read three layers, the latter in newer ComfyUIs
    if kind := getattr(comfy.text_encoders.flux, name, None):
        shrink(kind, layer=list(range(LAYERS)))
shrink(comfy.ldm.modules.diffusionmodules.mmdit.OpenAISignatureMMDITWrapper)
shrink(comfy.ldm.wan.vae.WanVAE)
for kind in (comfy.ldm.modules.diffusionmodules.model.Encoder, comfy.ldm.modules.diffusionmodules.model.Decoder):
    shrink(kind, only_with="ch", ch=32)
shrink(comfy.ldm.flux.model.Flux, only_with="global_modulation", context_in_dim=3 * TEXT)  # FLUX.2
shrink(comfy.ldm.flux.model.Flux, hidden_size=128, num_heads=1, context_in_dim=TEXT)
chroma = {"hidden_size": 128, "num_heads": 1, "context_in_dim": TEXT, "out_dim": 128, "hidden_dim": 64, "n_layers": 1}
shrink(comfy.ldm.chroma.model.Chroma, **chroma)
lumina = {"dim": 256, "n_heads": 2, "n_kv_heads": 2, "cap_feat_dim": TEXT, "n_layers": 1, "n_refiner_layers": 1}
shrink(comfy.ldm.lumina.model.NextDiT, **lumina)
qwen = {"num_attention_heads": 1, "joint_attention_dim": TEXT, "num_layers": 1}
shrink(comfy.ldm.qwen_image.model.QwenImageTransformer2DModel, **qwen)
for kind in (
    comfy.cldm.dit_embedder.ControlNetEmbedder,
    comfy.ldm.flux.controlnet.ControlNetFlux,
    comfy.ldm.qwen_image.controlnet.QwenImageControlNetModel,
):
    shrink(kind)
union = {"channel_mult": [1, 1, 1], "transformer_depth": [0, 0, 1, 1, 1, 1], "transformer_depth_middle": 1}
shrink(comfy.cldm.cldm.ControlNet, only_with="union_controlnet_num_control_type", **union)
if importlib.util.find_spec("comfy.ldm.lumina.controlnet"):  # newer ComfyUIs
    shrink(importlib.import_module("comfy.ldm.lumina.controlnet").ZImage_Control, dim=256, n_heads=2, n_kv_heads=2)
if kind := getattr(comfy.ldm.qwen_image.controlnet, "QwenImageFunControlNetModel", None):
    shrink(kind, inner_dim=128, num_attention_heads=1)

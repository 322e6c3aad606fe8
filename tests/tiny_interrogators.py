"""Makes small models that say what a picture shows: a tagger whose scores can be worked out by hand, and a BLIP.

The tagger knows a picture by its mean colour: a tag's score is the sigmoid of (weights · mean - bias), with the mean in
0..255, blue first, of the square that the picture is shown on. BLIP's weights are random, from one seed.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from bridge.core.places import ROOT

SIDE = 8  # of the square that the tagger looks at
TAGGER, TAGGER_FOLDER, BLIP = "tiny-wd.onnx", "tiny-wd-v3/model.onnx", "tiny-blip/model.safetensors"
# Name, category (0 general, 4 character, 9 rating), weights of blue, green and red, bias: all before the sigmoid.
TAGS = (
    ("general", 9, (0, 0, 0), -9),  # a rating, always sure
    ("red_dress", 0, (0, 0, 1 / 32), 4),  # sure from red 128 on
    ("green_(nature)", 0, (0, 1 / 32, 0), 4),
    ("blue_sky", 0, (1 / 32, 0, 0), 4),
    ("^_^", 0, (0, 0, 1 / 64), 2),
    ("tree_(pixart)", 4, (0, 0, 1 / 64), 2),  # a character, of whom it must be surer
)
WORDS = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]"),
    *("a", "red", "green", "blue", "tree", "house", "in", "the", "snow", "sun"),
]


def score(tag: str, mean: tuple[float, float, float]) -> float:
    """What the tagger answers for a mean colour, red first."""
    _, _, weights, bias = next(each for each in TAGS if each[0] == tag)
    return float(1 / (1 + np.exp(bias - np.dot(weights, mean[::-1]))))


def make_tagger(path: Path, tags: Path, *, side: int = SIDE, rows: int | None = None, doubt: float = 0.0) -> None:
    """An ONNX file as SmilingWolf's are: float32 [N, side, side, 3] in, a probability for each tag out.

    Its list has the first `rows` tags only, if any; `doubt` is added to every bias.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = np.array([each[2] for each in TAGS], np.float32).T
    bias = np.array([-each[3] - doubt for each in TAGS], np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["input"], ["mean"], axes=[1, 2], keepdims=0),
            helper.make_node("MatMul", ["mean", "weights"], ["weighed"]),
            helper.make_node("Add", ["weighed", "bias"], ["sum"]),
            helper.make_node("Sigmoid", ["sum"], ["predictions"]),
        ],
        "tagger",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", side, side, 3])],
        [helper.make_tensor_value_info("predictions", TensorProto.FLOAT, ["N", len(TAGS)])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    lines = [f"{at},{name},{category},1" for at, (name, category, *_) in enumerate(TAGS)]
    tags.write_text("\n".join(["tag_id,name,category,count", *lines[:rows]]) + "\n", encoding="utf-8")


def transformers() -> Any:
    """The library, which needs torchvision: made to fit as the bridge does it for ComfyUI."""
    folder = ROOT / "bridge" / "comfy"
    sys.path.insert(0, str(folder))
    try:
        runpy.run_path(str(folder / "launch.py"))["declare_torchvision_operators"]()
    finally:
        sys.path.remove(str(folder))
    import transformers

    return transformers


def make_blip(folder: Path) -> None:
    """A BLIP model as Hugging Face has them, of ten thousand random numbers."""
    library = transformers()
    folder.mkdir(parents=True, exist_ok=True)
    size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    special = {"bos_token_id": 5, "pad_token_id": 0, "eos_token_id": 3, "sep_token_id": 3}
    text = {**size, **special, "vocab_size": len(WORDS), "encoder_hidden_size": 16, "max_position_embeddings": 64}
    config = library.BlipConfig(
        text_config={**text, "tie_word_embeddings": False},
        vision_config={**size, "image_size": 32, "patch_size": 8},
        projection_dim=16,
        image_text_hidden_size=16,
        tie_word_embeddings=False,
    )
    torch.manual_seed(7)
    model = library.BlipForConditionalGeneration(config).eval()
    for name, weights in model.named_parameters():  # so that a caption depends on the picture, and on the place in it
        torch.nn.init.normal_(weights, std=1.5 if "crossattention" in name else 2 if "position" in name else 0.3)
    known = {word: number for number, word in enumerate(WORDS)}
    tokenizer = library.BertTokenizer(vocab=known, additional_special_tokens=["[DEC]", "[ENC]"])
    processor = library.BlipProcessor(library.BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def pickled(folder: Path) -> None:
    """The same model with weights as PyTorch's own files have them."""
    import safetensors.torch

    weights = folder / "model.safetensors"
    torch.save(safetensors.torch.load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()


def make(folder: Path) -> None:
    """All of them into a `models` folder, in the layouts that are in use."""
    make_tagger(folder / "taggers" / TAGGER, folder / "taggers" / "tiny-wd.csv")
    make_tagger(folder / "wd14_tagger" / TAGGER_FOLDER, folder / "wd14_tagger" / "tiny-wd-v3" / "selected_tags.csv")
    make_blip(folder / "blip" / "tiny-blip")

"""Makes a model with the interface of Axera's Stable Diffusion 1.5 LCM that is small enough for tests: 250 KB.

Its pictures depend on prompt, seed, timestep and picture, and aren't saturated: with clipped ones, every comparison
would hold. An .axmodel is the same ONNX file here, with ids of 32 bits: for the stand-in in tests/standin.

    python tests/tiny_axera.py FOLDER [WIDTH HEIGHT [SUFFIX]]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TIME = "/down_blocks.0/resnets.0/act_1/Mul_output_0"
FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
CELL = 8  # pixels a latent
SUFFIXES = (".onnx", ".axmodel")
STANDIN = Path(__file__).with_name("standin")  # the folder to put on PYTHONPATH

Value = tuple[str, int, list[int]]  # name, type, shape


def make(folder: Path, width: int = 64, height: int = 64, suffix: str = ".onnx", encoder: bool = True) -> Path:
    """A folder laid out as `models` of AXERA-TECH/lcm-lora-sdv1-5, without a tokenizer: pictures of this size."""
    text_encoder(folder / "text_encoder" / f"sd15_text_encoder_sim{suffix}")
    unet(folder / f"unet{suffix}", width, height)
    vae_decoder(folder / f"vae_decoder{suffix}", width, height)
    if encoder:
        vae_encoder(folder / f"vae_encoder{suffix}", width, height)
    time_input(folder / "time_input_txt2img.npy")
    return folder


def make_larger(folder: Path, width: int = 64, height: int = 96, suffix: str = ".onnx") -> Path:
    """A folder as `models_1024x768`: no encoder, and what doesn't depend on the size lies in `models` beside it."""
    unet(folder / f"unet{suffix}", width, height)
    vae_decoder(folder / f"vae_decoder{suffix}", width, height)
    return folder


def make_optimized(folder: Path, width: int = 64, height: int = 64, suffix: str = ".axmodel") -> Path:
    """A folder as gregm's `models/rv_optimized`: all four networks flat, time input and tokenizer above it."""
    text_encoder(folder / f"sd15_text_encoder_sim{suffix}", seed=5)
    unet(folder / f"unet{suffix}", width, height)
    vae_decoder(folder / f"vae_decoder{suffix}", width, height)
    vae_encoder(folder / f"vae_encoder{suffix}", width, height)
    return folder


@contextmanager
def standing_in(**environment: str) -> Iterator[None]:
    """Let this process import the stand-in as `axengine`, with these variables set, and forget it afterwards."""
    before, path = dict(os.environ), list(sys.path)
    os.environ.update(environment)
    sys.path.insert(0, str(STANDIN))
    _forget()
    try:
        yield
    finally:
        _forget()
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(before)


def _forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "axengine"]:
        del sys.modules[name]


def text_encoder(path: Path, seed: int = 0) -> None:
    """A row of random numbers for each token number modulo 64; the two ends have zeros, so that words count."""
    kind, dtype = (INT32, np.int32) if path.suffix == ".axmodel" else (INT64, np.int64)
    rows = np.random.default_rng(seed).standard_normal((64, 768))
    rows[[49406 % 64, 49407 % 64]] = 0
    _save(
        path,
        [_node("Mod", "input_ids", "count", "row"), _node("Gather", "rows", "row", "last_hidden_state")],
        [("input_ids", kind, [1, 77])],
        ("last_hidden_state", FLOAT, [1, 77, 768]),
        count=np.array(64, dtype),
        rows=rows.astype(np.float32),
    )


def unet(path: Path, width: int, height: int, broken: bool = False) -> None:
    """Most of the sample, something of the time input, and of the mean of the text as much as the time input says.

    A broken one answers with NaN.
    """
    rng, shape = np.random.default_rng(1), [1, 4, height // CELL, width // CELL]
    _save(
        path,
        [
            _node("Conv", "sample", "weights", "kept", kernel_shape=[1, 1]),
            _node("MatMul", TIME, "by_time", "of_time"),
            _node("ReduceMean", "encoder_hidden_states", "mean", axes=[1], keepdims=0),
            _node("MatMul", "mean", "by_text", "told"),
            _node("MatMul", TIME, "first", "gain"),
            _node("Mul", "told", "gain", "of_text"),
            _node("Add", "of_time", "of_text", "row"),
            _node("Reshape", "row", "planes", "shift"),
            _node("Add", "kept", "shift", "sum"),
            _node("Log" if broken else "Identity", "sum", "5771"),
        ],
        [("sample", FLOAT, shape), (TIME, FLOAT, [1, 1280]), ("encoder_hidden_states", FLOAT, [1, 77, 768])],
        ("5771", FLOAT, shape),
        weights=(np.eye(4) * 0.95).reshape(4, 4, 1, 1).astype(np.float32),
        by_time=(rng.standard_normal((1280, 4)) * 0.008).astype(np.float32),
        by_text=(rng.standard_normal((768, 4)) * 0.2).astype(np.float32),
        first=np.eye(1280, 1, dtype=np.float32),
        planes=np.array([1, 4, 1, 1]),
    )


def another_unet(path: Path, width: int, height: int, name: str, type: int, sides: list[int]) -> None:
    """One that has this input in the place of the time input, as another family's has."""
    shape = [1, 4, height // CELL, width // CELL]
    _save(
        path,
        [_node("Identity", "sample", "5771")],
        [("sample", FLOAT, shape), (name, type, sides), ("encoder_hidden_states", FLOAT, [1, 77, 768])],
        ("5771", FLOAT, shape),
    )


def vae_decoder(path: Path, width: int, height: int, name: str = "x") -> None:
    """Three mixes of the four planes, each value 8 x 8 pixels."""
    weights = np.random.default_rng(2).standard_normal((3, 4, 1, 1)) * 0.045
    _save(
        path,
        [_node("Conv", name, "weights", "small", kernel_shape=[1, 1]), _enlarged("small", "784")],
        [(name, FLOAT, [1, 4, height // CELL, width // CELL])],
        ("784", FLOAT, [1, 3, height, width]),
        weights=weights.astype(np.float32),
        scales=np.array([1, 1, CELL, CELL], np.float32),
    )


def vae_encoder(path: Path, width: int, height: int, name: str = "image_sample") -> None:
    """Four mixes of the means of 8 x 8 pixels, and four log variances about -6."""
    rng, gains = np.random.default_rng(3), np.array([3.0] * 4 + [0.1] * 4)
    _save(
        path,
        [
            _node("AveragePool", name, "means", kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
            _node("Conv", "means", "weights", "bias", "latent_sample", kernel_shape=[1, 1]),
        ],
        [(name, FLOAT, [1, 3, height, width])],
        ("latent_sample", FLOAT, [1, 8, height // CELL, width // CELL]),
        weights=(rng.standard_normal((8, 3, 1, 1)) * gains[:, None, None, None]).astype(np.float32),
        bias=np.array([0.0] * 4 + [-6.0] * 4, np.float32),
    )


def time_input(path: Path, rows: int = 4) -> None:
    """Random rows; 4 is what an LCM has, 20 what M5Stack's DPM++ models have.

    A row is as large as the signal at its timestep against the noise. So it shifts the picture by as much whatever
    the timestep; otherwise one step from 999 would push everything to black and white.
    """
    left = np.cumprod(1 - np.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2)[[999, 759, 499, 259]]
    values = np.random.default_rng(4).standard_normal((rows, 1280))
    values[:, 0] = 1
    values[:4] *= np.sqrt(left / (1 - left))[:rows, None]
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values.astype(np.float32))


def _node(kind: str, *names: str, **attributes: Any) -> onnx.NodeProto:
    """An operation: the last name is its output's."""
    return helper.make_node(kind, list(names[:-1]), [names[-1]], **attributes)


def _enlarged(small: str, large: str) -> onnx.NodeProto:
    return helper.make_node("Resize", [small, "", "scales"], [large], mode="nearest")


def _save(path: Path, nodes: list[onnx.NodeProto], inputs: list[Value], output: Value, **weights: np.ndarray) -> None:
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        path.stem,
        [helper.make_tensor_value_info(*value) for value in inputs],
        [helper.make_tensor_value_info(*output)],
        [numpy_helper.from_array(value, name) for name, value in weights.items() if name in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


if __name__ == "__main__":
    sides = [int(side) for side in sys.argv[2:4]] or [64, 64]
    make(Path(sys.argv[1]), sides[0], sides[1], suffix=".axmodel" if ".axmodel" in sys.argv else ".onnx")

"""What is in a model file, by its head: files that are what they say, and files that aren't."""

import json
import pickle
import struct
import time

import pytest
import torch
from pixart_nodes.errors import WeightsError
from pixart_nodes.weights_file import MOST_HEAD_BYTES, read

HALF = {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}


def safetensors(path, entries, data=None, metadata=None):
    """A file of that form; without `data` there are as many zeros as its head says."""
    head = {**({"__metadata__": metadata} if metadata else {}), **entries}
    text = json.dumps(head).encode()
    size = max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    path.write_bytes(struct.pack("<Q", len(text)) + text + (bytes(size) if data is None else data))
    return path


def test_names_shapes_types_and_what_the_file_says_of_itself(tmp_path):
    path = safetensors(tmp_path / "a.safetensors", {"w": HALF}, metadata={"modelspec.title": "Mine"})
    weights = read(path)
    assert {name: (tuple(each.shape), each.dtype) for name, each in weights.tensors.items()} == {
        "w": ((2, 3), torch.float16)
    }
    assert all(each.is_meta for each in weights.tensors.values())
    assert (weights.metadata, weights.scale) == ({"modelspec.title": "Mine"}, None)


def test_the_scale_of_a_tiny_autoencoder_is_read_from_both_forms(tmp_path):
    entry = {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}
    path = safetensors(tmp_path / "a.safetensors", {"vae_scale": entry}, struct.pack("<f", 0.13025))
    assert read(path).scale == pytest.approx(0.13025)  # a float32
    torch.save({"vae_scale": torch.tensor(0.5)}, tmp_path / "a.pt")
    assert read(tmp_path / "a.pt").scale == 0.5


def test_a_pickle_is_read_as_comfyui_does_with_or_without_a_state_dict(tmp_path):
    for content in ({"w": torch.zeros(2, 3)}, {"state_dict": {"w": torch.zeros(2, 3)}, "epoch": 3}):
        torch.save(content, tmp_path / "a.ckpt")
        assert {name: tuple(each.shape) for name, each in read(tmp_path / "a.ckpt").tensors.items()} == {"w": (2, 3)}


def test_a_pickle_of_the_older_format_tells_nothing(tmp_path):
    for protocol in (2, 4):
        older = {"_use_new_zipfile_serialization": False, "pickle_protocol": protocol}
        torch.save({"w": torch.zeros(2)}, tmp_path / "a.ckpt", **older)
        assert not read(tmp_path / "a.ckpt").tensors


@pytest.mark.parametrize("data", [pickle.dumps({"w": 1}), b"<html>404</html>", bytes(100)], ids=len)
def test_what_pytorch_didnt_write_is_no_model_file(tmp_path, data):
    (tmp_path / "a.ckpt").write_bytes(data)
    with pytest.raises(WeightsError, match=r"^is no model file"):
        read(tmp_path / "a.ckpt")


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "a.ckpt").touch()
    with pytest.raises(WeightsError, match=r"^is empty$"):
        read(tmp_path / "a.ckpt")


class Opener:
    """A pickle that opens a file as soon as it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_pickle_that_holds_more_than_weights_is_refused_and_not_run(tmp_path):
    torch.save({"w": Opener(str(tmp_path / "ran"))}, tmp_path / "a.ckpt")
    with pytest.raises(WeightsError, match="holds more than weights"):
        read(tmp_path / "a.ckpt")
    assert not (tmp_path / "ran").exists()


def written(kind, path):
    """A file that can't be read, by what is wrong with it."""
    good = safetensors(path, {"w": HALF}).read_bytes()
    torch.save({"w": torch.zeros(2, 3)}, path.with_suffix(".pt"))
    zipped = path.with_suffix(".pt").read_bytes()
    heads = {
        "negative": {**HALF, "shape": [-1]},
        "text": {**HALF, "shape": "2"},
        "backwards": {**HALF, "data_offsets": [12, 0]},
        "huge": {**HALF, "shape": [1 << 40, 1 << 40]},
        "list": [],
    }
    if kind in heads:
        return struct.pack("<Q", len(text := json.dumps({"w": heads[kind]}).encode())) + text + bytes(12)
    contents = {
        "cut": good[:-1],
        "head cut": good[:20],
        "empty": b"",
        "short": b"abc",
        "a sentence": b"no model at all",
    }
    contents |= {"pickle": zipped, "old pickle": pickle.dumps({}), "no JSON": struct.pack("<Q", 4) + b"{{{{"}
    contents |= {"a number": struct.pack("<Q", 2) + b"42", "deep": struct.pack("<Q", 90000) + b"[" * 90000}
    return contents[kind]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("cut", "is cut off: it has"),
        ("head cut", "its head isn't all there"),
        ("empty", "is empty"),
        ("short", "its head isn't all there"),
        ("a sentence", "its head isn't all there"),
        ("pickle", "is a pickle, not the .safetensors file that its name says"),
        ("old pickle", "is a pickle, not the .safetensors file that its name says"),
        *((kind, "its head can't be read") for kind in ("no JSON", "a number", "deep", "list")),
        *((kind, "its head can't be read") for kind in ("negative", "text", "backwards")),
        ("huge", "larger than any memory"),
    ],
)
def test_a_file_that_is_no_safetensors_file_gets_a_sentence(kind, sentence, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(written(kind, path))
    with pytest.raises(WeightsError, match=sentence):
        read(path)


def test_a_head_larger_than_any_models_is_not_read(tmp_path):
    path = tmp_path / "a.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 100 << 20))
        file.truncate(101 << 20)
    start = time.process_time()
    with pytest.raises(
        WeightsError, match=f"has a head of 100 MB; no model needs more than {MOST_HEAD_BYTES >> 20} MB"
    ):
        read(path)
    assert time.process_time() - start < 0.05  # to read and parse 100 MB takes a second


def test_a_ckpt_that_is_cut_off_says_so(tmp_path):
    (tmp_path / "a.ckpt").write_bytes(b"PK\x03\x04 and nothing")
    with pytest.raises(WeightsError, match="is cut off"):
        read(tmp_path / "a.ckpt")


def test_a_safetensors_file_with_another_ending_says_so(tmp_path):
    with pytest.raises(WeightsError, match=r"is a \.safetensors file with another ending"):
        read(safetensors(tmp_path / "a.ckpt", {"w": HALF}))


def test_a_file_that_is_not_there_says_why(tmp_path):
    with pytest.raises(WeightsError, match="can't be read: No such file"):
        read(tmp_path / "a.safetensors")

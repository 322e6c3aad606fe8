"""What says in words what a picture shows: its files, its words, and the node on a real ComfyUI."""

import io
import json
import shutil

import numpy as np
import pytest
import tiny_interrogators
from PIL import Image
from pixart_nodes.errors import InterrogatorError, NotInstalled
from pixart_nodes.interrogate import models, tagger, tags
from pixart_nodes.interrogate.captioner import Captioner

RED, GREEN, BLUE, PINK = (200, 0, 0), (0, 200, 0), (0, 0, 200), (255, 150, 150)


def flat(color, width=12, height=8):
    return np.full((height, width, 3), color, np.uint8)


def encoded(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def framed(color, width=12, height=8):
    """The mean colour of a flat picture on its white square."""
    part = min(width, height) / max(width, height)
    return tuple(part * each + (1 - part) * 255 for each in color)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interrogators")
    tiny_interrogators.make(folder)
    return folder


@pytest.fixture(scope="module")
def known(files):
    return models.find([files / "taggers", files / "wd14_tagger", files / "blip"])


# Files


def test_models_are_found_by_the_files_that_they_are_known_by(known, files):
    assert {name: one.kind for name, one in known.items()} == {
        tiny_interrogators.BLIP: "captioner",
        tiny_interrogators.TAGGER_FOLDER: "tagger",
        tiny_interrogators.TAGGER: "tagger",
    }
    assert known[tiny_interrogators.TAGGER].tags == files / "taggers" / "tiny-wd.csv"


def test_what_is_no_model_of_the_kind_is_not_listed(tmp_path):
    assert models.find([tmp_path / "missing"]) == {}
    (tmp_path / "alone.onnx").write_bytes(b"x")  # without its tags
    for name, told in (
        ("blip-vqa", {"model_type": "blip", "architectures": ["BlipForQuestionAnswering"]}),
        ("bert", {"model_type": "bert"}),
        ("list", []),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps(told))
        (tmp_path / name / "model.safetensors").write_bytes(b"x")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "config.json").write_bytes(b'{"model_type": \xff')
    (tmp_path / "damaged" / "model.safetensors").write_bytes(b"x")
    (tmp_path / "weightless").mkdir()
    (tmp_path / "weightless" / "config.json").write_text('{"model_type": "blip"}')
    assert models.find([tmp_path]) == {}


def test_a_link_in_a_circle_has_an_end_and_the_first_of_two_with_a_name_counts(files, tmp_path):
    shutil.copytree(files / "taggers", tmp_path / "a")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    found = models.find([tmp_path / "a", files / "taggers"])
    assert found[tiny_interrogators.TAGGER].path == tmp_path / "a" / tiny_interrogators.TAGGER
    assert len(found) == 4


# Tags


def test_a_tagger_is_shown_the_picture_on_a_white_square_blue_first_in_0_to_255():
    seen = tagger.view(flat((10, 20, 30), 8, 4), 8)
    assert (seen.shape, seen.dtype) == ((8, 8, 3), np.float32)
    assert seen[:2].min() == seen[6:].min() == 255
    assert (seen[2:6] == (30, 20, 10)).all()


@pytest.mark.parametrize("color", [RED, GREEN, BLUE, PINK])
@pytest.mark.parametrize(("size", "off"), [((8, 8), 1e-6), ((8, 4), 1e-6), ((2, 8), 1e-6), ((12, 8), 0.005)])
def test_scores_are_those_that_can_be_worked_out_by_hand(known, color, size, off):
    one = known[tiny_interrogators.TAGGER]
    list = tags.read(one.tags)
    scores = tagger.Tagger(one.path, len(list)).scores(flat(color, *size))
    wanted = [tiny_interrogators.score(tag.name, framed(color, *size)) for tag in list]
    assert scores == pytest.approx(wanted, abs=off)  # at another size the edges are bicubic


LIST = tuple(tags.Tag(name, category) for name, category, *_ in tiny_interrogators.TAGS)
SCORES = (0.99, 0.9, 0.4, 0.36, 0.35, 0.86)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({}, r"red dress, tree \(pixart\), green \(nature\), blue sky"),
        ({"alphabetical": True}, r"blue sky, green \(nature\), red dress, tree \(pixart\)"),
        ({"spaces": False, "escape": False}, "red_dress, tree_(pixart), green_(nature), blue_sky"),
        ({"threshold": 0.3}, r"red dress, tree \(pixart\), green \(nature\), blue sky, ^_^"),
        ({"threshold": 0.5, "character_threshold": 0.9}, "red dress"),
        ({"threshold": 0.5, "scores": True}, r"(red dress:0.900), (tree \(pixart\):0.860)"),
        ({"leave_out": "Red Dress, blue_sky,"}, r"tree \(pixart\), green \(nature\)"),
        ({"threshold": 1.0, "character_threshold": 1.0}, ""),
    ],
    ids=str,
)
def test_tags_are_chosen_and_written_as_is_wished_and_ratings_never(wish, words):
    wish = tags.Wish(**wish)
    assert tags.caption(tags.chosen(LIST, SCORES, wish), wish) == words


def test_the_surest_tag_is_no_rating():
    assert tags.surest(LIST, SCORES) == ("red_dress", 0.9)
    assert tags.surest((), ()) is None


@pytest.mark.parametrize("text", ["", "name\nx", "name,category\nx,general", "\xff", "name,category\nx"])
def test_a_list_that_is_none_is_said_with_what_to_do(tmp_path, text):
    (tmp_path / "tags.csv").write_bytes(text.encode("latin-1"))
    if not text:
        assert tags.read(tmp_path / "tags.csv") == ()
        return
    with pytest.raises(InterrogatorError, match=r"tags.csv isn't a list of tags.*selected_tags.csv"):
        tags.read(tmp_path / "tags.csv")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": 3}, "knows 6 tags, and its list has 3"),
        ({"side": 1}, None),
    ],
    ids=["a list of another model", "a model for one pixel"],
)
def test_a_model_that_does_not_fit_its_list_is_said(tmp_path, change, said):
    tiny_interrogators.make_tagger(tmp_path / "a.onnx", tmp_path / "a.csv", **change)
    list = tags.read(tmp_path / "a.csv")
    made = tagger.Tagger(tmp_path / "a.onnx", len(list))
    if said is None:
        assert made.scores(flat(RED)).shape == (6,)
        return
    with pytest.raises(InterrogatorError, match=said):
        made.scores(flat(RED))


def test_a_file_that_is_no_model_is_said(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"not a model")
    with pytest.raises(InterrogatorError, match=r"a.onnx can't be read as an ONNX model"):
        tagger.Tagger(tmp_path / "a.onnx", 6)


def test_without_onnxruntime_it_is_said_what_to_install(monkeypatch, known):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(NotInstalled, match="pip install onnxruntime"):
        tagger.Tagger(known[tiny_interrogators.TAGGER].path, 6)


# BLIP


def by_transformers(folder, pixels, beams=1, least=24, most=48):
    """What the library says when it is called as its own documentation does."""
    library = tiny_interrogators.transformers()
    processor = library.BlipProcessor.from_pretrained(folder)
    model = library.BlipForConditionalGeneration.from_pretrained(folder)
    shown = processor(images=Image.fromarray(pixels), return_tensors="pt")
    made = model.generate(**shown, num_beams=beams, min_length=least, max_length=most)
    return processor.decode(made[0], skip_special_tokens=True)


@pytest.mark.parametrize("wish", [{"beams": 1, "least": 6, "most": 16}, {"beams": 3, "least": 2, "most": 9}], ids=str)
def test_a_caption_is_what_transformers_says(known, wish):
    path = known[tiny_interrogators.BLIP].path
    ours = Captioner(path)
    said = [ours.caption(flat(color), "cpu", **wish) for color in (GREEN, BLUE, (0, 0, 0))]
    assert said == [by_transformers(path.parent, flat(color), **wish) for color in (GREEN, BLUE, (0, 0, 0))]
    assert len(set(said)) == 3


def test_pickled_weights_are_read_as_numbers_only(known, tmp_path):
    folder = tmp_path / "blip"
    shutil.copytree(known[tiny_interrogators.BLIP].path.parent, folder)
    tiny_interrogators.pickled(folder)
    (name,) = models.find([tmp_path])
    assert name == "blip/pytorch_model.bin"
    wish = {"beams": 1, "least": 6, "most": 16}
    whole = Captioner(known[tiny_interrogators.BLIP].path).caption(flat(GREEN), "cpu", **wish)
    assert Captioner(folder / "pytorch_model.bin").caption(flat(GREEN), "cpu", **wish) == whole


class Program:
    """What a pickle can do: here it would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_program_in_a_pickle_does_not_run(known, tmp_path):
    import torch

    folder = tmp_path / "blip"
    shutil.copytree(known[tiny_interrogators.BLIP].path.parent, folder)
    (folder / "model.safetensors").unlink()
    torch.save({"weight": Program(tmp_path / "ran")}, folder / "pytorch_model.bin")
    with pytest.raises(InterrogatorError, match="holds more than numbers, and isn't opened"):
        Captioner(folder / "pytorch_model.bin")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("processor_config.json", "blip can't be read as a BLIP model"),
        ("tokenizer.json", "blip lacks its tokenizer.json or vocab.txt"),
    ],
)
def test_a_folder_that_lacks_a_file_is_said_and_nothing_is_fetched(known, tmp_path, lacking, said):
    folder = tmp_path / "blip"
    shutil.copytree(known[tiny_interrogators.BLIP].path.parent, folder)
    (folder / lacking).unlink()
    with pytest.raises(InterrogatorError, match=said):
        Captioner(folder / "model.safetensors")


# The node


def look(comfy, pixels, model, **more):
    name = comfy.put_input("interrogate.png", encoded(pixels))
    wishes = {"threshold": 0.35, "character_threshold": 0.85, "alphabetical": False, "spaces": True, "escape": True}
    wishes |= {"scores": False, "leave_out": "", "beams": 1, "min_length": 6, "max_length": 16}
    prompt = {
        "1": {"class_type": "PixartLoadImage", "inputs": {"image": name}},
        "2": {"class_type": "PixartInterrogate", "inputs": {"image": ["1", 0], "model": model, **wishes, **more}},
    }
    return comfy.run(prompt)


@pytest.mark.comfy
def test_the_menu_has_what_is_installed(comfy, bare_comfy):
    menus = [
        each.get("/object_info/PixartInterrogate")["PixartInterrogate"]["input"]["required"]["model"][1]["options"]
        for each in (comfy, bare_comfy)
    ]
    listed = [tiny_interrogators.BLIP, tiny_interrogators.TAGGER_FOLDER, tiny_interrogators.TAGGER]
    assert menus == [sorted(listed), []]


@pytest.mark.comfy
def test_the_node_reports_tags_again_and_again(comfy):
    for model in (tiny_interrogators.TAGGER, tiny_interrogators.TAGGER_FOLDER) * 2:
        entry = look(comfy, flat(RED, 8, 8), model)
        assert entry["status"]["status_str"] == "success", entry["status"]
        (told,) = entry["outputs"]["2"]["pixart"]
        assert told.pop("scores") == [round(tiny_interrogators.score(name, RED), 4) for name in ("red_dress", "^_^")]
        assert told == {
            "caption": "red dress, ^_^",
            "tags": ["red dress", "^_^"],
            "model": model,
            "surest": "red dress",
            "surest_score": round(tiny_interrogators.score("red_dress", RED), 4),
        }
        assert entry["outputs"]["2"]["text"] == ["red dress, ^_^"]


@pytest.mark.comfy
def test_transparency_counts_as_white(comfy):
    glass = np.zeros((8, 8, 4), np.uint8)
    (told,) = look(comfy, glass, tiny_interrogators.TAGGER)["outputs"]["2"]["pixart"]
    assert {"red dress", "blue sky", "green (nature)"} <= set(told["tags"])


@pytest.mark.comfy
def test_the_node_writes_what_transformers_says(comfy, known):
    entry = look(comfy, flat(BLUE), tiny_interrogators.BLIP)
    assert entry["status"]["status_str"] == "success", entry["status"]
    said = by_transformers(known[tiny_interrogators.BLIP].path.parent, flat(BLUE), least=6, most=16)
    assert entry["outputs"]["2"]["pixart"] == [{"caption": said, "model": tiny_interrogators.BLIP}]


@pytest.mark.comfy
def test_an_unknown_model_is_refused_with_the_one_that_may_be_meant(comfy, bare_comfy):
    with pytest.raises(AssertionError, match=r"Did you mean 'tiny-wd.onnx'"):
        look(comfy, flat(BLUE), "tiny-vd.onnx")
    with pytest.raises(AssertionError, match=r"models/interrogators"):
        look(bare_comfy, flat(BLUE), "tiny-wd.onnx")

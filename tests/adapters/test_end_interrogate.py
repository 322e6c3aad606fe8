"""Interrogating pictures from request to answer, in both dialects that have it, on a real ComfyUI."""

import base64
import dataclasses
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import tiny_interrogators
from bridge_process import BridgeProcess
from comfy_folder import base_folder
from test_interrogators import BLUE, GREEN, RED, by_transformers, encoded, flat

pytestmark = pytest.mark.comfy

PATH = "/sdapi/v1/interrogate"
SQUARE = (8, 8)


def sent(color, width=12, height=8):
    return base64.b64encode(encoded(flat(color, width, height))).decode()


def ready(bridge, seconds=60):
    """Wait until ComfyUI is seen: until then nobody knows what there is to look with."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if bridge.call("/ready")[0] == 200:
            return
        time.sleep(0.2)
    raise AssertionError(bridge.said)


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    with BridgeProcess(
        tmp_path_factory.mktemp("interrogate"),
        COMFYUI_URL=comfy.url,
        PIXART_LISTENERS="0=unified",
        ENABLE_CACHING="true",
        ENABLE_NSFW_FILTER="true",  # no picture comes out of this
    ) as bridge:
        ready(bridge)
        yield bridge


@pytest.fixture(scope="module")
def bare(tmp_path_factory, bare_comfy):
    with BridgeProcess(
        tmp_path_factory.mktemp("bare"), COMFYUI_URL=bare_comfy.url, PIXART_LISTENERS="0=unified"
    ) as bridge:
        ready(bridge)
        yield bridge


@dataclasses.dataclass
class Unified:
    """The listener that has the unified dialect alone."""

    bridge: BridgeProcess

    def call(self, body):
        url, self.bridge.url = self.bridge.url, self.bridge.listener("unified")
        try:
            return self.bridge.call(PATH, body)
        finally:
            self.bridge.url = url


@pytest.fixture
def options(bridge):
    """Change options for a test."""
    before = bridge.call("/sdapi/v1/options")[1]
    yield lambda **wanted: bridge.call("/sdapi/v1/options", wanted)
    bridge.call("/sdapi/v1/options", before)


# AUTOMATIC1111


@pytest.mark.parametrize("model", ["deepdanbooru", "deepbooru", "wd14", "tiny-wd-v3", "Tiny-WD", "tiny-wd.onnx"])
def test_tags_are_those_that_can_be_worked_out_by_hand(bridge, model):
    assert bridge.call(PATH, {"image": sent(RED, *SQUARE), "model": model}) == (200, {"caption": "^_^, red dress"})
    picture = "data:image/png;base64," + sent(GREEN, *SQUARE)
    assert bridge.call(PATH, {"image": picture, "model": model}) == (200, {"caption": r"green \(nature\)"})


@pytest.mark.parametrize("more", [{}, {"model": "clip"}, {"model": None}, {"model": "tiny-blip"}], ids=str)
def test_clip_and_no_word_at_all_are_blips_caption(bridge, comfy, more):
    folder = comfy.settings.comfyui_base / "models" / "blip" / "tiny-blip"
    code, answer = bridge.call(PATH, {"image": sent(BLUE), **more})
    assert (code, answer) == (200, {"caption": by_transformers(folder, flat(BLUE))})


@pytest.mark.parametrize(
    ("wanted", "caption"),
    [
        ({"deepbooru_sort_alpha": False}, "red dress, ^_^"),
        ({"deepbooru_use_spaces": False}, "^_^, red_dress"),
        ({"deepbooru_filter_tags": "red dress"}, "^_^"),
        ({"interrogate_deepbooru_score_threshold": 0.8}, "red dress"),
        ({"interrogate_deepbooru_score_threshold": 1}, ""),
        ({"interrogate_return_ranks": True}, "(^_^:0.755), (red dress:0.905)"),
    ],
    ids=str,
)
def test_options_of_tags_are_obeyed(bridge, options, wanted, caption):
    assert options(**wanted)[0] == 200
    assert bridge.call("/sdapi/v1/options")[1].items() >= wanted.items()
    answer = bridge.call(PATH, {"image": sent(RED, *SQUARE), "model": "deepdanbooru"})
    assert answer == (200, {"caption": caption})


def test_brackets_stay_as_they_are_where_the_option_says_so(bridge, options):
    options(deepbooru_escape=False)
    answer = bridge.call(PATH, {"image": sent(GREEN, *SQUARE), "model": "deepdanbooru"})
    assert answer == (200, {"caption": "green (nature)"})


def test_options_of_captions_are_obeyed(bridge, options, comfy):
    options(interrogate_clip_num_beams=3, interrogate_clip_min_length=2, interrogate_clip_max_length=9)
    folder = comfy.settings.comfyui_base / "models" / "blip" / "tiny-blip"
    said = by_transformers(folder, flat(GREEN), beams=3, least=2, most=9)
    assert bridge.call(PATH, {"image": sent(GREEN)}) == (200, {"caption": said})


@pytest.mark.parametrize("value", ["much", None, [], float("nan"), True])
def test_a_threshold_that_is_none_is_422_and_changes_nothing(bridge, value):
    name = "interrogate_deepbooru_score_threshold"
    code, answer = bridge.call("/sdapi/v1/options", {name: value})
    if value is None:
        assert code == 200  # as every option that is null
    elif isinstance(value, float):
        assert code in (400, 422)
    else:
        assert (code, answer["detail"][0]["loc"]) == (422, ["body", name])
    assert bridge.call("/sdapi/v1/options")[1][name] == 0.35


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 404, "Image not found"),
        ({"image": ""}, 404, "Image not found"),
        ({"image": None}, 404, "Image not found"),
        ({"image": 7}, 422, "image"),
        ({"image": "AAAA"}, 400, "image is not a picture"),
        ({"image": "%%%"}, 400, "image"),
        ({"image": "https://example.com/a.png"}, 400, "Requests not allowed: image is an address."),
        ({"image": "..."}, 400, "image"),
        ({"model": 7, "image": "AAAA"}, 422, "model"),
        ({"model": "x" * 501, "image": "AAAA"}, 422, "model"),
        ([], 422, "Input should be a valid dictionary"),
        (b'{"image": NaN}', 400, ""),
        (b"{", 400, ""),
        (None, 405, "Method Not Allowed"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_can_not_be_looked_at_is_told_in_a1111s_shape(bridge, body, status, said):
    code, answer = bridge.call(PATH, body)
    assert code in ({400, 422} if isinstance(body, bytes) else {status}), answer
    assert set(answer) == {"error", "detail", "body", "errors"}
    assert said in str(answer["detail"])


def test_a_model_that_there_is_not_is_404_with_the_one_that_may_be_meant(bridge):
    code, answer = bridge.call(PATH, {"image": sent(RED), "model": "deepdanboru"})
    assert code == 404
    assert answer["detail"] == ("Model not found: Interrogator 'deepdanboru' is unknown. Did you mean 'deepdanbooru'?")


def test_a_model_that_was_replaced_is_the_one_that_looks(bridge, comfy):
    place = comfy.settings.comfyui_base / "models" / "taggers"
    file, list = place / "swapped.onnx", place / "swapped.csv"
    body = {"image": sent(RED, *SQUARE), "model": "swapped"}
    try:
        for doubt, words in ((0, "^_^, red dress"), (9, ""), (0, "^_^, red dress")):
            tiny_interrogators.make_tagger(file, list, doubt=doubt)
            bridge.call("/sdapi/v1/refresh-checkpoints", {})
            assert bridge.call(PATH, body) == (200, {"caption": words})
    finally:
        file.unlink()
        list.unlink()
        bridge.call("/sdapi/v1/refresh-checkpoints", {})


def test_requests_at_the_same_time_get_their_own_words(bridge):
    colors = {RED: "^_^, red dress", GREEN: r"green \(nature\)", BLUE: "blue sky"}

    def ask(color):
        return bridge.call(PATH, {"image": sent(color, *SQUARE), "model": "wd14"})[1]["caption"]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, [*colors] * 4)) == [*colors.values()] * 4


def test_a_mode_without_pictures_draws_none(bridge):
    code, answer = bridge.call("/generate", {"mode": "txt2img", "prompt": "x", "workflow": "interrogate"})
    assert code == 400
    assert "has no output 'image'" in answer["error"]


# What isn't installed


@pytest.mark.parametrize(("model", "said"), [("clip", "BLIP"), ("deepdanbooru", "WD14 tagger")])
def test_without_any_model_it_is_501_with_what_to_put_where(bare, model, said):
    code, answer = bare.call(PATH, {"image": sent(RED), "model": model})
    assert (code, set(answer)) == (501, {"error", "detail", "body", "errors"})
    assert said in answer["detail"]
    assert "models/interrogators" in answer["detail"]


def test_the_unified_original_has_501_as_well(bare):
    code, answer = Unified(bare).call({"image": sent(RED)})
    assert (code, answer["status"]) == (501, "error")
    assert "models/interrogators" in answer["error"]


@pytest.fixture(scope="module")
def poor(tmp_path_factory):
    """A ComfyUI of its own that has taggers in all kinds of places, and no onnxruntime."""
    folder = tmp_path_factory.mktemp("poor")
    settings = base_folder(folder)
    place = folder / "models" / "interrogators" / "wd"
    tiny_interrogators.make_tagger(place / "model.onnx", place / "selected_tags.csv")
    hidden = tmp_path_factory.mktemp("hidden")
    (hidden / "onnxruntime.py").write_text("raise ModuleNotFoundError('No module named onnxruntime')\n")
    others = folder / "custom_nodes" / "ComfyUI-WD14-Tagger" / "models"
    tiny_interrogators.make_tagger(others / "fetched.onnx", others / "fetched.csv")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    tiny_interrogators.make_tagger(elsewhere / "far.onnx", elsewhere / "far.csv")
    paths = hidden / "paths.yaml"
    paths.write_text(json.dumps({"mine": {"taggers": str(elsewhere)}}))  # JSON is YAML
    environment = {"COMFYUI_DIR": str(settings.comfyui_source), "PYTHONPATH": str(hidden)}
    environment["COMFYUI_ARGS"] = f"--extra-model-paths-config {paths}"
    with BridgeProcess(folder, PIXART_LISTENERS="0=axera", ENGINE="comfyui", **environment) as bridge:
        ready(bridge)
        yield bridge


def test_without_onnxruntime_it_is_501_with_what_to_install(poor):
    code, answer = poor.call(PATH, {"image": sent(RED), "model": "wd14"})
    assert code == 501, answer
    assert "pip install onnxruntime" in answer["detail"]


def test_taggers_of_another_pack_and_of_extra_model_paths_are_found(poor):
    code, answer = poor.call(PATH, {"image": sent(RED), "model": "zzzz"})
    known = answer["detail"].partition("Known: ")[2]
    assert (code, {"wd", "fetched", "far"} <= set(known.rstrip(".").split(", "))) == (404, True), answer


def test_a_kind_that_is_missing_is_501_and_the_one_that_is_there_is_named(poor):
    code, answer = poor.call(PATH, {"image": sent(RED)})
    assert code == 501
    assert "models/blip" in answer["detail"]
    assert "Or ask for 'deepdanbooru', which is here." in answer["detail"]


def test_the_service_of_the_npu_looks_with_what_there_is(poor):
    url, poor.url = poor.url, poor.listener("axera")
    try:
        code, answer = poor.call(PATH, {"image": sent(RED)})
        described = poor.call("/openapi.json")[1]["paths"][PATH]["post"]
    finally:
        poor.url = url
    assert code == 501
    assert "pip install onnxruntime" in str(answer)  # not BLIP, which A1111's route would look for
    assert described["operationId"] == "unified_post_sdapi_v1_interrogate"


# The unified original


def test_the_unified_original_gives_tags_with_how_sure_they_are(bridge):
    code, answer = Unified(bridge).call({"image": sent(RED, *SQUARE)})
    score = tiny_interrogators.score
    assert (code, answer) == (
        200,
        {
            "caption": "red dress, ^_^",
            "interrogations": [
                {"tag": "red dress", "score": round(score("red_dress", RED), 4)},
                {"tag": "^_^", "score": round(score("^_^", RED), 4)},
            ],
        },
    )


def test_where_nothing_is_sure_the_unified_original_gives_the_likeliest(bridge):
    code, answer = Unified(bridge).call({"image": sent((20, 30, 0), *SQUARE)})
    score = round(tiny_interrogators.score("^_^", (20, 30, 0)), 4)
    assert answer == {"caption": "^_^", "interrogations": [{"tag": "^_^", "score": score}]}, code


def test_a_caption_has_no_scores(bridge, comfy):
    folder = comfy.settings.comfyui_base / "models" / "blip" / "tiny-blip"
    code, answer = Unified(bridge).call({"image": sent(BLUE), "model": "clip"})
    assert (code, answer) == (200, {"caption": by_transformers(folder, flat(BLUE)), "interrogations": []})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "missing 'image' field"),
        ({"image": ""}, "missing 'image' field"),
        ({"image": 5}, "invalid base64 image: image must be text, not 5."),
        ({"image": "AAAA"}, "invalid base64 image: image is not a picture."),
        ({"image": "AAAA", "model": 7}, "invalid"),
        ([], "The body must be a JSON object, not []."),
    ],
    ids=str,
)
def test_what_the_unified_original_can_not_look_at_is_400_in_its_words(bridge, body, said):
    code, answer = Unified(bridge).call(body)
    assert (code, answer["status"]) == (400, "error")
    assert answer["error"].startswith(said)


def test_an_unknown_model_is_400_with_the_one_that_may_be_meant(bridge):
    code, answer = Unified(bridge).call({"image": sent(RED), "model": "blib"})
    assert (code, answer["error"]) == (400, "Interrogator 'blib' is unknown. Did you mean 'blip'?")

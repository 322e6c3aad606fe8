"""Real clients of A1111's API, as they come from the package index, against the bridge and a real ComfyUI."""

import asyncio
import base64
import dataclasses
import io
import json
import threading
import time

import numpy as np
import pytest
import webuiapi
from bridge_process import BridgeProcess, picture
from PIL import Image
from sd_parsers import ParserManager

from bridge.drawing.unfinished import HALF_DRAWN

# These two need Python 3.11.
sd_backend_client = pytest.importorskip("sd_backend_client")
sd_webui = pytest.importorskip("image_generation_mcp.providers.sd_webui")
InputImage = pytest.importorskip("image_generation_mcp.providers.types").InputImage

pytestmark = pytest.mark.comfy

SIDE = 64
MODEL = "tiny_sd15.ckpt"
MODELS = [MODEL, "Pixart built-in drawings"]
STEPS = 150  # as many as the workflow takes: long enough to be in the middle of it


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    with BridgeProcess(
        tmp_path_factory.mktemp("a1111"), COMFYUI_URL=comfy.url, PIXART_GENERATION_SIDE=str(SIDE)
    ) as bridge:
        yield bridge


@pytest.fixture(scope="module")
def webui(bridge):
    """The client most other Python programs are built on."""
    client = webuiapi.WebUIApi(baseurl=f"{bridge.url}/sdapi/v1", steps=2)
    yield client
    client.session.close()


@pytest.fixture(scope="module")
def strict(bridge):
    """A client that holds every answer against pydantic models of A1111's."""
    client = sd_backend_client.connect_to_backend(bridge.url)
    assert isinstance(client, sd_backend_client.A1111Webservice)
    yield client
    client.disconnect()


def noisy(width=SIDE, height=SIDE):
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8))


def half(width=SIDE, height=SIDE):
    """A mask whose right half is to be repainted."""
    mask = np.zeros((height, width), np.uint8)
    mask[:, width // 2 :] = 255
    return Image.fromarray(mask)


def small(**more):
    return {"prompt": "a tree", "width": SIDE, "height": SIDE, "seed": 3, **more}


def same(one, other):
    return one.size == other.size and one.tobytes() == other.tobytes()


# webuiapi


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_draws_a_batch_whose_pictures_can_be_drawn_alone(webui):
    several = webui.txt2img(**small(height=72, batch_size=2, n_iter=1))
    assert [image.size for image in several.images] == [(SIDE, 72)] * 2
    assert several.info["all_seeds"] == [3, 4]
    alone = webui.txt2img(**small(height=72, seed=4))
    assert same(several.images[1], alone.image)
    assert not same(several.images[0], alone.image)
    assert several.info["notes"] == []
    assert several.info["sd_model_name"] == "tiny_sd15"


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_draws_what_infotext_says(webui):
    first = webui.txt2img(**small(prompt="a (red:1.2) [tree]", negative_prompt="fog", sampler_name="DPM++ 2M"))
    told = webui.png_info(first.image)
    assert told.info == first.info["infotexts"][0] == first.image.info["parameters"]
    assert told.parameters["Sampler"] == "DPM++ 2M"
    parsed = ParserManager().parse(first.image)
    assert parsed.samplers[0].name == "DPM++ 2M"
    again = webui.custom_post("txt2img", {"infotext": told.info, "seed": None}, baseurl=True)
    assert same(first.image, again.image)


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_draws_over_a_picture(webui):
    start = noisy()
    kept = webui.img2img(images=[start], **small(denoising_strength=0))
    assert same(kept.image.convert("RGB"), start)
    drawn = webui.img2img(images=[start], **small(denoising_strength=0.75))
    assert not same(drawn.image, start)
    assert drawn.parameters["init_images"] is None
    assert "Denoising strength: 0.75" in drawn.info["infotexts"][0]


LOOK = {"style": "retro-8bit", "dither": "bayer-4", "redraw": False, "shiny": 1}


@pytest.fixture(scope="module")
def looked(bridge):
    """The sketch with LOOK as the Pixart dialect draws it, made before the client's requests are noted."""
    sketch = io.BytesIO()
    noisy().save(sketch, "PNG")
    bridge.generate("looked", sketch.getvalue(), **{**small(height=48), **LOOK})
    with Image.open(io.BytesIO(picture(bridge.finished("looked")))) as drawn:
        return drawn.convert("RGBA")


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_says_the_look_of_pixel_art_by_a_script(webui, looked):
    scripts = {"alwayson_scripts": {"pixart": {"args": [LOOK]}}}
    drawn = webui.img2img(images=[noisy()], **small(height=48), **scripts)
    assert same(drawn.image.convert("RGBA"), looked)
    assert (
        "'alwayson_scripts.pixart.args[0].shiny' is not a field of this request; it was ignored." in drawn.info["notes"]
    )
    assert drawn.info["pixart"]["look"]["kind"] == "photograph"
    assert "pixart" in webui.get_scripts()["img2img"]


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_repaints_only_what_the_mask_says(webui):
    start = noisy()
    drawn = webui.img2img(
        images=[start],
        mask_image=half(),
        **small(denoising_strength=1, inpainting_fill=1, inpaint_full_res=False, mask_blur=0),
    )
    before, after = np.array(start), np.array(drawn.image.convert("RGB"))
    assert np.array_equal(after[:, : SIDE // 2], before[:, : SIDE // 2])
    assert not np.array_equal(after[:, SIDE // 2 :], before[:, SIDE // 2 :])


@pytest.mark.client("webuiapi (PyPI)")
def test_a_blank_mask_with_only_masked_draws_the_whole_picture_and_says_so(webui):
    start = webui.txt2img(**small()).image
    blank = {"mask_image": Image.new("L", start.size), "inpaint_full_res": True, "denoising_strength": 0.9}
    drawn = webui.img2img(images=[start], **small(**blank))
    assert drawn.info["notes"][-1] == "The mask is blank, so the whole picture was redrawn."
    assert (drawn.image.size, same(drawn.image, start)) == (start.size, False)


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_draws_with_a_second_pass(webui):
    drawn = webui.txt2img(enable_hr=True, hr_scale=1.5, hr_upscaler=webuiapi.HiResUpscaler.Latent, **small())
    assert drawn.image.size == (96, 96)
    assert (drawn.info["width"], drawn.info["height"]) == (SIDE, SIDE)
    assert "Hires upscale: 1.5, Hires upscaler: Latent" in drawn.info["infotexts"][0]


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_varies_a_seed(webui):
    plain = webui.txt2img(**small())
    varied = webui.txt2img(**small(subseed=9, subseed_strength=0.5))
    other = webui.txt2img(**small(subseed=10, subseed_strength=0.5))
    assert len({image.tobytes() for image in (plain.image, varied.image, other.image)}) == 3
    assert varied.info["seed"] == 3


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_enlarges_one_picture_and_several(webui):
    one = webui.extra_single_image(noisy(16, 8), upscaler_1="Nearest", upscaling_resize=2)
    assert same(one.image.convert("RGB"), noisy(16, 8).resize((32, 16), Image.Resampling.NEAREST))
    several = webui.extra_batch_images([noisy(16, 8), noisy(8, 8)], upscaler_1="Lanczos", upscaling_resize=3)
    assert [image.size for image in several.images] == [(48, 24), (24, 24)]


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_gets_every_list(webui):
    assert [row["title"] for row in webui.get_sd_models()] == MODELS
    assert "Euler a" in webui.util_get_sampler_names()
    assert "karras" in webui.util_get_scheduler_names()
    assert [row["name"] for row in webui.get_upscalers()][:3] == ["None", "Lanczos", "Nearest"]
    assert len(webui.get_latent_upscale_modes()) == 6
    assert webui.get_scripts() == {kind: ["controlnet", "controlnet m2m", "pixart"] for kind in ("txt2img", "img2img")}
    assert set(webui.get_embeddings()) == {"loaded", "skipped"}
    assert webui.get_memory()["ram"]["total"] > 0
    assert webui.get_cmd_flags()["api"] is True
    assert [row["name"] for row in webui.get_prompt_styles()]
    lists = (webui.get_sd_vae(), webui.get_loras(), webui.get_hypernetworks(), webui.get_face_restorers())
    assert all(isinstance(rows, list) for rows in (*lists, webui.get_realesrgan_models()))
    assert webui.controlnet_version() == 3
    assert webui.controlnet_model_list() == ["None", "tiny_scribble"]
    assert set(webui.controlnet_module_list()) >= {"none", "canny", "invert"}
    assert webui.refresh_checkpoints() is None


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_chooses_the_model(webui):
    webui.util_set_model("tiny")
    assert webui.util_get_current_model() == MODEL
    assert webui.set_options(webui.get_options()) is None
    webui.set_options({"CLIP_stop_at_last_layers": 2})
    try:
        assert webui.get_options()["CLIP_stop_at_last_layers"] == 2
        assert webui.txt2img(**small()).info["clip_skip"] == 2
    finally:
        webui.set_options({"CLIP_stop_at_last_layers": 1})


@pytest.mark.client("webuiapi (PyPI)")
def test_a_setting_lasts_where_the_request_says_so(webui):
    lasting = {"override_settings": {"CLIP_stop_at_last_layers": 2}, "override_settings_restore_afterwards": False}
    try:
        assert webui.txt2img(**small(**lasting)).info["clip_skip"] == 2
        assert webui.txt2img(**small()).info["clip_skip"] == 2
    finally:
        webui.set_options({"CLIP_stop_at_last_layers": 1})


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_is_told_of_a_model_that_is_not_there(webui):
    with pytest.raises(RuntimeError, match=r"Did you mean .+tiny_sd15"):
        webui.txt2img(**small(override_settings={"sd_model_checkpoint": "tiny_sd51"}))


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_waits_until_nothing_runs(webui):
    webui.util_wait_for_ready(check_interval=0.1)
    assert webui.get_progress()["state"]["job_count"] == 0


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_draws_asynchronously(webui):
    async def drawn():
        return await webui.txt2img(**small(), use_async=True)

    assert asyncio.run(drawn()).image.size == (SIDE, SIDE)


def started(webui, **more):
    """A long request in a thread, and the list that its result comes into."""
    found = []
    thread = threading.Thread(target=lambda: found.append(webui.txt2img(**small(**more))))
    thread.start()
    deadline = time.monotonic() + 60
    while webui.get_progress()["state"]["sampling_step"] == 0:
        assert time.monotonic() < deadline, "it does not start"
        time.sleep(0.05)
    return thread, found


@pytest.mark.client("webuiapi (PyPI)")
def test_an_interrupted_request_answers_with_what_was_finished(webui):
    thread, found = started(webui, steps=STEPS, batch_size=2)
    running = webui.get_progress()
    assert 0 < running["progress"] < 1
    assert (running["state"]["job_count"], running["state"]["sampling_steps"]) == (2, STEPS)
    assert webui.interrupt() == {}
    thread.join(60)
    assert [image.size for image in found[0].images] == [(SIDE, SIDE)], "half drawn, as in A1111"
    assert found[0].info["all_seeds"] == [3]
    assert HALF_DRAWN in found[0].info["notes"]
    webui.util_wait_for_ready(check_interval=0.1)


@pytest.mark.client("webuiapi (PyPI)")
def test_a_skipped_picture_is_half_drawn_and_the_next_is_drawn(webui):
    thread, found = started(webui, steps=STEPS, batch_size=2)
    assert webui.skip() is None
    thread.join(120)
    assert ["Seed: 3," in text for text in found[0].info["infotexts"]] == [True, False]
    assert found[0].info["all_seeds"] == [3, 4]
    assert [image.size for image in found[0].images] == [(SIDE, SIDE)] * 2


def lines(width=96, height=80):
    """A white box on black: what Canny makes of it is known at a glance."""
    drawn = np.zeros((height, width, 3), np.uint8)
    drawn[20:60, 24:72] = 255
    return Image.fromarray(drawn)


def unit(**more):
    asked = {"image": lines(), "module": "canny", "model": "tiny_scribble", "processor_res": SIDE, **more}
    return webuiapi.ControlNetUnit(**asked)


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_draws_with_a_controlnet_and_gets_its_map_after_the_pictures(webui):
    plain = webui.txt2img(**small())
    without = webui.txt2img(controlnet_units=[unit(weight=0)], **small())
    assert same(without.images[0], plain.image)
    drawn = webui.txt2img(controlnet_units=[unit()], **small(n_iter=2))
    assert [image.size for image in drawn.images] == [(SIDE, SIDE)] * 3
    assert drawn.info["all_seeds"] == [3, 4]
    assert not same(drawn.images[0], plain.image)
    map = np.array(drawn.images[2])
    assert (map.min(), map.max() > 100, drawn.images[2].info) == (0, True, {})
    half_way = webui.txt2img(controlnet_units=[unit(guidance_end=0.5)], **small())
    assert len({image.tobytes() for image in (plain.image, drawn.images[0], half_way.images[0])}) == 3
    again = webui.txt2img(**small())
    assert (len(again.images), same(again.image, plain.image)) == (1, True), "the units were of one request"


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapis_deprecated_forms_draw_the_same(webui):
    today = webui.txt2img(controlnet_units=[unit()], **small())
    forgotten = {"alwayson_scripts": {}}  # else it sends the units of the request before as well
    older = webui.txt2img(controlnet_units=[unit()], use_deprecated_controlnet=True, **forgotten, **small())
    assert same(today.images[0], older.images[0])
    oldest = webuiapi.ControlNetInterface(webui, show_deprecation_warning=False).txt2img(
        controlnet_image=[lines()], controlnet_module="canny", controlnet_model="tiny_scribble", controlnet_weight=1,
        controlnet_processor_res=SIDE, sampler_index="Euler a", steps=2, **small(),
    )  # fmt: skip
    assert oldest.images[0].size == (SIDE, SIDE)


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapis_oldest_form_draws_over_a_picture_and_repaints_it(webui):
    interface = webuiapi.ControlNetInterface(webui, show_deprecation_warning=False)
    asked = {"controlnet_module": "canny", "controlnet_model": "tiny_scribble", "controlnet_processor_res": SIDE}
    asked |= {"sampler_index": "Euler a", "steps": 2, "subseed_strength": 0, **small()}
    drawn = interface.img2img([lines()], controlnet_image=[lines()], **asked)
    weightless = interface.img2img([lines()], controlnet_image=[lines()], controlnet_weight=0, **asked)
    assert [len(each.images) for each in (drawn, weightless)] == [2, 2]
    assert drawn.images[0].size == (SIDE, SIDE)
    assert not same(drawn.images[0], weightless.images[0])
    assert np.array(drawn.images[1]).any(), "what Canny found"


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_draws_over_a_picture_that_the_controlnet_looks_at(webui):
    plain = webui.img2img(images=[lines()], **small())
    drawn = webui.img2img(images=[lines()], controlnet_units=[unit(image=None)], **small())
    own = webui.img2img(images=[lines()], controlnet_units=[unit(image=lines(), resize_mode="Just Resize")], **small())
    assert len(drawn.images) == len(own.images) == 2
    assert not same(drawn.images[0], plain.image)
    masked = {"mask_image": half(96, 80), "inpaint_full_res": True, "inpainting_fill": 0}
    painted = webui.img2img(images=[lines()], controlnet_units=[unit(image=None)], **masked, **small())
    assert np.array(painted.images[1]).any(), "it looks at what is masked too"


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_detects_what_comfyuis_own_canny_finds(webui, comfy):
    found = webui.controlnet_detect(images=[noisy(), lines(64, 64)], module="canny", processor_res=64)
    assert found.info == "Success"
    assert [map.size for map in found.images] == [(64, 64)] * 2
    upload = comfy.put_input("canny.png", base64.b64decode(png(lines(64, 64))))
    threshold = round(64 / 255, 4)
    prompt = {
        "1": {"class_type": "LoadImage", "inputs": {"image": upload}},
        "2": {"class_type": "Canny", "inputs": {"image": ["1", 0], "low_threshold": threshold,
                                                "high_threshold": threshold}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "canny"}},
    }  # fmt: skip
    (image,) = comfy.run(prompt)["outputs"]["3"]["images"]
    assert same(found.images[1].convert("RGB"), Image.open(io.BytesIO(comfy.output(image))).convert("RGB"))


@pytest.mark.client("webuiapi (PyPI)")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"model": "tiny_scrible"}, "Did you mean .*tiny_scribble"),
        ({"module": "cany"}, "Did you mean .*canny"),
        ({"module": "openpose_full"}, "comfyui_controlnet_aux"),
        ({"image": None}, r"args\[0\].image is missing"),
    ],
    ids=str,
)
def test_webuiapi_is_told_what_is_wrong_with_a_unit(webui, wrong, said):
    with pytest.raises(RuntimeError, match=said):
        webui.txt2img(controlnet_units=[unit(**wrong)], **small())


# sd-webui-controlnet's own examples


OWN_UNIT = {
    "control_mode": "Balanced", "enabled": True, "guidance_end": 1, "guidance_start": 0, "low_vram": False,
    "pixel_perfect": False, "processor_res": -1, "resize_mode": "Crop and Resize", "threshold_a": -1, "threshold_b": -1,
    "weight": 1, "model": "tiny_scribble [d14c016b]", "batch_images": "", "save_detected_map": True,
}  # fmt: skip
OWN_BODY = {
    "batch_size": 1, "cfg_scale": 7, "comments": {}, "disable_extra_networks": False, "do_not_save_grid": False,
    "do_not_save_samples": False, "enable_hr": False, "hr_negative_prompt": "", "hr_prompt": "", "hr_resize_x": 0,
    "hr_resize_y": 0, "hr_scale": 2, "hr_second_pass_steps": 0, "hr_upscaler": "Latent", "n_iter": 1,
    "negative_prompt": "", "override_settings": {}, "override_settings_restore_afterwards": True,
    "prompt": "(masterpiece: 1.3), (highres: 1.3), best quality, a large avalanche", "restore_faces": False,
    "s_churn": 0.0, "s_min_uncond": 0, "s_noise": 1.0, "s_tmax": None, "s_tmin": 0.0, "seed": 42,
    "sampler_name": "DPM++ 2M Karras", "script_args": [], "script_name": None, "seed_enable_extras": True,
    "seed_resize_from_h": -1, "seed_resize_from_w": -1, "styles": [], "subseed": -1, "subseed_strength": 0,
    "tiling": False, "steps": 3, "width": 96, "height": SIDE,
}  # fmt: skip
EXAMPLES = {  # only sizes, steps and the models' name are smaller here
    "api_txt2img.py": ("txt2img", {"prompt": "a large avalanche", "steps": 3, "cfg_scale": 7}, "controlnet", {
        "enabled": True, "module": "none", "model": "scribble", "weight": 1.0, "resize_mode": "Crop and Resize",
        "lowvram": False, "processor_res": 64, "threshold_a": 64, "threshold_b": 64, "guidance_start": 0.0,
        "guidance_end": 1.0, "control_mode": "Balanced", "pixel_perfect": False,
    }),
    "api_advanced_weighting.py": (
        "txt2img", OWN_BODY, "ControlNet", {**OWN_UNIT, "module": "canny", "advanced_weighting": [0.5] * 13},
    ),
    "api_inpaint.py": (
        "img2img",
        {**OWN_BODY, "denoising_strength": 0.75, "initial_noise_multiplier": 1, "inpaint_full_res": 0,
         "inpaint_full_res_padding": 32, "inpainting_fill": 1, "inpainting_mask_invert": 0, "mask_blur_x": 4,
         "mask_blur_y": 4, "mask_blur": 4, "resize_mode": 0},
        "ControlNet",
        {**OWN_UNIT, "module": "inpaint_only", "pixel_perfect": True, "processor_res": 512, "threshold_a": 64},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_extensions_own_examples_run(bridge, name):
    mode, body, key, unit = EXAMPLES[name]
    picture = png(lines())
    if mode == "img2img":
        body = {**body, "init_images": [picture], "mask": png(half(96, 80))}
    else:
        unit = {**unit, "image": picture}
    body = {"width": SIDE, "height": SIDE, **body}
    code, answer = bridge.call(f"/sdapi/v1/{mode}", {**body, "alwayson_scripts": {key: {"args": [unit]}}})
    assert code == 200, answer
    drawn = [Image.open(io.BytesIO(base64.b64decode(image))) for image in answer["images"]]
    assert [image.size for image in drawn] == [(body["width"], body["height"])] * 2
    without = bridge.call(f"/sdapi/v1/{mode}", body)[1]["images"]
    assert not same(drawn[0], Image.open(io.BytesIO(base64.b64decode(without[0]))))


def test_the_extensions_oldest_example_runs(bridge):
    """example/chatgpt.py, with its lists of pictures and without any."""
    body = {
        "prompt": "best quality", "negative_prompt": "lowres", "seed": -1, "subseed": -1, "subseed_strength": 0,
        "batch_size": 1, "n_iter": 1, "steps": 3, "cfg_scale": 7, "width": SIDE, "height": SIDE, "restore_faces": True,
        "eta": 0, "sampler_index": "Euler a", "controlnet_module": "canny", "controlnet_guidance": 1.0,
        "controlnet_model": "tiny_scribble [e3fe7712]",
    }  # fmt: skip
    for images, count in (([], 1), ([png(lines())], 2)):
        code, answer = bridge.call("/controlnet/txt2img", {**body, "controlnet_input_images": images})
        assert (code, len(answer["images"])) == (200, count), answer
    detected = {"controlnet_module": "canny", "controlnet_input_images": [png(lines())]}
    code, answer = bridge.call("/controlnet/detect", detected)
    assert (code, answer["info"], len(answer["images"])) == (200, "Success", 1)


@pytest.mark.client("webuiapi (PyPI)")
def test_webuiapi_asks_what_a_picture_shows(webui, bridge):
    green = Image.new("RGB", (8, 8), (0, 200, 0))
    assert webui.interrogate(green, model="deepdanbooru").info == r"green \(nature\)"
    said = webui.interrogate(image=green)
    assert said.info == bridge.call("/sdapi/v1/interrogate", {"image": png(green)})[1]["caption"] != ""
    with pytest.raises(RuntimeError, match=r"404.*Did you mean .+clip"):
        webui.interrogate(green, model="klip")


# sd-backend-client


@pytest.mark.client("sd-backend-client (PyPI)")
def test_sd_backend_client_finds_its_backend_and_lists(strict):
    assert [each.name for each in strict.list_checkpoints()] == MODELS
    assert "euler_ancestral" in [each.name for each in strict.list_samplers()]
    assert "karras" in [each.name for each in strict.list_schedulers()]
    assert "Lanczos" in [each.name for each in strict.list_upscalers()]
    assert strict.list_hypernetworks() == []
    assert isinstance(strict.list_loras(), list)
    assert isinstance(strict.list_vaes(), list)
    assert [style.name for style in strict.get_styles()]
    assert [(each.name, each.is_alwayson, len(each.args)) for each in strict.get_script_info()] == [
        ("pixart", True, 1)
    ] * 2
    can = strict.get_capabilities()
    assert (can.scheduler, can.interrogate, can.ultimate_upscale) == (True, True, False)


@pytest.mark.client("sd-backend-client (PyPI)")
def test_sd_backend_client_draws(strict):
    params = sd_backend_client.DiffusionRequestBody(
        prompt="a tree", width=SIDE, height=SIDE, steps=2, seed=5, n_iter=2, sd_model_name=MODEL, scheduler="karras"
    )
    result = strict.submit_txt2img(params).wait(timeout=120)
    assert result.seeds == [5, 6]
    assert [image.size for image in result.images] == [(SIDE, SIDE)] * 2
    assert result.raw_info.sampler_name == "Euler a"


@pytest.mark.client("sd-backend-client (PyPI)")
def test_sd_backend_client_draws_over_and_repaints(strict):
    shared = {"prompt": "a tree", "width": SIDE, "height": SIDE, "steps": 2, "seed": 5, "init_images": [noisy()]}
    over = strict.submit_img2img(sd_backend_client.DiffusionRequestBody(**shared)).wait(timeout=120)
    assert over.images[0].size == (SIDE, SIDE)
    params = sd_backend_client.DiffusionRequestBody(**shared, mask=half(), inpaint_full_res=False, mask_blur=0)
    painted = strict.submit_inpaint(params).wait(timeout=120).images[0].convert("RGB")
    assert np.array_equal(np.array(painted)[:, : SIDE // 2], np.array(noisy())[:, : SIDE // 2])


@pytest.mark.client("sd-backend-client (PyPI)")
def test_sd_backend_client_enlarges(strict):
    upscaling = sd_backend_client.DiffusionUpscalingParams(upscaling_mode="Nearest")
    result = strict.submit_upscale(noisy(16, 8), 32, 16, upscaling).wait(timeout=120)
    assert same(result.images[0].convert("RGB"), noisy(16, 8).resize((32, 16), Image.Resampling.NEAREST))


# image-generation-mcp


@pytest.fixture
def provider(bridge, monkeypatch):
    """Its presets are for real models; only their size and steps are made small here."""
    preset = dataclasses.replace(sd_webui._SD15_PRESET, sizes={"1:1": (SIDE, SIDE)}, steps=2)
    monkeypatch.setattr(sd_webui, "_SD15_PRESET", preset)
    return sd_webui.SdWebuiImageProvider(bridge.url, model=MODEL)


@pytest.mark.client("image-generation-mcp (PyPI)")
async def test_image_generation_mcp_discovers_and_draws(provider):
    try:
        can = await provider.discover_capabilities()
        assert (can.degraded, [model.model_id for model in can.models]) == (False, MODELS)
        said = []
        made = await provider.generate("a tree", progress_callback=lambda done, text: said.append((done, text)))
        assert Image.open(io.BytesIO(made.image_data)).size == (SIDE, SIDE)
        assert isinstance(made.provider_metadata["seed"], int)
        assert all(0 <= done <= 1 for done, _ in said)
        start = InputImage(data=base64.b64decode(png(noisy())), content_type="image/png")
        again = await provider.generate("a tree", reference_images=[start], strength=0.5)
        assert again.provider_metadata["edited"] is True
    finally:
        await provider.aclose()


def png(image):
    made = io.BytesIO()
    image.save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()


# What clients rely on without saying so


@pytest.mark.parametrize("path", ["/sdapi/v1/sd-modules", "/controlnet/x", "/internal/x"])
@pytest.mark.parametrize("body", [None, {}], ids=["GET", "POST"])
def test_what_is_not_there_is_404_in_fastapis_words(bridge, path, body):
    code, answer = bridge.call(path, body)
    assert (code, answer["detail"]) == (404, "Not Found")


def test_a_client_that_looks_for_comfyui_first_does_not_find_it(bridge):
    assert bridge.call("/system_stats")[0] == 404


def test_the_wrong_method_is_405(bridge):
    code, answer = bridge.call("/sdapi/v1/txt2img")
    assert (code, answer["detail"]) == (405, "Method Not Allowed")


def test_junk_credentials_are_ignored_when_none_are_set(bridge):
    headers = {"Authorization": "Basic dW5kZWZpbmVk"}  # "undefined", as SillyTavern sends it
    assert bridge.call("/sdapi/v1/options", headers=headers)[0] == 200


def test_a_task_is_followed_by_its_own_id(bridge):
    body = small(steps=2, force_task_id="task(txt2img-ABC1234)")
    code, answer = bridge.call("/sdapi/v1/txt2img", body)
    assert code == 200, answer
    code, answer = bridge.call("/internal/progress", {"id_task": "task(txt2img-ABC1234)"})
    assert (answer["active"], answer["completed"]) == (False, True)
    assert bridge.call("/internal/pending-tasks")[1] == {"size": 0, "tasks": []}


def test_a_workflow_of_ones_own_is_served(bridge):
    code, answer = bridge.call("/sdapi/v1/txt2img", small(steps=2, workflow="txt2img_pixel"))
    assert code == 200, answer
    assert json.loads(answer["info"])["notes"] == []
    made = Image.open(io.BytesIO(base64.b64decode(answer["images"][0])))
    assert made.size == (SIDE, SIDE)


def test_name_and_password_are_asked_for_where_they_are_set(tmp_path, comfy):
    locked = {"A1111_USERNAME": "me", "A1111_PASSWORD": "secret"}
    with BridgeProcess(tmp_path, COMFYUI_URL=comfy.url, **locked) as bridge:
        code, answer = bridge.call("/sdapi/v1/options")
        assert (code, answer["detail"]) == (401, "Incorrect username or password")
        client = webuiapi.WebUIApi(baseurl=f"{bridge.url}/sdapi/v1", username="me", password="secret")
        assert client.get_options()["samples_format"] == "png"
        client.session.close()

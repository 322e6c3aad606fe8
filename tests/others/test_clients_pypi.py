"""Clients of A1111's API as they come from PyPI, each in its own way of being run, against a real ComfyUI."""

import base64
import io
import json
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import sketches
from bridge_process import BridgeProcess
from PIL import Image
from pypi import apart, drive, ran

# aaa1111's types are written as Python 3.8 has them, and beartype warns of that
pytestmark = [pytest.mark.comfy, pytest.mark.filterwarnings("ignore:.*deprecated by PEP 585")]

SIDE = 64
SMALL = {"prompt": "a tree", "width": SIDE, "height": SIDE, "seed": 5, "steps": 2}
MODEL, DRAWINGS = "tiny_sd15.ckpt", "Pixart built-in drawings"
MODELS = [MODEL, DRAWINGS]


@pytest.fixture(scope="module")
def bridge(tmp_path_factory, comfy):
    with BridgeProcess(tmp_path_factory.mktemp("bridge"), COMFYUI_URL=comfy.url) as bridge:
        yield bridge


@pytest.fixture(scope="module")
def separate(tmp_path_factory):
    """The environment in which programs see what can't be installed beside our requirements."""
    return apart(tmp_path_factory.mktemp("apart"))


@pytest.fixture
def tree(tmp_path):
    """A picture in a file."""
    file = tmp_path / "tree.png"
    file.write_bytes(sketches.encoded(sketches.tree(SIDE).convert("RGB")))
    return file


def opened(data):
    with Image.open(io.BytesIO(data) if isinstance(data, bytes) else data) as picture:
        picture.load()
        return picture


def same(one, other):
    return one.size == other.size and np.array_equal(np.array(one.convert("RGB")), np.array(other.convert("RGB")))


def plain(bridge, route="txt2img", **asked):
    """The first picture of a request that no client made."""
    code, answer = bridge.call(f"/sdapi/v1/{route}", {**SMALL, **asked})
    assert code == 200, answer
    return opened(base64.b64decode(answer["images"][0]))


# aaa1111


@pytest.fixture(scope="module")
def aaa1111(bridge):
    """A client whose answers are checked by beartype."""
    from aaa1111.client import AAA1111

    return AAA1111(base_url=bridge.url, defaults={"steps": 2})


AAA1111 = pytest.mark.client("aaa1111 (PyPI)")


@AAA1111
def test_aaa1111_draws_a_batch_from_a_dataclass_and_from_all_its_fields(aaa1111, bridge):
    from dataclasses import asdict

    from aaa1111.types import TXT2IMG

    asked = TXT2IMG(**SMALL, n_iter=2, negative_prompt="fog", sampler_name="DPM++ 2M")
    few, all_of_them = aaa1111.txt2img(asked), aaa1111.txt2img(asdict(asked))
    assert [picture.size for picture in few.images] == [(SIDE, SIDE)] * 2
    assert few.info["all_seeds"] == all_of_them.info["all_seeds"] == [5, 6]
    assert all(same(one, other) for one, other in zip(few.images, all_of_them.images, strict=True))
    assert same(few.images[1], plain(bridge, seed=6, negative_prompt="fog", sampler_name="DPM++ 2M"))
    assert not same(*few.images)
    told = few.images[1].info["parameters"]
    assert told == few.info["infotexts"][1]
    assert "Steps: 2, Sampler: DPM++ 2M" in told and "Seed: 6" in told


@AAA1111
async def test_aaa1111_draws_asynchronously_with_a_second_pass(bridge):
    from aaa1111.client import AAA1111
    from aaa1111.types import TXT2IMG

    client = AAA1111(base_url=bridge.url)
    asked = TXT2IMG(**SMALL, enable_hr=True, hr_scale=1.5, hr_upscaler="Latent", denoising_strength=0.6)
    drawn = await client.atxt2img(asked)
    assert drawn.images[0].size == (96, 96)
    assert "Hires upscale: 1.5, Hires upscaler: Latent" in drawn.info["infotexts"][0]
    await client.aclient.aclose()


@AAA1111
def test_aaa1111_draws_over_pictures_that_it_sends_as_webp(aaa1111, bridge, tree):
    from aaa1111.types import IMG2IMG

    start = opened(tree)
    start.info.clear()
    kept = aaa1111.img2img(IMG2IMG(**SMALL, init_images=[start], denoising_strength=0))
    assert same(kept.images[0], start)
    drawn = aaa1111.img2img(IMG2IMG(**SMALL, init_images=[start], denoising_strength=0.5))
    sent = base64.b64encode(tree.read_bytes()).decode()
    assert same(drawn.images[0], plain(bridge, "img2img", init_images=[sent], denoising_strength=0.5))
    mask = Image.new("L", start.size)
    mask.paste(255, (SIDE // 2, 0, SIDE, SIDE))
    repaint = {"mask": mask, "mask_blur": 0, "inpaint_full_res": False, "inpainting_fill": 1}
    painted = aaa1111.img2img(IMG2IMG(**SMALL, init_images=[start], **repaint))
    left = (0, 0, SIDE // 2, SIDE)
    assert same(painted.images[0].crop(left), start.crop(left)) and not same(painted.images[0], start)


@AAA1111
def test_aaa1111_draws_with_controlnet_and_with_scripts_that_are_not_there(aaa1111, tree):
    from aaa1111.types import TXT2IMG
    from aaa1111.types.extension import ControlNet, ControlNetArgs, DynamicThresholding

    unit = ControlNetArgs(image=tree, module="canny", model="tiny_scribble", processor_res=SIDE)
    drawn = aaa1111.txt2img(TXT2IMG(**SMALL, alwayson_scripts=[ControlNet(unit)]))
    assert [picture.size for picture in drawn.images] == [(SIDE, SIDE)] * 2, "the picture, and what Canny found"
    alone = aaa1111.txt2img(TXT2IMG(**SMALL, alwayson_scripts=[DynamicThresholding()]))
    assert any("Dynamic Thresholding" in note for note in alone.info["notes"])
    assert not same(alone.images[0], drawn.images[0])


@AAA1111
def test_aaa1111_enlarges(aaa1111, tree):
    from aaa1111.types import ExtrasBatchImages, ExtrasSingleImage
    from aaa1111.types.extras import FileData

    asked = ExtrasSingleImage(image=opened(tree), upscaler_1="Nearest", upscaling_resize=3)
    wanted = opened(tree).resize((3 * SIDE, 3 * SIDE), Image.Resampling.NEAREST)
    assert same(aaa1111.extra_single_image(asked).image, wanted)
    listed = {"imageList": [{"data": tree, "name": name} for name in "ab"], "upscaler_1": "Nearest"}
    several = aaa1111.extra_batch_images({**listed, "upscaling_resize": 3})
    assert [same(picture, wanted) for picture in several.images] == [True, True]
    assert ExtrasBatchImages(imageList=[FileData(data=str(tree), name="a")]).asdict()["imageList"]


@AAA1111
def test_aaa1111_gets_every_list_and_finds_what_it_promises_in_each(aaa1111):
    assert [model.title for model in aaa1111.sd_models()] == MODELS
    assert {"Euler a", "DPM++ 2M"} <= {sampler.name for sampler in aaa1111.samplers()}
    assert [each.name for each in aaa1111.upscalers()][:3] == ["None", "Lanczos", "Nearest"]
    assert len(aaa1111.latent_upscale_modes()) == 6
    assert aaa1111.scripts().txt2img == ["controlnet", "controlnet m2m", "pixart"]
    assert aaa1111.memory().ram["total"] > 0
    assert aaa1111.cmd_flags()["api"] is True
    assert all(style.name for style in aaa1111.prompt_styles())
    assert aaa1111.embeddings().skipped == {}
    names = ("sd_vae", "loras", "lycos", "hypernetworks", "face_restorers", "realesrgan_models", "script_info")
    assert [isinstance(getattr(aaa1111, name)(), list) for name in names] == [True] * len(names)


@AAA1111
def test_aaa1111_acts_and_changes_options(aaa1111):
    for name in ("interrupt", "skip", "unload_checkpoint", "reload_checkpoint", "refresh_checkpoints", "refresh_loras"):
        assert getattr(aaa1111, name)() is None
    assert aaa1111.refresh_lycos() is None, "as the extension for LyCORIS had it"
    aaa1111.set_options(CLIP_stop_at_last_layers=2)
    try:
        assert aaa1111.get_options()["CLIP_stop_at_last_layers"] == 2
        assert aaa1111.txt2img(SMALL).info["clip_skip"] == 2
    finally:
        aaa1111.set_options(CLIP_stop_at_last_layers=1)


@AAA1111
def test_aaa1111_follows_and_ends_a_request(aaa1111):
    found = []
    thread = threading.Thread(target=lambda: found.append(aaa1111.txt2img({**SMALL, "steps": 150, "n_iter": 2})))
    thread.start()
    deadline = time.monotonic() + 60
    while not (seen := aaa1111.progress(skip_current_image=True)).state["sampling_step"]:
        assert time.monotonic() < deadline, "it does not start"
        time.sleep(0.05)
    assert 0 < seen.progress < 1 and seen.eta_relative >= 0
    assert (seen.state["job_count"], seen.state["sampling_steps"]) == (2, 150)
    aaa1111.interrupt()
    thread.join(60)
    assert len(found[0].images) == len(found[0].info["all_seeds"]) == 1


@AAA1111
def test_aaa1111s_program_draws_from_a_file_of_settings(bridge, tmp_path):
    (tmp_path / "tree.toml").write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in SMALL.items()))
    run(tmp_path, "aaa1111", "tree.toml", "-b", bridge.url, "-d", "made")
    (made,) = (tmp_path / "made").iterdir()
    assert same(opened(made), plain(bridge))
    assert opened(made).info["parameters"].startswith("a tree\nSteps: 2")


def run(folder, module, *arguments):
    """A client's own program, in a folder of its own."""
    done = ran(folder, "-m", module, *arguments)
    assert done.returncode == 0, done.stderr


# clipper-ai


@pytest.mark.client("clipper-ai (PyPI)")
def test_clipper_ai_draws_each_line_of_a_file(bridge, tmp_path):
    wanted = {"api_url": f"{bridge.url}/sdapi/v1/txt2img", "steps": 2, "width": SIDE, "height": 72, "delay": 0}
    (tmp_path / "config.json").write_text(json.dumps(wanted))
    (tmp_path / "prompts.txt").write_text("a tree\n\na red boat: at sea\n")
    run(tmp_path, "clipper", "--prompts", "prompts.txt", "--config", "config.json")
    noted = [json.loads(line) for line in (tmp_path / "prompt_log.jsonl").read_text().splitlines()]
    assert [each["prompt"] for each in noted] == ["a tree", "a red boat: at sea"], (
        tmp_path / "clipper.log"
    ).read_text()
    for each in noted:
        made = opened(tmp_path / "generated_images" / each["filename"])
        assert made.size == (SIDE, 72)
        assert made.info["parameters"].startswith(f"{each['prompt']}\nSteps: 2")


# mpapi-webui


@pytest.mark.client("mpapi-webui (PyPI)")
def test_mpapi_webui_draws_with_two_processes_and_saves_the_text_that_png_info_tells(bridge, tree):
    seen = drive("mpapi-webui", bridge.url, tree)
    once, again, over = (opened(Path(file)) for file in seen["made"])
    assert same(once, again) and same(once, plain(bridge))
    assert once.text == again.text and set(once.text) == {"parameters"}
    assert once.text["parameters"].startswith("a tree\nSteps: 2") and "Seed: 5" in once.text["parameters"]
    assert over.size == (SIDE, SIDE) and "Denoising strength: 0.5" in over.text["parameters"]


# oobabot


@pytest.mark.client("oobabot (PyPI)")
def test_oobabots_client_draws_what_discords_users_ask_for_and_publishes_no_prompt(separate, bridge, tree):
    before = bridge.call("/sdapi/v1/options")[1]
    try:
        seen = drive("oobabot", bridge.url, tree, **separate)
        assert bridge.call("/sdapi/v1/options")[1]["enable_pnginfo"] is False
    finally:
        bridge.call("/sdapi/v1/options", {"enable_pnginfo": before["enable_pnginfo"]})
    assert before["enable_pnginfo"] is True
    assert (seen["models"], "Euler a" in seen["samplers"]) == (["tiny_sd15", DRAWINGS], True)
    data = [base64.b64decode(each) for each in seen["pictures"]]
    first, again, other, sampled, open_to_adults = map(opened, data)
    assert {picture.size for picture in map(opened, data)} == {(SIDE, 72)}
    assert same(first, again)
    assert len({picture.tobytes() for picture in (first, other, sampled, open_to_adults)}) == 4
    assert [place for place, each in enumerate(data) if b"tree" in each or opened(each).info] == []


# sd-api-mcp


@pytest.fixture
def mcp(separate, bridge, tmp_path):
    """A client of the MCP server, which runs in a process of its own and speaks over its standard streams."""
    fastmcp = pytest.importorskip("fastmcp")
    from fastmcp.client.transports import StdioTransport

    wanted = {
        **separate,
        "SD_WEBUI_URL": bridge.url,
        "FASTMCP_CHECK_FOR_UPDATES": "off",
        "FASTMCP_SHOW_SERVER_BANNER": "0",
    }
    server = StdioTransport(sys.executable, ["-m", "sd_api_mcp.server"], env=wanted, cwd=str(tmp_path))
    return fastmcp.Client(server)


@pytest.mark.client("sd-api-mcp (PyPI)")
async def test_sd_api_mcp_draws_lists_and_enlarges_as_a_language_model_asks_it_to(mcp, bridge, tree):
    async with mcp:
        assert len(await mcp.list_tools()) == 8

        async def call(tool, **asked):
            return (await mcp.call_tool(tool, asked)).data

        assert await call("get_sd_models") == MODELS
        assert (await call("get_sd_upscalers"))[:3] == ["None", "Lanczos", "Nearest"]
        assert await call("get_controlnet_models") == ["None", "tiny_scribble"]
        assert "canny" in await call("get_controlnet_modules")
        assert MODEL in await call("set_sd_model", model_name=MODEL)
        once, twice = map(opened, await call("txt2img", **SMALL, batch_size=2))
        usual = {"sampler_name": "Euler a"}
        assert same(once, plain(bridge, **usual)) and same(twice, plain(bridge, **usual, seed=6))
        assert "Seed: 6" in twice.info["parameters"]
        unit = {"image": str(tree), "model": "tiny_scribble", "module": "canny"}
        held, found = map(opened, await call("txt2img", **SMALL, controlnet_units=[unit]))
        assert not same(held, once) and found.size == (SIDE, SIDE)
        kept = await call("img2img", init_image=str(tree), **SMALL, denoising_strength=0)
        assert same(opened(kept[0]), opened(tree))
        (default,) = await call("upscale_images", images=[str(tree)])
        assert opened(default).size == (4 * SIDE, 4 * SIDE)


@pytest.mark.client("sd-api-mcp (PyPI)")
async def test_sd_api_mcp_repaints_what_is_masked_and_says_what_is_wrong(mcp, tree):
    from fastmcp.exceptions import ToolError

    mask = Image.new("L", (SIDE, SIDE))
    mask.paste(255, (SIDE // 2, 0, SIDE, SIDE))
    mask.save(tree.with_name("mask.png"))
    asked = {"init_image": str(tree), "mask": str(tree.with_name("mask.png")), "inpaint_full_res": False, **SMALL}
    async with mcp:
        (made,) = (await mcp.call_tool("img2img", {**asked, "mask_blur_x": 0, "mask_blur_y": 0})).data
        left = (0, 0, SIDE // 2, SIDE)
        assert same(opened(made).crop(left), opened(tree).crop(left)) and not same(opened(made), opened(tree))
        unit = {"image": str(tree), "model": "tiny_scrible", "module": "canny"}
        with pytest.raises(ToolError, match="400"):
            await mcp.call_tool("txt2img", {**SMALL, "controlnet_units": [unit]})

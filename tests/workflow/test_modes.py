"""Every mode draws on the real sampler: what was asked, the same for the same seed, exact where it must be."""

import numpy as np
import pytest
import tiny_models
from modes import LIBRARY
from PIL import Image
from studio import SIDE, Studio, photo, warm

from bridge.workflow.file import BUILT_IN

pytestmark = pytest.mark.comfy

CHAIN = {"prompt_index", "latent_seed"}
HERE = [each for each in LIBRARY if each.engine != "a1111"]  # that one needs another server: test_end_engines
UNLIKE = ("sprite", "machine")  # a sheet has frames; a machine has its own size, and chance makes no difference to most
# Built-in drawings leave nothing to a seed where they take a picture: they recolour it, or draw into it.
SEEDED = [each for each in HERE if (each.engine != BUILT_IN or "image" not in each.inputs) and each.mode not in UNLIKE]
GENERATING = [each.mode for each in SEEDED if "seed" in each.inputs or "latent_seed" in each.inputs]
# An Axera model for tests is of random numbers: its four strengths have no order.
FROM_A_PICTURE = [each.mode for each in HERE if {"denoise", "image"} <= each.inputs.keys() and each.engine != "axera"]
FROM_A_PICTURE.remove("style_transfer")  # takes as long as five others, and ends like style_transfer_color


@pytest.fixture(scope="module")
def studio(comfy):
    return Studio(comfy)


def seed_of(mode):
    return "seed" if "seed" in LIBRARY.get(mode).inputs else "latent_seed"


def prompt_of(mode, number):
    prompt = ["a tree", "a red boat at sea"][number]
    return {"prompt_index": number} if mode.startswith("aleaart") else {"prompt": prompt}


@pytest.mark.parametrize("mode", GENERATING)
def test_a_mode_draws_what_was_asked_a_seed_repeats_and_another_seed_or_prompt_differs(mode, studio):
    first = studio.picture(mode, **prompt_of(mode, 0))
    usual = (48, 48) if "rgb565" in mode else (SIDE, SIDE)
    wanted = {"txt2img_hires": (96, 96), "aleaart": (512, 512)}.get(mode.removesuffix("_builtin"), usual)
    assert first.shape[:2] == wanted
    assert first.std(axis=(0, 1)).max() > 8  # not flat
    assert not np.array_equal(first, studio.picture(mode, **prompt_of(mode, 0), **{seed_of(mode): 8}))
    assert not np.array_equal(first, studio.picture(mode, **prompt_of(mode, 1)))
    assert np.array_equal(first, studio.picture(mode, **prompt_of(mode, 0)))  # ComfyUI has forgotten the first by now


@pytest.mark.parametrize("mode", ["img2img", "inpaint", "style_transfer_color"])
def test_denoise_zero_gives_the_picture_back_exactly(mode, studio):
    assert np.array_equal(studio.picture(mode, denoise=0), np.array(photo()))


@pytest.mark.parametrize("mode", FROM_A_PICTURE)
def test_more_denoise_goes_further_from_the_picture(mode, studio):
    start = studio.picture(mode, denoise=0)
    little, much = (studio.picture(mode, denoise=d, steps=10) for d in (0.2, 0.9))
    assert 0 < np.abs(little - start).mean() < np.abs(much - start).mean()


@pytest.mark.parametrize("blur", [0, 2])
@pytest.mark.parametrize("size", [(SIDE, SIDE), (60, 52), (128, 96)], ids=str)
@pytest.mark.parametrize("fill", ["original", "fill", "noise", "nothing"])
def test_the_kept_half_of_an_inpaint_is_exact_and_the_other_half_new(fill, size, blur, studio):
    values = {"fill": fill, "width": size[0], "height": size[1], "mask_blur": blur, "denoise": 0.9}
    drawn, kept = studio.picture("inpaint", **values), studio.picture("inpaint", **{**values, "denoise": 0})
    reach = 8 * (blur > 0) + 4  # pixels of a blur of 2 and of Lanczos, before the picture is scaled
    left = (SIDE // 2 - reach) * size[0] // SIDE
    assert np.array_equal(drawn[:, :left], kept[:, :left])
    assert np.abs(drawn[:, -size[0] // 4 :] - kept[:, -size[0] // 4 :]).mean() > 2


def test_only_masked_keeps_the_pictures_own_size_and_all_that_is_not_masked(studio):
    large = photo().resize((160, 120))
    spot = Image.new("L", large.size, 0)
    spot.paste(255, (100, 40, 130, 70))
    values = {"image": studio.put(large), "mask": studio.put(spot), "mask_blur": 0, "mask_padding": 8, "denoise": 1}
    drawn = studio.picture("inpaint", area="only masked", **values)
    before, outside = np.array(large).astype(int), np.array(spot) == 0
    assert np.array_equal(drawn[outside], before[outside])
    assert np.abs(drawn[~outside] - before[~outside]).mean() > 2


def test_an_inverted_mask_repaints_the_other_half(studio):
    drawn = studio.picture("inpaint", mask_invert=True, mask_blur=0, denoise=0.9)
    assert np.array_equal(drawn[:, SIDE // 2 :], np.array(photo())[:, SIDE // 2 :])


@pytest.mark.parametrize(
    ("asked", "side", "drawn_at"),
    [((64, 64), 64, (64, 64)), ((60, 100), 0, (64, 104)), ((32, 32), 64, (64, 64)), ((256, 128), 64, (128, 64))],
)
def test_the_model_draws_at_a_size_that_it_likes_and_the_answer_has_the_size_asked(asked, side, drawn_at, studio):
    bound, entry = studio.entry("txt2img", width=asked[0], height=asked[1], generation_side=side)
    picture = studio.read(entry["outputs"][bound.outputs["image"]])
    assert picture.shape[:2] == asked[::-1]
    sampler = studio.picture("txt2img", width=drawn_at[0], height=drawn_at[1], generation_side=0)
    assert sampler.shape[:2] == drawn_at[::-1]
    if side == 0:  # only cut: the pixels are those that were drawn
        top, left = (drawn_at[1] - asked[1]) // 2, (drawn_at[0] - asked[0]) // 2
        assert np.array_equal(picture, sampler[top : top + asked[1], left : left + asked[0]])


@pytest.mark.parametrize(
    "change",
    [
        {"loras": f"<lora:{tiny_models.LORA.rpartition('/')[2].partition('.')[0]}:1>"},
        {"vae": tiny_models.SWAPPED_VAE.partition("/")[2]},
        {"clip_skip": -2},
        {"variation_seed": 3, "variation_strength": 0.5},
        {"negative": "a boat"},
        {"sampler": "euler"},
        {"scheduler": "normal"},
        {"cfg": 1.0},
        {"steps": 6},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_a_request_may_set_changes_the_picture(change, studio):
    assert not np.array_equal(studio.picture("txt2img", **change), studio.picture("txt2img"))


def test_pixel_modes_keep_to_their_palette(studio):
    for mode in ("txt2img_pixel", "img2img_pixel"):
        drawn = studio.picture(mode, colors="#000000 #ff004d #ffffff", width=24, height=16)
        assert drawn.shape == (16, 24, 3)
        assert {tuple(color) for color in drawn.reshape(-1, 3)} <= {(0, 0, 0), (255, 0, 77), (255, 255, 255)}


def test_a_panel_gets_two_bytes_a_pixel_and_they_are_the_preview(studio):
    drawn = studio.draw("txt2img_rgb565")
    words = np.frombuffer(drawn["rgb565"], ">u2").reshape(48, 48)
    red, green, blue = words >> 11, words >> 5 & 63, words & 31
    shown = drawn["image"]
    assert len(drawn["rgb565"]) == 2 * 48 * 48
    for levels, most, channel in ((red, 31, 0), (green, 63, 1), (blue, 31, 2)):
        assert np.array_equal(np.rint(shown[..., channel] * most / 255).astype(int), levels)


def test_the_style_comes_through_a_style_model_where_there_is_one_and_by_colours_elsewhere(studio):
    strong = studio.picture("style_transfer", style_strength=1.0, denoise=0.9)
    assert not np.array_equal(strong, studio.picture("style_transfer", style_strength=0.0, denoise=0.9))
    plain, style = np.array(photo()).astype(int), np.array(warm()).astype(int)
    moved = studio.picture("style_transfer_color", style_strength=1.0, denoise=0.2)
    wanted, had, has = (picture.mean(axis=(0, 1)) for picture in (style, plain, moved))
    assert np.abs(has - wanted).sum() < np.abs(had - wanted).sum() / 2


@pytest.mark.parametrize("upscaler", ["Nearest", "Lanczos", tiny_models.UPSCALER.partition("/")[2]])
def test_upscale_enlarges_to_the_size_asked(upscaler, studio):
    drawn = studio.picture("upscale", upscaler=upscaler, width=160, height=160)
    assert drawn.shape == (160, 160, 3)
    assert drawn.std() > 8

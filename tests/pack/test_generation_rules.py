"""The arithmetic around a model: sizes, steps, mixed noise and LoRA tags, without any ComfyUI."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pixart_nodes.denoise import slerp, tail_steps
from pixart_nodes.errors import LoraError, PictureError, UnknownName
from pixart_nodes.loras import Lora, file_of, parse
from pixart_nodes.pixel.palette.picture import covering_size, model_size

SIDES = st.integers(1, 4096)


@pytest.mark.parametrize(
    ("asked", "side", "drawn"),
    [
        ((240, 240), 512, (512, 512)),
        ((512, 768), 512, (512, 768)),
        ((600, 600), 512, (600, 600)),
        ((1920, 1080), 512, (1024, 576)),
        ((1, 4096), 512, (64, 1024)),
        ((100, 37), 64, (128, 64)),
        ((100, 37), 0, (104, 40)),
        ((1, 1), 0, (8, 8)),
    ],
)
def test_a_model_draws_at_a_size_it_likes(asked, side, drawn):
    assert model_size(*asked, side) == drawn


@pytest.mark.parametrize(
    ("asked", "side", "multiple", "drawn"),
    [
        ((1000, 600), 0, 16, (1008, 608)),
        ((1000, 600), 512, 16, (1008, 608)),
        ((1000, 600), 1024, 16, (1712, 1024)),
        ((1, 1), 512, 16, (512, 512)),
        ((1, 4096), 512, 48, (96, 1056)),
    ],
)
def test_a_model_draws_in_multiples_that_it_can(asked, side, multiple, drawn):
    assert model_size(*asked, side, multiple) == drawn


@given(SIDES, SIDES, st.integers(8, 256).map(lambda blocks: blocks * 8))
def test_the_size_for_a_model_keeps_shape_and_limits(width, height, side):
    drawn = model_size(width, height, side)
    assert all(length % 8 == 0 and length >= 64 for length in drawn)
    assert max(drawn) <= 2 * side
    narrow = max(width, height) > 2 * min(width, height)  # then the long side's limit comes first
    assert min(drawn) >= side or narrow
    scale = max(drawn) / max(width, height)
    assert abs(min(drawn) - max(64, min(width, height) * scale)) <= 8 * (1 + min(width, height) / max(width, height))


@given(*[st.integers(512, 2048)] * 4)  # no line of pixels, see below
def test_a_covering_size_covers_and_touches_on_one_side(width, height, to_width, to_height):
    across, down = covering_size(width, height, to_width, to_height)
    assert across >= to_width and down >= to_height
    assert across == to_width or down == to_height


def test_a_line_of_pixels_is_not_made_huge_to_cover_a_size():
    with pytest.raises(PictureError) as caught:
        covering_size(5000, 1, 512, 512)
    made = "A picture of 5000 x 1 pixels would become 2560000 x 512 to cover 512 x 512"
    assert str(caught.value) == f"{made}: crop it first, or have it stretched."
    assert covering_size(5000, 1, 64, 64) == (320_000, 64)
    assert covering_size(2, 1, 16384, 16384) == (32768, 16384)


@pytest.mark.parametrize(
    ("denoise", "steps", "run"),
    [(0.5, 20, 11), (0.75, 20, 16), (0.01, 20, 1), (0.99, 20, 20), (1.0, 20, 20), (0.4, 50, 21), (1.0, 5000, 5000)],
)
def test_img2img_runs_as_many_steps_as_automatic1111(denoise, steps, run):
    assert tail_steps(denoise, steps) == run


def noises(*shape):
    generator = torch.Generator().manual_seed(3)
    return torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)


def test_mixed_noise_lies_on_the_arc_between_the_two():
    low, high = noises(2, 4, 16, 8)
    middle = slerp(low, high, 0.25)

    def angle(one, other):
        return torch.acos(torch.nn.functional.cosine_similarity(one.double(), other.double(), dim=-2))

    unit_low, unit_high = (noise / noise.norm(dim=-2, keepdim=True) for noise in (low, high))
    mixed = slerp(unit_low, unit_high, 0.25)
    ones = torch.ones_like(mixed.norm(dim=-2))
    # float32 has 7 digits; an arc cosine near 0 keeps about 4 of them
    torch.testing.assert_close(mixed.norm(dim=-2), ones, atol=1e-5, rtol=0)
    torch.testing.assert_close(angle(unit_low, mixed), angle(low, high) / 4, atol=1e-3, rtol=0)
    assert not torch.equal(middle, low)


def test_the_ends_of_the_arc_are_the_two_noises():
    low, high = noises(3, 4, 8, 8)
    assert torch.equal(slerp(low, high, 1.0), high)
    assert torch.equal(slerp(low, high, 0.0), low)


def test_each_image_of_a_batch_is_mixed_alone():
    low, high = noises(3, 4, 8, 8)
    assert torch.equal(slerp(low, high, 0.3)[1:2], slerp(low[1:2], high[1:2], 0.3))


def test_noise_without_an_arc_stays_a_number():
    low, high = noises(1, 4, 1, 8)  # one row: each column points the same way or opposite ways
    assert torch.isfinite(slerp(low, high, 0.5)).all()
    torch.testing.assert_close(slerp(low, low, 0.5), low)


@pytest.mark.parametrize(
    ("text", "loras"),
    [
        ("", []),
        ("<lora:a>", [Lora("a", 1.0, 1.0)]),
        ("<lora:a:0>", [Lora("a", 0.0, 0.0)]),
        ("<lora:a b.v1:0.5>\n<LORA:sub/c:-1:0.25>", [Lora("a b.v1", 0.5, 0.5), Lora("sub/c", -1.0, 0.25)]),
        ("<lora:a:te=0.5>, <lora:a:unet=0:te=2>", [Lora("a", 1.0, 0.5), Lora("a", 0.0, 2.0)]),
    ],
)
def test_lora_tags_say_what_and_how_strongly(text, loras):
    assert parse(text) == loras


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<lora:a:strong>", "'strong'"),
        ("<lora:a:nan>", "'nan'"),
        ("<lora:a:>", "''"),
        ("<lora:a:1:1:1>", "'1'"),
        ("<lora:a:lbw=1>", "'lbw=1'"),
        ("a castle <lora:a:1>", "'a castle'"),
        ("<lora:a:1", "'<lora:a:1'"),
    ],
)
def test_a_lora_tag_that_makes_no_sense_is_refused(text, said):
    with pytest.raises(LoraError, match=r"write <lora:name:strength>") as error:
        parse(text)
    assert said in str(error.value)


FILES = ["pixel.safetensors", "styles/ink.v2.safetensors", "other\\ink.v2.pt", "styles/pixel.pt"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("pixel", "pixel.safetensors"),
        ("pixel.safetensors", "pixel.safetensors"),
        ("styles/pixel", "styles/pixel.pt"),
        ("pixel.pt", "styles/pixel.pt"),
        ("styles\\ink.v2", "styles/ink.v2.safetensors"),
        ("other/ink.v2.pt", "other\\ink.v2.pt"),
    ],
)
def test_a_lora_is_found_with_or_without_folder_and_ending(name, file):
    assert file_of(name, FILES) == file


def test_a_lora_that_fits_no_file_or_several_is_refused():
    with pytest.raises(UnknownName, match=r"Did you mean 'pixel'\?"):
        file_of("pixle", FILES)
    with pytest.raises(LoraError, match=r"styles/ink\.v2\.safetensors.* or .*ink\.v2\.pt"):
        file_of("ink.v2", FILES)
    with pytest.raises(LoraError, match=r"no LoRA in models/loras"):
        file_of("ink", [])

"""The table of dithers: one entry each, in the menu's order; and the one value that says how to quantize."""

import dataclasses
import inspect
from dataclasses import replace

import numpy as np
import pytest
from pixart_nodes.pixel.dither import table
from pixart_nodes.pixel.dither.family import DitherSettings
from pixart_nodes.pixel.dither.quantization import Quantization
from pixart_nodes.pixel.errors import PixelError, UnknownName
from pixart_nodes.pixel.palette.palette import Palette

PALETTE = Palette.of([[0, 0, 0], [90, 20, 200], [255, 255, 255]])
SETTINGS = Quantization(PALETTE)
# A released name, and its place in the menu, stay: workflows hold the names, and people know the order.
MENU = [
    "none",
    *("floyd-steinberg", "false-floyd-steinberg", "jarvis-judice-ninke", "stucki", "burkes", "sierra"),
    *("sierra-two-row", "sierra-lite", "atkinson", "stevenson-arce"),
    *("bayer-2", "bayer-4", "bayer-8", "bayer-16", "checkerboard", "clustered-dot-4", "clustered-dot-8"),
    *("horizontal-lines", "diagonal-lines", "blue-noise"),
    *("knoll-4", "knoll-8", "yliluoma-2"),
    "riemersma",
]
TOOLTIP = (
    "none: clean areas; bayer, checkerboard, lines and dots: regular patterns; blue-noise: an even grain; knoll and "
    "yliluoma: exact colours; riemersma and the others: smooth gradients."
)


def test_the_menu_is_the_released_one():
    assert list(table.DITHERS) == MENU
    assert table.tooltip() == TOOLTIP


def test_a_name_is_in_one_family_only():
    names = [name for family in table.FAMILIES for name in family.dithers]
    assert len(names) == len(set(names)) and len(table.MODULES) == len(table.FAMILIES)


def test_one_family_at_most_speaks_of_the_others_and_others_name_all_that_they_have():
    assert [family.others for family in table.FAMILIES].count(True) == 1
    for family in table.FAMILIES:
        missing = [name for name in family.dithers if f"`{name}`" not in family.page]
        assert family.others or not missing
        assert all(line.startswith(("  * ", "    ")) for line in family.page.splitlines())
        assert family.page.endswith("\n")


@pytest.mark.parametrize("name", table.DITHERS)
def test_a_dither_gives_each_pixel_an_index_and_changes_nothing_that_it_gets(name):
    random = np.random.default_rng(9)
    rgba, opaque = random.integers(0, 256, (9, 11, 4), dtype=np.uint8), random.random((9, 11)) < 0.7
    before = rgba.copy(), opaque.copy(), PALETTE.paints.copy()
    indices = table.DITHERS[name].run(rgba, opaque, PALETTE.paints, SETTINGS)
    assert indices.shape == opaque.shape and indices.dtype == np.int16
    assert indices.min() >= 0 and indices.max() < len(PALETTE)
    for old, new in zip(before, (rgba, opaque, PALETTE.paints), strict=True):
        assert np.array_equal(old, new)


def test_what_goes_from_pixel_to_pixel_takes_one_thread_a_picture():
    """By trial: only there does a change at the top left reach the bottom right."""
    picture = np.random.default_rng(10).integers(60, 200, (32, 32, 4), dtype=np.uint8)
    other, opaque = picture.copy(), np.ones((32, 32), bool)
    other[0, :8] = 255 - other[0, :8]
    for name, dither in table.DITHERS.items():
        one, two = (dither.run(each, opaque, PALETTE.paints, SETTINGS)[1:] for each in (picture, other))
        assert dither.sequential == (not np.array_equal(one, two)), name
        assert replace(SETTINGS, dither=name).sequential == dither.sequential


def test_dithers_see_fields_of_the_quantization_only():
    seen = {name for name, _ in inspect.getmembers(DitherSettings, lambda member: isinstance(member, property))}
    assert seen == {"metric", "strength", "serpentine", "light"}
    assert seen < {field.name for field in dataclasses.fields(Quantization)}
    for field in dataclasses.fields(Quantization):
        assert f"`{field.name}`" in inspect.getdoc(Quantization)


@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["strength", "alpha_threshold"])
def test_a_share_beyond_its_range_is_refused(name, share):
    with pytest.raises(PixelError, match=f"{name} is {share}, and may be 0 to 1"):
        replace(SETTINGS, **{name: share})


@pytest.mark.parametrize(
    ("field", "what"),
    [("metric", "metric"), ("dither", "Dither"), ("light", "Light")],
    ids=["metric", "dither", "light"],
)
def test_a_name_that_there_is_not_is_refused(field, what):
    with pytest.raises(UnknownName, match=what):
        replace(SETTINGS, **{field: "moonshine"})


def test_a_quantization_cant_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SETTINGS.dither = "stucki"

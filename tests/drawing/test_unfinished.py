"""A picture that was being drawn when its job was broken off: as far as the last preview shows it."""

import io

import pytest
from PIL import Image

from bridge.drawing.run_state import Progress, RunState
from bridge.drawing.unfinished import enlarged, unfinished


def preview(form="JPEG", size=(8, 4)):
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form)
    return out.getvalue()


async def kept(live, **values):
    stored = []

    async def put(data):
        stored.append(data)
        return "key"

    return await unfinished(live, values, put), stored


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("values", "size"),
    [
        ({"width": 64, "height": 32}, (64, 32)),
        ({"width": 64, "height": 32, "hires_width": 128, "hires_height": 64}, (128, 64)),
        ({}, (8, 4)),
        ({"width": 100_000, "height": 32}, (8, 4)),
    ],
    ids=str,
)
async def test_it_is_a_png_of_the_size_that_was_asked_for(form, values, size):
    (made,), stored = await kept(RunState("a", progress=Progress(preview=("image/x", preview(form))), part=2), **values)
    with Image.open(io.BytesIO(stored[0])) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", size)
    assert (made.part, made.sha256, made.data, made.info) == (2, "key", stored[0], {"half_drawn": True})


@pytest.mark.parametrize(
    "live",
    [
        RunState("a"),
        RunState("a", previews=False, progress=Progress(preview=("image/jpeg", preview()))),
        RunState("a", progress=Progress(preview=("image/jpeg", b"what a node calls a preview"))),
        RunState("a", progress=Progress(preview=("image/png", preview("PNG")[:40]))),
    ],
    ids=["none yet", "the filter is on", "no picture", "damaged"],
)
async def test_where_no_preview_may_or_can_be_shown_there_is_none(live):
    assert await kept(live, width=64, height=64) == ([], [])


def test_a_new_part_begins_without_the_last_ones_preview():
    live = RunState("a", progress=Progress(preview=("image/jpeg", preview())))
    live.begin(1)
    assert live.progress.preview is None


def test_a_preview_is_enlarged_smoothly_and_keeps_its_colour():
    with Image.open(io.BytesIO(enlarged(preview("PNG"), 80, 40))) as picture:
        assert picture.getpixel((40, 20)) == (200, 30, 30)

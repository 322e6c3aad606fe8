"""A drawing's shape: kept where that is asked for, and where it is lost the answer says so."""

import base64
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bridge.adapters.dialect import Request
from bridge.adapters.picture_fields import FIT_CHOICES, proportion
from bridge.adapters.pixart import Options, answer, read
from bridge.app.make.request import parse_size
from bridge.core.errors import BadRequest
from bridge.core.job import Artifact, Job, JobState

CIRCLE = (Path(__file__).parents[1] / "cases" / "circle_600x400.png").read_bytes()
ASKED = {"id": "a", "prompt": "", "width": 64, "height": 64, "sketchData": base64.b64encode(CIRCLE).decode()}


def spec(**fields):
    return read(Request(body={**ASKED, **fields}, options=Options())).spec


def sketch(width, height, **options):
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG", **options)
    return out.getvalue()


def size(values):
    return values["width"], values["height"]


@pytest.mark.parametrize("fit", [None, "stretch"])
def test_a_stretched_sketch_has_the_size_asked_and_is_said_to_be(fit):
    wide = spec(fit=fit)
    assert (size(wide.values), "fit" in wide.values, wide.echo) == ((64, 64), False, {"stretched": 1.5})


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_crop_and_pad_are_the_workflows_and_keep_the_size_asked(fit):
    asked = spec(fit=fit)
    assert (size(asked.values), asked.values["fit"], asked.echo) == ((64, 64), fit, None)
    assert asked.words["fit"] == "fit"


def test_the_longest_side_is_as_asked_and_the_other_follows():
    asked = spec(fit="longest")
    assert (size(asked.values), "fit" in asked.values, asked.echo) == ((64, 43), False, None)
    assert size(spec(fit="longest", width=128, height=16).values) == (24, 16)


@pytest.mark.parametrize(
    ("picture", "wanted", "result"),
    [
        (sketch(400, 600), (64, 64), (43, 64)),
        (sketch(64, 64), (64, 64), (64, 64)),
        (sketch(8, 4), (64, 64), (64, 32)),
        (sketch(3000, 2), (64, 64), (64, 1)),
        (b"no picture", (64, 48), (64, 48)),
    ],
)
def test_the_longest_side_serves_every_shape(picture, wanted, result):
    shape = proportion(picture, *wanted, "longest")
    assert (shape.width, shape.height, shape.fit, shape.stretched) == (*result, "stretch", 1.0)


def test_a_photo_on_its_side_has_the_shape_that_is_seen():
    exif = Image.Exif()
    exif[0x0112] = 6
    shape = proportion(sketch(600, 400, exif=exif), 64, 64, "longest")
    assert (shape.width, shape.height) == (43, 64)


@pytest.mark.parametrize(("across", "down"), [(64, 43), (96, 64), (64, 64), (512, 512)])
def test_what_keeps_its_shape_but_for_a_part_of_a_pixel_is_not_called_stretched(across, down):
    assert proportion(sketch(across, down), across // 2, round(down / 2), None).stretched == 1


def test_another_way_is_refused_by_name():
    with pytest.raises(BadRequest) as caught:
        spec(fit="squash")
    assert caught.value.field == "fit"
    assert str(caught.value) == "fit must be stretch, crop, pad or longest, not 'squash'."


def test_the_answer_says_how_far_the_sketch_was_stretched():
    made = Artifact("image", "0", "image/png", 1, data=b"x")
    done = Job("a", "pixart", "sketch", JobState.COMPLETED, 1.0, 0.0, {"width": 64, "height": 64}, artifacts=(made,))
    assert "stretched" not in answer(done, Request()).body["metadata"]
    assert answer(replace(done, echo={"stretched": 1.5}), Request()).body["metadata"]["stretched"] == 1.5


def test_one_number_on_the_command_line_is_the_longest_side():
    assert parse_size("64") == {"width": 64, "height": 64, "fit": "longest"}
    assert parse_size("64x48") == {"width": 64, "height": 48}


def test_every_way_is_in_the_document():
    schema = read.__globals__["Generate"].model_json_schema()["properties"]["fit"]
    assert schema["enum"] == [*FIT_CHOICES, None]

"""Pictures for consoles and home computers: requests of three dialects, the job they mean, and what is answered."""

import base64
from dataclasses import replace

import pytest

from bridge.adapters import imagegen, pixart
from bridge.adapters.dialect import Request
from bridge.adapters.imagegen import bodies
from bridge.adapters.imagegen import routes as imagegen_routes
from bridge.adapters.machine import ZIP_TYPE
from bridge.adapters.unified import routes as unified
from bridge.core.errors import BadRequest, MachineError, NotFound
from bridge.core.job import OWN_WORDS, Artifact, Job, JobState

PICTURE = b"\x89PNG-of-a-photograph"
SENT = base64.b64encode(PICTURE).decode()
ALL = {
    "name": "snes",
    "fit": "pad",
    "method": "line-art",
    "dither": "none",
    "strength": 0.5,
    "tiles": 200,
    "sharedColor": "#000",
    "colors": ["#000000", "f8f8f8"],
    "quality": "best",
}
VALUES = {
    "machine": "snes",
    "fit": "pad",
    "method": "line-art",
    "dither": "none",
    "strength": 0.5,
    "tiles": 200,
    "shared_color": "#000000",
    "locked_colors": "#000000 #f8f8f8",
    "quality": "best",
    "name": "snes",
}
IMG2IMG = next(route for route in imagegen.DIALECT.routes if route.path == "/generate/img2img")
READ = {
    "pixart": lambda **more: pixart.read(
        Request(body={"id": "a", "sketchData": SENT, "prompt": "", **more}, options=pixart.Options())
    ),
    "unified": lambda **more: unified.read(Request(body={"init_image": SENT, **more}, token=7)),
    "imagegen": lambda **more: IMG2IMG.read(
        Request(body={"initImage": SENT, **more}, options=imagegen.DIALECT.options(), token=7)
    ),
}
DIALECTS = pytest.mark.parametrize("dialect", READ)


@DIALECTS
def test_a_machine_is_a_mode_of_its_own_with_a_size_of_its_own(dialect):
    spec = READ[dialect](machine="nes").spec
    assert (spec.mode, spec.dialect, spec.values) == ("machine", dialect, {"machine": "nes", "name": "nes", "seed": 0})
    assert spec.pictures["image"].data == PICTURE
    assert spec.cacheable and not spec.batch


@DIALECTS
def test_a_machine_may_say_everything_that_the_workflow_takes(dialect):
    spec = READ[dialect](machine=ALL, seed=5).spec
    assert spec.values == {**VALUES, "seed": 5}
    assert spec.words["tiles"] == "machine.tiles" and spec.words["locked_colors"] == "machine.colors"
    assert spec.notes == ()


@DIALECTS
def test_what_makes_no_difference_is_said(dialect):
    notes = READ[dialect](machine={"name": "nes", "shiny": 1}, strength=0.3, colour="red").spec.notes
    assert "With machine, strength made no difference: machine has its own." in notes
    assert any("'colour' is not a field" in note for note in notes)
    assert any("'machine.shiny' is not a field" in note for note in notes)


WRONG = [
    (5, "machine", "machine must be the name of a machine, such as nes, or an object with its name, not 5."),
    ({}, "machine.name", "machine.name is missing."),
    ({"name": 5}, "machine.name", "machine.name must be text, not 5."),
    ({"name": "nes", "tiles": 0}, "machine.tiles", "machine.tiles must be a whole number from 1 to 4096, not 0."),
    ({"name": "nes", "strength": 2}, "machine.strength", "machine.strength must be a number from 0 to 1, not 2."),
    (
        {"name": "nes", "sharedColor": "zzz"},
        "machine.sharedColor",
        "machine.sharedColor must be a colour like #ff004d or red, not 'zzz'.",
    ),
    ({"name": "nes", "colors": []}, "machine.colors", "machine.colors must be a list of 1 to 256 colours, not []."),
    ({"name": "nes", "colors": [3]}, "machine.colors", "machine.colors must be a colour like #ff004d or red, not 3."),
]


@DIALECTS
@pytest.mark.parametrize(("machine", "field", "sentence"), WRONG)
def test_bad_input_is_a_sentence_that_names_the_field(dialect, machine, field, sentence):
    with pytest.raises(BadRequest) as caught:
        READ[dialect](machine=machine)
    assert (caught.value.field, str(caught.value)) == (field, sentence)


def test_words_alone_are_no_picture_for_a_machine():
    with pytest.raises(BadRequest, match="machine takes a picture: send mode 'img2img'"):
        READ["unified"](machine="nes", mode="txt2img", prompt="a fox")


INFO = {"name": "nes", "title": "NES", "width": 256, "height": 240, "palettes": 4, "tiles": 99}
INFO |= {"fitted": "Cropped.", "report": "NES: ...", "remarks": ["Cropped."]}
MADE = (
    Artifact("image", "1", "image/png", 3, {"colors_used": 9}, b"png"),
    Artifact("files", "2", "application/zip", 3, INFO, b"zip"),
)
DONE = Job("j", "d", "machine", JobState.COMPLETED, 1, 0, {"seed": 5}, workflow="machine@1", artifacts=MADE)
SHOWN = {name: value for name, value in INFO.items() if name != "remarks"}


def test_the_editor_gets_the_picture_what_the_machine_shows_and_where_the_files_are():
    body = pixart.answer(DONE, Request()).body
    assert body["filesUrl"] == "/api/pixel-generation/files/j"
    assert body["metadata"] == {
        "colorsUsed": 9,
        "pixelCount": 256 * 240,
        "algorithm": "machine@1",
        "seed": 5,
        "machine": SHOWN,
    }
    assert pixart.Status.model_validate(body).metadata.machine.tiles == 99


def test_the_unified_answer_has_them_too():
    body = unified.answer(DONE, Request()).body
    assert (body["machine"], body["files"]) == (SHOWN, "/generate/files/j")
    assert unified.Done.model_validate(body)


def test_the_job_api_has_them_with_the_result_of_a_redrawn_picture_and_knows_it_by_its_words():
    spec = READ["imagegen"](machine="nes", prompt="a fox", priority="high", seed=-1).spec
    assert (spec.values["seed"], spec.values[OWN_WORDS], spec.priority, spec.cacheable) == (0, "a fox", 1, True)
    job = replace(DONE, values=spec.values, echo=spec.echo, used={"machine": "nes", "seed": 0})
    body = imagegen_routes.show(job, Request(options=imagegen.DIALECT.options())).body
    assert (body["type"], body["request"]["machine"]) == ("img2img", "nes")
    assert (body["result"]["machine"], body["result"]["filesUrl"]) == (SHOWN, "/jobs/j/files")
    parameters = body["result"]["parameters"]
    assert (parameters["width"], parameters["height"], parameters["sampler"]) == (256, 240, "none")
    assert bodies.JobBody.model_validate(body)
    [listed] = imagegen_routes.listing([job], Request(query={"settings": "true"})).body["jobs"]
    assert (listed["request"], listed["workflow"]) == ({"prompt": "a fox"}, "machine@1")


def test_the_job_api_wants_a_picture_for_a_machine():
    with pytest.raises(BadRequest, match=r"^initImage is required$"):
        READ["imagegen"](machine="nes", initImage="")


def files_of(dialect):
    """What a dialect's route for a machine's files answers with."""
    [answer] = [route.answer for route in dialect.DIALECT.routes if route.response == ZIP_TYPE]
    return answer


@pytest.mark.parametrize("dialect", [pixart, unified, imagegen_routes])
def test_the_files_are_a_zip_of_the_machines_name(dialect):
    sent = files_of(dialect)(DONE, Request())
    assert (sent.body, sent.content_type) == (b"zip", "application/zip")
    assert sent.headers["Content-Disposition"] == 'attachment; filename="nes.zip"'


def test_a_job_without_files_says_why():
    with pytest.raises(NotFound, match=r"^k has no files of a machine\. Name a machine in the request\."):
        files_of(pixart)(Job("k", "d", "sketch", JobState.COMPLETED, 1, 0, {}, artifacts=MADE[:1]), Request())
    why = "All of the picture is transparent: there is nothing to show."
    failed = Job("k", "d", "machine", JobState.FAILED, 1, 0, {}, error=why, fault="MachineError")
    with pytest.raises(MachineError, match=f"^{why}$"):
        files_of(pixart)(failed, Request())

"""The Pixart editor's dialect as pairs: what the editor sends beside the job it means, a job beside its answer."""

import base64
import dataclasses
import re
from urllib.parse import quote

import pytest
from modes import LIBRARY
from sketches import TREE

from bridge.adapters.dialect import Request
from bridge.adapters.pixart import (
    DIALECT,
    Options,
    Status,
    answer,
    error,
    listing,
    picture,
    read,
)
from bridge.adapters.styling import NO_WISH, STYLES, fixed
from bridge.app.make.request import Wish, of_workflow, specify
from bridge.app.make.sources import sources
from bridge.core.errors import BadRequest, Conflict, NotFound, PixartError
from bridge.core.job import OWN_WORDS, Artifact, Job, JobState

SKETCH = b"\x89PNG-as-the-canvas-gave-it"
BASE64 = base64.b64encode(SKETCH).decode()

# As min3rd/pixart's pixel-generation-api.service.ts posts it.
EDITOR = {
    "id": "req-1699000000000-k3j9x2m1q",
    "sketchData": f"data:image/png;base64,{BASE64}",
    "prompt": "a small tree",
    "width": 64,
    "height": 48,
    "style": "retro-16bit",
    "colorPalette": list(NO_WISH),
    "timestamp": 1699000000000,
}

ASKED = Request()


def asked(**changes):
    body = {**EDITOR, **changes}
    return read(Request(body={key: value for key, value in body.items() if value is not ...}, options=Options()))


def test_the_editors_request_and_the_job_it_means():
    submission = asked()
    assert submission.id == "req-1699000000000-k3j9x2m1q"
    spec = submission.spec
    assert (spec.mode, spec.dialect, spec.notes) == ("sketch", "pixart", ())
    assert spec.pictures["image"].data == SKETCH
    assert spec.pictures["image"].field == "sketchData"
    assert spec.values == {
        "width": 64,
        "height": 48,
        "palette": "pico-8",
        "photo_dither": "floyd-steinberg",
        "strength": 0.5,
        "photo_method": "k-centroid",
        "contrast": 1.2,
        "alpha_threshold": 0.25,
        "prompt": "pixel art, a small tree, 16-bit style, vibrant colors",
        OWN_WORDS: "a small tree",
        "seed": 2915136963,
    }


def test_a_photo_of_paper_is_another_mode_with_the_same_values_but_lines_are_kept():
    plain, paper = asked().spec, asked(paper=True).spec
    assert paper.mode == "sketch_paper"
    assert paper.values == {**fixed(plain.values), "method": "contrast"}
    assert paper.values["dither"] == "floyd-steinberg"
    assert asked(paper=False).spec.mode == asked(paper=None).spec.mode == "sketch"


def test_trap_1_the_clients_id_is_echoed():
    assert answer(job(id="req-1-a"), ASKED).body["id"] == "req-1-a"


@pytest.mark.parametrize(
    "text",
    [
        f"data:image/png;base64,{BASE64}",
        f"DATA:image/webp;charset=utf-8;BASE64,{BASE64}",
        BASE64,
        BASE64.rstrip("="),
        "\n".join(BASE64[at : at + 10] for at in range(0, len(BASE64), 10)),
        base64.urlsafe_b64encode(SKETCH).decode(),
        f"data:image/png;base64,{quote(BASE64, safe='')}",
        f"data:image/png,{quote(SKETCH)}",
        "data:," + "".join(f"%{byte:02x}" for byte in SKETCH),
    ],
)
def test_trap_2_a_sketch_comes_as_data_url_or_bare_base64(text):
    assert asked(sketchData=text).spec.pictures["image"].data == SKETCH


@pytest.mark.parametrize("side", [16, 512, 64.0])
def test_trap_3_sizes_from_16_to_512_are_taken_as_they_are(side):
    assert asked(width=side).spec.values["width"] == int(side)


@pytest.mark.parametrize(
    ("palette", "colors"),
    [
        (list(NO_WISH), None),
        ([color.upper() for color in NO_WISH], None),
        (None, None),
        ([], None),
        (..., None),
        (["#FF4500", "#ff6347", "#ff8c00"], "ff4500 ff6347 ff8c00"),
        (["ff4500", "#abc"], "ff4500 aabbcc"),
        (list(reversed(NO_WISH)), "0000ff 00ff00 ff0000 ffffff 000000"),
        (["#000000", "#ffffff", "#000000"], "000000 ffffff 000000"),
    ],
)
def test_trap_4_exactly_the_default_list_means_no_wish(palette, colors):
    values = asked(colorPalette=palette).spec.values
    assert values.get("colors") == colors
    assert values["palette"] == "pico-8"


def test_trap_4_an_operator_may_have_the_default_list_obeyed():
    spec = read(Request(body=EDITOR, options=Options(PIXART_LITERAL_DEFAULT_PALETTE=True))).spec
    assert spec.values["colors"] == "000000 ffffff ff0000 00ff00 0000ff"


@pytest.mark.parametrize("style", [None, ...])
def test_trap_5_style_may_be_absent_or_null(style):
    assert asked(style=style).spec.values["palette"] == "pixart-32"


CONTRASTS = {"retro-8bit": 1.3, "retro-16bit": 1.2, "pixel-modern": 1.0, "low-res": 1.5, "high-detail": 1.0}


@pytest.mark.parametrize("name", STYLES)
def test_every_style_is_a_set_of_workflow_inputs(name):
    values = asked(style=name).spec.values
    style = STYLES[name]
    assert (values["palette"], values["photo_dither"]) == (style.palette, style.dither)
    assert values["photo_method"] == style.method
    assert "method" not in values and "dither" not in values  # the workflow looks first
    assert values["contrast"] == CONTRASTS[name]


def test_high_detail_takes_64_colours_of_the_pictures_own_and_leaves_its_contrast():
    values = asked(style="high-detail").spec.values
    assert (values["own_colors"], values["contrast"]) == (64, 1.0)


def test_high_detail_obeys_colours_that_the_request_names():
    values = asked(style="high-detail", colorPalette=["#000", "#fff"]).spec.values
    assert (values["colors"], values["contrast"], "own_colors" in values) == ("000000 ffffff", 1.1, False)


def test_an_operator_may_keep_the_editors_cube_for_high_detail():
    options = Options(PIXART_HIGH_DETAIL_CUBE=True)
    values = read(Request(body={**EDITOR, "style": "high-detail"}, options=options)).spec.values
    assert (values["palette"], values["contrast"], "own_colors" in values) == ("pixart-64", 1.1, False)


def test_a_palette_named_on_the_command_line_goes_before_the_pictures_own_colours():
    fields, [tree] = {"width": 32, "height": 32, "style": "high-detail"}, sources([str(TREE)])
    values = specify(tree, Wish(fields, {"palette": "sweetie-16"})).values
    assert (values["palette"], "own_colors" in values) == ("sweetie-16", False)
    assert specify(tree, Wish(fields)).values["own_colors"] == 64


def test_a_workflow_named_on_the_command_line_takes_the_pictures_own_colours_for_high_detail_too():
    [tree], fields = sources([str(TREE)]), {"width": 32, "height": 32, "style": "high-detail"}

    def values(workflow, own=None):
        return of_workflow(LIBRARY.get(workflow), tree, Wish(fields, own or {})).values

    assert values("pixelate@2")["own_colors"] == 64 and values("pixelate@2")["contrast"] == 1.0
    assert "own_colors" not in values("pixelate@2", {"palette": "sweetie-16"})
    assert values("pixelate@1")["contrast"] == 1.1, "it knows only the editor's cube"


@pytest.mark.parametrize("name", [name for name in STYLES if name != "high-detail"])
def test_the_other_styles_keep_their_palettes(name):
    assert "own_colors" not in asked(style=name).spec.values


@pytest.mark.parametrize("seed", [0, 7, (1 << 53) - 1])
def test_a_seed_is_taken_zero_included(seed):
    assert asked(seed=seed).spec.values["seed"] == seed


def test_another_id_is_another_seed_and_the_same_id_the_same():
    assert asked(id="a").spec.values["seed"] == asked(id="a").spec.values["seed"] != asked(id="b").spec.values["seed"]


def test_unknown_fields_are_said_not_dropped():
    (note,) = asked(colourPalette=[]).spec.notes
    assert note == "'colourPalette' is not a field of this request; it was ignored. Did you mean 'colorPalette'?"


def test_many_unknown_fields_are_counted_not_listed():
    notes = asked(**{f"x{n}": n for n in range(20_000)}).spec.notes
    assert notes[0] == "'x0' is not a field of this request; it was ignored."
    assert notes[8:] == ("19992 more unknown fields were ignored.",)


def test_an_empty_prompt_leaves_the_styles_words():
    assert asked(prompt="").spec.values["prompt"] == "pixel art, 16-bit style, vibrant colors"


SIZE = "must be a whole number from 16 to 512, not"
BAD = [
    ({"width": 0}, "width", f"width {SIZE} 0."),
    ({"width": 15}, "width", f"width {SIZE} 15."),
    ({"height": 513}, "height", f"height {SIZE} 513."),
    ({"height": -1}, "height", f"height {SIZE} -1."),
    ({"height": 1e9}, "height", f"height {SIZE} 1000000000.0."),
    ({"width": 64.5}, "width", f"width {SIZE} 64.5."),
    ({"width": "8"}, "width", f"width {SIZE} '8'."),
    ({"width": "wide"}, "width", f"width {SIZE} 'wide'."),
    ({"sketchData": "https://example.org/a.png"}, "sketchData", "sketchData is an address. Send the picture itself"),
    ({"sketchData": "blob:http://localhost/1"}, "sketchData", "sketchData is an address."),
    ({"width": True}, "width", f"width {SIZE} true."),
    ({"width": None}, "width", f"width {SIZE} null."),
    ({"width": float("nan")}, "width", f"width {SIZE} NaN."),
    ({"width": float("inf")}, "width", f"width {SIZE} Infinity."),
    ({"width": [64]}, "width", f"width {SIZE} [64]."),
    ({"width": ...}, "width", "width is missing."),
    ({"id": ...}, "id", "id is missing."),
    ({"prompt": ...}, "prompt", "prompt is missing."),
    ({"sketchData": ...}, "sketchData", "sketchData is missing."),
    (
        {"sketchData": ..., "sketchdata": "x"},
        "sketchData",
        "sketchData is missing ('sketchData' is spelled so, not 'sketchdata').",
    ),
    ({"id": ""}, "id", "id must be 1 to 128 letters, digits or . _ : - without '..' or a lone '.', not ''."),
    ({"id": "."}, "id", "without '..' or a lone '.', not '.'."),
    ({"id": "../../etc/passwd"}, "id", "not '../../etc/passwd'."),
    ({"id": "a..b"}, "id", "not 'a..b'."),
    ({"id": "a/b"}, "id", "not 'a/b'."),
    ({"id": "a\n"}, "id", "not 'a\\n'."),
    ({"id": "x" * 10_000}, "id", "xxx...."),
    ({"id": 5}, "id", "not 5."),
    ({"prompt": 5}, "prompt", "prompt must be text, not 5."),
    ({"prompt": "x" * 8001}, "prompt", "prompt has 8001 characters; 8000 is the most."),
    ({"sketchData": 5}, "sketchData", "sketchData must be text, not 5."),
    ({"sketchData": ""}, "sketchData", "sketchData is empty."),
    ({"sketchData": "data:image/png;base64,"}, "sketchData", "sketchData is empty."),
    ({"sketchData": "data:image/png,"}, "sketchData", "sketchData is empty."),
    ({"sketchData": "data:image/png;base64"}, "sketchData", "sketchData is a data URL without a comma, behind which"),
    ({"sketchData": "data:image/png;base64,iVBORw%2E"}, "sketchData", "not base64. '.' can't be part of it."),
    ({"sketchData": "data:image/png;base64,iVBORw0KG..."}, "sketchData", "not base64. '.' can't be part of it."),
    ({"sketchData": "é"}, "sketchData", "sketchData is not base64. 'é' can't be part of it."),
    ({"sketchData": "AA=AA=="}, "sketchData", "sketchData is not base64. '=' can't be part of it."),
    ({"sketchData": "A"}, "sketchData", "sketchData is not base64. It is cut off."),
    ({"style": "retro-16bits"}, "style", "Style 'retro-16bits' is unknown. Did you mean 'retro-16bit'?"),
    ({"style": "zzz"}, "style", "Known: high-detail, low-res, pixel-modern, retro-16bit, retro-8bit."),
    ({"style": 3}, "style", "Style '3' is unknown."),
    ({"style": "retro-" * 1_000_000}, "style", "retro-ret...' is unknown."),
    ({"colorPalette": ["#fff"]}, "colorPalette", "colorPalette has one colour only. Give 2 to 256"),
    ({"colorPalette": ["#fff", "#FFFFFF"]}, "colorPalette", "colorPalette has one colour only."),
    ({"colorPalette": [f"#{n:06x}" for n in range(257)]}, "colorPalette", "colorPalette has 257 different colours."),
    ({"colorPalette": ["#fff"] * 1_000_000}, "colorPalette", "colorPalette has 1000000 entries. Give 2 to 256"),
    (
        {"colorPalette": ["#fff", "rde"]},
        "colorPalette[1]",
        "colorPalette[1] must be a colour like #ff004d or red, not 'rde'. Did you mean 'red'?",
    ),
    ({"colorPalette": ["#fff", None]}, "colorPalette[1]", "colorPalette[1] must be a colour like #ff004d or red, not"),
    ({"colorPalette": ["#fff", "rgb(1,2,256)"]}, "colorPalette[1]", "not 'rgb(1,2,256)'."),
    ({"colorPalette": "#fff"}, "colorPalette", "colorPalette must be a list of colours like #ff004d, not '#fff'."),
    (
        {"colorPalette": "pico-8"},
        "colorPalette",
        "colorPalette must be a list of colours like #ff004d, not 'pico-8'. A palette by its name is `palette`.",
    ),
    ({"seed": -1}, "seed", "seed must be a whole number from 0 to 9007199254740991, not -1."),
    ({"seed": 1.5}, "seed", "not 1.5."),
    ({"negativePrompt": 1}, "negativePrompt", "negativePrompt must be text, not 1."),
    ({"background": "white"}, "background", "background must be border-fill or key-color, not 'white'."),
    ({"backgroundColor": "5"}, "backgroundColor", "backgroundColor must be a colour like #ff00ff or red, not '5'."),
    ({"backgroundTolerance": 2}, "backgroundTolerance", "backgroundTolerance must be a number from 0 to 1, not 2."),
    ({"backgroundHoles": -1}, "backgroundHoles", "backgroundHoles must be a whole number from 0 to"),
    ({"paper": "yes please"}, "paper", "paper must be true or false, not 'yes please'."),
]


def test_numbers_and_colours_may_be_written_as_people_write_them():
    more = {"width": "64", "height": 32.0, "seed": "7", "colorPalette": ["Red", "#0F0", "rgb(1, 2, 3)"]}
    values = asked(**more, backgroundColor="white").spec.values
    said = {"width": 64, "height": 32, "seed": 7, "colors": "ff0000 00ff00 010203", "background_color": "#ffffff"}
    assert {name: values[name] for name in said} == said


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD, ids=lambda value: repr(value)[:40])
def test_bad_input_is_a_sentence_that_names_the_field(changes, field, sentence):
    with pytest.raises(BadRequest) as caught:
        asked(**changes)
    assert sentence in str(caught.value)
    assert (caught.value.field, caught.value.status) == (field, 400)


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(BadRequest, match="The body must be a JSON object"):
        read(Request(body=body, options=Options()))


def job(**changes):
    made = Job(
        id="req-1",
        dialect="pixart",
        mode="sketch",
        state=JobState.COMPLETED,
        progress=1.0,
        created_at=100.0,
        started_at=101.0,
        finished_at=102.5,
        values={"width": 64, "height": 48, "seed": 0},
        workflow="pixelate@1",
        artifacts=(Artifact("image", "ab", "image/png", 3, {"colors_used": 12}, b"png"),),
    )
    return dataclasses.replace(made, **changes)


NOT_YET = {"artifacts": (), "finished_at": None}
ANSWERS = [
    (
        {},
        {
            "id": "req-1",
            "status": "completed",
            "progress": 100,
            "resultDataUrl": "data:image/png;base64,cG5n",
            "processingTime": 1500,
            "metadata": {"colorsUsed": 12, "pixelCount": 3072, "algorithm": "pixelate@1", "seed": 0},
        },
    ),
    (
        {"state": JobState.QUEUED, "progress": 0.0, "started_at": None, **NOT_YET},
        {"id": "req-1", "status": "pending", "progress": 0},
    ),
    (
        {"state": JobState.RUNNING, "progress": 0.999, "preview": ("image/jpeg", b"j"), **NOT_YET},
        {"id": "req-1", "status": "processing", "progress": 99, "previewDataUrl": "data:image/jpeg;base64,ag=="},
    ),
    (
        {"state": JobState.FAILED, "progress": 0.5, "error": "no", "artifacts": ()},
        {"id": "req-1", "status": "failed", "progress": 50, "error": "no", "processingTime": 1500},
    ),
    (
        {"state": JobState.CANCELLED, "progress": 0.0, "artifacts": (), "notes": ("w",)},
        {
            "id": "req-1",
            "status": "failed",
            "progress": 0,
            "error": "Cancelled",
            "processingTime": 1500,
            "notes": ["w"],
        },
    ),
]


@pytest.mark.parametrize(("changes", "body"), ANSWERS, ids=range(len(ANSWERS)))
def test_a_job_and_its_answer(changes, body):
    given = answer(job(**changes), ASKED)
    assert (given.status, given.body) == (200, body)
    assert isinstance(given.body["progress"], int)
    Status.model_validate(given.body, strict=True)


def test_what_the_sketch_was_taken_for_is_said_beside_its_colours():
    look = {"kind": "line art", "reason": "Strokes.", "method": "line-art", "dither": "none"}
    made = dataclasses.replace(job().artifacts[0], info={"colors_used": 12, "look": look})
    given = answer(job(artifacts=(made,)), ASKED)
    assert given.body["metadata"]["look"] == look
    Status.model_validate(given.body, strict=True)


def test_the_method_and_the_dither_that_a_request_chose_are_the_ones_that_are_said():
    look = {"kind": "line art", "reason": "Strokes.", "method": "line-art", "dither": "none"}
    made = dataclasses.replace(job().artifacts[0], info={"look": look})
    done = job(artifacts=(made,), used={"method": "auto", "dither": "bayer-4"})
    assert answer(done, ASKED).body["metadata"]["look"] == {**look, "dither": "bayer-4"}


def test_colours_that_nobody_counted_are_left_out():
    made = dataclasses.replace(job().artifacts[0], info={})
    given = answer(job(artifacts=(made,)), ASKED)
    assert "colorsUsed" not in given.body["metadata"]
    Status.model_validate(given.body, strict=True)


def test_one_field_of_the_ground_is_enough_and_the_answer_says_what_was_removed():
    spec = asked(backgroundColor="#FF00FF", backgroundHoles=0).spec
    wanted = {"background": "border-fill", "background_color": "#ff00ff", "background_holes": 0}
    assert wanted.items() <= spec.values.items()
    given = answer(dataclasses.replace(job(), values={**job().values, **wanted}), ASKED)
    assert given.body["metadata"]["background"] == {"method": "border-fill", "color": "#ff00ff", "holes": 0}
    Status.model_validate(given.body, strict=True)


def test_the_ground_of_a_photo_of_paper_goes_where_that_is_asked_for():
    spec = asked(background="border-fill", paper=True).spec
    assert (spec.values["background"], spec.mode) == ("border-fill", "sketch_paper")
    assert not any("background" in note for note in spec.notes)


@pytest.mark.parametrize(
    ("fields", "unused"),
    [
        ({"ownColors": 4, "palette": "pico-8"}, ["palette"]),
        ({"ownColors": 4, "colorPalette": ["#f00", "#0f0"], "palette": "pico-8"}, ["colorPalette", "palette"]),
        ({"ownColors": 0, "palette": "pico-8"}, []),
        ({"ownColors": 4}, []),
        ({"style": "high-detail", "palette": "pico-8"}, []),
    ],
    ids=str,
)
def test_a_palette_whose_place_own_colours_take_is_said_to_make_no_difference(fields, unused):
    notes = [note for note in asked(**{"colorPalette": None, **fields}).spec.notes if "made no difference" in note]
    assert notes == [f"{name} made no difference: ownColors takes the picture's own colours." for name in unused]


def test_a_palette_beside_a_list_of_colours_is_said_to_make_no_difference():
    said = "palette made no difference: colorPalette goes before it."
    assert said in asked(palette="gameboy", colorPalette=["#f00", "#0f0"]).spec.notes
    assert said not in asked(palette="gameboy", colorPalette=list(NO_WISH)).spec.notes


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quality": 5}, ["quality made no difference: it is for jpeg and lossy webp, and the picture is png."]),
        (
            {"format": "jpeg", "lossless": True},
            ["lossless made no difference: it is for webp, and the picture is jpeg."],
        ),
        (
            {"format": "webp", "lossless": True, "quality": 5},
            ["quality made no difference: it is for jpeg and lossy webp, and the picture is lossless webp."],
        ),
        ({"format": "jpeg", "quality": 5}, []),
        ({"format": "webp", "quality": 5, "lossless": False}, []),
        ({"redraw": False, "seed": 0}, ["seed is for models, and none draws here; it was left out."]),
        ({"redraw": False, "seed": None}, []),
        ({"seed": 0}, []),
    ],
    ids=str,
)
def test_what_a_picture_has_no_use_for_is_said(fields, said):
    assert list(asked(**{"seed": None, **fields}).spec.notes) == said


def test_how_own_colours_are_found_is_said_only_where_there_are_some():
    assert asked(extraction="salient", ownColors=8).spec.values["extraction"] == "salient"
    assert asked(extraction="salient", style="high-detail", colorPalette=None).spec.values["extraction"] == "salient"
    spec = asked(extraction="salient").spec
    assert "extraction" not in spec.values and any("extraction is how ownColors" in note for note in spec.notes)


def test_repeated_colours_keep_their_places_as_far_as_a_png_can_hold_them():
    colors = ["#f00", "#FF0000", "#00ff00"]
    assert asked(colorPalette=colors).spec.values["colors"] == "ff0000 ff0000 00ff00"
    assert asked(colorPalette=colors * 100).spec.values["colors"] == "ff0000 00ff00"


def test_a_listing_is_without_pictures():
    bare = dataclasses.replace(job().artifacts[0], data=None)
    (one,) = listing([job(artifacts=(bare,))], ASKED).body["jobs"]
    assert "resultDataUrl" not in one
    assert one["metadata"]["colorsUsed"] == 12


def test_the_picture_itself_is_a_file_or_a_404():
    given = picture(job(), ASKED)
    assert (given.body, given.content_type) == (b"png", "image/png")
    with pytest.raises(NotFound, match="req-1 has no picture: it broke"):
        picture(job(state=JobState.FAILED, error="it broke", artifacts=()), ASKED)


@pytest.mark.parametrize(
    ("problem", "status", "body"),
    [
        (NotFound("Job not found"), 404, {"detail": "Job not found", "code": "not_found"}),
        (
            BadRequest("No.", field="a", hint="Do."),
            400,
            {"detail": "No. Do.", "code": "bad_request", "field": "a"},
        ),
        (Conflict("Taken."), 409, {"detail": "Taken.", "code": "conflict"}),
        (PixartError("Oh."), 500, {"detail": "Oh.", "code": "internal"}),
    ],
)
def test_errors_have_the_seeds_shape(problem, status, body):
    given = error(problem)
    assert (given.status, given.body) == (status, body)


def test_words_lead_every_workflow_input_back_to_a_field_of_the_request():
    spec = asked(colorPalette=["#000", "#fff"], negativePrompt="x").spec
    own = asked(style="high-detail").spec
    fields = set(DIALECT.routes[0].request.model_fields)
    for name in {*spec.values, *own.values, *spec.pictures} - {OWN_WORDS}:
        assert spec.words[name] in fields, name


def test_a_request_may_choose_for_itself_what_its_style_else_chooses():
    chosen = {
        "palette": "sweetie-16",
        "dither": "bayer-4",
        "method": "box",
        "metric": "srgb",
        "contrast": 1,
        "strength": 0,
    }
    spec = asked(**chosen).spec
    assert {name: spec.values[name] for name in chosen} == chosen
    assert (spec.mode, spec.words["palette"], asked().spec.words["palette"]) == ("sketch", "palette", "style")


def test_a_palette_or_a_number_of_the_pictures_own_takes_the_place_of_the_styles():
    assert asked(style="high-detail", colorPalette=None).spec.values["own_colors"] == 64
    assert "own_colors" not in asked(style="high-detail", colorPalette=None, palette="pico-8").spec.values
    assert asked(ownColors=12).spec.values["own_colors"] == 12


def test_a_dither_of_ones_own_comes_to_something_in_a_style_that_has_none():
    assert asked(style="pixel-modern", dither="bayer-4").spec.values["strength"] == 1.0
    assert asked(style="pixel-modern", dither="bayer-4", strength=0.25).spec.values["strength"] == 0.25
    assert asked(style="retro-16bit", dither="bayer-4").spec.values["strength"] == 0.5


@pytest.mark.parametrize(("paper", "mode"), [(None, "pixelate"), (True, "pixelate_paper")])
def test_a_sketch_that_no_model_shall_draw_anew_needs_no_seed(paper, mode):
    spec = asked(redraw=False, paper=paper, negativePrompt="blurry").spec
    assert (spec.mode, spec.cacheable) == (mode, True)
    assert {"seed", "negative"}.isdisjoint(spec.values)
    assert spec.notes == ("negativePrompt is for models, and none draws here; it was left out.",)


def test_the_frames_of_a_sketch_come_as_one_file_that_moves():
    spec = asked(animation="apng", method="nearest", dither="none").spec
    assert (spec.mode, spec.values["format"]) == ("animation", "apng")
    assert (spec.values["method"], spec.values["dither"]) == ("nearest", "none")
    assert {"prompt", "seed"}.isdisjoint(spec.values)
    style = STYLES["retro-16bit"]  # for what is a photograph, since this mode looks too
    assert (spec.values["photo_method"], spec.values["photo_dither"]) == (style.method, style.dither)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("animation", "mp4", "animation must be gif, apng or aseprite, not 'mp4'."),
        ("strength", 2, "strength must be a number from 0 to 1, not 2."),
        ("ownColors", 300, "ownColors must be a whole number from 0 to 256, not 300."),
        ("redraw", "maybe", "redraw must be true or false, not 'maybe'."),
        ("dither", 4, "dither must be text, not 4."),
    ],
)
def test_what_is_chosen_wrongly_is_named(field, value, sentence):
    with pytest.raises(BadRequest, match=re.escape(sentence)) as raised:
        asked(**{field: value})
    assert raised.value.field == field

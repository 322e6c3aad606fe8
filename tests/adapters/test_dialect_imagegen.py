"""The Image Generation API's dialect as pairs: what a client sends beside the job it means, a job and its answer."""

import base64
import dataclasses
import io
import re

import pytest
from PIL import Image

from bridge.adapters import dialects
from bridge.adapters.dialect import Request, View
from bridge.adapters.imagegen.bodies import (
    Cancelled,
    Health,
    JobBody,
    Jobs,
    Models,
    Modes,
    Options,
    Places,
    Problem,
    QueueStatus,
)
from bridge.adapters.imagegen.request import JOB_KINDS, type_of
from bridge.adapters.imagegen.routes import (
    DIALECT,
    accepted,
    cancelled,
    error,
    followed,
    healthy,
    listing,
    listing_filter,
    models,
    modes,
    not_cancelled,
    picture,
    places,
    queue_status,
    removed,
    show,
)
from bridge.catalog.models import Catalog
from bridge.catalog.modes import Lack, Mode
from bridge.core.errors import (
    BadRequest,
    Conflict,
    Expired,
    NotFound,
    PixartError,
    QueueFull,
    Unauthorized,
    Unavailable,
)
from bridge.core.job import UNSAID_KEY, Artifact, Job, JobState
from bridge.core.variables import options_of

NOW, TOKEN = 1699363200.123, (123_456 << 44) | 35
SAMPLERS = ("euler", "euler_ancestral", "dpmpp_2m", "ddim", "lms", "res_multistep")
SCHEDULERS = ("normal", "karras", "ddim_uniform")
FILES = ("dreamshaper_8.safetensors", "v1-5-pruned-emaonly.safetensors")
LIVE = Catalog(True, FILES, FILES[1], samplers=SAMPLERS, schedulers=SCHEDULERS)


def png(width, height):
    made = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(made, "PNG")
    return made.getvalue()


PICTURE, MASK = png(96, 64), png(64, 96)
IN_BASE64 = base64.b64encode(PICTURE).decode()
URL, MASK_URL = (f"data:image/png;base64,{base64.b64encode(data).decode()}" for data in (PICTURE, MASK))

# As the document's samples have it, each field but for the pictures.
TEXT2IMG = {
    "prompt": "A beautiful sunset over mountains, photorealistic, 4k",
    "negativePrompt": "blurry, low quality, distorted",
    "width": 512,
    "height": 512,
    "steps": 30,
    "guidanceScale": 7.5,
    "seed": 42,
    "sampler": "euler_a",
    "model": "stable-diffusion-v1.5",
}
IMG2IMG = {
    "prompt": "Turn this into a watercolor painting",
    "initImage": URL,
    "strength": 0.75,
    "width": 512,
    "height": 512,
    "steps": 30,
    "guidanceScale": 7.5,
}
INPAINT = {"prompt": "A red sports car", "image": URL, "mask": MASK_URL, "inpaintingStrength": 0.9, "steps": 40}
TRANSFER = {"contentImage": URL, "styleImage": MASK_URL, "styleStrength": 0.7, "contentStrength": 0.3}
SAMPLES = {"text2img": TEXT2IMG, "img2img": IMG2IMG, "inpaint": INPAINT, "style-transfer": TRANSFER}
ROUTES = {route.path: route for route in DIALECT.routes}


def request(body=None, options=None, **more):
    return Request(
        **{"body": body, "options": options or Options(), "catalog": LIVE, "now": NOW, "token": TOKEN, **more}
    )


def submitted(name, body, **more):
    """What a body to this path means."""
    return ROUTES[f"/generate/{name}"].read(request(body, **more))


def asked(name, **changes):
    """The job that the document's sample means, with these fields changed; `...` leaves one out."""
    more = {key: changes.pop(key) for key in ("options", "catalog", "token") if key in changes}
    body = {**SAMPLES[name], **changes}
    return submitted(name, {key: value for key, value in body.items() if value is not ...}, **more).spec


SAMPLED = {"sampler": "euler_ancestral", "scheduler": "normal"}
MEANT = {
    "text2img": {
        "prompt": "A beautiful sunset over mountains, photorealistic, 4k",
        "negative": "blurry, low quality, distorted",
        "width": 512,
        "height": 512,
        "steps": 30,
        "cfg": 7.5,
        "seed": 42,
        **SAMPLED,
        "checkpoint": "v1-5-pruned-emaonly.safetensors",
    },
    "img2img": {
        "prompt": "Turn this into a watercolor painting",
        "denoise": 0.75,
        "width": 512,
        "height": 512,
        "fit": "cover",
        "steps": 30,
        "cfg": 7.5,
        "seed": 123_456,
        **SAMPLED,
    },
    "inpaint": {
        "prompt": "A red sports car",
        "denoise": 0.9,
        "mask_invert": False,
        "width": 96,
        "height": 64,
        "fit": "cover",
        "steps": 40,
        "cfg": 7.5,
        "seed": 123_456,
        **SAMPLED,
    },
    "style-transfer": {
        "prompt": "",
        "style_strength": 0.7,
        "denoise": 0.7,
        "width": 96,
        "height": 64,
        "fit": "cover",
        "steps": 20,
        "cfg": 7.5,
        "seed": 123_456,
        **SAMPLED,
    },
}
MODES = {"text2img": "txt2img", "img2img": "img2img", "inpaint": "inpaint", "style-transfer": "style_transfer"}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_documents_request_and_the_job_it_means(name):
    spec = asked(name)
    assert (spec.mode, spec.dialect, spec.loose) == (MODES[name], "imagegen", True)
    assert {key: value for key, value in spec.values.items() if key != UNSAID_KEY} == MEANT[name]
    assert (spec.notes, spec.priority, spec.seconds, spec.batch) == ((), 0, None, ())


def test_the_dialect_is_found_by_its_name():
    assert dialects()["imagegen"] is DIALECT


def test_a_job_gets_an_id_of_the_documents_form():
    assert submitted("text2img", TEXT2IMG, token=35).id == "job_1699363200123_00000000z"
    assert re.fullmatch(r"job_[0-9]{13}_[0-9a-z]{9}", submitted("text2img", TEXT2IMG, token=2**64 - 1).id)
    assert submitted("text2img", TEXT2IMG, token=36).id.endswith("_000000010")


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("img2img", {"image": "initImage"}),
        ("inpaint", {"image": "image", "mask": "mask"}),
        ("style-transfer", {"image": "contentImage", "style": "styleImage"}),
    ],
)
def test_pictures_come_as_data_urls_or_bare_base64_and_keep_their_field(name, fields):
    pictures = asked(name).pictures
    assert {to: upload.field for to, upload in pictures.items()} == fields
    assert pictures["image"].data == PICTURE
    assert all(upload.data == MASK for to, upload in pictures.items() if to != "image")
    assert asked(name, **{fields["image"]: IN_BASE64}).pictures["image"].data == PICTURE


@pytest.mark.trap(33)
@pytest.mark.parametrize("text", [IN_BASE64.rstrip("="), "\n".join(re.findall(".{1,60}", IN_BASE64)), f" {URL}\n"])
def test_base64_may_lack_its_padding_and_have_line_breaks(text):
    assert asked("img2img", initImage=text.strip(" ")).pictures["image"].data == PICTURE


@pytest.mark.trap(33)
def test_base64_has_a_largest_size():
    with pytest.raises(BadRequest, match=r"^initImage has 25165825 characters; 25165824 is the most\.$"):
        asked("img2img", initImage="A" * ((24 << 20) + 1))


MISSING = {
    "text2img": (["prompt"], "Prompt is required"),
    "img2img": (["prompt", "initImage"], "Prompt and initImage are required"),
    "inpaint": (["prompt", "image", "mask"], "Prompt, image, and mask are required"),
    "style-transfer": (["contentImage", "styleImage"], "contentImage and styleImage are required"),
}


@pytest.mark.parametrize("value", [..., None, ""], ids=["absent", "null", "empty"])
@pytest.mark.parametrize(
    ("name", "field", "text"), [(name, field, text) for name, (fields, text) in MISSING.items() for field in fields]
)
def test_what_is_missing_is_told_in_the_originals_words(name, field, text, value):
    with pytest.raises(BadRequest) as caught:
        asked(name, **{field: value})
    given = error(caught.value)
    assert (given.status, given.body) == (400, {"error": text})


def test_what_is_there_in_another_spelling_is_told_with_it():
    with pytest.raises(BadRequest) as caught:
        asked("img2img", initImage=..., init_image="a picture")
    said = "Prompt and initImage are required ('initImage' is spelled so, not 'init_image')"
    assert error(caught.value).body == {"error": said}


def test_a_small_size_is_told_how_it_may_be_had():
    with pytest.raises(BadRequest, match=r"^width must be .* from 64 to 2048, not 32\. With `pixart: \{\}`"):
        asked("img2img", width=32)
    with pytest.raises(BadRequest, match=r"^width must be .* from 64 to 2048, not 32\.$"):
        asked("inpaint", width=32)


@pytest.mark.trap(10)
def test_zero_is_a_value():
    values = asked("img2img", seed=0, strength=0, guidanceScale=0).values
    assert (values["seed"], values["denoise"], values["cfg"]) == (0, 0, 0)
    values = asked("style-transfer", styleStrength=0, contentStrength=0).values
    assert (values["style_strength"], values["denoise"]) == (0, 1)
    assert asked("inpaint", inpaintingStrength=0.0).values["denoise"] == 0


@pytest.mark.trap(10)
def test_a_style_transfer_needs_no_prompt_and_takes_one():
    assert asked("style-transfer").values["prompt"] == ""
    assert asked("style-transfer", prompt="a house").values["prompt"] == "a house"


def test_keeping_the_whole_content_changes_nothing_and_keeping_none_of_it_draws_all_anew():
    made = [asked("style-transfer", contentStrength=share).values["denoise"] for share in (1, 0.3, 0)]
    assert made == [0, 0.7, 1]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("img2img", {"denoise": 0.75}),
        ("inpaint", {"denoise": 0.9}),
        ("style-transfer", {"style_strength": 0.7, "denoise": 0.7, "steps": 20}),
        ("text2img", {"width": 512, "height": 512, "steps": 30, "cfg": 7.5, **SAMPLED}),
    ],
)
def test_what_is_absent_or_null_has_the_originals_default(name, values):
    needed = {field: SAMPLES[name][field] for field in JOB_KINDS[name].needs}
    for body in (needed, {**dict.fromkeys(SAMPLES[name]), **needed}):
        assert values.items() <= submitted(name, body).spec.values.items()


@pytest.mark.parametrize("seed", [None, -1, ...])
def test_a_seed_left_to_chance_is_below_a_million_and_comes_with_the_request(seed):
    assert asked("text2img", seed=seed).values["seed"] == 123_456
    assert asked("text2img", seed=seed, token=2**64 - 1).values["seed"] < 1_000_000


OWN_SIZE = [
    ({}, (96, 64), PICTURE, 0),
    ({"width": 192}, (192, 128), PICTURE, 0),
    ({"height": 128}, (192, 128), PICTURE, 0),
    ({"width": 128, "height": 128}, (128, 128), PICTURE, 0),
    ({}, (2048, 1024), png(4096, 2048), 1),
    ({}, (128, 64), png(32, 16), 1),
    ({}, (2048, 64), png(3000, 3), 1),
    ({}, (101, 67), png(101, 67), 0),
    ({}, (512, 512), b"a file that tells no size", 0),
]


@pytest.mark.parametrize(("fields", "sides", "data", "notes"), OWN_SIZE, ids=str)
@pytest.mark.parametrize("name", ["img2img", "inpaint", "style-transfer"])
def test_a_picture_keeps_its_own_size_or_shape_where_none_is_asked(name, fields, sides, data, notes):
    field = next(iter(JOB_KINDS[name].pictures))
    sent = {"width": ..., "height": ..., **fields, field: base64.b64encode(data).decode()}
    spec = asked(name, **sent)
    assert (spec.values["width"], spec.values["height"]) == sides
    assert len(spec.notes) == notes


def test_a_picture_that_is_too_large_is_said_to_be_drawn_smaller():
    (note,) = asked("inpaint", image=base64.b64encode(png(4096, 1024)).decode()).notes
    assert note == "image is 4096 x 1024; the result is 2048 x 512, since 64 to 2048 pixels a side can be drawn."


@pytest.mark.parametrize(
    ("name", "sampler", "scheduler"),
    [
        ("euler_a", "euler_ancestral", "normal"),
        ("dpm++_2m", "dpmpp_2m", "karras"),
        ("ddim", "ddim", "ddim_uniform"),
        ("DPM++ 2M Karras", "dpmpp_2m", "karras"),
        ("res_multistep", "res_multistep", "normal"),
        ("", "euler_ancestral", "normal"),
    ],
)
def test_samplers_go_by_the_documents_names_by_a1111s_and_by_comfyuis(name, sampler, scheduler):
    spec = asked("text2img", sampler=name)
    assert (spec.values["sampler"], spec.values["scheduler"]) == (sampler, scheduler)
    assert spec.notes == ()


def test_a_sampler_that_comfyui_lacks_is_replaced_and_said():
    spec = asked("text2img", sampler="plms")
    assert (spec.values["sampler"], spec.notes) == ("lms", ("ComfyUI has no PLMS sampler; LMS was used.",))


@pytest.mark.parametrize("id", ["stable-diffusion-v1.5", "v1-5-pruned-emaonly", "V1-5-PRUNED-emaonly.safetensors"])
def test_a_model_goes_by_its_documented_name_and_by_its_files(id):
    assert asked("text2img", model=id).values["checkpoint"] == "v1-5-pruned-emaonly.safetensors"


@pytest.mark.parametrize("model", [None, "", ...])
def test_without_a_model_the_workflow_chooses(model):
    assert "checkpoint" not in asked("text2img", model=model).values


def test_while_comfyui_is_away_a_model_cannot_be_chosen_but_a_job_can_wait():
    with pytest.raises(Unavailable, match=r"not known while ComfyUI does not answer\. Try again"):
        asked("text2img", catalog=Catalog())
    assert asked("text2img", model=..., catalog=Catalog()).values["sampler"] == "euler_ancestral"


@pytest.mark.parametrize(
    ("word", "priority"), [("high", 1), ("normal", 0), ("low", -1), ("HIGH", 1), ("", 0), (None, 0), (..., 0)]
)
def test_priority_is_a_word(word, priority):
    assert asked("text2img", priority=word).priority == priority


SIZE = "must be a whole number from 64 to 2048, not"
BAD = [
    ("text2img", {"width": 63}, "width", f"width {SIZE} 63."),
    ("text2img", {"height": 1}, "height", f"height {SIZE} 1."),
    ("text2img", {"width": 0}, "width", f"width {SIZE} 0."),
    ("text2img", {"height": 2049}, "height", f"height {SIZE} 2049."),
    ("text2img", {"width": 512.5}, "width", "not 512.5."),
    ("text2img", {"width": "wide"}, "width", "not 'wide'."),
    ("text2img", {"width": True}, "width", "not true."),
    ("text2img", {"width": 10**400}, "width", f"width {SIZE} 1000"),
    ("text2img", {"width": [512]}, "width", "not [512]."),
    ("text2img", {"steps": 0}, "steps", "steps must be a whole number from 1 to 150, not 0."),
    ("text2img", {"steps": 151}, "steps", "steps must be a whole number from 1 to 150, not 151."),
    ("text2img", {"guidanceScale": -0.1}, "guidanceScale", "guidanceScale must be a number from 0 to 30, not -0.1."),
    ("text2img", {"guidanceScale": 30.5}, "guidanceScale", "not 30.5."),
    ("text2img", {"guidanceScale": float("inf")}, "guidanceScale", "not Infinity."),
    ("text2img", {"seed": -2}, "seed", "seed must be a whole number from -1 to 9007199254740991, not -2."),
    ("text2img", {"seed": 1.5}, "seed", "not 1.5."),
    ("text2img", {"seed": 1 << 53}, "seed", "not 9007199254740992."),
    ("text2img", {"prompt": 5}, "prompt", "prompt must be text, not 5."),
    ("text2img", {"prompt": "x" * 8001}, "prompt", "prompt has 8001 characters; 8000 is the most."),
    ("text2img", {"negativePrompt": []}, "negativePrompt", "negativePrompt must be text, not []."),
    ("text2img", {"sampler": "euler_b"}, "sampler", "Sampler 'euler_b' is unknown. Did you mean 'euler_a'?"),
    ("text2img", {"sampler": 3}, "sampler", "sampler must be text, not 3."),
    ("text2img", {"model": "dreamshaper_7"}, "model", "Model dreamshaper_7 not found. Did you mean 'dreamshaper_8'?"),
    ("text2img", {"model": "zzz"}, "model", "Model zzz not found. Known: dreamshaper_8, stable-diffusion-v1.5."),
    ("text2img", {"model": "x" * 8000}, "model", f"Model {'x' * 60} not found."),
    ("text2img", {"model": "stable-diffusion-xl"}, "model", "Model stable-diffusion-xl not loaded."),
    ("text2img", {"model": 1}, "model", "model must be text, not 1."),
    ("text2img", {"priority": "urgent"}, "priority", "Priority 'urgent' is unknown. Known: high, low, normal."),
    ("text2img", {"priority": "hihg"}, "priority", "Did you mean 'high'?"),
    ("text2img", {"priority": 1}, "priority", "priority must be text, not 1."),
    ("text2img", {"workflow": 1}, "workflow", "workflow must be text, not 1."),
    ("img2img", {"strength": 1.1}, "strength", "strength must be a number from 0 to 1, not 1.1."),
    ("img2img", {"strength": -0.5}, "strength", "not -0.5."),
    ("img2img", {"initImage": 5}, "initImage", "initImage must be text, not 5."),
    ("img2img", {"initImage": 0}, "initImage", "initImage must be text, not 0."),
    ("img2img", {"initImage": "http://example.org/a.png"}, "initImage", "initImage is an address. Send the picture"),
    ("text2img", {"prompt": 0}, "prompt", "prompt must be text, not 0."),
    ("img2img", {"initImage": "data:image/png;base64,iVBORw0KG..."}, "initImage", "initImage is not base64."),
    ("inpaint", {"mask": "?"}, "mask", "mask is not base64. '?' can't be part of it."),
    ("inpaint", {"inpaintingStrength": 2}, "inpaintingStrength", "inpaintingStrength must be a number from 0 to 1"),
    ("style-transfer", {"styleImage": "A"}, "styleImage", "styleImage is not base64. It is cut off."),
    ("style-transfer", {"styleStrength": 7}, "styleStrength", "styleStrength must be a number from 0 to 1, not 7."),
    ("style-transfer", {"contentStrength": "x"}, "contentStrength", "not 'x'."),
]


@pytest.mark.parametrize(("name", "changes", "field", "sentence"), BAD, ids=lambda value: repr(value)[:40])
def test_bad_input_is_a_sentence_that_names_the_field(name, changes, field, sentence):
    with pytest.raises(BadRequest) as caught:
        asked(name, **changes)
    assert sentence in str(caught.value)
    assert caught.value.field == field
    assert error(caught.value).body == {"error": str(caught.value)}


@pytest.mark.parametrize("body", [None, [], "text", 5])
@pytest.mark.parametrize("name", SAMPLES)
def test_a_body_that_is_no_object_is_refused(name, body):
    with pytest.raises(BadRequest, match="The body must be a JSON object"):
        submitted(name, body)


def test_unknown_fields_are_said_not_dropped():
    assert asked("text2img", cfg_scale=7).notes == ("'cfg_scale' is not a field of this request; it was ignored.",)
    assert asked("text2img", strength=0.5).notes == ("'strength' is not a field of this request; it was ignored.",)
    (note,) = asked("text2img", negative_prompt="a dog").notes
    assert note == "'negative_prompt' is not a field of this request; it was ignored. Did you mean 'negativePrompt'?"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("text2img", {"prompt": "x", "seed": 123_456}),
        ("img2img", {"prompt": "x", "seed": 123_456, "denoise": None}),
        ("inpaint", {"prompt": "x", "seed": 123_456, "denoise": None, "mask_invert": False}),
        ("style-transfer", {"prompt": "x", "seed": 123_456, "denoise": None, "style_strength": None}),
    ],
)
def test_a_workflow_of_ones_own_keeps_its_files_values_where_the_request_says_nothing(name, values):
    needed = {**{field: SAMPLES[name][field] for field in JOB_KINDS[name].needs}, "prompt": "x"}
    spec = submitted(name, {**needed, "workflow": "img2img_pixel@2"}).spec
    assert (spec.mode, spec.values) == ("img2img_pixel@2", values)
    spec = submitted(name, {**needed, "workflow": "p", "width": 32, "steps": 4, "sampler": "plms"}).spec
    said = {"width": 32, "steps": 4, "sampler": "lms", "scheduler": "normal"}
    assert (spec.values, len(spec.notes)) == ({**values, **said}, 1)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_look_of_pixel_art_is_chosen_as_in_the_editors_api(name):
    look = {
        "palette": "pico-8",
        "dither": "bayer-4",
        "ownColors": 0,
        "colorPalette": ["#FF004D", "1d2b53", "red", "#f04"],
    }
    values = asked(name, workflow="txt2img_pixel", **look).values
    chosen = {"palette": "pico-8", "dither": "bayer-4", "own_colors": 0, "colors": "ff004d 1d2b53 ff0000 ff0044"}
    assert {key: values[key] for key in chosen} == chosen


@pytest.mark.parametrize(
    "colors", ["red", ["red"], ["red", "rde"], [1], ["#ff004d"], [f"{n:06x}" for n in range(257)]], ids=repr
)
def test_colours_that_are_none_or_too_few_or_too_many_are_refused(colors):
    with pytest.raises(BadRequest) as caught:
        asked("text2img", colorPalette=colors)
    assert str(caught.value.field).startswith("colorPalette")


LOOKS = {"palette": "pico-8", "dither": "bayer-4", "ownColors": 8, "colorPalette": ["red", "#00f"], "ditherStrength": 0}


@pytest.mark.parametrize("field", LOOKS)
@pytest.mark.parametrize(("name", "mode"), [("text2img", "txt2img_pixel"), ("img2img", "img2img_pixel")])
def test_whoever_names_what_pixel_art_alone_has_gets_pixel_art_of_any_size(name, mode, field):
    spec = asked(name, **{field: LOOKS[field]}, width=32, height=32)
    assert (spec.mode, spec.notes, spec.values["width"]) == (mode, (), 32)


@pytest.mark.parametrize(
    ("name", "fields", "mode"),
    [
        ("text2img", {"palette": "", "colorPalette": [], "dither": None}, "txt2img"),
        ("img2img", {"outline": "black", "clean": True}, "img2img"),
        ("text2img", {"palette": "pico-8", "workflow": "txt2img"}, "txt2img"),
        ("inpaint", {"palette": "pico-8"}, "inpaint"),
    ],
)
def test_who_names_none_of_it_or_a_workflow_gets_what_was_asked_for(name, fields, mode):
    assert asked(name, **fields).mode == mode


@pytest.mark.parametrize("name", SAMPLES)
def test_an_empty_workflow_is_none(name):
    needed = {**{field: SAMPLES[name][field] for field in JOB_KINDS[name].needs}, "prompt": "x"}
    assert submitted(name, {**needed, "workflow": ""}).spec.values == submitted(name, needed).spec.values


@pytest.mark.parametrize("name", SAMPLES)
def test_words_lead_every_workflow_input_back_to_a_field_of_the_request(name):
    spec = asked(name, negativePrompt="x", model="dreamshaper_8")
    fields = set(JOB_KINDS[name].model.model_fields)
    for each in {*spec.values, *spec.pictures} - {UNSAID_KEY}:
        assert spec.words[each] in fields, each


def test_which_values_are_the_originals_defaults_is_said():
    assert set(submitted("text2img", {"prompt": "a"}).spec.values[UNSAID_KEY]) == {
        "steps",
        "cfg",
        "sampler",
        "scheduler",
    }
    said = submitted("text2img", {"prompt": "a", "steps": 5, "sampler": "euler"}).spec.values
    assert said[UNSAID_KEY] == ["cfg"]


@pytest.mark.trap(12)
def test_job_timeout_is_in_milliseconds():
    assert asked("text2img", options=Options(job_timeout=300_000)).seconds == 300
    assert asked("text2img", options=Options(job_timeout=1)).seconds == 0.001


@pytest.mark.trap(12)
def test_the_documents_environment_is_understood(monkeypatch):
    monkeypatch.setenv("JOB_TIMEOUT", "300000")
    monkeypatch.setenv("PIXART_IMAGEGEN_IMAGES", "data-url")
    options = options_of(Options)
    assert (options.job_timeout, options.images) == (300_000, "data-url")


def job(**changes):
    made = Job(
        id="job_1699363200000_abc123xyz",
        dialect="imagegen",
        mode="txt2img",
        state=JobState.COMPLETED,
        progress=1.0,
        created_at=1699363200.0,
        started_at=1699363205.0,
        finished_at=1699363220.23,
        values=MEANT["text2img"],
        workflow="txt2img@1",
        artifacts=(Artifact("image", "ab", "image/png", 3, {}, b"png"),),
        used={**MEANT["text2img"], "width": 520},
        echo={"request": TEXT2IMG, "models": {"v1-5-pruned-emaonly.safetensors": "stable-diffusion-v1.5"}},
    )
    return dataclasses.replace(made, **changes)


WAITING = {
    "state": JobState.QUEUED,
    "progress": 0.0,
    "started_at": None,
    "finished_at": None,
    "artifacts": (),
    "used": {},
    "workflow": None,
}
HEAD = {"id": "job_1699363200000_abc123xyz", "type": "text2img", "createdAt": "2023-11-07T13:20:00.000Z"}
BEGAN, ENDED = {"startedAt": "2023-11-07T13:20:05.000Z"}, {"completedAt": "2023-11-07T13:20:20.230Z"}
RESULT = {
    "images": ["cG5n"],
    "imageUrls": ["data:image/png;base64,cG5n"],
    "seed": 42,
    "parameters": {
        "prompt": "A beautiful sunset over mountains, photorealistic, 4k",
        "width": 520,
        "height": 512,
        "steps": 30,
        "guidanceScale": 7.5,
        "sampler": "euler_a",
        "model": "stable-diffusion-v1.5",
    },
    "timeTaken": 15230,
    "workflow": "txt2img@1",
}
ANSWERS = [
    ({}, {**HEAD, "status": "completed", "progress": 100, **BEGAN, **ENDED, "result": RESULT}),
    (WAITING, {**HEAD, "status": "queued", "progress": 0}),
    (
        {**WAITING, "state": JobState.RUNNING, "progress": 0.999, "started_at": 1699363205.0},
        {**HEAD, "status": "processing", "progress": 99, **BEGAN},
    ),
    (
        {"state": JobState.FAILED, "progress": 0.5, "error": "no", "artifacts": ()},
        {**HEAD, "status": "failed", "progress": 50, **BEGAN, **ENDED, "error": "no"},
    ),
    (
        {**WAITING, "state": JobState.CANCELLED, "finished_at": 1699363220.23, "notes": ("w",)},
        {**HEAD, "status": "failed", "progress": 0, **ENDED, "error": "Cancelled by user", "notes": ["w"]},
    ),
]


@pytest.mark.trap(11)
@pytest.mark.parametrize(("changes", "body"), ANSWERS, ids=lambda value: value.get("status", ""))
def test_a_job_and_its_answer(changes, body):
    given = show(job(**changes), request())
    assert (given.status, given.body) == (200, {**body, "request": TEXT2IMG})
    JobBody.model_validate(given.body, strict=True)


@pytest.mark.trap(13)
@pytest.mark.parametrize(("changes", "body"), ANSWERS, ids=lambda value: value.get("status", ""))
def test_a_listing_is_without_requests_and_pictures(changes, body):
    bare = dataclasses.replace(job(**changes), artifacts=(), echo=None)
    given = listing([bare], request()).body
    assert given == {"jobs": [{key: value for key, value in body.items() if key != "result"}]}
    Jobs.model_validate(given, strict=True)


def test_a_listing_with_settings_says_what_a_person_knows_a_job_by():
    asked_for, drawn = listing([job(**WAITING), job(used={"seed": 7})], request(query={"settings": "true"})).body[
        "jobs"
    ]
    prompt = TEXT2IMG["prompt"]
    known = [{name: each[name] for name in ("prompt", "seed", "workflow")} for each in (asked_for, drawn)]
    assert known == [
        {"prompt": prompt, "seed": 42, "workflow": "txt2img"},
        {"prompt": prompt, "seed": 7, "workflow": "txt2img@1"},
    ]
    Jobs.model_validate({"jobs": [asked_for, drawn]}, strict=True)


def test_a_listing_has_the_words_as_somebody_wrote_them_beside_those_that_a_style_made_of_them():
    spec = asked("text2img", prompt=" a fox, 16-bit style", pixart={"style": "retro-16bit"})
    [listed] = listing([job(values=spec.values, used=spec.values)], request(query={"settings": "true"})).body["jobs"]
    assert listed["request"] == {"prompt": " a fox, 16-bit style"}
    assert listed["prompt"] == "pixel art, a fox, 16-bit style, 16-bit style, vibrant colors"


def test_an_event_shows_what_can_be_seen_of_a_picture_only_while_it_is_drawn():
    seen = {"preview": ("image/jpeg", b"jpg"), "artifacts": ()}
    running = followed(job(**seen, state=JobState.RUNNING, progress=0.5), request()).body
    assert (running["progress"], running["previewUrl"]) == (50, "data:image/jpeg;base64,anBn")
    assert "previewUrl" not in followed(job(**seen), request()).body


def test_a_picture_is_a_file_and_what_has_none_says_why():
    given = picture(job(), request())
    assert (given.body, given.content_type) == (b"png", "image/png")
    with pytest.raises(NotFound, match=r"has no picture: Cancelled by user"):
        picture(job(state=JobState.CANCELLED, artifacts=()), request())
    with pytest.raises(Expired, match="gone"):
        picture(job(state=JobState.FAILED, artifacts=(), fault="Expired", error="It is gone."), request())


@pytest.mark.trap(13)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_request_is_echoed_as_it_was_sent(name):
    body = {**SAMPLES[name], "odd": [1.0, None, "é"]}
    submission = submitted(name, body)
    made = job(echo=submission.spec.echo, values=submission.spec.values)
    assert show(made, request()).body["request"] == body == accepted(made, request(body)).body["request"]


@pytest.mark.trap(9)
@pytest.mark.parametrize(("name", "type"), [(name, name.replace("-", "_")) for name in SAMPLES])
def test_a_new_job_is_answered_202_and_queued_whatever_it_has_become(name, type):
    spec = asked(name)
    made = job(state=JobState.RUNNING, progress=0.5, values=spec.values, mode=spec.mode, notes=("w",))
    given = accepted(made, request(SAMPLES[name]))
    assert (given.status, ROUTES[f"/generate/{name}"].status) == (202, 202)
    assert given.body == {
        "id": made.id,
        "type": type,
        "status": "queued",
        "request": SAMPLES[name],
        "createdAt": "2023-11-07T13:20:00.000Z",
        "progress": 0,
        "notes": ["w"],
    }
    JobBody.model_validate(given.body, strict=True)


@pytest.mark.trap(9)
@pytest.mark.parametrize(("name", "type"), [(name, name.replace("-", "_")) for name in SAMPLES])
def test_the_type_is_known_whichever_workflow_ran(name, type):
    assert type_of(asked(name, workflow="my_own").values) == type


def test_an_image_whose_bytes_are_gone_and_an_output_that_is_none_are_no_images():
    image, *_ = job().artifacts
    others = (dataclasses.replace(image, data=None), dataclasses.replace(image, output="bytes"))
    result = show(job(artifacts=(image, *others)), request()).body["result"]
    assert (result["images"], len(result["imageUrls"])) == (["cG5n"], 1)


@pytest.mark.trap(7)
def test_images_are_bare_base64_as_the_python_client_decodes_them():
    result = show(job(), request()).body["result"]
    assert base64.b64decode(result["images"][0]) == b"png"
    assert result["imageUrls"] == ["data:image/png;base64,cG5n"]
    assert "imagesBase64" not in result


@pytest.mark.trap(7)
def test_images_are_data_urls_where_the_operator_wants_them_as_documented():
    result = show(job(), request(options=Options(images="data-url"))).body["result"]
    assert (result["images"], result["imagesBase64"]) == (["data:image/png;base64,cG5n"], ["cG5n"])
    assert "imageUrls" not in result


SPELLINGS = [
    ("euler_ancestral", "normal", "euler_a"),
    ("dpmpp_2m", "karras", "dpm++_2m"),
    ("dpmpp_2m", "normal", "dpm++_2m_normal"),
    ("euler", "karras", "euler_karras"),
    ("ddim", "ddim_uniform", "ddim"),
    ("lms", "normal", "lms"),
    ("res_multistep", "normal", "res_multistep"),
    ("brand_new", "fancy", "brand_new_fancy"),
]


@pytest.mark.parametrize(("sampler", "scheduler", "name"), SPELLINGS)
def test_parameters_name_the_sampler_that_ran_in_the_documents_spelling(sampler, scheduler, name):
    made = job(used={**job().used, "sampler": sampler, "scheduler": scheduler})
    assert show(made, request()).body["result"]["parameters"]["sampler"] == name


def test_parameters_name_the_model_that_ran_even_if_another_was_expected():
    made = job(used={**job().used, "checkpoint": "SD/other_model.safetensors"})
    assert show(made, request()).body["result"]["parameters"]["model"] == "other_model"


def test_a_style_transfer_that_was_sampled_says_so():
    made = job(values=MEANT["style-transfer"], mode="style_transfer", used=MEANT["style-transfer"])
    result = show(made, request()).body["result"]
    assert result["seed"] == 123_456
    assert result["parameters"] == {
        "prompt": "style_transfer",
        "width": 96,
        "height": 64,
        "steps": 20,
        "guidanceScale": 7.5,
        "sampler": "euler_a",
        "model": "style-transfer",
    }


def test_a_style_transfer_without_a_sampler_has_none_as_the_originals():
    used = {"width": 96, "height": 64, "style_strength": 0.7}
    result = show(job(values=MEANT["style-transfer"], used=used), request()).body["result"]
    assert result["seed"] == 0
    assert result["parameters"] == {
        "prompt": "style_transfer",
        "width": 96,
        "height": 64,
        "steps": 0,
        "guidanceScale": 0,
        "sampler": "none",
        "model": "style-transfer",
    }


@pytest.mark.parametrize(
    ("status", "states"),
    [
        ("queued", {JobState.QUEUED}),
        ("processing", {JobState.RUNNING}),
        ("completed", {JobState.COMPLETED}),
        ("failed", {JobState.FAILED, JobState.CANCELLED}),
        ("", set()),
    ],
)
def test_a_listing_is_filtered_by_the_four_statuses(status, states):
    assert set(listing_filter(request(query={"status": status})).states) == states


def test_a_listing_without_a_filter_has_every_job():
    assert not listing_filter(request()).states
    assert listing_filter(request()).limit == 1000


def test_a_status_that_there_is_not_is_told():
    with pytest.raises(BadRequest) as caught:
        listing_filter(request(query={"status": "cancelled"}))
    assert str(caught.value) == "Status 'cancelled' is unknown. Known: completed, failed, processing, queued."
    assert caught.value.field == "status"


def test_a_listing_may_be_short_and_of_several_states_in_any_letter_case():
    few = listing_filter(request(query={"status": "Completed, failed", "limit": "3"}))
    assert set(few.states) == {JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED} and few.limit == 3


@pytest.mark.parametrize("query", [{"limit": each} for each in ("0", "-1", "1001", "ten", "1.5")] + [{"settings": "x"}])
def test_a_parameter_of_a_listing_that_is_wrong_is_told(query):
    with pytest.raises(BadRequest) as caught:
        listing_filter(request(query=query))
    assert [caught.value.field] == [*query] and str(caught.value).startswith(f"{caught.value.field} must be ")


def test_a_parameter_that_a_listing_has_not_is_said_and_one_that_it_has_is_not():
    given = listing([], request(query={"limit": "", "settings": "1", "state": "failed", "_": "17"})).body
    sentence = "is not a parameter of this list; it was ignored."
    assert given["notes"] == [f"'state' {sentence} Did you mean 'status'?", f"'_' {sentence}"]
    Jobs.model_validate(given, strict=True)
    assert listing([job(used={"seed": 7})], request(query={"settings": "1"})).body["jobs"][0]["seed"] == 7


@pytest.mark.trap(11)
def test_cancelling_is_for_waiting_jobs_and_any_other_is_one_400():
    route = ROUTES["/jobs/{id}/cancel"]
    assert (route.waiting_only, route.error) == (True, not_cancelled)
    Cancelled.model_validate(cancelled(job(), request()).body, strict=True)
    for problem in (NotFound("Job not found"), Conflict("It runs.")):
        given = not_cancelled(problem)
        assert (given.status, given.body) == (400, {"error": "Job not found or cannot be cancelled"})
    assert not_cancelled(Unauthorized("An API key is needed.")).status == 401


def test_the_queue_counts_a_cancelled_job_as_failed():
    counts = dict(zip(JobState, [3, 2, 147, 2, 5], strict=True))
    given = queue_status(View(counts=counts, average_seconds=14.5234), request()).body
    assert given == {
        "queuedJobs": 3,
        "processingJobs": 2,
        "completedJobs": 147,
        "failedJobs": 7,
        "averageProcessingTime": 14523,
    }
    QueueStatus.model_validate(given, strict=True)


def test_places_are_those_of_ones_own_jobs_among_everybodys():
    given = places(View(running=job(id="now"), waiting=("b", "a"), places={"b": 2, "a": 5}), request()).body
    assert given == {"running": "now", "waiting": [{"id": "b", "place": 2}, {"id": "a", "place": 5}]}
    Places.model_validate(given, strict=True)
    assert places(View(), request()).body == {"waiting": []}


def test_a_mode_says_what_draws_it_and_what_fetches_the_rest():
    lacks = (Lack("A model is missing.", "pixart models get sd15"), Lack("A node is missing."))
    drawn = Mode("txt2img", "words", "txt2img_builtin@1", ("prompt", "image"), ("image",), ("image",), lacks)
    nothing, other = Mode("upscale", "larger", "", outputs=("image",)), Mode("tags", "words", "a@1", outputs=("text",))
    given = modes(View(modes=(drawn, nothing, other)), request()).body
    assert [each["name"] for each in given["modes"]] == ["txt2img", "upscale"]
    assert given["modes"][0] == {
        "name": "txt2img",
        "summary": "words",
        "workflow": "txt2img_builtin@1",
        "inputs": ["prompt", "image"],
        "pictures": ["image"],
        "missing": [
            {"sentence": "A model is missing.", "command": "pixart models get sd15"},
            {"sentence": "A node is missing."},
        ],
    }
    assert "workflow" not in given["modes"][1]
    Modes.model_validate(given, strict=True)


def test_removing_is_answered_as_cancelling():
    Cancelled.model_validate(removed(job(), request()).body, strict=True)


def test_an_empty_queue_is_zeros():
    assert set(queue_status(View(), request()).body.values()) == {0}


def test_models_are_the_files_of_the_live_server():
    given = models(View(), request()).body
    assert given["models"][1] == {
        "id": "stable-diffusion-v1.5",
        "name": "Stable Diffusion v1.5",
        "description": "General purpose text-to-image model (v1-5-pruned-emaonly.safetensors)",
        "type": "base",
        "loaded": True,
        "version": "1.5",
    }
    assert [(each["id"], each["loaded"]) for each in given["models"]] == [
        ("dreamshaper_8", False),
        ("stable-diffusion-v1.5", True),
    ]
    Models.model_validate(given, strict=True)


def test_models_are_unknown_while_comfyui_is_away():
    with pytest.raises(Unavailable):
        models(View(), request(catalog=Catalog()))


@pytest.mark.trap(31)
def test_health_has_the_originals_shape_on_its_own_listener_only():
    assert healthy(View(), request()).body == {"status": "healthy"}
    Health.model_validate(healthy(View(), request()).body, strict=True)
    assert [route.path for route in DIALECT.routes if route.alone] == ["/health"]


@pytest.mark.trap(31)
def test_its_paths_leave_generate_itself_to_another_dialect():
    assert not [route for route in DIALECT.routes if route.path == "/generate"]
    assert "/generate" not in DIALECT.prefixes


@pytest.mark.parametrize(
    ("problem", "status", "body"),
    [
        (NotFound("Job not found"), 404, {"error": "Job not found"}),
        (
            NotFound("There is nothing at /x.", hint="/docs lists what there is."),
            404,
            {"error": "Not Found", "detail": "There is nothing at /x. /docs lists what there is."},
        ),
        (BadRequest("No.", field="a", hint="Do."), 400, {"error": "No. Do."}),
        (QueueFull("100 jobs wait already."), 503, {"error": "100 jobs wait already."}),
        (PixartError("Oh."), 500, {"error": "Oh."}),
    ],
)
def test_errors_have_the_documents_shape(problem, status, body):
    given = error(problem)
    assert (given.status, given.body) == (status, body)
    Problem.model_validate(given.body, strict=True)


def test_a_request_with_a_key_is_known_again_whatever_chance_and_comfyui_add():
    first = submitted("text2img", {"prompt": "a fox"}, headers={"Idempotency-Key": "fox_1"})
    again = submitted("text2img", {"prompt": "a fox"}, headers={"Idempotency-Key": "fox_1"}, token=7, now=NOW + 60)
    other = submitted("text2img", {"prompt": "an ox"}, headers={"Idempotency-Key": "fox_1"})
    assert first.id == again.id == other.id == "job_fox_1"
    assert first.spec.values["seed"] != again.spec.values["seed"]
    assert first.spec.identity == again.spec.identity != other.spec.identity


def test_a_machine_s_request_has_a_key_as_any():
    body = {"initImage": URL, "machine": {"name": "gb"}}
    keyed = submitted("img2img", body, headers={"Idempotency-Key": "for-a-gb"})
    assert keyed.id == "job_for-a-gb"
    assert keyed.spec.identity


@pytest.mark.parametrize("key", ["", "a b", "a/b", "..", "x" * 101])
def test_a_key_that_no_path_could_have_is_refused(key):
    with pytest.raises(BadRequest, match="Idempotency-Key must be 1 to 100 letters, digits or _ -, not"):
        submitted("text2img", TEXT2IMG, headers={"Idempotency-Key": key})

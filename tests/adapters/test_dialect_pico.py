"""The Pico's dialect as pairs: what its client sends beside the job it means, a job beside the bytes for the panel."""

import base64
import dataclasses
import json

import pytest
from multidict import CIMultiDict

from bridge.adapters.a1111.error_answers import NoInitImage
from bridge.adapters.a1111.settings import CHANGEABLE_SETTINGS
from bridge.adapters.dialect import Request, View
from bridge.adapters.pico import (
    DIALECT,
    Frame,
    Health,
    Image2Image,
    Options,
    Problem,
    Text2Image,
    admits,
    answer,
    error,
    health,
    read,
    read_from_picture,
    wants_json,
)
from bridge.catalog.models import Catalog
from bridge.core.errors import (
    BackendFailure,
    BadRequest,
    JobFailed,
    MissingParts,
    PixartError,
    PromptRefused,
    QueueFull,
    TimedOut,
    Unauthorized,
    Unavailable,
)
from bridge.core.job import Artifact, Job, JobState, Upload
from bridge.core.variables import options_of

BITS = 0xDEADBEEF_00C0FFEE
SEED = 0x00C0FFEE
PICTURE = b"\x89PNG-as-the-camera-gave-it"

# As gregm123456/person_clicker's api_client.py posts it, with the numbers of its config.json.
CLIENT = {
    "prompt": "a portrait",
    "sampler_name": "DPM++ 2M",
    "steps": 5,
    "cfg_scale": 1.5,
    "width": 512,
    "height": 512,
    "seed": 7,
}
HEADERS = {"Content-Type": "application/json", "Accept": "application/octet-stream"}
FROM_PICTURE = {**CLIENT, "init_images": [base64.b64encode(PICTURE).decode()]}


LORAS = Catalog(live=True, loras=("pixel.safetensors",))


def request(body=None, options=None, headers=HEADERS, **query):
    body, headers = CLIENT if body is None else body, CIMultiDict(headers)
    return Request(body=body, options=options or Options(), headers=headers, query=query, catalog=Catalog(live=True))


def asked(body, options=None, reader=read, catalog=None):
    there = {"catalog": catalog} if catalog else {}
    return reader(dataclasses.replace(request(body, options), token=BITS, **there)).spec


def test_the_clients_request_is_a_picture_for_the_panel():
    spec = asked(CLIENT)
    assert (spec.mode, spec.dialect, spec.notes, spec.loose, spec.seconds) == ("txt2img_rgb565", "pico", (), True, None)
    assert spec.output == "rgb565"
    assert spec.values == {
        "prompt": "a portrait",
        "negative": "",
        "steps": 5,
        "cfg": 1.5,
        "width": 512,
        "height": 512,
        "generation_side": 0,
        "seed": 7,
        "loras": "",
        "vae": "from checkpoint",
        "clip_skip": -1,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "panel_width": 240,
        "panel_height": 240,
        "panel_fit": "stretch",
        "rotation": "0",
        "byte_order": "big-endian",
        "rounding": "truncate",
        "invert": True,
        "bgr": False,
    }


def test_an_empty_request_has_a1111s_defaults():
    values = asked({}).values
    assert (values["prompt"], values["steps"], values["cfg"], values["width"]) == ("", 50, 7.0, 512)
    assert (values["sampler"], values["scheduler"], values["seed"]) == ("euler", "normal", SEED)


@pytest.mark.parametrize("name", CLIENT)
def test_null_is_a1111s_default(name):
    assert asked({**CLIENT, name: None}) == asked({key: value for key, value in CLIENT.items() if key != name})


@pytest.mark.trap(27)
@pytest.mark.parametrize("size", [(512, 512), (512, 768), (8, 8), (240, 240)])
@pytest.mark.parametrize("panel", [(240, 240), (320, 170)])
def test_trap_27_the_body_says_what_is_drawn_the_operator_how_large_the_panel_is(size, panel):
    options = Options(width=panel[0], height=panel[1])
    values = asked({**CLIENT, "width": size[0], "height": size[1]}, options).values
    assert (values["width"], values["height"]) == size
    assert (values["panel_width"], values["panel_height"]) == panel


@pytest.mark.trap(29)
@pytest.mark.parametrize("invert", [True, False])
def test_trap_29_the_panel_gets_negatives_unless_the_operator_says_otherwise(invert):
    assert Options().invert is True
    assert asked(CLIENT, Options(invert=invert)).values["invert"] is invert


def test_every_setting_has_the_originals_name_or_one_of_ours(monkeypatch):
    environment = {
        "TARGET_WIDTH": "320",
        "TARGET_HEIGHT": "170",
        "LUMINANCE_INVERT": "false",
        "SERVICE_API_KEY": "secret",
        "A1111_TIMEOUT": "60",
        "PIXART_PANEL_FIT": "contain",
        "PIXART_PANEL_ROTATION": "90",
        "PIXART_PANEL_BYTE_ORDER": "little-endian",
        "PIXART_PANEL_BGR": "true",
        "PIXART_PANEL_ROUNDING": "bayer",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    options = options_of(Options)
    assert dict(options) == {
        "width": 320,
        "height": 170,
        "invert": False,
        "fit": "contain",
        "rotation": "90",
        "byte_order": "little-endian",
        "bgr": True,
        "rounding": "bayer",
        "key": "secret",
        "seconds": 60.0,
        "strict": False,
        "styles": Options().styles,
        "literal_default_palette": False,
        "high_detail_cube": False,
    }
    spec = asked(CLIENT, options)
    assert spec.seconds == 60
    panel = {"panel_fit": "contain", "rotation": "90", "byte_order": "little-endian", "bgr": True, "rounding": "bayer"}
    assert panel.items() <= spec.values.items()


@pytest.mark.parametrize(
    ("changes", "sampling"),
    [
        ({"sampler_name": "DPM++ 2M Karras"}, ("dpmpp_2m", "karras")),
        ({"sampler_name": "Euler a", "scheduler": "Karras"}, ("euler_ancestral", "karras")),
        ({"sampler_name": None, "sampler_index": "LMS"}, ("lms", "normal")),
        ({"sampler_name": "", "scheduler": "Automatic"}, ("euler", "normal")),
    ],
)
def test_samplers_are_a1111s(changes, sampling):
    spec = asked({**CLIENT, **changes})
    assert (spec.values["sampler"], spec.values["scheduler"]) == sampling
    assert spec.notes == ()


def test_an_unknown_sampler_is_replaced_and_said():
    assert asked({**CLIENT, "sampler_name": "Zorro"}).notes == ("There is no sampler 'Zorro'; DPM++ 2M was used.",)


@pytest.mark.parametrize(
    ("field", "value", "input"),
    [
        ("seed", 0, "seed"),
        ("cfg_scale", 0, "cfg"),
    ],
)
def test_zero_is_a_value(field, value, input):
    assert asked({**CLIENT, field: value}).values[input] == value


@pytest.mark.parametrize("seed", [-1, None, "-1"])
def test_without_a_seed_one_is_drawn(seed):
    assert asked({**CLIENT, "seed": seed}).values["seed"] == SEED


def test_numbers_as_texts_and_whole_floats_are_numbers_as_in_a1111():
    assert asked({**CLIENT, "steps": "5", "cfg_scale": "1.5", "width": 512.0}) == asked(CLIENT)


def test_one_picture_is_drawn_whatever_the_batch_and_that_is_said():
    said = ("batch_size, n_iter: a panel shows one picture; one was drawn.",)
    assert asked({**CLIENT, "n_iter": 2}).notes == said
    assert asked({**CLIENT, "batch_size": 4}).notes == said
    assert asked({**CLIENT, "n_iter": 1, "batch_size": 1}).notes == ()


def test_unknown_fields_are_said_not_dropped():
    spec = asked({**CLIENT, "restore_faces": True, "colour": 1})
    assert spec.notes == (
        "restore_faces: true has no effect here.",
        "'colour' is not a field of this request; it was ignored.",
    )


def test_the_prompt_is_in_a1111s_language_styles_included():
    spec = asked({**CLIENT, "prompt": "((castle))<lora:pixel:0.5>", "styles": ["8-bit"]}, catalog=LORAS)
    assert spec.values["prompt"] == "pixel art, (castle:1.21), 8-bit style, few colors, bold shapes"
    assert spec.values["loras"] == "<lora:pixel.safetensors:0.5:0.5>"


@pytest.mark.parametrize("reader", [read, read_from_picture])
def test_another_workflow_may_be_named(reader):
    spec = asked({**FROM_PICTURE, "workflow": "mine@2"}, reader=reader)
    assert spec.mode == "mine@2"
    assert not {"generation_side", "checkpoint", "vae", "clip_skip"} & set(spec.values)  # as its file has them


def test_img2img_redraws_a_picture_for_the_panel():
    spec = asked(FROM_PICTURE, reader=read_from_picture)
    assert (spec.mode, spec.notes) == ("img2img_rgb565", ())
    assert spec.pictures == {"image": Upload(PICTURE, "init_images[0]")}
    assert (spec.values["denoise"], spec.values["fit"]) == (0.75, "stretch")
    assert spec.values["panel_fit"] == "stretch"


@pytest.mark.parametrize("strength", [0, 0.5, 1])
def test_any_share_of_a_picture_may_be_kept(strength):
    spec = asked({**FROM_PICTURE, "denoising_strength": strength}, reader=read_from_picture)
    assert spec.values["denoise"] == strength


@pytest.mark.parametrize(("mode", "fit"), [(0, "stretch"), (1, "cover"), (2, "extend"), (None, "stretch")])
def test_resize_modes_are_a1111s(mode, fit):
    assert asked({**FROM_PICTURE, "resize_mode": mode}, reader=read_from_picture).values["fit"] == fit


def test_what_cant_be_done_for_a_panel_is_said():
    spec = asked({**FROM_PICTURE, "mask": FROM_PICTURE["init_images"][0]}, reader=read_from_picture)
    assert (spec.mode, list(spec.pictures)) == ("img2img_rgb565", ["image"])
    assert spec.notes == ("mask: a panel's picture is redrawn as a whole.",)
    assert not {name for name in spec.values if name.startswith("mask")} | {"area", "fill"} & set(spec.values)
    spec = asked({**CLIENT, "enable_hr": True})
    assert spec.mode == "txt2img_rgb565"
    assert spec.notes == ("enable_hr: a panel's picture is drawn in one pass.",)
    assert not [name for name in spec.values if name.startswith("hires")]


PICTURES = [
    ({}, "Init image not found"),
    ({"init_images": []}, "Init image not found"),
    ({"init_images": 5}, "init_images must be a list, not 5."),
    ({"init_images": [None]}, "init_images[0] must be text, not null."),
    ({"init_images": [""]}, "init_images[0] is empty."),
    ({"init_images": ["?"]}, "init_images[0] is not base64."),
    ({"init_images": ["http://a/b.png"]}, "Requests not allowed: init_images[0] is an address."),
]


@pytest.mark.trap(28)
@pytest.mark.parametrize(("changes", "sentence"), PICTURES, ids=range(len(PICTURES)))
def test_trap_28_a_bad_picture_is_422(changes, sentence):
    with pytest.raises((BadRequest, NoInitImage)) as caught:
        asked({**CLIENT, **changes}, reader=read_from_picture)
    given = error(caught.value)
    assert given.status == given.body["code"] == 422
    assert sentence in given.body["error"]


BAD = [
    ({"prompt": 5}, "prompt must be text, not 5."),
    ({"steps": "many"}, "steps must be a whole number, not 'many'."),
    ({"width": -8}, "width must be at least 1, not -8."),
    ({"cfg_scale": "hot"}, "cfg_scale must be a number, not 'hot'."),
    ({"seed": 1.5}, "seed must be a whole number, not 1.5."),
]


@pytest.mark.trap(28)
@pytest.mark.parametrize(("changes", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_trap_28_bad_input_is_a_flat_error_that_names_the_field(changes, sentence):
    with pytest.raises(BadRequest) as caught:
        asked({**CLIENT, **changes})
    given = error(caught.value)
    assert given.body == {"error": str(caught.value), "code": 422}
    assert sentence in given.body["error"]


@pytest.mark.parametrize("reader", [read, read_from_picture])
def test_words_lead_every_workflow_input_back_to_a_field_or_a_setting(reader):
    spec = asked(FROM_PICTURE, reader=reader)
    names = {*Image2Image.model_fields, *(f"override_settings.{name}" for name in CHANGEABLE_SETTINGS)}
    for field in Options.model_fields.values():
        names |= set(field.validation_alias.choices)
    assert {spec.words[name] for name in (*spec.values, *spec.pictures)} <= names


@pytest.mark.trap(26)
@pytest.mark.parametrize(
    ("accept", "json_wanted"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("application/octet-stream", False),
        ("application/*", False),
        ("text/html, */*;q=0.8", False),
        ("application/octet-stream, application/json", False),
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/json, text/plain, */*", True),
        ("application/json;q=0", False),
        ("application/octet-stream;q=0.5, application/json", True),
        ("application/json;q=high", False),
        (";;,,", False),
    ],
)
def test_trap_26_the_answer_is_binary_unless_accept_names_json(accept, json_wanted):
    headers = {} if accept is None else {"accept": accept}
    assert wants_json(request(headers=headers)) is json_wanted
    assert isinstance(answer(job(), request(headers=headers)).body, dict) is json_wanted


@pytest.mark.trap(26)
@pytest.mark.parametrize(
    ("form", "json_wanted"), [("json", True), ("JSON", True), ("base64", True), ("binary", False), ("raw", False)]
)
def test_trap_26_a_parameter_goes_before_accept(form, json_wanted):
    for accept in ("application/json", "application/octet-stream"):
        assert wants_json(request(headers={"Accept": accept}, format=form)) is json_wanted


@pytest.mark.parametrize(("wish", "json_wanted"), [(True, True), (False, False), (1, True), (0, False), ("true", True)])
def test_so_does_the_bodys_return_base64(wish, json_wanted):
    for accept in ("application/json", "application/octet-stream"):
        assert wants_json(request({**CLIENT, "return_base64": wish}, headers={"Accept": accept})) is json_wanted


@pytest.mark.parametrize("wish", ["maybe", 2, [], {}])
def test_a_return_base64_that_is_neither_is_refused(wish):
    with pytest.raises(BadRequest, match="return_base64 must be true or false, not"):
        wants_json(request({**CLIENT, "return_base64": wish}))


@pytest.mark.parametrize("reader", [read, read_from_picture])
def test_a_form_that_doesnt_exist_is_refused_before_anything_is_drawn(reader):
    with pytest.raises(BadRequest, match="format must be json or base64 or binary or raw, not 'jpeg'"):
        reader(request(FROM_PICTURE, format="jpeg"))


BYTES = bytes(240 * 240 * 2)
INFO = {"width": 240, "height": 240, "format": "rgb565-be", "bytes": len(BYTES)}


def job(**changes):
    made = Job(
        id="j",
        dialect="pico",
        mode="txt2img_rgb565",
        state=JobState.COMPLETED,
        progress=1.0,
        created_at=100.0,
        started_at=101.0,
        finished_at=131.0,
        workflow="txt2img_rgb565@1",
        used={"seed": 0},
        echo={"parameters": CLIENT},
        artifacts=(
            Artifact("image", "ab", "image/png", 3, {}, b"png"),
            Artifact("rgb565", "cd", "application/octet-stream", len(BYTES), INFO, BYTES),
        ),
    )
    return dataclasses.replace(made, **changes)


@pytest.mark.trap(24)
def test_trap_24_the_bytes_have_the_documents_headers_in_its_spelling():
    given = answer(job(), request())
    assert given.body == BYTES
    assert (given.status, given.content_type) == (200, "application/octet-stream")
    assert given.headers == {
        "X-Image-Width": "240",
        "X-Image-Height": "240",
        "X-Image-Format": "rgb565-be",
        "X-Image-Seed": "0",
    }


@pytest.mark.trap(24)
@pytest.mark.parametrize(("width", "height", "block"), [(240, 240, 3840), (135, 240, 2160), (320, 480, 5120)])
def test_trap_24_they_go_in_blocks_of_eight_rows(width, height, block):
    data = bytes(width * height * 2)
    made = Artifact(
        "rgb565", "cd", "application/octet-stream", len(data), INFO | {"width": width, "height": height}, data
    )
    given = answer(job(artifacts=(made,)), request())
    assert (given.block, len(given.body) % given.block) == (block, 0)
    assert (given.headers["X-Image-Width"], given.headers["X-Image-Height"]) == (str(width), str(height))


@pytest.mark.trap(25)
@pytest.mark.parametrize("first", [b"{\xef", b"[\x00", b" {", b"\x42\x28"])
def test_trap_25_a_frame_that_begins_like_json_is_still_called_bytes(first):
    data = first * (len(BYTES) // 2)
    made = dataclasses.replace(job().artifacts[1], data=data)
    given = answer(job(artifacts=(made,)), request())
    assert (given.body, given.content_type) == (data, "application/octet-stream")


def test_little_endian_is_said_in_the_name():
    made = dataclasses.replace(job().artifacts[1], info=INFO | {"format": "rgb565-le"})
    assert answer(job(artifacts=(made,)), request()).headers["X-Image-Format"] == "rgb565-le"


def test_notes_go_into_a_header_that_no_text_can_break():
    notes = ("checkpoint: tiny.ckpt", "'\r\nSet-Cookie: é' is not a field", "x" * 2000)
    given = answer(job(notes=notes), request()).headers["X-Image-Notes"]
    assert given.isascii()
    assert given.isprintable()
    assert json.loads(given) == list(notes[:2])


@pytest.mark.trap(30)
@pytest.mark.parametrize(("width", "height"), [(240, 240), (135, 240)])
def test_trap_30_the_json_form_has_the_documents_fields_and_a_plain_sentence_as_info(width, height):
    info = INFO | {"width": width, "height": height}
    made = dataclasses.replace(job().artifacts[1], info=info)
    asking = request(FROM_PICTURE, headers={"Accept": "application/json"})
    given = answer(job(artifacts=(made,), notes=("n",)), asking)
    assert given.content_type == "application/json"
    assert given.block == 0
    assert given.body == {
        "images": [base64.b64encode(BYTES).decode()],
        "parameters": CLIENT,
        "info": f"{width}x{height} RGB565 format for Pico LCD",
        "notes": ["n"],
        "seed": 0,
    }
    Frame.model_validate(given.body, strict=True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": JobState.FAILED, "error": "Out of memory", "artifacts": ()}, "Out of memory"),
        ({"state": JobState.CANCELLED, "artifacts": ()}, "It was cancelled."),
        ({"artifacts": job().artifacts[:1]}, "It has no bytes for a panel."),
    ],
)
@pytest.mark.parametrize("headers", [HEADERS, {"Accept": "application/json"}], ids=["binary", "json"])
def test_a_job_without_bytes_is_500_with_the_reason(changes, sentence, headers):
    with pytest.raises(JobFailed) as caught:
        answer(job(**changes), request(headers=headers))
    assert (error(caught.value).status, error(caught.value).body) == (500, {"error": sentence, "code": 500})


@pytest.mark.trap(12)
@pytest.mark.parametrize(("limit", "setting"), [(30, "A1111_TIMEOUT"), (None, "TIMEOUT_SECONDS")])
def test_trap_12_a_job_that_took_longer_than_it_may_is_504_and_names_the_setting(limit, setting):
    late = job(state=JobState.FAILED, error="It took longer than 30 s.", fault="TimedOut", artifacts=())
    with pytest.raises(TimedOut) as caught:
        answer(late, request(options=Options(seconds=limit)))
    said = f"It took longer than 30 s. {setting} sets the limit."
    assert error(caught.value).body == {"error": said, "code": 504}


@pytest.mark.trap(28)
@pytest.mark.parametrize("reader", [read, read_from_picture])
def test_trap_28_while_comfyui_is_away_nothing_waits(reader):
    with pytest.raises(Unavailable) as caught:
        reader(dataclasses.replace(request(FROM_PICTURE), catalog=Catalog()))
    assert error(caught.value).body == {"error": "ComfyUI does not answer. Try again in a moment.", "code": 502}


@pytest.mark.trap(28)
@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (BadRequest("No."), 400),
        (MissingParts("No checkpoint."), 400),
        (BadRequest("init_images is not a picture.", field="init_images"), 422),
        (Unauthorized("A key is needed."), 401),
        (Unavailable("ComfyUI is away."), 502),
        (BackendFailure("ComfyUI said 500."), 502),
        (PromptRefused("No such node."), 502),
        (QueueFull("Too many."), 503),
        (PixartError("Oh."), 500),
    ],
)
def test_trap_28_errors_are_flat_with_their_status_as_code(problem, code):
    given = error(problem)
    assert (given.status, given.content_type) == (code, "application/json")
    assert given.body == {"error": str(problem), "code": code}
    Problem.model_validate(given.body, strict=True)


@pytest.mark.trap(28)
@pytest.mark.parametrize(
    ("key", "headers", "verdict"),
    [
        ("", {}, None),
        ("", {"X-API-Key": "any"}, None),
        ("secret", {}, False),
        ("secret", {"X-API-Key": ""}, False),
        ("secret", {"X-API-Key": "Secret"}, False),
        ("secret", {"X-API-Key": "sécret"}, False),
        ("secret", {"X-API-Key": "s\udcffcret"}, False),
        ("secret", {"Authorization": "Bearer secret"}, False),
        ("secret", {"X-API-Key": "secret"}, True),
        ("secret", {"x-api-key": "secret"}, True),
        ("sécret", {"X-API-Key": "sécret"}, True),
    ],
)
def test_trap_28_the_service_has_its_own_key_or_leaves_it_to_the_server(key, headers, verdict):
    assert admits(CIMultiDict(headers), Options(key=key)) is verdict


@pytest.mark.trap(31)
def test_trap_31_health_is_ok():
    given = health(View(), Request())
    assert given.body == {"status": "ok"}
    Health.model_validate(given.body, strict=True)


@pytest.mark.trap(32)
def test_trap_32_beside_a1111_the_paths_have_a_prefix_and_alone_they_are_a1111s():
    assert DIALECT.mount == "/pico"
    assert {route.path for route in DIALECT.routes} == {"/sdapi/v1/txt2img", "/sdapi/v1/img2img", "/health"}
    assert {route.request for route in DIALECT.routes if route.wait} == {Text2Image, Image2Image}

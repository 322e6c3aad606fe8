"""AleaArt's dialect as pairs: what its document and web app send beside the job it means, a job beside its answer."""

import dataclasses
import re

import pytest

from bridge.adapters.aleaart import (
    CHAIN,
    DIALECT,
    MISSING_SENTENCE,
    Endpoints,
    Generate,
    Generated,
    Health,
    Options,
    Problem,
    answer,
    error,
    health,
    index,
    no_picture,
    picture,
    read,
)
from bridge.adapters.dialect import Action, Request, View
from bridge.catalog.models import Catalog
from bridge.core.errors import BadRequest, Conflict, JobFailed, MissingParts, NotFound, PixartError, Unavailable
from bridge.core.job import Artifact, Job, JobState
from bridge.core.places import ROOT
from bridge.workflow.library import Library

BITS = 0xDEADBEEF_00C0FFEE  # the id takes the upper half, a drawn seed the lower
LOOSE, STRICT = Options(), Options(strict=True)

# The seed document's sample request, and the one that AleaArt's route.ts makes of it for its Python server.
NUMBERS = {
    "promptIndex": 0,
    "styleIndex": 0,
    "samplerIndex": 0,
    "aspectIndex": 0,
    "steps": 20,
    "cfg": 75,
    "latentSeed": 12345,
    "paletteId": 5,
}
PROMPT = (
    "retrofuturism bodywear, primitive, vintage, intricate detail, digital art, digital painting, concept art, poster, "
    "award winning, max detail, 8k, ultra realistic, square, 1:1 | max detail | 8k"
)
NESTED = {"parameters": NUMBERS, "tokenId": "1"}
FLAT = {
    "prompt": PROMPT,
    "steps": 20,
    "cfg_scale": 7.5,
    "seed": 12345,
    "sampler": "DPM++ 2M Karras",
    "width": 512,
    "height": 512,
    "tokenId": "1",
}


def without(body, *names):
    return {name: value for name, value in body.items() if name not in names}


def request(body, options=LOOSE, catalog=None):
    return Request(body=body, options=options, token=BITS, catalog=catalog or Catalog())


def asked(body, **more):
    return read(request(body, **more))


def nested(options=LOOSE, **changes):
    return asked({**NESTED, "parameters": {**NUMBERS, **changes}}, options=options).spec


def flat(**changes):
    return asked({**FLAT, **changes}).spec


@pytest.mark.trap(20)
def test_the_nested_request_leaves_the_eight_numbers_to_the_graph_cfg_in_tenths():
    spec = asked(NESTED).spec
    assert (spec.mode, spec.dialect, spec.notes, spec.loose) == ("aleaart", "aleaart", (), False)
    assert spec.values == {
        "prompt_index": 0,
        "style_index": 0,
        "sampler_index": 0,
        "aspect_index": 0,
        "steps": 20,
        "cfg_tenths": 75,
        "latent_seed": 12345,
        "palette_id": 5,
    }


@pytest.mark.trap(20)
def test_the_flat_request_is_txt2img_cfg_as_it_is():
    spec = asked(FLAT).spec
    assert (spec.mode, spec.dialect, spec.notes) == ("txt2img", "aleaart", ())
    assert spec.values == {
        "prompt": PROMPT,
        "steps": 20,
        "cfg": 7.5,
        "seed": 12345,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "width": 512,
        "height": 512,
    }


def test_the_flat_request_has_the_python_servers_defaults():
    submission = asked({"prompt": "a castle"})
    assert submission.spec.values == {
        "prompt": "a castle",
        "steps": 20,
        "cfg": 7.5,
        "seed": 0x00C0FFEE,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "width": 512,
        "height": 512,
    }
    assert submission.id == "art_token_unknown_deadbeef"
    assert submission.spec.notes == ()


@pytest.mark.parametrize("name", without(FLAT, "tokenId"))
def test_each_flat_field_alone_makes_a_flat_request_and_null_is_its_default(name):
    assert asked({name: FLAT[name]}).spec.mode == "txt2img"
    values = asked({**FLAT, name: None}).spec.values
    assert values == asked(without(FLAT, name)).spec.values


# facts of AleaArt's python_backend.py: a name without "Karras" is the plain schedule, unlike A1111's
SAMPLERS = {
    "DPM++ 2M Karras": ("dpmpp_2m", "karras"),
    "DPM++ SDE Karras": ("dpmpp_sde", "karras"),
    "Euler a": ("euler_ancestral", "normal"),
    "DPM++ 2M": ("dpmpp_2m", "normal"),
    "DPM++ SDE": ("dpmpp_sde", "normal"),
    "LMS": ("lms", "normal"),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_aleaarts_six_samplers_are_diffusers_ones(name):
    for spelled in (name, name.lower(), f" {name} "):
        spec = flat(sampler=spelled)
        assert (spec.values["sampler"], spec.values["scheduler"]) == SAMPLERS[name]
        assert spec.notes == ()


@pytest.mark.parametrize(
    ("name", "sampling", "notes"),
    [
        ("ddim", ("ddim", "ddim_uniform"), ()),
        ("dpmpp_3m_sde", ("dpmpp_3m_sde", "exponential"), ()),
        ("Zorro", ("dpmpp_2m", "karras"), ("There is no sampler 'Zorro'; DPM++ 2M was used.",)),
        ("", ("dpmpp_2m", "karras"), ()),
    ],
)
def test_other_samplers_are_the_a1111_apis_and_an_unknown_one_is_the_first(name, sampling, notes):
    spec = flat(sampler=name)
    assert (spec.values["sampler"], spec.values["scheduler"]) == sampling
    assert spec.notes == notes


def test_a_sampler_that_comfyui_lacks_is_replaced_and_said():
    spec = asked(FLAT, catalog=Catalog(live=True, samplers=("euler",), schedulers=("normal", "karras"))).spec
    assert spec.values["sampler"] == "euler"
    assert spec.notes


@pytest.mark.trap(20)
@pytest.mark.parametrize("seed", [0, 1, (1 << 32) - 1])
def test_trap_20_zero_is_a_seed(seed):
    assert nested(latentSeed=seed).values["latent_seed"] == seed
    assert flat(seed=seed).values["seed"] == seed


@pytest.mark.parametrize("seed", [None, -1])
def test_a_flat_request_without_a_seed_gets_one_drawn(seed):
    assert flat(seed=seed).values["seed"] == 0x00C0FFEE


@pytest.mark.trap(20)
@pytest.mark.parametrize(
    ("token", "part"),
    [
        ("1", "1"),
        ("0", "0"),
        (0, "0"),
        (7, "7"),
        (1.5, "1-5"),
        (str(2**256 - 1), str(2**256 - 1)),
        (2**256 - 1, str(2**256 - 1)),
        (10**199, str(10**199)),
        ("../../etc/passwd", "-etc-passwd"),
        ("..", "-"),
        ("a\x00b\nc", "a-b-c"),
        ("a.png", "a-png"),
        ("токен", "-"),
        ("{id}", "-id-"),
    ],
)
@pytest.mark.parametrize("body", [NESTED, FLAT], ids=["nested", "flat"])
def test_trap_20_every_token_is_valid_and_none_leads_out_of_the_folder(body, token, part):
    made = asked({**body, "tokenId": token}).id
    assert made == f"art_token_{part}_deadbeef"
    assert re.fullmatch(r"[A-Za-z0-9_-]+", made)
    given = answer(job(id=made), request({**body, "tokenId": token}))
    assert given.body["tokenId"] == token
    assert type(given.body["tokenId"]) is type(token)
    assert given.body["imageUrl"] == f"/generated_images/{made}.png"


@pytest.mark.trap(20)
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tokenId": "1"},
        {"userId": "u", "tokenId": "1"},
        {"parameters": None, "tokenId": "1"},
        {**FLAT, "parameters": None},
        {"parameters": NUMBERS},
        {"parameters": NUMBERS, "tokenId": None},
        {"parameters": NUMBERS, "tokenId": ""},
    ],
    ids=lambda body: "+".join(body),
)
def test_without_parameters_or_token_the_sentence_is_the_web_apps(body):
    with pytest.raises(BadRequest) as caught:
        asked(body)
    assert error(caught.value).body == {"success": False, "error": "Missing parameters or tokenId"}
    assert error(caught.value).status == 400
    assert str(caught.value) == MISSING_SENTENCE


@pytest.mark.parametrize(
    ("body", "right", "wrong"),
    [
        ({"parameters": NUMBERS, "tokenID": "1"}, "tokenId", "tokenID"),
        ({"Parameters": NUMBERS, "tokenId": "1"}, "parameters", "Parameters"),
        ({"parameter": NUMBERS, "tokenId": "1"}, "parameters", "parameter"),
    ],
    ids=str,
)
def test_parameters_or_token_in_another_spelling_are_told_behind_the_web_apps_sentence(body, right, wrong):
    with pytest.raises(BadRequest) as caught:
        asked(body)
    assert str(caught.value) == f"{MISSING_SENTENCE} ({right!r} is spelled so, not {wrong!r})"


def test_parameters_that_were_encoded_twice_are_said_to_be():
    with pytest.raises(BadRequest, match=r"^parameters must be a JSON object, not .* encode it once\.$"):
        asked({"parameters": '{"promptIndex": 1}', "tokenId": "1"})


OUTSIDE = [(field, value) for field, drawn in CHAIN.items() for value in (drawn.least - 1, drawn.most + 1)]
OUTSIDE = [(field, value) for field, value in OUTSIDE if field != "latentSeed"]


@pytest.mark.trap(20)
@pytest.mark.parametrize(("field", "value"), OUTSIDE)
def test_trap_20_what_the_contract_cant_give_is_left_to_the_graph(field, value):
    spec = nested(**{field: value})
    assert spec.values[CHAIN[field].input] == value
    assert spec.words[CHAIN[field].input] == f"parameters.{field}"


@pytest.mark.trap(20)
@pytest.mark.parametrize(("field", "value"), OUTSIDE)
def test_trap_20_or_refused_where_the_operator_is_strict(field, value):
    with pytest.raises(BadRequest) as caught:
        nested(STRICT, **{field: value})
    drawn = CHAIN[field]
    assert str(caught.value) == f"parameters.{field} must be from {drawn.least} to {drawn.most}, not {value}."
    assert caught.value.field == f"parameters.{field}"


@pytest.mark.parametrize("field", CHAIN)
@pytest.mark.parametrize("end", ["least", "most"])
def test_strict_takes_all_that_the_contract_gives(field, end):
    value = getattr(CHAIN[field], end)
    assert nested(STRICT, **{field: value}).values[CHAIN[field].input] == value


DEFAULTS = {"steps": 20, "cfg": 75, "latentSeed": 0x00C0FFEE}


@pytest.mark.parametrize("field", CHAIN)
@pytest.mark.parametrize("parameters", [lambda field: without(NUMBERS, field), lambda field: {**NUMBERS, field: None}])
def test_a_number_left_out_is_said_or_refused_where_the_operator_is_strict(field, parameters):
    body = {"parameters": parameters(field), "tokenId": "1"}
    spec, value = asked(body).spec, DEFAULTS.get(field, 0)
    assert spec.values[CHAIN[field].input] == value
    assert spec.notes == (f"parameters.{field} is missing; {value} was used.",)
    with pytest.raises(BadRequest, match=re.escape(f"parameters.{field} is missing.")):
        asked(body, options=STRICT)


def test_numbers_as_texts_are_numbers_for_big_ones_are_sent_so():
    spec = asked({"parameters": {name: str(value) for name, value in NUMBERS.items()}, "tokenId": 1}).spec
    assert spec == asked({**NESTED, "tokenId": 1}).spec


WHOLE = "must be a whole number from"
BAD = [
    ({**NESTED, "parameters": []}, "parameters", "parameters must be a JSON object, not []."),
    ({**NESTED, "parameters": {**NUMBERS, "cfg": 7.5}}, "parameters.cfg", f"parameters.cfg {WHOLE}"),
    ({**NESTED, "parameters": {**NUMBERS, "steps": "many"}}, "parameters.steps", "18 to 64, not 'many'."),
    ({**NESTED, "parameters": {**NUMBERS, "styleIndex": True}}, "parameters.styleIndex", "0 to 9, not true."),
    ({**NESTED, "parameters": {**NUMBERS, "latentSeed": -1}}, "parameters.latentSeed", "0 to 4294967295, not -1."),
    ({**NESTED, "parameters": {**NUMBERS, "latentSeed": 1 << 32}}, "parameters.latentSeed", "not 4294967296."),
    ({**NESTED, "tokenId": True}, "tokenId", "tokenId must be text or a number, not true."),
    ({**NESTED, "tokenId": {}}, "tokenId", "tokenId must be text or a number, not {}."),
    ({**NESTED, "tokenId": "9" * 201}, "tokenId", "tokenId has 201 characters; 200 is the most."),
    ({**NESTED, "tokenId": 10**200}, "tokenId", "tokenId has 201 characters; 200 is the most."),
    ({**NESTED, "tokenId": 10**4000}, "tokenId", "tokenId has 4001 characters; 200 is the most."),
    ({**FLAT, "prompt": 5}, "prompt", "prompt must be text, not 5."),
    ({**FLAT, "prompt": "x" * 8001}, "prompt", "prompt has 8001 characters; 8000 is the most."),
    ({**FLAT, "steps": -1}, "steps", f"steps {WHOLE} 1 to 150, not -1."),
    ({**FLAT, "steps": 20.5}, "steps", "not 20.5."),
    ({**FLAT, "cfg_scale": "hot"}, "cfg_scale", "cfg_scale must be a number from 0 to 30, not 'hot'."),
    ({**FLAT, "seed": -2}, "seed", f"seed {WHOLE} -1 to"),
    ({**FLAT, "width": "wide"}, "width", "1 to 4096, not 'wide'."),
    ({**FLAT, "sampler": 3}, "sampler", "sampler must be text, not 3."),
]


@pytest.mark.parametrize(
    ("body", "field", "sentence"), BAD, ids=[f"{field}-{n}" for n, (_, field, _) in enumerate(BAD)]
)
def test_bad_input_is_a_sentence_that_names_the_field(body, field, sentence):
    with pytest.raises(BadRequest) as caught:
        asked(body)
    assert sentence in str(caught.value)
    assert caught.value.field == field
    Problem.model_validate(error(caught.value).body, strict=True)


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(BadRequest, match="The body must be a JSON object"):
        asked(body)


def test_unknown_fields_are_said_not_dropped():
    def said(name):
        return f"'{name}' is not a field of this request; it was ignored."

    assert flat(colour=1, userId="u").notes == (said("colour"),)
    assert nested(pallete=1).notes == (said("parameters.pallete") + " Did you mean 'paletteId'?",)
    assert asked({**NESTED, "prompt": "mine"}).spec.notes == (said("prompt"),)


@pytest.mark.parametrize(("body", "mode"), [(FLAT, "txt2img_pixel"), (NESTED, "aleaart@1")], ids=["flat", "nested"])
def test_another_workflow_may_be_named(body, mode):
    spec = asked({**body, "workflow": mode}).spec
    assert (spec.mode, spec.loose) == (mode, True)


def test_a_workflow_of_ones_own_keeps_its_files_values_where_the_request_says_nothing():
    values = asked({"prompt": "a", "workflow": "mine"}).spec.values
    assert values == {"prompt": "a", "seed": 0x00C0FFEE}
    said = {"steps": 0, "cfg_scale": 0, "sampler": "LMS", "width": 32, "negative_prompt": "", "workflow": "mine"}
    values = asked({**said, "seed": 0}).spec.values
    kept = {"steps": 0, "cfg": 0, "width": 32, "negative": "", "seed": 0}
    assert values == {**kept, "sampler": "lms", "scheduler": "normal"}


def test_tenths_are_no_other_workflows_guidance_nor_its_guidance_tenths():
    there = {each.mode: set(each.inputs) for each in Library.open(ROOT / "workflows")}
    assert set(asked(NESTED).spec.values) <= there["aleaart"]
    assert set(asked(NESTED).spec.values) & there["txt2img_pixel"] == {"steps"}
    assert "cfg" in there["txt2img_pixel"] - there["aleaart"]


def test_an_empty_workflow_is_none():
    assert asked({**NESTED, "workflow": ""}).spec == asked(NESTED).spec
    assert asked({**FLAT, "workflow": ""}).spec == asked(FLAT).spec


@pytest.mark.parametrize("body", [NESTED, {**FLAT, "negative_prompt": "blurry"}], ids=["nested", "flat"])
def test_words_lead_every_workflow_input_back_to_a_field_of_the_request(body):
    spec, fields = asked(body).spec, set(Generate.model_fields) | {f"parameters.{name}" for name in CHAIN}
    assert {spec.words[name] for name in spec.values} <= fields


REPORT = {
    "prompt": PROMPT,
    "negative": "",
    "sampler": "DPM++ 2M Karras",
    "width": 512,
    "height": 683,
    "steps": 20,
    "cfg": 7.5,
    "seed": 12345,
    "palette": "pico-8",
    "palette_id": 5,
    "notes": ["style_index 99 is not in 0..9; 0 was used."],
}


def job(**changes):
    made = Job(
        id="art_token_1_deadbeef",
        dialect="aleaart",
        mode="aleaart",
        state=JobState.COMPLETED,
        progress=1.0,
        created_at=100.0,
        workflow="aleaart@1",
        notes=("checkpoint: tiny.ckpt",),
        artifacts=(
            Artifact("image", "ab", "image/png", 3, {}, b"png"),
            Artifact("parameters", "", "", 0, REPORT),
        ),
    )
    return dataclasses.replace(made, **changes)


@pytest.mark.trap(21)
@pytest.mark.trap(22)
def test_a_nested_answer_has_the_documents_fields_from_what_the_graph_reports():
    given = answer(job(), request(NESTED))
    assert (given.status, given.content_type) == (200, "application/json")
    assert given.body == {
        "success": True,
        "imageUrl": "/generated_images/art_token_1_deadbeef.png",
        "imageBase64": "data:image/png;base64,cG5n",
        "tokenId": "1",
        "prompt": PROMPT,
        "parameters": {
            "steps": 20,
            "cfg_scale": 7.5,
            "seed": 12345,
            "sampler": "DPM++ 2M Karras",
            "width": 512,
            "height": 683,
        },
        "jobId": "art_token_1_deadbeef",
        "workflow": "aleaart@1",
        "notes": ["checkpoint: tiny.ckpt", "parameters.styleIndex 99 is not in 0..9; 0 was used."],
        "palette": "pico-8",
        "paletteId": 5,
    }
    Generated.model_validate(given.body, strict=True)


USED = {"prompt": "p", "steps": 150, "cfg": 7.5, "seed": 0, "sampler": "dpmpp_2m", "scheduler": "karras"}
USED |= {"width": 512, "height": 680}


@pytest.mark.parametrize(
    ("sampler", "scheduler", "name"),
    [(*names, name) for name, names in SAMPLERS.items()] + [("ddim", "ddim_uniform", "DDIM")],
)
def test_a_flat_answer_says_what_was_really_used_in_aleaarts_words(sampler, scheduler, name):
    used = {**USED, "sampler": sampler, "scheduler": scheduler}
    made = job(used=used, values={"steps": 10_000}, artifacts=job().artifacts[:1])
    given = answer(made, request(without(FLAT, "tokenId")))
    assert given.body["parameters"] == {
        "steps": 150,
        "cfg_scale": 7.5,
        "seed": 0,
        "sampler": name,
        "width": 512,
        "height": 680,
    }
    assert (given.body["prompt"], given.body["tokenId"]) == ("p", "unknown")
    assert "palette" not in given.body
    Generated.model_validate(given.body, strict=True)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": JobState.FAILED, "error": "Out of memory", "artifacts": ()}, "Out of memory"),
        ({"state": JobState.FAILED, "artifacts": ()}, "It ended without a picture."),
        ({"state": JobState.CANCELLED, "artifacts": ()}, "It was cancelled."),
        ({"artifacts": ()}, "It ended without a picture."),
    ],
)
def test_a_job_without_a_picture_is_500_with_the_reason(changes, sentence):
    with pytest.raises(JobFailed) as caught:
        answer(job(**changes), request(NESTED))
    given = error(caught.value)
    assert (given.status, given.body) == (500, {"success": False, "error": sentence})


def test_the_picture_itself_is_a_file():
    given = picture(job(), Request())
    assert (given.body, given.content_type) == (b"png", "image/png")


@pytest.mark.parametrize("changes", [{"state": JobState.RUNNING, "artifacts": ()}, {"artifacts": job().artifacts[1:]}])
def test_a_picture_that_isnt_there_is_aleaarts_404(changes):
    with pytest.raises(NotFound) as caught:
        picture(job(**changes), Request())
    said = no_picture(caught.value)
    assert (said.status, said.body) == (404, {"success": False, "error": "Image not found"})


def test_the_picture_route_words_only_what_is_missing_so():
    route = next(each for each in DIALECT.routes if each.action is Action.SHOW)
    assert route.error is no_picture
    assert no_picture(Conflict("Taken.")).body == {"success": False, "error": "Taken."}


@pytest.mark.parametrize(
    ("problem", "status", "sentence"),
    [
        (BadRequest("No.", field="a", hint="Do."), 400, "No. Do."),
        (MissingParts("No checkpoint."), 400, "No checkpoint."),
        (NotFound("There is nothing."), 404, "There is nothing."),
        (Unavailable("ComfyUI is away."), 503, "ComfyUI is away."),
        (PixartError("Oh."), 500, "Oh."),
    ],
)
def test_errors_have_aleaarts_shape(problem, status, sentence):
    given = error(problem)
    assert (given.status, given.body) == (status, {"success": False, "error": sentence})


@pytest.mark.trap(31)
@pytest.mark.parametrize("models", [(), ("a.safetensors",)])
@pytest.mark.parametrize(("device", "cuda"), [("cpu", False), ("cuda", True)])
def test_trap_31_alone_health_has_aleaarts_three_fields(models, device, cuda):
    given = health(View(system={"devices": [{"type": device}]}), Request(catalog=Catalog(checkpoints=models)))
    assert given.body == {"status": "healthy", "model_loaded": bool(models), "cuda_available": cuda}
    Health.model_validate(given.body, strict=True)


@pytest.mark.trap(31)
def test_trap_31_what_would_collide_is_served_alone_only():
    assert {route.path for route in DIALECT.routes if route.alone} == {"/", "/health"}
    assert DIALECT.mount == ""
    given = index(View(), Request()).body
    Endpoints.model_validate(given, strict=True)
    assert "/generate-image" in given["endpoints"]

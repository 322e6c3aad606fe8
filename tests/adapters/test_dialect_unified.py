"""The unified endpoint's dialect as pairs: what its clients send beside the job it means, a job beside its answer."""

import base64
import dataclasses

import pytest

from bridge.adapters import dialects
from bridge.adapters.dialect import Request
from bridge.adapters.fields import shown
from bridge.adapters.unified.generation import Generate
from bridge.adapters.unified.routes import DIALECT, Done, Problem, answer, error, read
from bridge.catalog.models import Catalog
from bridge.core.errors import BadRequest, NotFound, PixartError, QueueFull
from bridge.core.job import WHOLE_PROMPT, Artifact, Job, JobState

SAMPLERS = ("euler", "euler_ancestral", "dpmpp_2m", "lms")
LIVE = Catalog(True, samplers=SAMPLERS, schedulers=("normal", "karras"))
PICTURE, OTHER = b"\x89PNG-as-the-picker-sends-it", b"another"
IN_BASE64 = base64.b64encode(PICTURE).decode()
TOKEN = (7 << 32) | 4_000_000_000

# As gregm123456/hardware_exercises' picker/sd_client.py posts it.
PICKER = {
    "prompt": "adult, face portrait photograph, a sailor, 8k, realistic",
    "negative_prompt": "white background, white wall, bad anatomy, watermark, text",
    "seed": -1,
    "steps": 7,
    "width": 512,
    "height": 512,
    "cfg_scale": 1.5,
    "sampler_name": "DPM++ 2M Karras",
    "denoising_strength": 0.5,
    "n_iter": 1,
    "batch_size": 1,
    "mode": "txt2img",
}
REDRAWN = {**PICKER, "mode": "img2img", "init_image": IN_BASE64, "init_images": [IN_BASE64]}
# As gregm123456/pi_axera_sd_interactive's api_client.py posts it.
GRADIO = {
    "mode": "img2img",
    "prompt": "Make this image look like a pencil sketch",
    "seed": 42,
    "init_image": IN_BASE64,
    "denoising_strength": 0.6,
    "resize_mode": 2,
}
LEAST = {"mode": "txt2img", "prompt": "a red fox"}


def asked(body, **changes):
    """The job that a body means, with these fields changed; `...` leaves one out."""
    merged = {key: value for key, value in {**body, **changes}.items() if value is not ...}
    submission = read(Request(body=merged, catalog=LIVE, token=TOKEN))
    assert submission.id is None
    return submission.spec


DRAWN = {
    "prompt": PICKER["prompt"],
    "negative": PICKER["negative_prompt"],
    "seed": 4_000_000_000,
    "steps": 7,
    "width": 512,
    "height": 512,
    "cfg": 1.5,
    "sampler": "dpmpp_2m",
    "scheduler": "karras",
}


def test_the_pickers_request_and_the_job_it_means():
    spec = asked(PICKER)
    assert (spec.mode, spec.dialect, spec.loose) == ("txt2img", "unified", True)
    assert spec.values == DRAWN
    assert (spec.notes, spec.pictures, spec.batch, spec.priority, spec.seconds) == ((), {}, (), 0, None)


def test_the_pickers_request_with_a_picture_and_the_job_it_means():
    spec = asked(REDRAWN)
    assert (spec.mode, spec.values) == ("img2img", {**DRAWN, "denoise": 0.5, "fit": "stretch"})
    assert (spec.pictures["image"].data, spec.pictures["image"].field) == (PICTURE, "init_image")
    assert spec.notes == ()


def test_the_other_clients_request_and_the_job_it_means():
    spec = asked(GRADIO)
    assert spec.mode == "img2img"
    said = {"prompt": GRADIO["prompt"], "seed": 42, "denoise": 0.6, "fit": "contain"}
    assert spec.values == said  # the rest is as the workflow has it
    assert spec.notes == ()


def test_without_a_size_the_picture_is_as_large_as_the_engine_draws():
    npu = dataclasses.replace(LIVE, engine="axera", size=(768, 1024))
    values = read(Request(body={**LEAST, "height": 640}, catalog=npu)).spec.values
    assert (values["width"], values["height"]) == (768, 640)
    assert "steps" not in values
    values = read(Request(body={**LEAST, "workflow": "txt2img_pixel"}, catalog=npu)).spec.values
    assert "width" not in values  # a workflow of the client's own choice knows its size


def test_the_dialect_is_found_by_its_name_and_waits_for_the_picture():
    assert dialects()["unified"] is DIALECT
    assert [(route.path, route.wait) for route in DIALECT.routes] == [
        ("/generate", True),
        ("/generate/files/{id}", False),
        ("/sdapi/v1/interrogate", True),
    ]


@pytest.mark.trap(15)
def test_a_strength_in_a_txt2img_request_changes_nothing():
    assert asked(PICKER) == asked(PICKER, denoising_strength=0.9) == asked(PICKER, denoising_strength=...)


@pytest.mark.parametrize(("field", "sent"), [("init_image", "no base64 at all!"), ("init_images", [IN_BASE64])])
def test_a_picture_in_a_txt2img_request_changes_nothing_and_that_is_said(field, sent):
    spec = asked(PICKER, **{field: sent})
    assert spec.notes == (f"{field} is for mode img2img; it was ignored.",)
    assert dataclasses.replace(spec, notes=()) == asked(PICKER) == asked(PICKER, **{field: None})


MODE = "missing or invalid 'mode' field (must be 'txt2img' or 'img2img')"
SEED = "invalid 'seed' field (must be an integer)"
PICTURE_MISSING = "missing 'init_image' field for img2img mode"
NO_LIST = f"invalid 'init_images' field (must be a list, not {shown(IN_BASE64)})"
NO_PICTURE = "invalid base64 image: init_image is an address. Send the picture itself, in base64."
REFUSED = [
    ({"mode": ...}, MODE),
    ({"mode": None}, MODE),
    ({"mode": "inpaint"}, MODE),
    ({"mode": ["txt2img"]}, MODE),
    ({"prompt": ...}, "missing 'prompt' field"),
    ({"prompt": ""}, "missing 'prompt' field"),
    ({"prompt": ..., "Prompt": "a cat"}, "missing 'prompt' field ('prompt' is spelled so, not 'Prompt')"),
    ({"prompt": None}, "missing 'prompt' field"),
    ({"mode": ..., "Mode": "txt2img"}, f"{MODE} ('mode' is spelled so, not 'Mode')"),
    ({"prompt": 5}, "invalid 'prompt' field (must be text)"),
    ({"prompt": 0}, "invalid 'prompt' field (must be text)"),
    ({"init_image": ..., "init_images": ...}, PICTURE_MISSING),
    ({"init_image": "", "init_images": []}, PICTURE_MISSING),
    ({"init_image": None, "init_images": [None]}, PICTURE_MISSING),
    ({"init_image": None, "init_images": IN_BASE64}, NO_LIST),
    ({"init_image": 0}, "invalid base64 image: init_image must be text, not 0."),
    ({"init_image": []}, "invalid base64 image: init_image must be text, not []."),
    ({"init_image": "https://example.org/a.png"}, NO_PICTURE),
    ({"init_image": "<base64 PNG>"}, "invalid base64 image: init_image is not base64. '<' can't be part of it."),
    ({"init_image": "A"}, "invalid base64 image: init_image is not base64. It is cut off."),
    ({"init_image": {"a": 1}}, 'invalid base64 image: init_image must be text, not {"a": 1}.'),
    ({"init_image": ..., "init_images": [5]}, "invalid base64 image: init_images[0] must be text, not 5."),
]


@pytest.mark.trap(14)
@pytest.mark.parametrize(("changes", "text"), REFUSED, ids=lambda value: repr(value)[:40])
def test_what_is_missing_or_wrong_is_told_in_the_originals_words_with_both_keys(changes, text):
    with pytest.raises(BadRequest) as caught:
        asked(REDRAWN, **changes)
    given = error(caught.value)
    assert (given.status, given.body) == (400, {"status": "error", "error": text})


@pytest.mark.trap(17)
@pytest.mark.parametrize("seed", ["abc", "", [], {}, [1], True, 1.5, float("inf"), "1e5", "0x1f", "4.0", "9" * 5000])
def test_a_seed_that_is_no_integer_is_a_400_and_never_a_500(seed):
    with pytest.raises(BadRequest) as caught:
        asked(PICKER, seed=seed)
    assert error(caught.value).body == {"status": "error", "error": SEED}


@pytest.mark.trap(17)
@pytest.mark.parametrize("seed", [None, -1, ..., "-1", -1.0])
def test_a_seed_left_to_chance_is_32_bits_of_the_request(seed):
    assert asked(PICKER, seed=seed).values["seed"] == 4_000_000_000


@pytest.mark.parametrize(
    ("sent", "used"), [(0, 0), ("42", 42), (" +7 ", 7), (42.0, 42), ((1 << 53) - 1, (1 << 53) - 1), ("0", 0)]
)
def test_a_seed_is_taken_zero_included(sent, used):
    spec = asked(PICKER, seed=sent)
    assert (spec.values["seed"], spec.notes) == (used, ())


@pytest.mark.parametrize(
    ("sent", "used"), [(-5, 4294967291), (1 << 53, 0), ((1 << 60) + 5, 5), ("-2", 4294967294), (10**400, 0)]
)
def test_a_seed_beyond_what_json_holds_is_replaced_by_its_twin_and_said(sent, used):
    spec = asked(PICKER, seed=sent)
    assert spec.values["seed"] == used
    assert spec.notes[0].endswith(f"can't be used; {used} was used, which in the original is the same.")


CLAMPED = [
    ("steps", 0, "steps", 1, "steps 0 can't be done; 1 was used."),
    ("steps", 999, "steps", 150, "steps 999 can't be done; 150 was used."),
    ("steps", 7.6, "steps", 7, "steps 7.6 can't be done; 7 was used."),
    ("steps", "7", "steps", 7, None),
    ("steps", "many", "steps", 20, "steps 'many' is no number; 20 was used."),
    ("steps", [], "steps", 20, "steps [] is no number; 20 was used."),
    ("steps", None, "steps", None, None),
    ("width", 8, "width", 64, "width 8 can't be done; 64 was used."),
    ("width", 513, "width", 513, None),
    ("height", 10**400, "height", 2048, "can't be done; 2048 was used."),
    ("height", True, "height", 512, "height true is no number; 512 was used."),
    ("cfg_scale", 0, "cfg", 0.0, None),
    ("cfg_scale", -1, "cfg", 0.0, "cfg_scale -1 can't be done; 0.0 was used."),
    ("cfg_scale", 99.5, "cfg", 30.0, "cfg_scale 99.5 can't be done; 30.0 was used."),
    ("cfg_scale", float("nan"), "cfg", 7.0, "cfg_scale NaN is no number; 7.0 was used."),
    ("sampler_name", "Euler a", "sampler", "euler_ancestral", None),
    ("sampler_name", "unipc-turbo", "sampler", "dpmpp_2m", "There is no sampler 'unipc-turbo'; DPM++ 2M was used."),
    ("sampler_name", "PLMS", "sampler", "lms", "ComfyUI has no PLMS sampler; LMS was used."),
    ("sampler_name", 5, "sampler", None, "sampler_name 5 is no text; it was ignored."),
    ("sampler_name", 0, "sampler", None, "sampler_name 0 is no text; it was ignored."),
    ("scheduler", [], "scheduler", "karras", "scheduler [] is no text; it was ignored."),
    ("scheduler", "normal", "scheduler", "normal", None),
    ("scheduler", "odd", "scheduler", "karras", "There is no schedule 'odd'; the sampler's own was used."),
    ("negative_prompt", ["x"], "negative", None, 'negative_prompt ["x"] is no text; it was ignored.'),
    ("prompt", "x" * 8001, "prompt", "x" * 8000, "prompt has 8001 characters; the first 8000 were used."),
    ("workflow", 5, "steps", 7, "workflow 5 is no text; it was ignored."),
]


@pytest.mark.trap(15)
@pytest.mark.parametrize(("field", "sent", "name", "used", "note"), CLAMPED, ids=lambda value: repr(value)[:30])
def test_what_cannot_be_done_is_brought_to_what_can_and_said(field, sent, name, used, note):
    spec = asked(PICKER, **{field: sent})
    assert spec.values.get(name) == used
    assert len(spec.notes) == (note is not None)
    assert not note or spec.notes[0].endswith(note)


STRENGTHS = [
    ({"denoising_strength": 0}, 0.0, 0),
    ({"denoising_strength": "0.7"}, 0.7, 0),
    ({"denoising_strength": ...}, 0.5, 0),
    ({"denoising_strength": None}, 0.5, 0),
    ({"denoising_strength": ..., "strength": 0.2}, 0.2, 0),
    ({"denoising_strength": 0.3, "strength": 0.2}, 0.3, 1),
    ({"denoising_strength": 0.3, "strength": 0.3}, 0.3, 0),
    ({"denoising_strength": 0, "strength": 0}, 0.0, 0),
    ({"denoising_strength": "much"}, 0.5, 1),
    ({"denoising_strength": []}, 0.5, 1),
    ({"denoising_strength": 1.5}, 1.0, 1),
    ({"denoising_strength": -1}, 0.0, 1),
]


@pytest.mark.parametrize(("changes", "strength", "notes"), STRENGTHS, ids=str)
def test_strength_has_two_names_and_a_default(changes, strength, notes):
    spec = asked(REDRAWN, **changes)
    assert (spec.values["denoise"], len(spec.notes)) == (strength, notes)


FITS = [(0, "stretch"), (1, "cover"), (2, "contain"), ("1", "cover")]
OTHERS = [3, 1.5, -1, "x", None, [], 10**400]


@pytest.mark.parametrize(
    ("mode", "fit"), [*FITS, *((other, "stretch") for other in OTHERS)], ids=lambda v: repr(v)[:20]
)
def test_resize_mode_is_a_way_to_fit(mode, fit):
    spec = asked(REDRAWN, resize_mode=mode)
    assert spec.values["fit"] == fit
    note = f"resize_mode {shown(mode)} can't be done; 0 was used."
    assert spec.notes == ((note,) if mode in OTHERS and mode is not None else ())


@pytest.mark.trap(16)
@pytest.mark.parametrize(
    ("fields", "field", "notes"),
    [
        (
            {"init_image": IN_BASE64, "init_images": [base64.b64encode(OTHER).decode()]},
            "init_image",
            ("1 more", "init_image"),
        ),
        ({"init_image": IN_BASE64, "init_images": [IN_BASE64]}, "init_image", ()),
        ({"init_image": ..., "init_images": [IN_BASE64, "x", 5]}, "init_images[0]", ("2 more", "init_images[0]")),
        ({"init_image": "", "init_images": [IN_BASE64, None]}, "init_images[0]", ()),
        ({"init_image": f"data:image/jpeg;base64,{IN_BASE64}", "init_images": ...}, "init_image", ()),
    ],
    ids=["both", "the same in both", "a list", "an empty one and a list", "a data URL"],
)
def test_the_picture_comes_in_either_field_and_form_and_what_comes_besides_is_said(fields, field, notes):
    spec = asked(REDRAWN, **fields)
    assert (spec.pictures["image"].data, spec.pictures["image"].field) == (PICTURE, field)
    said = (f"init_images has {notes[0]}; only {notes[1]} was used.",) if notes else ()
    assert spec.notes == said


@pytest.mark.trap(33)
@pytest.mark.parametrize("text", [IN_BASE64.rstrip("="), "\n".join(IN_BASE64[at : at + 8] for at in range(0, 48, 8))])
def test_base64_may_lack_its_padding_and_have_line_breaks(text):
    assert asked(REDRAWN, init_image=text).pictures["image"].data == PICTURE


COUNTS = [
    ({}, 1, 0),
    ({"n_iter": 2}, 2, 0),
    ({"n_iter": 2, "batch_size": 3}, 6, 0),
    ({"n_iter": 0, "batch_size": -4}, 1, 2),
    ({"batch_size": 99}, 16, 1),
    ({"n_iter": 8, "batch_size": 6}, 12, 1),
    ({"n_iter": "two"}, 1, 1),
]


@pytest.mark.parametrize(("fields", "count", "notes"), COUNTS, ids=str)
def test_each_picture_of_several_is_a_run_with_its_own_seed(fields, count, notes):
    spec = asked(PICKER, seed=5, **fields)
    assert (len(spec.batch) or 1, len(spec.notes)) == (count, notes)
    assert [part["seed"] for part in spec.batch] == (list(range(5, 5 + count)) if count > 1 else [])


def test_seeds_of_several_pictures_stay_within_what_json_holds():
    spec = asked(PICKER, seed=(1 << 53) - 1, batch_size=2)
    assert [part["seed"] for part in spec.batch] == [(1 << 53) - 1, 0]


def test_unknown_fields_are_said_not_dropped():
    notes = asked(LEAST, tiling=True).notes
    assert notes == ("'tiling' is not a field of this request; it was ignored.",)


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(BadRequest, match="The body must be a JSON object"):
        read(Request(body=body))


def test_a_workflow_of_ones_own_keeps_its_files_values_where_the_request_says_nothing():
    spec = asked(LEAST, workflow="txt2img_pixel@2")
    assert (spec.mode, spec.values) == ("txt2img_pixel@2", {"prompt": "a red fox", "seed": 4_000_000_000})
    spec = asked(LEAST, workflow="mine", width=32, sampler_name="Euler", mode="img2img", init_image=IN_BASE64)
    said = {"width": 32, "sampler": "euler", "scheduler": "normal"}
    assert spec.values == {"prompt": "a red fox", "seed": 4_000_000_000, **said}
    spec = asked(LEAST, workflow="mine", mode="img2img", init_image=IN_BASE64, strength=0, resize_mode=0)
    assert spec.values == {"prompt": "a red fox", "seed": 4_000_000_000, "denoise": 0, "fit": "stretch"}
    assert spec.pictures["image"].data == PICTURE


def test_words_lead_every_workflow_input_back_to_a_field_of_the_request():
    spec = asked(REDRAWN)
    fields = set(DIALECT.routes[0].request.model_fields)
    for each in (*spec.values, *spec.pictures):
        assert spec.words[each] in fields, each


USED = {**DRAWN, "checkpoint": "SD/v1-5-pruned.safetensors"}
TOLD = {
    "workflow": "txt2img@1",
    "width": 512,
    "height": 512,
    "steps": 7,
    "cfg_scale": 1.5,
    "sampler_name": "DPM++ 2M",
    "scheduler": "Karras",
    "model": "v1-5-pruned",
    "n_iter": 1,
    "batch_size": 1,
}


def job(**changes):
    made = Job(
        id="1",
        dialect="unified",
        mode="txt2img",
        state=JobState.COMPLETED,
        progress=1.0,
        created_at=100.0,
        started_at=101.0,
        finished_at=103.5,
        values=DRAWN,
        workflow="txt2img@1",
        artifacts=(Artifact("image", "ab", "image/png", 3, {}, b"png"),),
        used=USED,
        timings={"Positive prompt": 0.25, "Negative prompt": 0.1234567, "Sampler": 1.5, WHOLE_PROMPT: 2.0},
        echo={"n_iter": 1, "batch_size": 1},
    )
    return dataclasses.replace(made, **changes)


@pytest.mark.trap(14)
def test_a_finished_job_and_its_answer():
    given = answer(job(), Request())
    assert given.status == 200
    assert given.body == {
        "status": "ok",
        "base64": "cG5n",
        "text_time_ms": 373.457,
        "total_time_ms": 2000.0,
        "seed": 4_000_000_000,
        "used": TOLD,
    }
    Done.model_validate(given.body, strict=True)
    assert base64.b64decode(given.body["base64"]) == b"png"


def test_times_are_numbers_also_where_the_text_was_still_known_and_comfyui_told_none():
    body = answer(job(timings={}), Request()).body
    assert (body["text_time_ms"], body["total_time_ms"]) == (0.0, 2500.0)
    assert isinstance(body["text_time_ms"], float)


NPU_TIMES = {"text_ms": 10.25, "encode_ms": None, "step_ms": [433.0, 432.5], "decode_ms": 914.0}


def test_the_times_of_an_npu_are_its_own():
    report = Artifact("axera", "", "", 0, NPU_TIMES)
    drawn = job(artifacts=(*job().artifacts, report), timings={"NPU": 1.8, WHOLE_PROMPT: 2.0})
    body = answer(drawn, Request()).body
    assert (body["text_time_ms"], body["total_time_ms"]) == (10.25, 2000.0)
    assert (body["step_times_ms"], body["decode_time_ms"]) == ([433.0, 432.5], 914.0)
    assert "encode_time_ms" not in body
    Done.model_validate(body, strict=True)
    known = answer(dataclasses.replace(drawn, timings={"NPU": 0.0, WHOLE_PROMPT: 0.1}), Request()).body
    assert (known["text_time_ms"], "step_times_ms" in known) == (0.0, False)  # ComfyUI still knew the picture


@pytest.mark.trap(15)
def test_what_was_used_instead_is_said():
    notes = ("steps 999 can't be done; 150 was used.",)
    body = answer(job(used={**USED, "steps": 150}, notes=notes), Request()).body
    assert (body["used"]["steps"], body["notes"]) == (150, list(notes))


def test_what_an_img2img_used_is_said_too():
    used = {**USED, "denoise": 0.0, "fit": "cover"}
    assert answer(job(used=used), Request()).body["used"] == {**TOLD, "denoising_strength": 0.0, "resize_mode": 1}


def test_a_workflow_without_a_sampler_says_only_what_it_has():
    body = answer(job(used={"prompt": "x", "width": 64}, workflow="mine@1"), Request()).body
    assert body["used"] == {"workflow": "mine@1", "width": 64, "n_iter": 1, "batch_size": 1}
    assert body["seed"] == 0


def test_several_pictures_are_all_there_and_the_first_is_the_one():
    made = tuple(Artifact("image", str(n), "image/png", 3, {}, b"png" + bytes([n]), part=n) for n in range(2))
    batch = ({"seed": 5}, {"seed": 6})
    given = answer(job(artifacts=made, batch=batch, used={**USED, "seed": 5}), Request()).body
    assert given["images"] == ["cG5nAA==", "cG5nAQ=="]
    assert (given["base64"], given["seed"], given["seeds"]) == ("cG5nAA==", 5, [5, 6])
    assert given["total_time_ms"] == 2000.0  # ComfyUI's, of both
    Done.model_validate(given, strict=True)


@pytest.mark.trap(14)
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"state": JobState.FAILED, "error": "KSampler: out of memory", "artifacts": ()}, "KSampler: out of memory"),
        ({"state": JobState.CANCELLED, "artifacts": ()}, "It was cancelled."),
        ({"artifacts": ()}, "It ended without a picture."),
    ],
)
def test_a_job_without_a_picture_is_a_500_with_both_keys(changes, text):
    given = answer(job(**changes), Request())
    assert (given.status, given.body) == (500, {"status": "error", "error": text})
    Problem.model_validate(given.body, strict=True)


@pytest.mark.trap(14)
@pytest.mark.parametrize(
    ("problem", "status", "text"),
    [
        (
            BadRequest("init_image is not a picture.", field="init_image"),
            400,
            "invalid base64 image: init_image is not",
        ),
        (BadRequest("init_image is missing.", field="init_image"), 400, "init_image is missing."),
        (BadRequest("steps is odd.", field="steps"), 400, "steps is odd."),
        (NotFound("There is nothing at /generate/x."), 404, "There is nothing at /generate/x."),
        (QueueFull("100 jobs wait already."), 503, "100 jobs wait already."),
        (PixartError("Oh."), 500, "Oh."),
    ],
)
def test_every_error_has_both_keys(problem, status, text):
    given = error(problem)
    assert given.status == status
    assert given.body["status"] == "error"
    assert given.body["error"].startswith(text)
    assert set(given.body) == {"status", "error"}


@pytest.mark.trap(31)
def test_it_words_the_errors_of_its_own_path_and_the_job_apis_paths_are_longer():
    assert DIALECT.prefixes == ("/generate",)
    others = [prefix for prefix in dialects()["imagegen"].prefixes if prefix.startswith("/generate")]
    assert others
    assert all(prefix.startswith("/generate/") for prefix in others)


class Watched(dict):
    """A body that knows which of its fields were asked for."""

    def __init__(self, fields):
        super().__init__(fields)
        self.read = set()

    def get(self, name, default=None):
        self.read.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize("body", [PICKER, REDRAWN])
def test_whatever_is_read_of_a_body_is_a_field_that_the_document_has(body):
    watched = Watched(body)
    read(Request(body=watched, token=TOKEN, catalog=LIVE, options=DIALECT.options()))
    assert {"graph", "metadata"} <= watched.read <= set(Generate.model_fields)


@pytest.mark.parametrize("body", [PICKER, {"machine": "nes", "init_image": IN_BASE64}])
def test_a_file_without_its_graph_is_what_was_asked_for(body):
    spec = read(Request(body={**body, "graph": False}, token=TOKEN, catalog=LIVE, options=DIALECT.options())).spec
    assert not spec.rendition.graph and spec.rendition.metadata
    assert not any("graph" in note for note in spec.notes)


def test_pictures_that_are_no_list_are_said_where_another_is_there():
    assert asked(REDRAWN, init_images="one").notes == ("init_images 'one' is no list; it was ignored.",)

"""A1111's API as pairs: what a client sends beside the job it means, a job beside its answer; every field of it."""

import base64
import dataclasses
import io
import json
import zlib
from dataclasses import replace

import pytest
from PIL import Image

from bridge.adapters.a1111 import controlnet, extras, fields, generate, hires, progress, result, settings
from bridge.adapters.a1111.error_answers import NoInitImage, Unprocessable
from bridge.adapters.a1111.routes import DIALECT, admits
from bridge.adapters.dialect import Action, Command, Request, View
from bridge.catalog.models import Catalog
from bridge.catalog.models import catalog as catalog_of
from bridge.core.errors import BadRequest, JobFailed, MethodNotAllowed, NotFound, PixartError, Unauthorized, UnknownName
from bridge.core.job import LABEL_END, UNSAID_KEY, Artifact, Job, JobState
from bridge.core.variables import options_of

CATALOG = Catalog(
    live=True,
    checkpoints=("pixel.safetensors", "sdxl/base.safetensors"),
    checkpoint="pixel.safetensors",
    vaes=("soft.pt",),
    loras=("styles/retro.safetensors", "line.pt"),
    upscalers=("4x-Sharp.pth", "RealESRGAN_x2.pth"),
    embeddings=("easyneg",),
    samplers=("euler", "euler_ancestral", "dpmpp_2m", "heun", "ddim"),
    schedulers=("normal", "karras", "exponential", "ddim_uniform", "simple"),
)
OPTIONS = settings.Options()
TOKEN = (7 << 32) + 42  # a random seed is 42 then, a random subseed 7


def png(width=16, height=8, color=(10, 20, 30)):
    made = io.BytesIO()
    Image.new("RGB", (width, height), color).save(made, "PNG")
    return made.getvalue()


PNG = png()
BASE64 = base64.b64encode(PNG).decode()


def request(body=None, **more):
    options, catalog = more.pop("options", OPTIONS), more.pop("catalog", CATALOG)
    return Request(body=body, options=options, catalog=catalog, now=1.0e9, token=TOKEN, **more)


def txt2img(_request=None, **body):
    return generate.read_txt2img(_request or request(body)).spec


def img2img(**body):
    return generate.read_img2img(request({"init_images": [BASE64], **body})).spec


def done(spec, *, parts=None, state=JobState.COMPLETED, **more):
    """The spec as the job it becomes: one picture for each part."""
    made = range(max(1, len(spec.batch))) if parts is None else parts
    return Job(
        id="a",
        dialect="a1111",
        mode=spec.mode,
        state=state,
        progress=1.0,
        created_at=0.0,
        values=spec.values,
        notes=spec.notes,
        batch=spec.batch,
        echo=json.loads(json.dumps(spec.echo)),
        artifacts=tuple(Artifact("image", "ab", "image/png", len(PNG), data=PNG, part=part) for part in made),
        **more,
    )


def info(spec, **more):
    return json.loads(result.answer(done(spec, **more), request()).body["info"])


def test_an_empty_request_has_a1111s_defaults():
    spec = txt2img()
    assert (spec.mode, spec.dialect, spec.loose, spec.batch, spec.notes) == ("txt2img", "a1111", True, (), ())
    assert spec.values == {
        "prompt": "",
        "negative": "",
        "loras": "",
        "width": 512,
        "height": 512,
        "generation_side": 0,
        "steps": 50,
        "cfg": 7.0,
        "sampler": "euler",
        "scheduler": "normal",
        "seed": 42,
        "checkpoint": "pixel.safetensors",
        "vae": "from checkpoint",
        "clip_skip": -1,
        UNSAID_KEY: ["steps", "cfg", "sampler", "scheduler"],
    }


@pytest.mark.parametrize(
    ("fields", "unsaid"),
    [
        ({"steps": 20}, ["cfg", "sampler", "scheduler"]),
        ({"cfg_scale": 7.0, "sampler_name": "Euler"}, ["steps"]),
        ({"steps": 9, "cfg_scale": 7, "scheduler": "Karras"}, None),
        ({"enable_hr": True, "sampler_index": "Heun", "hr_second_pass_steps": 3}, ["steps", "cfg", "hires_cfg"]),
    ],
)
def test_what_a_request_does_not_say_of_sampling_is_noted(fields, unsaid):
    assert txt2img(**fields).values.get(UNSAID_KEY) == unsaid


# Fields that decide the picture: what is sent, and the workflow values that come of it.
HONOURED = {
    "prompt": [("a tree", {"prompt": "a tree"})],
    "negative_prompt": [("blurry", {"negative": "blurry"})],
    "styles": [(["8-bit"], {"prompt": "pixel art, , 8-bit style, few colors, bold shapes", "negative": "gradient"})],
    "seed": [(0, {"seed": 0}), (-1, {"seed": 42}), ("", {"seed": 42}), (None, {"seed": 42}), ("5", {"seed": 5})],
    "steps": [(20.0, {"steps": 20}), ("20", {"steps": 20}), (1, {"steps": 1})],
    "cfg_scale": [(0, {"cfg": 0.0}), ("7.5", {"cfg": 7.5})],
    "width": [(240, {"width": 240}), (100, {"width": 100})],
    "height": [("64", {"height": 64})],
    "sampler_name": [
        ("Euler a", {"sampler": "euler_ancestral", "scheduler": "normal"}),
        ("DPM++ 2M Karras", {"sampler": "dpmpp_2m", "scheduler": "karras"}),
        ("k_euler_a", {"sampler": "euler_ancestral"}),
        ("", {"sampler": "euler"}),
        (None, {"sampler": "euler"}),
    ],
    "sampler_index": [("Heun", {"sampler": "heun"})],
    "scheduler": [("Karras", {"scheduler": "karras"}), ("automatic", {"scheduler": "normal"})],
    "override_settings": [
        ({"sd_model_checkpoint": "base"}, {"checkpoint": "sdxl/base.safetensors"}),
        ({"sd_model_checkpoint": "sdxl/base.safetensors [31e35c80fc]"}, {"checkpoint": "sdxl/base.safetensors"}),
        ({"sd_model_checkpoint": "sdxl_base"}, {"checkpoint": "sdxl/base.safetensors"}),
        ({"sd_model_checkpoint": None}, {"checkpoint": "pixel.safetensors"}),
        ({"sd_vae": "soft.pt"}, {"vae": "soft.pt"}),
        ({"sd_vae": "Automatic"}, {"vae": "from checkpoint"}),
        ({"CLIP_stop_at_last_layers": 2.0}, {"clip_skip": -2}),
        ({"CLIP_stop_at_last_layers": "2"}, {"clip_skip": -2}),
    ],
    "infotext": [
        ("a hill\nNegative prompt: fog\nSteps: 9, Sampler: Heun, CFG scale: 3.5, Seed: 11, Size: 64x32", {
            "prompt": "a hill", "negative": "fog", "steps": 9, "sampler": "heun", "cfg": 3.5, "seed": 11,
            "width": 64, "height": 32,
        }),
    ],
    "denoising_strength": [(0, {"denoise": 0.0}), (0.4, {"denoise": 0.4}), (None, {"denoise": 0.75})],
    "resize_mode": [(0, {"fit": "stretch"}), (1, {"fit": "cover"}), (2, {"fit": "extend"})],
}  # fmt: skip
MASKED = {
    "mask": [(BASE64, {"fill": "fill", "area": "only masked", "mask_padding": 0})],
    "mask_blur": [(0, {"mask_blur": 0}), (None, {"mask_blur": 4})],
    "mask_blur_x": [(4, {"mask_blur": 4})],
    "mask_blur_y": [(4, {"mask_blur": 4})],
    "inpainting_fill": [
        (0, {"fill": "fill"}), (1, {"fill": "original"}), (2, {"fill": "noise"}), (3, {"fill": "nothing"})
    ],
    "inpaint_full_res": [(False, {"area": "whole picture"}), (1, {"area": "only masked"})],
    "inpaint_full_res_padding": [(32, {"mask_padding": 32})],
    "inpainting_mask_invert": [(0, {"mask_invert": False}), (1, {"mask_invert": True})],
}  # fmt: skip
HIRES = {
    "enable_hr": [(True, {"hires_width": 1024, "hires_height": 1024, "hires_denoise": 0.75})],
    "firstphase_width": [(256, {"width": 256, "hires_width": 512, "hires_height": 512})],
    "firstphase_height": [(256, {"height": 256, "hires_width": 512, "hires_height": 512})],
    "hr_scale": [("1.5", {"hires_width": 768}), (1, {"hires_width": 512})],
    "hr_resize_x": [(768, {"hires_width": 768, "hires_height": 768})],
    "hr_resize_y": [(256, {"hires_width": 256, "hires_height": 256})],
    "hr_second_pass_steps": [(0, {"hires_steps": 50}), (7.0, {"hires_steps": 7})],
    "hr_upscaler": [
        (None, {"hires_upscaler": "Latent"}),
        ("Latent (nearest-exact)", {"hires_upscaler": "Latent (nearest-exact)"}),
        ("Lanczos", {"hires_upscaler": "Lanczos"}),
        ("4x-Sharp", {"hires_upscaler": "4x-Sharp.pth"}),
    ],
    "hr_sampler_name": [
        (None, {"hires_sampler": "euler"}), ("Use same sampler", {"hires_sampler": "euler"}),
        ("Euler a", {"hires_sampler": "euler_ancestral"}),
    ],
    "hr_scheduler": [("Karras", {"hires_scheduler": "karras"}), ("Use same scheduler", {"hires_scheduler": "normal"})],
    "hr_checkpoint_name": [("base", {"hires_checkpoint": "sdxl/base.safetensors"})],
    "hr_prompt": [("detailed", {"hires_prompt": "detailed"}), ("", {"hires_prompt": ""})],
    "hr_negative_prompt": [("flat", {"hires_negative": "flat"})],
}  # fmt: skip
# Fields that decide the answer or the job as a whole; each has a test of its own below.
ELSEWHERE = {
    "subseed", "subseed_strength", "batch_size", "n_iter", "send_images", "do_not_save_grid",
    "override_settings_restore_afterwards", "disable_extra_networks", "script_name", "script_args",
    "alwayson_scripts", "controlnet_units", "strict", "force_task_id", "workflow", "init_images", "include_init_images",
    "pixart", "refiner_checkpoint", "refiner_switch_at",
}  # fmt: skip


def rows(table):
    return [(field, value, wanted) for field, each in table.items() for value, wanted in each]


@pytest.mark.parametrize("model", [fields.Txt2Img, fields.Img2Img])
def test_every_field_of_both_requests_is_honoured_or_answered_with_a_note(model):
    covered = {*HONOURED, *MASKED, *HIRES, *ELSEWHERE, *fields.WITHOUT_EFFECT}
    assert set(model.model_fields) - covered == set()


@pytest.mark.parametrize(("field", "value", "wanted"), rows(HONOURED))
def test_a_field_becomes_workflow_values(field, value, wanted):
    both = field not in ("denoising_strength", "resize_mode")
    for spec in (txt2img(**{field: value}), img2img(**{field: value})) if both else (img2img(**{field: value}),):
        assert {name: spec.values[name] for name in wanted} == wanted
        assert spec.notes == ()


@pytest.mark.parametrize(("field", "value", "wanted"), rows(MASKED))
def test_a_field_of_the_mask_becomes_workflow_values(field, value, wanted):
    spec = img2img(**{"mask": BASE64, field: value})
    assert (spec.mode, spec.notes) == ("inpaint", ())
    assert {name: spec.values[name] for name in wanted} == wanted
    assert (spec.pictures["mask"].data, spec.pictures["mask"].field) == (PNG, "mask")


@pytest.mark.parametrize(("field", "value", "wanted"), rows(HIRES))
def test_a_field_of_the_second_pass_becomes_workflow_values(field, value, wanted):
    spec = txt2img(**{"enable_hr": True, field: value})
    assert (spec.mode, spec.notes) == ("txt2img_hires", ())
    assert {name: spec.values[name] for name in wanted} == wanted


def test_styles_go_into_the_second_passs_own_prompts_too():
    own = {"hr_prompt": "b", "hr_negative_prompt": "c"}
    spec = txt2img(enable_hr=True, prompt="a", styles=["8-bit"], **own)
    assert spec.values["hires_prompt"] == "pixel art, b, 8-bit style, few colors, bold shapes"
    assert spec.values["hires_negative"] == "c, gradient"
    assert (
        'Hires prompt: "pixel art, b, 8-bit style, few colors, bold shapes", Hires negative prompt: "c, gradient"'
        in (info(spec)["infotexts"][0])
    )
    shared = txt2img(enable_hr=True, prompt="a", styles=["8-bit"])
    assert shared.values["hires_prompt"] == shared.values["prompt"]
    assert "Hires prompt" not in info(shared)["infotexts"][0]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("a", "b <lora:line:1>", True),
        ("a <lora:line:1>", "b", True),
        ("a <lora:line:1>", "b <lora:line:0.5>", True),
        ("a <lora:line:1>", "b <lora:line:1>", False),
        ("a <lora:line:1>", "", False),
    ],
)
def test_a_lora_of_the_second_pass_alone_is_said_to_have_no_effect(first, second, said):
    note = "hr_prompt: the second pass has the LoRAs of prompt, not its own."
    assert txt2img(enable_hr=True, prompt=first, hr_prompt=second).notes == ((note,) if said else ())


@pytest.mark.parametrize("reader", [txt2img, img2img])
@pytest.mark.parametrize("name", ["base", "sdxl/base.safetensors", "sdxl_base [31e35c80fc]"])
@pytest.mark.parametrize("share", [0.0, 0.8])
def test_a_refiner_is_named_as_any_checkpoint_and_takes_over_where_the_request_says(reader, name, share):
    spec = reader(refiner_checkpoint=name, refiner_switch_at=share)
    drawn_by = {"refiner": "sdxl/base.safetensors", "refiner_switch_at": share}
    assert (spec.values | drawn_by, spec.notes) == (spec.values, ())
    text = info(spec, used={**spec.values})["infotexts"][0]
    assert f"Refiner: sdxl_base, Refiner switch at: {share}, " in text
    again = reader(infotext=text).values
    assert again | drawn_by == again
    without = {key: value for key, value in spec.values.items() if key not in drawn_by}
    assert "Refiner" not in info(spec, used=without)["infotexts"][0], "a model that takes none drew it"


@pytest.mark.parametrize(
    "wish",
    [
        {"refiner_checkpoint": "None", "refiner_switch_at": 0.8},
        {"refiner_checkpoint": "", "refiner_switch_at": "late"},
        {"refiner_checkpoint": "pixel", "refiner_switch_at": 0.8},
        {"refiner_checkpoint": "base", "refiner_switch_at": 1},
    ],
)
def test_no_refiner_the_checkpoint_itself_and_one_that_never_takes_over_are_none(wish):
    spec = txt2img(**wish)
    assert "refiner" not in spec.values
    assert [note for note in spec.notes if "late" not in note] == []


def test_a_refiner_without_a_share_draws_everything_as_in_a1111_and_that_is_said():
    spec = txt2img(refiner_checkpoint="base")
    assert spec.values["refiner_switch_at"] == 0
    assert spec.notes == ("refiner_switch_at: 0, as it was left out; the refiner draws everything.",)


@pytest.mark.parametrize("field", ["refiner_checkpoint", "hr_checkpoint_name"])
def test_a_further_checkpoint_that_is_not_there_is_refused_by_its_field(field):
    with pytest.raises(UnknownName) as refused:
        txt2img(**{"enable_hr": True, field: "bass"})
    assert (refused.value.field, "base" in str(refused.value.hint)) == (field, True)


ODD = {
    "seed_resize_from_h": 64, "seed_resize_from_w": 64, "restore_faces": True, "tiling": True,
    "do_not_save_samples": True, "eta": 0, "s_min_uncond": 1, "s_churn": 0.5, "s_tmax": 3, "s_tmin": 1, "s_noise": 1.1,
    "firstpass_image": "abc", "comments": {"a": "b"}, "image_cfg_scale": 3, "mask_round": False,
    "initial_noise_multiplier": 0.9, "latent_mask": "abc", "gfpgan_visibility": 1, "codeformer_visibility": 0.5,
    "extras_upscaler_2_visibility": 0.2,
    "show_extras_results": False, "save_images": True,
}  # fmt: skip
READERS = {
    fields.Txt2Img: txt2img,
    fields.Img2Img: img2img,
    fields.ExtraSingle: lambda **body: extras.read_single(request({"image": BASE64, **body})).spec,
}


@pytest.mark.parametrize("field", fields.WITHOUT_EFFECT)
def test_a_field_without_effect_is_said_when_it_asks_for_something_and_only_then(field):
    models = [model for model in READERS if field in model.model_fields]
    assert models, "no request has this field"
    for model in models:
        for neutral in (..., None, *fields.WITHOUT_EFFECT[field]):
            assert READERS[model](**({} if neutral is ... else {field: neutral})).notes == ()
        (note,) = READERS[model](**{field: ODD[field]}).notes
        assert note.startswith(f"{field}: ")


def test_strengths_are_told_as_they_were_used():
    spec = img2img(denoising_strength=1.5, subseed=3, subseed_strength=2)
    said = info(spec, used={**spec.values, "denoise": 1.0, "variation_strength": 1.0})
    assert (said["denoising_strength"], said["subseed_strength"]) == (1.0, 1.0)
    assert said["extra_generation_params"]["Denoising strength"] == 1.0
    assert "Variation seed strength: 1.0, Denoising strength: 1.0, " in said["infotexts"][0]
    second = txt2img(enable_hr=True, denoising_strength=1.5)
    assert "Denoising strength: 1.0, " in info(second, used={**second.values, "hires_denoise": 1.0})["infotexts"][0]


def test_what_had_no_effect_is_in_info_and_infotext():
    said = info(txt2img(tiling=True))
    assert said["notes"] == ["tiling: true has no effect here."]
    assert said["extra_generation_params"]["Notes"] == "tiling = true has no effect here."
    assert "Notes: tiling = true has no effect here., Version:" in said["infotexts"][0]


def test_unknown_fields_are_said_and_not_repeated():
    spec = txt2img(auth="user:secret", cfgScale=3)
    assert spec.notes == (
        "'auth' is not a field of this request; it was ignored.",
        "'cfgScale' is not a field of this request; it was ignored. Did you mean 'cfg_scale'?",
    )
    assert "auth" not in spec.echo["parameters"]


@pytest.mark.parametrize("model", [fields.Txt2Img, fields.Img2Img])
def test_every_field_takes_null(model):
    body = dict.fromkeys(model.model_fields)
    assert model.model_validate(body) == model()


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"steps": "many"}, "steps", "Input should be a valid integer, unable to parse string as an integer"),
        ({"steps": 20.5}, "steps", "Input should be a valid integer, got a number with a fractional part"),
        ({"width": 0}, "width", "Input should be greater than or equal to 1"),
        ({"cfg_scale": "nan"}, "cfg_scale", "Input should be a finite number"),
        ({"prompt": 5}, "prompt", "Input should be a valid string"),
        ({"seed": "abc"}, "seed", "Input should be a valid integer, unable to parse string as an integer"),
        ({"styles": "8-bit"}, "styles", "Input should be a valid list"),
        ({"batch_size": 11, "n_iter": 10}, "", "batch_size x n_iter is 110; 100 is the most"),
    ],
    ids=str,
)
def test_a_wrong_type_is_422_in_fastapis_shape_with_a1111s_keys(body, field, message):
    with pytest.raises(Unprocessable) as caught:
        txt2img(**body)
    answer = DIALECT.error(caught.value)
    assert answer.status == 422
    assert set(answer.body) == {"error", "detail", "body", "errors"}
    assert answer.body["detail"][0]["msg"] == message
    assert answer.body["detail"][0]["loc"] == (["body", field] if field else ["body"])
    assert set(answer.body["detail"][0]) == {"loc", "msg", "type"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"steps": "many"}, "steps must be a whole number, not 'many'."),
        ({"width": 0}, "width must be at least 1, not 0."),
        ({"cfg_scale": "hot"}, "cfg_scale must be a number, not 'hot'."),
        ({"prompt": 5}, "prompt must be text, not 5."),
        ({"styles": ["8-bit", 5]}, "styles[1] must be text, not 5."),
        ({"enable_hr": "maybe"}, "enable_hr must be true or false, not 'maybe'."),
        ({"alwayson_scripts": []}, "alwayson_scripts must be an object, not []."),
        ({"batch_size": 11, "n_iter": 10}, "The body: batch_size x n_iter is 110; 100 is the most."),
    ],
    ids=str,
)
def test_a_wrong_type_is_said_in_words_for_people_too(body, sentence):
    with pytest.raises(Unprocessable) as caught:
        txt2img(**body)
    assert DIALECT.error(caught.value).body["errors"] == sentence


def test_a_body_that_is_no_object_is_422():
    with pytest.raises(Unprocessable, match=r"^The body must be an object, not \[1\]\.$"):
        generate.read_txt2img(request([1]))


@pytest.mark.parametrize(
    ("problem", "status", "detail"),
    [
        (NotFound("There is nothing at /sdapi/v1/interrogate."), 404, "Not Found"),
        (MethodNotAllowed("/sdapi/v1/txt2img", "GET", ["POST"]), 405, "Method Not Allowed"),
        (Unauthorized("An API key is needed."), 401, "Incorrect username or password"),
        (NoInitImage("Init image not found"), 404, "Init image not found"),
        (Unprocessable("Script 'x' not found"), 422, "Script 'x' not found"),
        (JobFailed("KSampler: out of memory"), 500, "KSampler: out of memory"),
        (PixartError("Something went wrong."), 500, "Something went wrong."),
    ],
    ids=str,
)
def test_every_error_has_all_four_keys(problem, status, detail):
    answer = DIALECT.error(problem)
    assert (answer.status, answer.body["detail"]) == (status, detail)
    assert answer.body["errors"] == str(problem)
    assert set(answer.body) == {"error", "detail", "body", "errors"}


@pytest.mark.parametrize("images", [..., None, []])
def test_img2img_without_a_picture_is_404_in_a1111s_words(images):
    with pytest.raises(NoInitImage, match=r"^Init image not found$"):
        generate.read_img2img(request({} if images is ... else {"init_images": images}))


def test_a_picture_in_a_field_nearly_called_so_is_told_behind_a1111s_words():
    said = r"^Init image not found \('init_images' is spelled so, not 'init_image'\)$"
    with pytest.raises(NoInitImage, match=said):
        generate.read_img2img(request({"init_image": BASE64}))
    with pytest.raises(Unprocessable, match=r"^imageList is missing \('imageList' is spelled so, not 'imagelist'\)\.$"):
        extras.read_batch(request({"imagelist": []}))


@pytest.mark.parametrize("field", ["width", "seed", "steps", "cfg_scale", "denoising_strength"])
def test_true_is_no_number(field):
    with pytest.raises(Unprocessable, match=rf"^{field} must be a (whole )?number, not true\.$"):
        generate.read_img2img(request({field: True, "init_images": [BASE64]}))


def test_a_factor_of_the_second_pass_is_called_so():
    assert generate.read_txt2img(request({"enable_hr": True})).spec.words["hires_width"] == "hr_scale"
    sized = generate.read_txt2img(request({"enable_hr": True, "hr_resize_x": 64})).spec
    assert sized.words["hires_width"] == "hr_resize_x"
    with pytest.raises(Unprocessable, match=r"^hr_scale must be more than 0, not 0\.$"):
        generate.read_txt2img(request({"enable_hr": True, "hr_scale": 0}))


def test_an_object_that_was_encoded_twice_is_said_to_be():
    with pytest.raises(Unprocessable, match=r"^override_settings must be an object, not .* encode it once\.$"):
        generate.read_txt2img(request({"override_settings": '{"sd_vae": "None"}'}))


@pytest.mark.trap(33)
@pytest.mark.parametrize("text", [BASE64, f"data:image/png;base64,{BASE64}", BASE64.rstrip("="), f" {BASE64}\n"])
def test_trap_33_pictures_come_as_base64_or_data_url_unpadded_too(text):
    spec = generate.read_img2img(request({"init_images": [text]})).spec
    assert (spec.mode, spec.pictures["image"].data, spec.pictures["image"].field) == ("img2img", PNG, "init_images[0]")


@pytest.mark.parametrize("text", ["http://example.com/a.png", "HTTPS://example.com/a.png"])
def test_an_address_is_not_fetched(text):
    with pytest.raises(BadRequest, match=r"^Requests not allowed: init_images\[0\] is an address\."):
        generate.read_img2img(request({"init_images": [text]}))


def test_several_init_images_and_odd_modes_are_said():
    assert img2img(init_images=[BASE64, BASE64]).notes == ("init_images: 1 of 2 were used, as many as batch_size.",)
    (note,) = img2img(resize_mode=3).notes
    assert note.startswith("resize_mode: 3 (latent)")
    (note,) = img2img(mask=BASE64, mask_blur_x=2).notes
    assert note == "mask_blur_x and mask_blur_y differ; 4 was used for both."
    assert txt2img(firstphase_width=64).notes[0].endswith("no effect without enable_hr.")


def test_several_init_images_are_a_batch_of_one_each():
    other = png(4, 4)
    spec = img2img(init_images=[BASE64, base64.b64encode(other).decode()], batch_size=3, n_iter=2, seed=1)
    assert [part["seed"] for part in spec.batch] == [1, 2, 3, 4]
    assert {name: upload.data for name, upload in spec.pictures.items()} == {
        "image": PNG,
        "image@1": other,
        "image@3": other,
    }
    assert spec.notes == ("batch_size: 2 instead of 3, as many as init_images.",)


# Seeds


def test_every_picture_of_a_batch_has_the_next_seed():
    spec = txt2img(seed=10, batch_size=2, n_iter=2)
    assert spec.batch == ({"seed": 10}, {"seed": 11}, {"seed": 12}, {"seed": 13})
    said = info(spec)
    assert (said["seed"], said["all_seeds"]) == (10, [10, 11, 12, 13])
    assert said["all_subseeds"] == [7, 8, 9, 10]
    assert len(said["infotexts"]) == len(said["all_prompts"]) == len(said["all_negative_prompts"]) == 4


def test_with_a_variation_the_subseed_counts_and_the_seed_stays():
    spec = txt2img(seed=10, subseed=5, subseed_strength=0.5, batch_size=2)
    assert spec.batch == ({"variation_seed": 5}, {"variation_seed": 6})
    assert (spec.values["variation_seed"], spec.values["variation_strength"]) == (5, 0.5)
    said = info(spec)
    assert (said["all_seeds"], said["all_subseeds"]) == ([10, 10], [5, 6])
    assert "Variation seed: 6, Variation seed strength: 0.5" in said["infotexts"][1]


@pytest.mark.parametrize("seed", [-1, "", None])
def test_a_random_seed_is_below_a1111s_limit_and_answered(seed):
    for token in (0, (1 << 64) - 1, TOKEN):
        spec = generate.read_txt2img(dataclasses.replace(request({"seed": seed}), token=token)).spec
        assert 0 <= spec.values["seed"] < 4294967294
        assert info(spec)["seed"] == spec.values["seed"]


@pytest.mark.parametrize(
    ("seed", "used"), [(-2, 0), (1 << 64, (1 << 64) - 1), (10**300, (1 << 64) - 1), ((1 << 64) - 1, (1 << 64) - 1)]
)
def test_a_seed_that_comfyui_cannot_take_is_clamped_and_said(seed, used):
    spec = txt2img(seed=seed)
    assert spec.values["seed"] == used
    assert [note.startswith(f"seed: {used} instead of ") for note in spec.notes] == ([True] if seed != used else [])


def test_the_last_seed_of_a_batch_still_fits():
    assert txt2img(seed=1 << 64, batch_size=3).batch[-1] == {"seed": (1 << 64) - 1}


# The second pass

SIZES = [
    ({"width": 512, "height": 768, "hr_scale": 1.7}, (870, 1305), {"Hires upscale": 1.7}),
    ({"width": 512, "height": 768, "hr_resize_x": 1024}, (1024, 1536), {"Hires resize": "1024x0"}),
    ({"width": 512, "height": 768, "hr_resize_y": 1024}, (682, 1024), {"Hires resize": "0x1024"}),
    (
        {"width": 512, "height": 768, "hr_resize_x": 900, "hr_resize_y": 500},
        (900, 500),
        {"Hires resize": "900x500"},
    ),
    ({"width": 1, "height": 1, "hr_scale": 0.1}, (1, 1), {"Hires upscale": 0.1}),
]


@pytest.mark.parametrize(("body", "target", "said"), SIZES)
def test_the_second_passes_size_is_a1111s_arithmetic(body, target, said):
    first, found, text = hires.sizes(fields.Txt2Img(**body))
    assert (first, found, text) == ((body["width"], body["height"]), target, said)


def test_an_unknown_second_upscaler_is_latent_and_said():
    spec = txt2img(enable_hr=True, hr_upscaler="ESRGAN_8x")
    assert spec.values["hires_upscaler"] == "Latent"
    assert spec.notes == ("hr_upscaler: there is no upscaler 'ESRGAN_8x'; Latent was used.",)


def test_info_of_a_second_pass():
    said = info(txt2img(enable_hr=True, hr_scale="2.0", hr_second_pass_steps=5, hr_upscaler="4x-Sharp", hr_prompt="b"))
    line = said["infotexts"][0].rpartition("\n")[2]
    assert (
        "Denoising strength: 0.75, RNG: CPU, Hires upscale: 2.0, Hires steps: 5, Hires upscaler: 4x-Sharp, "
        "Hires prompt: b, Version" in line
    )
    assert "Hires sampler" not in line
    assert said["extra_generation_params"]["Hires steps"] == 5
    assert (said["width"], said["height"]) == (512, 512)


# Prompts, networks, styles


def test_loras_go_to_their_input_with_a1111s_order_turned():
    spec = txt2img(prompt="a <lora:retro:0.5:0.8> tree <lora:line>")
    assert spec.values["prompt"] == "a  tree"
    assert spec.values["loras"] == "<lora:styles/retro.safetensors:0.8:0.5> <lora:line.pt:1:1>"
    assert info(spec)["prompt"] == "a <lora:retro:0.5:0.8> tree <lora:line>"


def test_disabled_networks_are_only_taken_out():
    spec = txt2img(prompt="a <lora:retro:0.5>", disable_extra_networks=True)
    assert (spec.values["prompt"], spec.values["loras"], spec.notes) == ("a", "", ())


def test_an_unknown_style_is_said():
    assert txt2img(styles=["nice"]).notes == ("styles: there is no style 'nice'; it was ignored.",)
    (note,) = txt2img(styles=["Pixel Arts"]).notes
    assert note == "styles: there is no style 'Pixel Arts'; it was ignored. Did you mean 'Pixel art'?"


def test_an_operator_may_have_own_styles(monkeypatch):
    monkeypatch.setenv("A1111_STYLES", '[{"name": "mine", "prompt": "tiny {prompt}"}]')
    own = options_of(settings.Options)
    spec = txt2img(request({"prompt": "cat", "styles": ["mine"]}, options=own))
    assert spec.values["prompt"] == "tiny cat"
    route = next(route for route in DIALECT.routes if route.path.endswith("prompt-styles"))
    assert route.answer(View(), request(options=own)).body == [
        {"name": "mine", "prompt": "tiny {prompt}", "negative_prompt": ""}
    ]


# Scripts

IDLE = [{}, {"ControlNet": {"args": []}}, {"ADetailer": {"args": [False]}}, {"x": {"args": [{"enabled": False}]}}]


@pytest.mark.parametrize("scripts", IDLE, ids=str)
def test_scripts_that_do_nothing_are_fine(scripts):
    assert txt2img(alwayson_scripts=scripts, script_name="", script_args=[]).notes == ()


SCRIPTS = [
    ({"script_name": "SD upscale"}, "Script 'SD upscale' not found", "script_name"),
    (
        {"alwayson_scripts": {"ADetailer": {"args": [True, {}]}}},
        "always on script ADetailer not found",
        "alwayson_scripts.ADetailer",
    ),
    ({"alwayson_scripts": {"x": 5}}, "always on script x not found", "alwayson_scripts.x"),
    ({"alwayson_scripts": {"x": {"args": []}}}, "always on script x not found", "alwayson_scripts.x"),
    ({"alwayson_scripts": {"x": []}}, "always on script x not found", "alwayson_scripts.x"),
]


@pytest.mark.parametrize(("body", "_", "field"), SCRIPTS)
def test_a_script_that_is_not_there_is_left_out_and_that_is_said(body, _, field):
    spec = txt2img(**body)
    assert spec.notes == (f"{field}: there is no such script here; the picture was drawn without it.",)
    assert "strict" not in spec.echo["parameters"]


@pytest.mark.parametrize(("body", "detail", "_"), SCRIPTS)
@pytest.mark.parametrize("operator", [False, True])
def test_a_script_that_is_not_there_is_422_where_the_request_or_the_operator_is_strict(body, detail, _, operator):
    options = OPTIONS.model_copy(update={"strict": operator})
    with pytest.raises(Unprocessable) as caught:
        generate.read_txt2img(request({**body, "strict": not operator}, options=options))
    assert (caught.value.status, DIALECT.error(caught.value).body["detail"]) == (422, detail)


@pytest.mark.parametrize("body", [{"script_name": "pixrt"}, {"alwayson_scripts": {"pixrt": {"args": []}}}], ids=str)
def test_a_misspelt_script_is_answered_with_the_one_that_is_here(body):
    [note] = txt2img(**body).notes
    assert note.endswith("there is no such script here; the picture was drawn without it. Did you mean 'pixart'?")


def test_an_always_on_script_in_script_name_is_told_where_it_belongs():
    place = "Pixart is an always-on script, which belongs in alwayson_scripts"
    assert txt2img(script_name="Pixart").notes == (f"script_name: {place}; the picture was drawn without it.",)
    with pytest.raises(Unprocessable, match=f"^Script 'Pixart' not found: {place}$"):
        txt2img(script_name="Pixart", strict=True)


def test_a_unit_in_the_place_of_a_list_of_units_is_read_as_one_and_that_is_said():
    body = {"image": BASE64, "module": "none", "model": "None"}
    with pytest.raises(BadRequest, match=r"^alwayson_scripts\.ControlNet\.model is missing"):
        txt2img(alwayson_scripts={"ControlNet": body})
    live = replace(CATALOG, controlnets=("canny.pth",))
    body = {"alwayson_scripts": {"ControlNet": {**body, "model": "canny"}}}
    spec = txt2img(request(body, catalog=live))
    assert len(spec.values["controlnet_units"]) == 1
    assert spec.notes == (
        "alwayson_scripts.ControlNet: its fields were read as the only object of args, where they belong.",
    )
    assert spec.echo["parameters"]["alwayson_scripts"]["ControlNet"]["image"] is None


# Models and options


def test_options_and_pictures_to_be_read_are_answered_with_what_of_them_nobody_reads():
    posted = {"samples_formt": "png", "grid_save": True, "jpeg_quality": 90, "return_grid": False, "sd_unet": None}
    given = settings.changed(View(), request(posted))
    assert (given.body, json.loads(given.headers["X-Notes"])) == (
        None,
        [
            "samples_formt: 'png' has no effect here. Did you mean 'samples_format'?",
            "grid_save: true has no effect here.",
        ],
    )
    assert settings.changed(View(), request({"jpeg_quality": 90})).headers == {}
    [note] = json.loads(extras.png_info(View(), request({"image": BASE64, "imge": 1})).headers["X-Notes"])
    assert note == "'imge' is not a field of this request; it was ignored. Did you mean 'image'?"
    assert extras.png_info(View(), request({"image": BASE64})).headers == {}


@pytest.mark.parametrize(
    ("overrides", "hint"),
    [
        ({"sd_model_checkpoint": "pixle"}, "Did you mean 'pixel'?"),
        ({"sd_vae": "sofd.pt"}, "Did you mean 'soft.pt'?"),
    ],
)
def test_an_unknown_model_is_refused_with_the_nearest(overrides, hint):
    with pytest.raises(UnknownName) as caught:
        txt2img(override_settings=overrides)
    assert (caught.value.hint, caught.value.status) == (hint, 400)
    assert caught.value.field == f"override_settings.{next(iter(overrides))}"


def test_settings_that_do_nothing_here_are_said_unless_they_are_as_they_are():
    spec = txt2img(override_settings={"grid_format": "jpg", "randn_source": "CPU", "filter_nsfw": False, "new": 1})
    assert spec.notes == (
        "override_settings.grid_format: 'jpg' has no effect here.",
        "override_settings.new: 1 has no effect here.",
    )


@pytest.mark.parametrize(
    ("restored", "remembered"),
    [(False, {"sd_model_checkpoint": "sdxl/base.safetensors", "CLIP_stop_at_last_layers": 2}), (True, {}), (None, {})],
)
def test_settings_of_a_request_stay_where_it_says_so(restored, remembered):
    own = {"sd_model_checkpoint": "base", "CLIP_stop_at_last_layers": 2.0, "samples_format": "png"}
    body = {"override_settings": own, "override_settings_restore_afterwards": restored}
    submission = generate.read_txt2img(request(body))
    assert (submission.remember, submission.spec.notes) == (remembered, ())


def test_the_model_of_a_job_is_the_one_chosen_when_it_was_sent():
    chosen = request({}, memory={"sd_model_checkpoint": "sdxl/base.safetensors", "CLIP_stop_at_last_layers": 2})
    spec = txt2img(chosen)
    assert (spec.values["checkpoint"], spec.values["clip_skip"]) == ("sdxl/base.safetensors", -2)
    assert info(spec, used=dict(spec.values))["sd_model_name"] == "sdxl_base"


def test_a_model_that_was_chosen_and_is_gone_is_replaced_and_said():
    spec = txt2img(request({}, memory={"sd_model_checkpoint": "old.ckpt"}))
    assert spec.values["checkpoint"] == "pixel.safetensors"
    assert spec.notes == ("The checkpoint 'old.ckpt' is gone; pixel.safetensors was used.",)


def test_while_comfyui_is_away_names_are_taken_as_they_are():
    away = Request(body={"override_settings": {"sd_model_checkpoint": "x [abcdef12]"}}, options=OPTIONS)
    assert generate.read_txt2img(away).spec.values["checkpoint"] == "x"
    assert "checkpoint" not in generate.read_txt2img(dataclasses.replace(away, body={})).spec.values


@pytest.mark.parametrize(("layers", "used"), [(0, -1), (1, -1), (12, -12), (25, -24)])
def test_clip_skip_is_clamped_and_said(layers, used):
    spec = txt2img(override_settings={"CLIP_stop_at_last_layers": layers})
    assert spec.values["clip_skip"] == used
    said = f"CLIP_stop_at_last_layers: {-used} instead of {layers}; it may be 1 to 24."
    assert spec.notes == ((said,) if layers in (0, 25) else ())


def test_a_quality_beyond_its_limits_is_clamped_and_said():
    spec = txt2img(override_settings={"samples_format": "jpg", "jpeg_quality": 500})
    assert (spec.rendition.quality, spec.notes) == (100, ("jpeg_quality: 100 instead of 500; it may be 1 to 100.",))


def test_options_have_the_keys_that_clients_demand():
    body = settings.options(View(), request()).body
    assert body["sd_model_checkpoint"] == "pixel.safetensors"
    demanded = {"samples_format", "enable_pnginfo", "do_not_add_watermark", "sd_vae", "face_restoration_model"}
    assert demanded < set(body)
    assert body["samples_format"] == "png"


def test_all_options_posted_back_change_nothing():
    body = settings.options(View(), request()).body
    assert settings.read_options(request(body)) == Command()


def test_options_that_can_change_are_remembered_and_answered():
    body = {"sd_model_checkpoint": "base", "CLIP_stop_at_last_layers": 2.0, "sd_vae": "soft.pt", "unknown": 1}
    command = settings.read_options(request(body))
    remembered = {"CLIP_stop_at_last_layers": 2, "sd_vae": "soft.pt", "sd_model_checkpoint": "sdxl/base.safetensors"}
    assert command == Command(remember=remembered)
    now = settings.options(View(), request(memory=remembered)).body
    assert {key: now[key] for key in remembered} == remembered
    assert settings.read_options(request(body, memory=remembered)) == Command()


@pytest.mark.parametrize(
    ("name", "value", "limits"),
    [
        ("CLIP_stop_at_last_layers", 0, "1 to 24"),
        ("CLIP_stop_at_last_layers", 99, "1 to 24"),
        ("jpeg_quality", 500, "1 to 100"),
        ("interrogate_deepbooru_score_threshold", 1.5, "0 to 1"),
        ("interrogate_clip_num_beams", 0, "1 to 16"),
    ],
)
def test_an_option_beyond_its_limits_is_refused_with_them(name, value, limits):
    with pytest.raises(Unprocessable) as caught:
        settings.read_options(request({name: value}))
    assert str(caught.value) == f"{name} must be from {limits}, not {value}."


def test_an_option_that_was_remembered_beyond_its_limits_is_answered_as_jobs_get_it():
    body = settings.options(View(), request(memory={"CLIP_stop_at_last_layers": 99, "jpeg_quality": 0})).body
    assert (body["CLIP_stop_at_last_layers"], body["jpeg_quality"]) == (24, 1)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"sd_model_checkpoint": "nothing"}, UnknownName),
        ({"sd_model_checkpoint": 5}, UnknownName),
        ({"sd_vae": "nothing"}, UnknownName),
        ({"CLIP_stop_at_last_layers": "two"}, Unprocessable),
        ({"CLIP_stop_at_last_layers": 1.5}, Unprocessable),
        ({"enable_pnginfo": "yes"}, Unprocessable),
        ({"samples_format": "avif"}, Unprocessable),
        ({"samples_format": 5}, Unprocessable),
        ({"jpeg_quality": "best"}, Unprocessable),
        ({"webp_lossless": 1}, Unprocessable),
        ([], Unprocessable),
    ],
    ids=str,
)
def test_options_that_cannot_be_are_refused(body, error):
    with pytest.raises(error):
        settings.read_options(request(body))


def test_without_pnginfo_the_picture_has_no_text():
    spec = txt2img(override_settings={"enable_pnginfo": False})
    (image,) = result.answer(done(spec), request()).body["images"]
    assert base64.b64decode(image) == PNG


# Answers


def test_an_answer_is_raw_base64_and_info_is_json_in_a_string():
    spec = txt2img(prompt="a tree", steps=3)
    body = result.answer(done(spec), request()).body
    (image,) = body["images"]
    assert not image.startswith("data:")
    assert Image.open(io.BytesIO(base64.b64decode(image))).text["parameters"].startswith("a tree\nSteps: 3, ")
    assert isinstance(body["info"], str)
    assert body["parameters"]["steps"] == 3
    assert body["parameters"]["sampler_index"] == "Euler"


INFO = {
    "prompt", "all_prompts", "negative_prompt", "all_negative_prompts", "seed", "all_seeds", "subseed", "all_subseeds",
    "subseed_strength", "width", "height", "sampler_name", "cfg_scale", "steps", "batch_size", "restore_faces",
    "face_restoration_model", "sd_model_name", "sd_model_hash", "sd_vae_name", "sd_vae_hash", "seed_resize_from_w",
    "seed_resize_from_h", "denoising_strength", "extra_generation_params", "index_of_first_image", "infotexts",
    "styles", "job_timestamp", "clip_skip", "is_using_inpainting_conditioning", "version",
}  # fmt: skip


def test_info_has_every_key_and_strings_where_clients_want_strings():
    said = info(txt2img())
    assert set(said) == INFO | {"notes"}
    assert {type(said[key]) for key in ("sd_model_hash", "version", "job_timestamp")} == {str}
    assert said["job_timestamp"] == "20010909014640"
    assert said["version"].startswith("v1.10.1-pixart-")


def test_what_was_really_used_is_in_info():
    spec = txt2img(steps=20_000, width=8000)
    said = info(spec, used={**spec.values, "steps": 10_000, "width": 4096})
    assert (said["steps"], said["width"]) == (10_000, 4096)
    assert "Steps: 10000, " in said["infotexts"][0]


def test_which_files_were_used_is_no_note():
    spec = txt2img()
    job = dataclasses.replace(done(spec), notes=("checkpoint: pixel.safetensors", "steps: 1 instead of 0"))
    job = dataclasses.replace(job, used=spec.values)
    assert json.loads(result.answer(job, request()).body["info"])["notes"] == ["steps: 1 instead of 0"]


def test_send_images_false_sends_none_but_says_all():
    spec = txt2img(send_images=False)
    body = result.answer(done(spec), request()).body
    assert body["images"] == []
    assert len(json.loads(body["info"])["infotexts"]) == 1


@pytest.mark.parametrize("save", [True, False])
def test_there_is_never_a_grid(save):
    spec = txt2img(batch_size=2, save_images=save, do_not_save_grid=False)
    body = result.answer(done(spec), request()).body
    assert len(body["images"]) == 2
    assert json.loads(body["info"])["index_of_first_image"] == 0


def test_init_images_are_repeated_only_on_request():
    assert img2img(mask=BASE64).echo["parameters"]["init_images"] is None
    assert img2img(mask=BASE64).echo["parameters"]["mask"] is None
    assert img2img(include_init_images=True).echo["parameters"]["init_images"] == [BASE64]


@pytest.mark.parametrize("parts", [[], [0], [0, 2], [1, 2]])
def test_an_interrupted_or_skipped_job_answers_what_was_finished(parts):
    spec = txt2img(seed=5, batch_size=3)
    body = result.answer(done(spec, parts=parts, state=JobState.CANCELLED), request()).body
    said = json.loads(body["info"])
    assert len(body["images"]) == len(parts)
    names = ("infotexts", "all_prompts", "all_negative_prompts", "all_seeds", "all_subseeds")
    assert [len(said[name]) for name in names] == [len(parts)] * len(names)
    assert said["all_seeds"] == [5 + part for part in parts]
    assert (said["seed"], said["subseed"]) == (
        next(iter(said["all_seeds"]), 5),
        next(iter(said["all_subseeds"]), said["subseed"]),
    )
    assert [f"Seed: {5 + part}," in text for part, text in zip(parts, said["infotexts"], strict=True)] == [True] * len(
        parts
    )


def test_a_failed_job_is_an_error():
    with pytest.raises(JobFailed, match=r"^out of memory$"):
        result.answer(done(txt2img(), state=JobState.FAILED, error="out of memory"), request())


def test_the_answers_words_of_inpainting():
    text = info(img2img(mask=BASE64, inpainting_mask_invert=1, inpainting_fill=2))["infotexts"][0]
    assert (
        "Denoising strength: 0.75, RNG: CPU, Mask blur: 4, Mask mode: Inpaint not masked, Inpaint area: Only masked, "
        "Masked area padding: 0, Masked content: latent noise" in text
    )


def test_a_workflow_of_ones_own_replaces_the_mode():
    spec = txt2img(workflow="txt2img_pixel@1")
    assert (spec.mode, spec.loose) == ("txt2img_pixel@1", True)


def test_a_workflow_of_ones_own_keeps_its_files_values_where_the_request_says_nothing():
    assert txt2img(workflow="mine", sampler_name="", styles=[], loras=None).values == {"seed": 42}
    assert img2img(workflow="mine", mask=BASE64).values == {"seed": 42, "mask_invert": False}
    said = {"prompt": "a <lora:line:1>", "negative_prompt": "", "steps": 4, "cfg_scale": 0, "scheduler": "Karras"}
    assert txt2img(workflow="mine", **said, width=32, override_settings={"sd_vae": "soft.pt"}).values == {
        "prompt": "a",
        "negative": "",
        "loras": "<lora:line.pt:1:1>",
        "width": 32,
        "steps": 4,
        "cfg": 0,
        "sampler": "euler",
        "scheduler": "karras",
        "seed": 42,
        "vae": "soft.pt",
    }
    said = {"denoising_strength": 0, "resize_mode": 0, "mask": BASE64, "mask_blur_x": 0, "inpaint_full_res": False}
    values = {"denoise": 0, "fit": "stretch", "mask_blur": 4, "area": "whole picture", "mask_invert": False}
    assert img2img(workflow="mine", **said).values == {"seed": 42, **values}


def test_a_workflow_of_ones_own_has_the_checkpoint_that_was_chosen_before():
    chosen = request({"workflow": "mine"}, memory={"sd_model_checkpoint": "sdxl/base.safetensors"})
    assert txt2img(chosen).values == {"seed": 42, "checkpoint": "sdxl/base.safetensors"}


def test_of_a_workflow_of_ones_own_the_answer_says_what_it_used():
    used = {"width": 96, "height": 64, "steps": 3, "cfg": 2.5, "sampler": "euler", "scheduler": "karras", "seed": 42}
    said = info(txt2img(workflow="mine", prompt="a"), used=used, workflow="mine@1")
    names = ("width", "height", "steps", "cfg_scale", "sampler_name", "seed")
    assert [said[name] for name in names] == [96, 64, 3, 2.5, "Euler", 42]
    line = "a\nSteps: 3, Sampler: Euler, Schedule type: Karras, CFG scale: 2.5, Seed: 42, Size: 96x64, RNG: CPU"
    assert said["infotexts"][0].startswith(line)


def test_of_a_workflow_without_a_sampler_the_answer_names_none():
    asked = img2img(workflow="pixelate", width=512, steps=9, denoising_strength=0.5)
    said = info(asked, used={"colors": 8}, workflow="pixelate@1")
    names = ("width", "height", "steps", "cfg_scale", "sampler_name")
    assert [said[name] for name in names] == [16, 8, 0, 0.0, ""]
    assert said["infotexts"][0].startswith("Size: 16x8, RNG: CPU, Version: ")


# What takes no part isn't judged


UNREAD = [
    (
        "read_txt2img",
        {"hr_scale": 0, "hr_resize_x": -1, "hr_second_pass_steps": "x"},
        "takes no part without enable_hr",
    ),
    ("read_txt2img", {"denoising_strength": "high"}, "denoising_strength: 'high' takes no part without enable_hr"),
    ("read_txt2img", {"enable_hr": "false", "hr_upscaler": 5}, "hr_upscaler: 5 takes no part without enable_hr"),
    ("read_txt2img", {"subseed": "abc"}, "subseed: 'abc' takes no part without subseed_strength"),
    ("read_txt2img", {"script_args": "none"}, "script_args: 'none' takes no part without script_name"),
    (
        "read_txt2img",
        {"sampler_name": "Euler", "sampler_index": 0},
        "sampler_index: 0 takes no part beside sampler_name",
    ),
    ("read_txt2img", {"eta": "auto", "s_tmax": []}, "eta: 'auto' has no effect here"),
    ("read_img2img", {"mask_blur": -3, "inpainting_fill": 9}, "inpainting_fill: 9 takes no part without mask"),
    ("read_img2img", {"mask": "", "inpaint_full_res": 7}, "inpaint_full_res: 7 takes no part without mask"),
]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"hr_scale": 4, "hr_upscaler": "4x"}, "hr_scale: 4.0 takes no part without enable_hr."),
        ({"denoising_strength": 0.3}, "denoising_strength: 0.3 takes no part without enable_hr."),
        ({"script_args": [1]}, "script_args: [1] takes no part without script_name."),
        ({"hr_scale": 2, "hr_upscaler": "Latent", "denoising_strength": 0.7, "hr_prompt": "", "script_args": []}, None),
        ({"enable_hr": True, "hr_scale": 4, "denoising_strength": 0.3}, None),
    ],
    ids=str,
)
def test_a_good_value_that_takes_no_part_is_said_where_it_is_not_what_clients_send_anyway(fields, said):
    notes = [note for note in txt2img(**fields).notes if "takes no part" in note]
    assert notes[:1] == ([said] if said else [])


@pytest.mark.parametrize(("read", "fields", "said"), UNREAD, ids=str)
def test_what_takes_no_part_is_not_judged_and_what_is_odd_of_it_is_said(read, fields, said):
    notes = getattr(generate, read)(request({"init_images": [BASE64], **fields})).spec.notes
    assert any(said in note for note in notes), notes


@pytest.mark.parametrize(
    ("read", "fields", "field"),
    [
        ("read_txt2img", {"enable_hr": True, "hr_scale": 0}, "hr_scale"),
        ("read_txt2img", {"subseed_strength": 0.5, "subseed": "abc"}, "subseed"),
        ("read_txt2img", {"hr_scale": 0, "steps": 0}, "steps"),
        ("read_txt2img", {"sampler_index": 7}, "sampler_index"),
    ],
    ids=str,
)
def test_what_takes_part_is_judged(read, fields, field):
    with pytest.raises(Unprocessable) as refused:
        getattr(generate, read)(request({"init_images": [BASE64], **fields}))
    assert [each["loc"] for each in refused.value.detail] == [["body", field]]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"resize_mode": 1, "upscaling_resize": 0}, "upscaling_resize: 0 takes no part beside resize_mode"),
        ({"upscaling_resize_w": 0, "upscaling_crop": "x"}, "upscaling_resize_w: 0 takes no part without resize_mode"),
        ({"gfpgan_visibility": None, "codeformer_weight": 2}, ""),
    ],
    ids=str,
)
def test_of_extras_only_the_sizes_of_the_chosen_mode_are_judged(fields, said):
    body = {"image": BASE64, "upscaler_1": "Lanczos", **fields}
    assert said in "".join(extras.read_single(request(body)).spec.notes)


# Tasks and progress


@pytest.mark.parametrize("task", ["task(txt2img-ABC1234)", "a.b-c_d"])
def test_a_task_id_is_kept(task):
    assert generate.read_txt2img(request({"force_task_id": task})).id == f"task-{task}"
    assert progress.task_of(request({"id_task": task})) == f"task-{task}"
    assert progress.task(f"task-{task}") == task


def test_a_task_id_is_a_label_and_its_later_jobs_go_by_it_too():
    assert generate.read_txt2img(request({"force_task_id": "mine"})).spec.label
    assert not generate.read_txt2img(request({})).spec.label
    assert progress.task(f"task-mine{LABEL_END}0f") == "mine"
    assert progress.pending(View(waiting=("task-a", f"task-a{LABEL_END}0f")), request({})).body["tasks"] == ["a", "a"]


@pytest.mark.parametrize("task", ["a b", "a\nb", "../x", "x" * 101, "é"])
def test_a_task_id_that_is_no_name_becomes_one(task):
    id = generate.job_id(task)
    assert id == progress.task_of(request({"id_task": task}))
    assert len(id) == 37
    assert id.removeprefix("task-").isalnum()


@pytest.mark.parametrize("task", [None, ""])
def test_without_a_task_id_the_server_chooses_one(task):
    assert generate.read_txt2img(request({"force_task_id": task})).id is None


def running(**more):
    state = {"state": JobState.RUNNING, "started_at": 1.0e9 - 10, "step": (3, 20), "preview": ("image/png", b"ab")}
    return dataclasses.replace(done(txt2img(batch_size=4)), **{"progress": 0.25, "part": 1, **state, **more})


def test_nothing_running_is_zero_everywhere():
    body = progress.overall(View(), request()).body
    assert (body["progress"], body["eta_relative"], body["current_image"]) == (0.0, 0.0, None)
    assert body["state"] == {
        "skipped": False, "interrupted": False, "stopping_generation": False, "job": "", "job_count": 0,
        "job_timestamp": "0", "job_no": 0, "sampling_step": 0, "sampling_steps": 0,
    }  # fmt: skip


def test_progress_of_what_runs():
    body = progress.overall(View(running=running()), request()).body
    assert (body["progress"], body["eta_relative"]) == (0.25, 30.0)
    state = body["state"]
    assert (state["job_count"], state["job_no"], state["sampling_step"], state["sampling_steps"]) == (4, 1, 3, 20)
    assert base64.b64decode(body["current_image"]) == b"ab"


@pytest.mark.parametrize(("progressed", "said"), [(0.0, 0.01), (1.0, 1.0), (0.5, 0.5)])
def test_what_runs_is_never_at_zero(progressed, said):
    body = progress.overall(View(running=running(progress=progressed)), request()).body
    assert body["progress"] == said


@pytest.mark.parametrize(
    ("query", "memory", "there"),
    [
        ({}, {}, True),
        ({"skip_current_image": "true"}, {}, False),
        ({"skip_current_image": "false"}, {}, True),
        ({"skip_current_image": "Yes"}, {}, False),
        ({"skip_current_image": ""}, {}, True),
        ({"skipCurrentImage": "true"}, {}, True),
        ({}, {"live_previews_enable": False}, False),
    ],
)
def test_a_preview_comes_unless_it_is_not_wanted(query, memory, there):
    body = progress.overall(View(running=running()), request(query=query, memory=memory)).body
    assert (body["current_image"] is not None) == there


@pytest.mark.parametrize(
    ("route", "name"),
    [(route, name) for route in DIALECT.routes for name, schema in route.query.items() if schema["type"] == "boolean"],
    ids=lambda value: getattr(value, "path", value),
)
def test_a_parameter_that_is_neither_true_nor_false_is_refused_by_its_name(route, name):
    for word in ("yes", "OFF", "1", ""):
        assert route.answer(View(), request(query={name: word})).status == 200
    with pytest.raises(Unprocessable, match=f"{name} must be true or false, not 'maybe'") as refused:
        route.answer(View(), request(query={name: "maybe"}))
    assert refused.value.detail[0]["loc"] == ["query", name]


def test_progress_of_one_task():
    queued = running(state=JobState.QUEUED, id="task-a")
    view = View(about=queued, waiting=("task-b", "task-a"))
    said = progress.of_task(view, request({"id_task": "a"})).body
    assert (said["active"], said["queued"], said["completed"], said["textinfo"]) == (
        False,
        True,
        False,
        "In queue: 2/2",
    )
    said = progress.of_task(View(about=running(id="task-a")), request({"id_task": "a"})).body
    assert (said["active"], said["progress"], said["eta"]) == (True, 0.25, 30.0)
    assert (said["live_preview"], said["id_live_preview"]) == ("data:image/png;base64,YWI=", zlib.crc32(b"ab"))
    said = progress.of_task(View(about=running(state=JobState.COMPLETED)), request({"id_task": "a"})).body
    assert (said["active"], said["completed"]) == (False, True)
    said = progress.of_task(View(), request({"id_task": "a"})).body
    assert (said["active"], said["queued"], said["completed"]) == (False, False, False)


def test_a_preview_that_the_client_has_is_not_sent_again():
    body = {"id_task": "a", "id_live_preview": zlib.crc32(b"ab")}
    said = progress.of_task(View(about=running()), request(body)).body
    assert (said["live_preview"], said["id_live_preview"]) == (None, zlib.crc32(b"ab"))


def test_pending_tasks_are_the_clients_own():
    assert progress.pending(View(waiting=("task-a", "b")), request()).body == {"size": 2, "tasks": ["a", "b"]}


COMMANDS = {
    "/sdapi/v1/interrupt": (Command(interrupt=True), {}),
    "/sdapi/v1/skip": (Command(skip=True), None),
    "/sdapi/v1/unload-checkpoint": (Command(free=True), {}),
    "/sdapi/v1/refresh-checkpoints": (Command(refresh=True), None),
    "/sdapi/v1/refresh-vae": (Command(refresh=True), None),
    "/sdapi/v1/refresh-embeddings": (Command(refresh=True), None),
    "/sdapi/v1/refresh-loras": (Command(refresh=True), None),
    "/sdapi/v1/refresh-lycos": (Command(refresh=True), None),
}


@pytest.mark.parametrize("path", COMMANDS)
@pytest.mark.parametrize("body", [None, {}, ""], ids=str)
def test_commands_take_any_body_and_answer_json(path, body):
    route = next(route for route in DIALECT.routes if route.path == path)
    command, answered = COMMANDS[path]
    assert route.read(request(body)) == command
    assert route.answer(View(), request(body)).body == answered


# Lists


def listed(name, **more):
    route = next(route for route in DIALECT.routes if route.path == f"/sdapi/v1/{name}" and route.method == "GET")
    body = route.answer(View(), request(**more)).body
    assert route.response.model_validate(json.loads(json.dumps(body))) is not None
    return body


def test_a_model_that_cant_be_loaded_is_not_listed():
    broken = replace(CATALOG, unusable={"pixel.safetensors": "The checkpoint 'pixel.safetensors' is cut off."})
    assert [row["filename"] for row in listed("sd-models", catalog=broken)] == ["sdxl/base.safetensors"]


def test_lists_are_comfyuis():
    assert [row["name"] for row in listed("samplers")] == ["DPM++ 2M", "Euler a", "Euler", "Heun", "DDIM"]
    assert listed("samplers")[0] == {"name": "DPM++ 2M", "aliases": ["k_dpmpp_2m"], "options": {"scheduler": "karras"}}
    names = [row["name"] for row in listed("schedulers")]
    assert names[:3] == ["automatic", "uniform", "karras"]
    assert "sgm_uniform" not in names
    assert listed("sd-models")[1] == {
        "title": "sdxl/base.safetensors", "model_name": "sdxl_base", "hash": None, "sha256": None,
        "filename": "sdxl/base.safetensors", "config": None,
    }  # fmt: skip
    assert [(row["name"], row["scale"]) for row in listed("upscalers")] == [
        ("None", 4.0), ("Lanczos", 4.0), ("Nearest", 4.0), ("4x-Sharp", 4.0), ("RealESRGAN_x2", 2.0)
    ]  # fmt: skip
    assert listed("sd-vae") == [{"model_name": "soft.pt", "filename": "soft.pt"}]
    assert [row["name"] for row in listed("loras")] == ["retro", "line"]
    assert set(listed("embeddings")["loaded"]) == {"easyneg"}
    assert len(listed("latent-upscale-modes")) == 6
    assert listed("scripts") == {kind: ["controlnet", "controlnet m2m", "pixart"] for kind in ("txt2img", "img2img")}


@pytest.mark.parametrize("row", listed("samplers"), ids=lambda row: row["name"])
def test_every_listed_sampler_is_taken_without_a_note(row):
    for name in (row["name"], *row["aliases"]):
        assert txt2img(sampler_name=name).notes == ()


@pytest.mark.parametrize("row", listed("schedulers"), ids=lambda row: row["name"])
def test_every_listed_schedule_is_taken_without_a_note(row):
    for name in (row["name"], row["label"]):
        assert txt2img(scheduler=name).notes == ()


@pytest.mark.parametrize("row", listed("upscalers"), ids=lambda row: row["name"])
def test_every_listed_upscaler_is_taken_for_both_uses(row):
    assert txt2img(enable_hr=True, hr_upscaler=row["name"]).notes == ()
    assert extras.read_single(request({"image": BASE64, "upscaler_1": row["name"]})).spec.notes == ()


@pytest.mark.parametrize("row", listed("sd-models"), ids=lambda row: row["title"])
def test_every_listed_model_is_found_by_each_of_its_names(row):
    for name in (row["title"], row["model_name"], row["filename"], f"{row['title']} [abcdef0123]"):
        spec = txt2img(override_settings={"sd_model_checkpoint": name})
        assert spec.values["checkpoint"] == row["filename"]


def test_a_sampler_that_comfyui_lacks_is_replaced_and_said():
    spec = txt2img(sampler_name="PLMS")
    assert (spec.values["sampler"], info(spec)["sampler_name"]) == ("dpmpp_2m", "DPM++ 2M")
    assert info(spec)["notes"] == ["There is no sampler 'PLMS'; DPM++ 2M was used."]


STATS = {
    "system": {"ram_total": 100, "ram_free": 40},
    "devices": [
        {"type": "cuda", "vram_total": 80, "vram_free": 30, "torch_vram_total": 20, "torch_vram_free": 5},
    ],
}


def test_memory_is_comfyuis():
    route = next(route for route in DIALECT.routes if route.path == "/sdapi/v1/memory")
    body = route.answer(View(system=STATS), request()).body
    assert body["ram"] == {"free": 40, "used": 60, "total": 100}
    assert body["cuda"]["system"] == {"free": 30, "used": 50, "total": 80}
    assert body["cuda"]["active"] == {"current": 15, "peak": 15}
    away = route.answer(View(), request()).body
    assert set(away["ram"]) == set(away["cuda"]) == {"error"}


ROUTES = {(route.method, route.path) for route in DIALECT.routes}


@pytest.mark.parametrize("name", ["server-kill", "create/embedding", "train/hypernetwork", "sd-modules"])
def test_what_is_not_done_has_no_route(name):
    assert not {path for _, path in ROUTES if path.endswith(name)}


@pytest.mark.trap(32)
def test_trap_32_the_picos_way_to_the_same_path_is_another_dialects():
    assert DIALECT.mount == ""
    assert ("POST", "/sdapi/v1/txt2img") in ROUTES
    route = next(route for route in DIALECT.routes if route.path == "/sdapi/v1/txt2img")
    assert route.answer(done(txt2img()), request()).content_type == "application/json"


def test_comfyuis_own_paths_are_not_here():
    assert not {path for _, path in ROUTES} & {"/system_stats", "/prompt", "/queue", "/history", "/object_info"}


def test_every_asking_route_answers_with_an_empty_view():
    for route in DIALECT.routes:
        if route.action is Action.ASK and route.request in (None, fields.ProgressRequest):
            route.answer(View(), request({} if route.request else None))


# Extras


def upscaled(**body):
    return extras.read_single(request({"image": BASE64, "upscaler_1": "Lanczos", **body})).spec


def test_options_that_extras_dont_heed_are_said():
    spec = upscaled(override_settings={"jpeg_quality": 500, "samples_format": "jpg", "jpeg_qualty": 9, "sd_vae": "x"})
    assert (spec.rendition.format, spec.rendition.quality) == ("jpeg", 100)
    assert spec.notes == (
        "jpeg_quality: 100 instead of 500; it may be 1 to 100.",
        "override_settings.jpeg_qualty: 9 has no effect here. Did you mean 'jpeg_quality'?",
        "override_settings.sd_vae: 'x' has no effect here.",
    )
    assert upscaled(override_settings={"jpeg_quality": 7, "sd_vae": "Automatic", "samples_save": None}).notes == ()


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ({}, (32, 16)),
        ({"upscaling_resize": "1.5"}, (24, 12)),
        ({"upscaler_1": "None"}, (16, 8)),
        ({"resize_mode": 1, "upscaling_resize_w": 40, "upscaling_resize_h": 40}, (40, 40)),
        ({"resize_mode": 1, "upscaling_resize_w": 40, "upscaling_resize_h": 40, "upscaling_crop": False}, (80, 40)),
    ],
)
def test_extras_come_to_a1111s_size(body, size):
    spec = upscaled(**body)
    assert (spec.mode, spec.notes, spec.batch) == ("upscale", (), ())
    assert (spec.values["width"], spec.values["height"]) == size
    assert spec.pictures["image"].data == PNG


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"upscaling_resize": 8}, "upscaling_resize"),
        ({"resize_mode": 1, "upscaling_resize_h": 80, "upscaling_crop": False}, "upscaling_crop"),
    ],
)
def test_extras_that_would_be_too_large_keep_their_shape_which_is_said_of_the_field_that_was_sent(body, field):
    spec = upscaled(image=picture_of(1024, 10), **body)
    assert (spec.values["width"], spec.values["height"]) == (4096, 40)
    assert spec.notes == (
        f"{field}: image is drawn at 4096 x 40 instead of 8192 x 80; 4096 pixels a side are the most.",
    )


def picture_of(width, height):
    made = io.BytesIO()
    Image.new("L", (width, height)).save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()


@pytest.mark.parametrize("sides", [(1, 5000), (5000, 2)], ids=str)
def test_a_picture_that_is_too_thin_for_a_map_is_refused_by_its_field(sides):
    body = {"controlnet_module": "none", "controlnet_input_images": [BASE64, picture_of(*sides)]}
    with pytest.raises(Unprocessable, match=r"controlnet_input_images\[1\] has \d+ x \d+ pixels; 3 a side"):
        controlnet.read_detect(request(body))


def test_extras_name_an_upscaler_that_is_not_there():
    with pytest.raises(UnknownName, match=r"upscaler_1 '4x-Shrap' is unknown. Did you mean '4x-Sharp'\?"):
        upscaled(upscaler_1="4x-Shrap")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"refiner_checkpoint": "nope", "refiner_switch_at": 0.5}, "refiner_checkpoint"),
        ({"enable_hr": True, "hr_checkpoint_name": "nope"}, "hr_checkpoint_name"),
        ({"override_settings": {"sd_model_checkpoint": "nope"}}, "override_settings.sd_model_checkpoint"),
        ({"override_settings": {"sd_vae": "nope"}}, "override_settings.sd_vae"),
    ],
    ids=str,
)
def test_an_unknown_file_is_named_with_the_field_that_asked_for_it(body, field):
    with pytest.raises(UnknownName) as raised:
        generate.read_txt2img(request(body))
    assert str(raised.value).startswith(f"{field} 'nope' is unknown. ")


@pytest.mark.parametrize("name", ["sd_model_checkpoint", "sd_vae"])
def test_an_unknown_file_of_an_option_is_named_with_the_option(name):
    with pytest.raises(UnknownName, match=f"^{name} 'nope' is unknown"):
        settings.read_options(request({name: "nope"}))


USUAL = ["R-ESRGAN 4x+", "r-esrgan 4x+ anime6b", "ESRGAN_4x", "SwinIR 4x", "ScuNET PSNR", "DAT x4"]


@pytest.mark.parametrize("name", USUAL)
def test_an_upscaler_that_a1111_comes_with_is_stood_in_for_and_what_to_fetch_is_said(name):
    spec = upscaled(upscaler_1=name)
    assert (spec.values["upscaler"], spec.values["width"]) == ("Lanczos", 32)
    (note,) = spec.notes
    assert note.startswith(f"upscaler_1: there is no upscaler '{name}'; Lanczos was used. Put ")
    fetched = ", or run `pixart models get upscalers`" if name == "R-ESRGAN 4x+" else ""
    assert note.endswith(f" into models/upscale_models to have it{fetched}.")
    hires = generate.read_txt2img(request({"enable_hr": True, "hr_upscaler": name})).spec
    assert any("Latent was used. Put " in each for each in hires.notes)


def test_an_upscaler_that_a1111_comes_with_is_found_by_its_own_file():
    catalog = dataclasses.replace(CATALOG, upscalers=("sub/RealESRGAN_x4plus.pth",))
    spec = extras.read_single(request({"image": BASE64, "upscaler_1": "R-ESRGAN 4x+"}, catalog=catalog)).spec
    assert (spec.values["upscaler"], spec.notes) == ("sub/RealESRGAN_x4plus.pth", ())


def test_an_upscaler_that_nobody_can_run_here_is_said_to_be_none():
    assert upscaled(upscaler_1="LDSR").notes[0].endswith("Lanczos was used. ComfyUI can't run it.")


def test_only_files_are_vaes():
    spec = {"VAELoader": {"input": {"required": {"vae_name": [["sd.safetensors", "taesd", "pixel_space"]]}}}}
    there = catalog_of(spec)
    assert there.vaes == ("sd.safetensors",)
    with pytest.raises(UnknownName, match="sd_vae 'pixel_space' is unknown"):
        settings.chosen({"sd_vae": "pixel_space"}, request({}, catalog=dataclasses.replace(CATALOG, vaes=there.vaes)))


def test_previews_have_the_format_that_the_options_announce():
    assert settings.options(None, request({})).body["live_previews_image_format"] == "jpeg"


def test_extras_of_several_pictures_are_one_run_each():
    other = base64.b64encode(png(4, 4)).decode()
    body = {"imageList": [{"data": BASE64, "name": "a"}, {"data": other, "name": "b"}], "upscaler_1": "4x-Sharp"}
    spec = extras.read_batch(request(body)).spec
    assert {name: upload.data for name, upload in spec.pictures.items()} == {"image": PNG, "image@1": png(4, 4)}
    assert [(part["width"], part["height"], part["upscaler"]) for part in spec.batch] == [
        (32, 16, "4x-Sharp.pth"), (8, 8, "4x-Sharp.pth")
    ]  # fmt: skip
    job = dataclasses.replace(done(txt2img(batch_size=2)), echo=None)
    body = extras.batch(job, request()).body
    assert (len(body["images"]), body["html_info"]) == (2, "")


def test_extras_take_the_npm_clients_words_for_the_list():
    body = {"image_list": [{"image": BASE64, "name": "a"}]}
    assert extras.read_batch(request(body)).spec.pictures["image"].data == PNG


@pytest.mark.parametrize("body", [{}, {"imageList": []}, {"imageList": [{"name": "a"}]}], ids=str)
def test_extras_without_pictures_are_refused(body):
    with pytest.raises(BadRequest):
        extras.read_batch(request(body))


def test_extras_answer_one_picture():
    job = dataclasses.replace(done(txt2img()), echo=None, notes=("a < b",))
    assert extras.single(job, request()).body == {"html_info": "<p>a &lt; b</p>", "image": BASE64}
    with pytest.raises(JobFailed):
        extras.single(dataclasses.replace(job, artifacts=()), request())


# Who may call


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


LOCKED = settings.Options(username="me", password="pass:word")


@pytest.mark.parametrize(
    ("headers", "admitted"),
    [
        (basic("me:pass:word"), True),
        ({"Authorization": basic("me:pass:word")["Authorization"].replace("Basic", "basic")}, True),
        (basic("me:pass"), False),
        (basic("undefined"), False),
        ({"Authorization": "Basic !!"}, False),
        ({"Authorization": "Basic \udcff"}, False),
        ({"Authorization": "Bearer me:pass:word"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_with_a_name_set_only_name_and_password_are_admitted(headers, admitted):
    assert admits(headers, LOCKED) is admitted
    assert admits(headers, OPTIONS) is None


def test_name_and_password_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("A1111_USERNAME", "me")
    monkeypatch.setenv("A1111_PASSWORD", "pass:word")
    assert admits(basic("me:pass:word"), options_of(DIALECT.options)) is True
    assert DIALECT.challenge == "Basic"


def test_clients_that_count_commas_can_be_served():
    counted = settings.Options(hide_schedule_type=True)
    job = done(txt2img(prompt="a", sampler_name="Euler a", seed=1, steps=2, width=64, height=32))
    text = json.loads(result.answer(job, request(options=counted)).body["info"])["infotexts"][0]
    values = [value.split(": ")[1] for value in text.split("\n")[1].split(",")]
    assert values[:5] == ["2", "Euler a", "7.0", "1", "64x32"]


def test_the_same_request_is_the_same_job_whatever_was_drawn_or_is_installed_meanwhile():
    def identity(catalog=CATALOG, token=TOKEN, **body):
        asked = Request(body={"prompt": "a tree", **body}, options=OPTIONS, catalog=catalog, now=1.0e9, token=token)
        return generate.read_txt2img(asked).spec.identity

    assert identity() == identity(token=5) == identity(catalog=Catalog()) == identity(force_task_id="mine")
    assert len({identity(), identity(seed=1), identity(prompt="a house"), identity(enable_hr=True)}) == 4

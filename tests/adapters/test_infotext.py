"""What a picture says of how it was made: written, put into a PNG, and read back, by us and by other programs."""

import base64
import contextlib
import io
import json
import struct
import tracemalloc
import zlib
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from sd_parsers import ParserManager
from sd_parsers.data import Generators

from bridge.adapters.a1111 import extras, generate, infotext, result, settings
from bridge.adapters.a1111.prompt import STYLES, styled, understood, weighted
from bridge.adapters.dialect import Request, View
from bridge.catalog.models import Catalog
from bridge.core.errors import BadRequest
from bridge.core.job import UNSAID_KEY, Artifact, Job, JobState
from bridge.core.picture import png_text
from bridge.core.picture.exif import LONGEST_COMMENT, comment

CATALOG = Catalog(
    live=True,
    checkpoints=("pixel.safetensors", "sub/other.safetensors"),
    checkpoint="pixel.safetensors",
    vaes=("soft.safetensors",),
    upscalers=("4x-Sharp.pth",),
)


def picture(form="PNG", **more):
    made = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 30)).save(made, form, **more)
    return made.getvalue()


def done(reader, file=None, **body):
    """What a reader makes of this request, and how it is answered when it is drawn."""
    request = Request(body=body, options=settings.Options(), catalog=CATALOG, token=42)
    spec = reader(request).spec
    made = (Artifact("image", "ab", "image/png", 1, data=file or picture()),)
    job = Job("a", "a1111", spec.mode, JobState.COMPLETED, 1.0, 0.0, spec.values, spec.notes, artifacts=made)
    job = Job(**{**vars(job), "echo": json.loads(json.dumps(spec.echo))})
    return spec, result.answer(job, request).body


def drawn(**body):
    """The PNG that a client gets for this request, and its infotext."""
    _, body = done(generate.read_txt2img, **body)
    return base64.b64decode(body["images"][0]), json.loads(body["info"])["infotexts"][0]


def png_info(data):
    body = {"image": base64.b64encode(data).decode()}
    return extras.png_info(View(), Request(body=body)).body


PROMPTS = [
    ("a tree", ""),
    ("a tree, (red:1.2)", "blurry, fog: thick"),
    ("two\nlines", "also\ntwo"),
    ("ein Bäumchen", "größer"),  # fits Latin-1
    ("木", "тень"),  # does not
    ("", "only negative"),
    ("", ""),
]


@pytest.mark.parametrize(("prompt", "negative"), PROMPTS)
def test_a_picture_tells_the_request_that_made_it(prompt, negative):
    asked = {"prompt": prompt, "negative_prompt": negative, "steps": 7, "cfg_scale": 4.5, "seed": 3, "width": 64}
    data, text = drawn(**asked, height=48, sampler_name="DPM++ 2M", scheduler="Exponential")
    told = png_info(data)
    assert told["info"] == text
    read = told["parameters"]
    assert (read["Prompt"], read["Negative prompt"]) == (prompt, negative)
    numbers = {"Steps": "7", "CFG scale": "4.5", "Seed": "3", "Size-1": "64", "Size-2": "48"}
    names = {"Sampler": "DPM++ 2M", "Schedule type": "Exponential", "Model": "pixel", "RNG": "CPU"}
    assert {key: read[key] for key in (*numbers, *names)} == {**numbers, **names}


@pytest.mark.parametrize(("prompt", "negative"), PROMPTS)
def test_an_infotext_sent_back_is_the_same_request(prompt, negative):
    asked = {
        "prompt": prompt,
        "negative_prompt": negative,
        "steps": 7,
        "seed": 3,
        "subseed": 5,
        "subseed_strength": 0.5,
    }
    more = {"enable_hr": True, "hr_scale": 1.5, "hr_upscaler": "Lanczos", "override_settings": {"sd_vae": "Automatic"}}
    _, text = drawn(**asked, **more, sampler_name="Euler a")
    again, told = drawn(infotext=text)
    assert told == text
    assert png_text.texts(again)["parameters"] == text


PICTURE = base64.b64encode(picture()).decode()
MASKED = {"init_images": [PICTURE], "mask": PICTURE}
HIRES = {"enable_hr": True, "width": 64, "height": 48, "steps": 7, "seed": 3, "hr_upscaler": "Latent"}
ROUND_TRIPS = {
    "all of a first pass": {
        "prompt": "a cat, (red:1.2)",
        "negative_prompt": "fog: thick",
        "steps": 7,
        "sampler_name": "DPM++ 2M SDE",
        "scheduler": "Karras",
        "cfg_scale": 4.5,
        "seed": 3,
        "width": 64,
        "height": 48,
        "subseed": 5,
        "subseed_strength": 0.25,
        "override_settings": {"sd_model_checkpoint": "other", "sd_vae": "soft", "CLIP_stop_at_last_layers": 2},
    },
    "a scale": {**HIRES, "hr_scale": 1.5, "hr_second_pass_steps": 4, "denoising_strength": 0.3},
    "a size": {**HIRES, "hr_resize_x": 96, "hr_resize_y": 80, "hr_sampler_name": "Euler a"},
    "a size alone": {key: value for key, value in HIRES.items() if key != "hr_upscaler"} | {"hr_resize_x": 96},
    "one edge": {**HIRES, "hr_resize_y": 80},
    "an older first pass": {**HIRES, "firstphase_width": 32, "firstphase_height": 24},
    "prompts": {**HIRES, "prompt": "a", "hr_prompt": "a, bigger: yes", "hr_negative_prompt": "two\nlines"},
    "a file": {**HIRES, "hr_upscaler": "4x-Sharp"},
    "another sampler": {**HIRES, "sampler_name": "DPM++ 2M", "hr_sampler_name": "Euler a"},
    "another sampler and its schedule": {**HIRES, "sampler_name": "Euler", "hr_sampler_name": "DPM++ 2M Exponential"},
    "another schedule": {**HIRES, "sampler_name": "Euler", "scheduler": "Karras", "hr_scheduler": "Exponential"},
    "the same schedule": {
        **HIRES,
        "scheduler": "Karras",
        "hr_sampler_name": "LMS",
        "hr_scheduler": "Use same scheduler",
    },
    "no schedule of its own": {**HIRES, "scheduler": "Karras", "hr_sampler_name": "LMS", "hr_scheduler": "Automatic"},
    "a picture": {"init_images": [PICTURE], "denoising_strength": 0.4},
    "a mask": MASKED,
    "a mask's part": {**MASKED, "inpaint_full_res": True, "inpaint_full_res_padding": 16, "mask_blur": 0},
    "a mask's whole": {**MASKED, "inpaint_full_res": False, "inpainting_mask_invert": 1, "inpainting_fill": 3},
    **{f"a mask filled, {fill}": {**MASKED, "inpainting_fill": fill} for fill in range(4)},
}


@pytest.mark.parametrize("asked", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_an_infotext_sent_back_draws_the_same(asked):
    reader = generate.read_img2img if "init_images" in asked else generate.read_txt2img
    spec, body = done(reader, **asked)
    (text,) = json.loads(body["info"])["infotexts"]
    sent = {name: asked[name] for name in ("init_images", "mask") if name in asked}
    again, told = done(reader, **sent, infotext=text)
    assert (again.mode, again.notes) == (spec.mode, spec.notes)
    values = ({name: value for name, value in each.values.items() if name != UNSAID_KEY} for each in (again, spec))
    assert next(values) == next(values)  # a text says more of them than a request must
    assert json.loads(told["info"])["infotexts"] == [text]


def test_a_text_of_a_picture_without_a_mask_says_nothing_of_masks():
    _, text = drawn(prompt="a cat")
    spec, _ = done(generate.read_img2img, **MASKED, infotext=text)
    assert (spec.values["area"], spec.values["fill"]) == ("only masked", "fill")


def test_what_a_request_says_itself_goes_before_its_infotext():
    _, text = drawn(prompt="a tree", steps=7, seed=3)
    _, told = drawn(infotext=text, steps=9, prompt=None)
    assert told == text.replace("Steps: 7", "Steps: 9")


def test_settings_of_a_request_leave_the_others_of_its_infotext():
    first = {"sd_model_checkpoint": "other", "sd_vae": "soft", "CLIP_stop_at_last_layers": 2}
    _, text = drawn(seed=3, override_settings=first)
    own = {"sd_model_checkpoint": None, "sd_vae": "Automatic", "enable_pnginfo": True}
    spec, _ = done(generate.read_txt2img, infotext=text, override_settings=own)
    names = ("checkpoint", "vae", "clip_skip")
    assert [spec.values[name] for name in names] == ["sub/other.safetensors", "from checkpoint", -2]


@pytest.mark.parametrize(
    ("text", "own", "sentence"),
    [
        (
            "a\nSteps: 20, Seed: 1, Size: 64x64, Model: nope",
            {},
            "infotext: Model 'nope' is unknown.",
        ),
        ("a\nSteps: 20, Seed: 1, Size: 64x64, VAE: nope", {}, "infotext: VAE 'nope' is unknown."),
        ("a\nSteps: 20, Seed: x, Size: 64x64", {}, "infotext: seed must be a whole number, not 'x'."),
        ("a\nSteps: 20, Seed: 1, Size: 64x64", {"steps": 0}, "steps must be at least 1, not 0."),
        (
            "a\nSteps: 20, Seed: 1, Size: 64x64, Model: nope",
            {"override_settings": {"sd_model_checkpoint": "no"}},
            "override_settings.sd_model_checkpoint 'no' is unknown.",
        ),
    ],
)
def test_an_error_of_an_infotext_says_so(text, own, sentence):
    with pytest.raises(BadRequest) as caught:
        done(generate.read_txt2img, infotext=text, **own)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("own", [None, {}])
def test_no_settings_of_a_request_are_those_of_its_infotext(own):
    _, text = drawn(seed=3, override_settings={"sd_model_checkpoint": "other"})
    assert drawn(infotext=text, override_settings=own)[1] == text


@pytest.mark.parametrize(("prompt", "negative"), [pair for pair in PROMPTS if all(pair)])
def test_sd_parsers_reads_it(prompt, negative):
    notes = {"tiling": True, "restore_faces": True}
    data, _ = drawn(prompt=prompt, negative_prompt=negative, steps=7, seed=3, sampler_name="Euler a", **notes)
    told = ParserManager().parse(io.BytesIO(data))
    assert told.generator is Generators.AUTOMATIC1111
    (sampler,) = told.samplers
    assert (sampler.name, sampler.parameters["steps"], sampler.parameters["seed"]) == ("Euler a", "7", "3")
    assert (sampler.prompts[0].value, sampler.negative_prompts[0].value) == (prompt, negative)
    assert sampler.model.name == "pixel"
    assert told.metadata["Notes"] == "restore_faces = true has no effect here. tiling = true has no effect here."


def test_pillow_reads_it_and_the_picture_is_the_same():
    data, text = drawn(prompt="a tree")
    with Image.open(io.BytesIO(data)) as opened, Image.open(io.BytesIO(picture())) as plain:
        assert opened.text["parameters"] == text
        assert opened.tobytes() == plain.tobytes()


ORDER = (
    "Steps Sampler|Schedule type|CFG scale|Seed|Size|Model|VAE|Variation seed|Variation seed strength|"
    "Denoising strength|Clip skip|RNG|Hires upscale|Hires upscaler|Version"
)


def test_the_parameters_are_in_a1111s_order():
    _, text = drawn(
        enable_hr=True, subseed_strength=0.2, seed=1, override_settings={"CLIP_stop_at_last_layers": 2}, prompt="a"
    )
    keys = [key for key, _ in infotext.PARAMETER_PATTERN.findall(text.rpartition("\n")[2])]
    wanted = ORDER.replace("Steps ", "Steps|").replace("VAE|", "").split("|")
    assert keys == wanted


# Reading what others wrote

A1111 = (
    "a (cat:1.2), <lora:x:0.5>\nsecond line\nNegative prompt: bad, ugly\nworse\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.0, Seed: 123, Size: 512x768, "
    'Model hash: 31e35c80fc, Model: sd_xl, Hires prompt: "x, y: z", Lora hashes: "x: 1234, y: 5678", '
    "Clip skip: 2, Version: v1.10.1"
)


def test_a1111s_own_text_is_read():
    read = infotext.parameters(A1111)
    assert read["Prompt"] == "a (cat:1.2), <lora:x:0.5>\nsecond line"
    assert read["Negative prompt"] == "bad, ugly\nworse"
    assert (read["Hires prompt"], read["Lora hashes"]) == ("x, y: z", "x: 1234, y: 5678")
    assert (read["Size-1"], read["Size-2"], read["Model hash"]) == ("512", "768", "31e35c80fc")


def test_what_a_text_does_not_say_is_what_a1111_means_by_that():
    read = infotext.with_defaults(infotext.parameters("a cat\nSteps: 1, Sampler: Euler, Seed: 2"))
    assert (read["Clip skip"], read["Schedule type"], read["Hires resize-1"], read["RNG"]) == (
        "1",
        "Automatic",
        0,
        "GPU",
    )


@pytest.mark.parametrize("text", ["", "a cat", "a cat\nwith: one, colon: two", "\n\n", "Negative prompt: fog"])
def test_a_text_without_parameters_is_all_prompt(text):
    read = infotext.parameters(text)
    assert set(read) == {"Prompt", "Negative prompt"}


@given(st.text(max_size=200))
def test_no_text_stops_the_reader(text):
    infotext.parameters(text)
    infotext.request_fields(text)


VALUES = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30).map(str.strip)


@given(st.dictionaries(st.sampled_from(["Hires prompt", "Notes", "Model"]), VALUES.filter(bool)))
def test_any_value_is_read_as_it_was_written(values):
    values = {key: value for key, value in values.items() if not infotext.SIZE_PATTERN.fullmatch(value)}
    values = {key: value for key, value in values.items() if len(value.splitlines()) == 1 and '"' not in value}
    text = infotext.written("a", "b", {"Steps": 1, "Sampler": "Euler", "Seed": 2, **values})
    read = infotext.parameters(text)
    assert {key: read[key] for key in values} == values


@given(st.lists(VALUES))
def test_notes_have_nothing_that_a_naive_reader_cuts_at(notes):
    text = infotext.plain(notes) or ""
    assert not set(text) & set(',:\n"')


# Texts in PNG files


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=300))
def test_any_text_goes_into_a_png_and_comes_back(text):
    data = png_text.with_text(picture(), "parameters", text)
    assert png_text.texts(data) == {"parameters": text}
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.text.get("parameters", "") == text


def test_a_text_is_written_exactly_as_pillow_writes_it():
    for text in ("plain", "größer", "木"):
        told = PngImagePlugin.PngInfo()
        told.add_text("parameters", text)
        assert png_text.with_text(picture(), "parameters", text) == picture(pnginfo=told)


def test_an_older_text_is_replaced_and_others_stay():
    told = PngImagePlugin.PngInfo()
    told.add_text("parameters", "old")
    told.add_text("workflow", "{}")
    told.add_text("packed", "x" * 1000, zip=True)
    told.add_itxt("far", "木", zip=True)
    data = png_text.with_text(picture(pnginfo=told), "parameters", "new")
    assert png_text.texts(data) == {"parameters": "new", "workflow": "{}", "packed": "x" * 1000, "far": "木"}


def test_the_editor_alone_finds_no_parameters_in_a_picture_with_a_graph():
    told = PngImagePlugin.PngInfo()
    told.add_text("workflow", "{}")
    _, body = done(generate.read_txt2img, file=picture(pnginfo=told), prompt="a tree")
    data = base64.b64decode(body["images"][0])
    (text,) = json.loads(body["info"])["infotexts"]
    assert data.index(b"tEXtparameters\0") < data.index(b"IDAT") < data.index(b"IEND") < data.index(b"comfparameters\0")
    assert png_text.texts(data) == {"parameters": text, "workflow": "{}"}
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.text == {"parameters": text, "workflow": "{}"}
        assert opened.tobytes() == Image.open(io.BytesIO(picture())).tobytes()


def test_a_picture_without_a_graph_keeps_its_parameters_for_the_editor():
    assert b"comf" not in drawn(prompt="a tree")[0]


def test_another_file_is_left_alone():
    assert png_text.with_graph_first(picture("JPEG")) == picture("JPEG")
    assert png_text.with_text(picture("JPEG"), "parameters", "x") == picture("JPEG")
    assert png_text.texts(picture("JPEG")) == {}


def with_chunk(data, name, body):
    """The PNG with one more chunk before its pixels."""
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    at = data.index(b"IDAT") - 4
    return data[:at] + chunk + data[at:]


@pytest.mark.trap(33)
def test_trap_33_a_text_that_unpacks_to_too_much_is_left_out():
    body = b"parameters\0\0" + zlib.compress(b"x" * (png_text.LONGEST_TEXT + 1))
    assert png_text.texts(with_chunk(picture(), b"zTXt", body)) == {}


def test_texts_that_are_too_long_together_are_read_as_far_as_they_fit():
    data = with_chunk(picture(), b"tEXt", b"parameters\0a cat")
    third = b"x" * (png_text.LONGEST_TEXT // 3)
    for name, head, text in [
        (b"zTXt", b"a\0\0", zlib.compress(third)),
        (b"iTXt", b"b\0\1\0\0\0", zlib.compress(third)),
        (b"tEXt", b"c\0", third),
        (b"tEXt", b"d\0", b"short"),
    ]:
        data = with_chunk(data, name, head + text)
    assert png_text.texts(data) == {"parameters": "a cat", "a": third.decode(), "b": third.decode()}


def test_texts_of_just_the_most_bytes_are_read():
    data = with_chunk(picture(), b"zTXt", b"key\0\0" + zlib.compress(b"x" * (png_text.LONGEST_TEXT - 6)))
    assert set(png_text.texts(with_chunk(data, b"tEXt", b"b\0yz"))) == {"key", "b"}
    assert set(png_text.texts(with_chunk(data, b"tEXt", b"b\0xyz"))) == {"key"}


@pytest.mark.parametrize("whole", [True, False])
def test_a_small_picture_full_of_packed_texts_unpacks_to_little(whole, monkeypatch):
    unpacked = []

    class Counting:
        def __init__(self):
            self._real = zlib.decompressobj()

        def decompress(self, data, most):
            assert most > 0  # 0 would be without any limit
            unpacked.append(most)
            return self._real.decompress(data, most)

        @property
        def unconsumed_tail(self):
            return self._real.unconsumed_tail

    monkeypatch.setattr(png_text, "zlib", SimpleNamespace(decompressobj=Counting, error=zlib.error))
    packed = zlib.compress(b"x" * (png_text.LONGEST_TEXT // 2))
    packed = packed if whole else packed[:-1] + b"?"  # its checksum, by which it is found damaged once all is unpacked
    data = picture()
    for number in range(100):
        data = with_chunk(data, b"zTXt", b"%d\0\0" % number + packed)
    assert sum(len(text) for text in png_info(data)["items"].values()) <= png_text.LONGEST_TEXT
    assert sum(unpacked) <= 2 * png_text.LONGEST_TEXT


def test_a_picture_of_nothing_but_keys_has_few_of_them():
    data = picture()
    at = data.index(b"IDAT") - 4
    chunks = b"".join(struct.pack(">I4s", 81, b"tEXt") + b"%080d\0" % number + bytes(4) for number in range(20_000))
    assert len(png_text.texts(data[:at] + chunks + data[at:])) <= png_text.LONGEST_TEXT // 80


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_file_stops_nobody(at, byte):
    told = PngImagePlugin.PngInfo()
    told.add_text("parameters", "x" * 300, zip=True)
    whole = picture(pnginfo=told)
    at = min(at, len(whole) - 1)
    for data in (whole[:at], whole[:at] + bytes([byte]) + whole[at + 1 :]):
        png_text.texts(data)
        png_text.with_text(data, "parameters", "y")


@given(st.sampled_from(["JPEG", "WEBP", "GIF", "BMP"]), st.integers(0, 700), st.integers(0, 255))
def test_a_damaged_picture_of_another_kind_stops_nobody(form, at, byte):
    exif = Image.Exif()
    exif[0x0112] = 6
    whole = picture(form, **({"exif": exif} if form in ("JPEG", "WEBP") else {}))
    at = min(at, len(whole) - 1)
    for data in (whole[:at], whole[:at] + bytes([byte]) + whole[at + 1 :]):
        with contextlib.suppress(BadRequest):
            png_info(data)


# png-info of other files


def with_comment(form, raw):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = raw
    return picture(form, exif=exif)


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
@pytest.mark.parametrize("coding", ["utf-16-be", "utf-16-le"])
def test_a1111s_jpeg_and_webp_are_read(form, coding):
    told = png_info(with_comment(form, b"UNICODE\0" + A1111.encode(coding)))
    assert told["info"] == A1111
    assert told["parameters"]["Sampler"] == "DPM++ 2M"


def test_a_comment_that_is_too_long_is_none():
    head = b"ASCII\0\0\0"
    body = b"x" * (LONGEST_COMMENT - len(head))
    assert comment(with_comment("WEBP", head + body)) == body.decode()
    assert comment(with_comment("WEBP", head + body + b"x")) is None


def test_exif_whose_entries_all_claim_the_whole_file_takes_no_more_memory_than_the_file():
    entries = b"".join(struct.pack("<HHII", tag, 7, 1 << 20, 0) for tag in range(1, 513))
    block = b"II*\0" + struct.pack("<IH", 8, 512) + entries + bytes(1 << 20)
    data = b"RIFF" + bytes(4) + b"WEBP" + struct.pack("<4sI", b"EXIF", len(block)) + block
    tracemalloc.start()
    try:
        assert comment(data) is None
        assert tracemalloc.get_traced_memory()[1] < 4 * len(data)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_picture_that_says_nothing(form):
    assert png_info(picture(form)) == {"info": "", "items": {}, "parameters": {}}


def test_other_texts_are_items():
    told = PngImagePlugin.PngInfo()
    told.add_text("workflow", "{}")
    told.add_text("parameters", A1111)
    body = png_info(picture(pnginfo=told))
    assert (body["info"], body["items"]) == (A1111, {"workflow": "{}"})


def test_what_is_no_picture_is_refused():
    with pytest.raises(BadRequest, match=r"^Invalid encoded image"):
        png_info(b"hello world, this is no picture")


# Prompts in ComfyUI's words

EMPHASIS = [
    ("a cat", [("a cat", 1.0)]),
    ("a (cat)", [("a ", 1.0), ("cat", 1.1)]),
    ("((cat))", [("cat", 1.1 * 1.1)]),
    ("(cat:1.3)", [("cat", 1.3)]),
    ("[cat]", [("cat", 1 / 1.1)]),
    ("(a [b] c:2)", [("a ", 2.0), ("b", 2 / 1.1), (" c", 2.0)]),
    (r"\(cat\)", [("(cat)", 1.0)]),
    (r"\[cat\]", [("[cat]", 1.0)]),
    ("(unclosed", [("unclosed", 1.1)]),
    ("closed)", [("closed)", 1.0)]),
    ("16:9", [("16:9", 1.0)]),
    ("back\\slash", [("backslash", 1.0)]),
    ("(a:.5)(b:-1)", [("a", 0.5), ("b", -1.0)]),
]


@pytest.mark.parametrize(("text", "pieces"), EMPHASIS)
def test_emphasis_is_weighed_by_a1111s_rules(text, pieces):
    found = weighted(text)
    assert [piece for piece, _ in found] == [piece for piece, _ in pieces]
    # products of 1.1 may differ in the last bit by the order of multiplying
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in pieces], rel=1e-12)


WORDS = [
    ("a [cat], [[dog]]", "a (cat:0.9091), (dog:0.8264)"),
    ("((cat))", "(cat:1.21)"),
    (r"cat \(animal\)", r"cat \(animal\)"),
    ("closed)", r"closed\)"),
    (r"(\(x\):1.2)", r"(\(x\):1.2)"),
    ("easyneg, (easyneg:0.5)", "embedding:sub/easyneg, (embedding:sub/easyneg:0.5)"),
    ("x.easyneg.", "x. embedding:sub/easyneg ."),
    ("embedding:easyneg", "embedding:sub/easyneg"),
    ("EasyNeg", "embedding:sub/easyneg"),
    ("easynegative uneasyneg easy-easyneg", "easynegative uneasyneg easy-easyneg"),
]


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_a_prompt_in_comfyuis_words(text, words):
    found = understood(text, embeddings=("sub/easyneg",))
    assert (found.text, found.loras, found.notes) == (words, "", ())


SCHEDULES = [
    ("[cat:dog:0.5]", "dog"),
    ("[dog:0.5]", "dog"),
    ("[cat::0.5]", "cat"),
    ("[cat|dog]", "cat"),
    ("[(a:1.2):b:10] c", "b c"),
    ("[[x:y:3] z]", "(y z:0.9091)"),
]


@pytest.mark.parametrize(("text", "words"), SCHEDULES)
def test_a_prompt_that_changes_while_drawing_becomes_one_of_its_forms_and_is_said(text, words):
    found = understood(text)
    assert found.text == words
    assert len(found.notes) == 1


@pytest.mark.parametrize("word", ["AND", "BREAK"])
def test_words_of_a1111s_language_are_no_prompt(word):
    found = understood(f"a cat {word} a dog, SAND, BREAKING")
    assert found.text == "a cat, a dog, SAND, BREAKING"
    assert found.notes == (f"{word} has no meaning in ComfyUI's prompts; it was read as a comma.",)


LORAS = ("styles/retro.safetensors",)
TAGS = [
    ("<lora:retro>", "<lora:styles/retro.safetensors:1:1>", 0),
    ("<lora:RETRO:0.5>", "<lora:styles/retro.safetensors:0.5:0.5>", 0),
    ("<lora:retro:0:0.7>", "<lora:styles/retro.safetensors:0.7:0>", 0),
    ("<lora:retro:unet=0.7>", "<lora:styles/retro.safetensors:0.7:1>", 0),
    ("<lora:retro:te=0.7>", "<lora:styles/retro.safetensors:0.7:0.7>", 0),
    ("<lora:retro:much>", "<lora:styles/retro.safetensors:1:1>", 1),
    ("<lora:none:1>", "", 1),
    ("<hypernet:x:1>", "", 1),
]


@pytest.mark.parametrize(("tag", "loras", "notes"), TAGS)
def test_a_lora_tag_is_the_text_encoder_then_the_unet(tag, loras, notes):
    found = understood(f"a {tag} cat", loras=LORAS)
    assert (found.text, found.loras, len(found.notes)) == ("a  cat", loras, notes)


def test_a_lora_is_taken_as_named_while_comfyui_is_away():
    assert understood("<lora:any:0.5>", live=False).loras == "<lora:any:0.5:0.5>"


@given(st.text("()[]:|\\0.5ab <>lora", max_size=60))
def test_no_prompt_stops_the_reader_and_weights_are_balanced(text):
    found = understood(text, embeddings=("a",)).text
    opened = found.replace("\\(", "").replace("\\)", "")
    assert opened.count("(") == opened.count(")")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"\\(0", r"\ (0:1.1)"),
        (r"a\\(b:1.3)", r"a\ (b:1.3)"),
        (r"(a\\)(b:1.2)", r"(a\:1.1)(b:1.2)"),
        (r"a\\ (b)", r"a\ (b:1.1)"),
    ],
)
def test_a_backslash_leaves_the_next_pieces_bracket_alone(text, read):
    assert understood(text).text == read


@pytest.mark.parametrize("text", ["[" * 4000 + ":" + "]" * 4000, "(" * 8000, "[a|b]" * 1600, "\\" * 8000])
def test_a_long_prompt_of_brackets_is_read_in_no_time(text):
    assert len(understood(text).text) < 20_000


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_style_puts_the_prompt_in_its_place(style):
    prompt, negative, notes = styled("a cat", "fog", [style.name], STYLES)
    assert prompt == style.prompt.replace("{prompt}", "a cat")
    assert (negative, notes) == (f"fog, {style.negative_prompt}", [])

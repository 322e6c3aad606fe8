"""A finished picture as JPEG or WebP: its pixels, its texts, what is said of it, and who may ask for it how."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from sketches import encoded as file
from sketches import tree
from test_metadata import BODIES, request

from bridge.adapters import dialects
from bridge.adapters.a1111.extras import read_single
from bridge.adapters.a1111.generate import read_img2img, read_txt2img
from bridge.adapters.a1111.settings import options
from bridge.adapters.dialect import Action
from bridge.adapters.fields import HALVES_PNG
from bridge.core.errors import BadRequest
from bridge.core.job import Artifact, Job, JobState, Rendition
from bridge.core.picture import exif
from bridge.core.picture.codec import LOSSY_NOTE, encoded
from bridge.storage.record import rendered

CUT, WHOLE = tree(32), tree(32).convert("RGB")
INDEXED = WHOLE.convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
EXACT = Rendition(format="webp", lossless=True)


def made(picture, **options):
    data = file(picture, "PNG", **options)
    return Artifact("image", "ab", "image/png", len(data), data=data)


def opened(artifact):
    assert artifact.size == len(artifact.data)
    return Image.open(io.BytesIO(artifact.data))


@pytest.mark.parametrize("picture", [CUT, WHOLE, INDEXED, WHOLE.convert("L")], ids=["cut", "rgb", "indexed", "grey"])
def test_lossless_webp_has_each_pixel(picture):
    written, notes = encoded(made(picture), EXACT)
    assert (written.content_type, opened(written).format, notes) == ("image/webp", "WEBP", ())
    wanted = np.array(picture.convert("RGBA"))
    hidden = wanted[..., 3] == 0
    found = np.array(opened(written).convert("RGBA"))
    assert np.array_equal(found[~hidden], wanted[~hidden]) and not found[hidden][:, 3].any()


def test_what_has_a_palette_is_lossless_unless_it_is_asked_otherwise_which_is_said():
    alone, notes = encoded(made(INDEXED), Rendition(format="webp"))
    assert np.array_equal(opened(alone).convert("RGB"), INDEXED.convert("RGB")) and notes == ()
    assert encoded(made(INDEXED), Rendition(format="webp", lossless=False))[1] == (LOSSY_NOTE,)
    assert encoded(made(INDEXED), Rendition(format="jpeg"))[1] == (LOSSY_NOTE,)
    assert encoded(made(WHOLE), Rendition(format="webp"))[1] == ()


def test_a_jpeg_is_white_where_it_was_transparent_and_says_so():
    written, notes = encoded(made(CUT), Rendition(format="jpeg", quality=100))
    assert notes == ("format: JPEG has no transparency; what was transparent is white.",)
    assert min(opened(written).getpixel((0, 0))) > 250
    assert encoded(made(WHOLE.convert("RGBA")), Rendition(format="jpeg"))[1] == ()


def test_quality_is_obeyed():
    sizes = [
        encoded(made(WHOLE), Rendition(format=form, quality=q))[0].size for form in ("jpeg", "webp") for q in (1, 95)
    ]
    assert sizes[0] < sizes[1] and sizes[2] < sizes[3]


def test_what_moves_is_no_picture_or_is_damaged_is_as_it_was():
    moving = made(CUT, save_all=True, append_images=[CUT.rotate(90)])
    written, (note,) = encoded(moving, EXACT)
    assert written == moving and "moves" in note
    broken = Artifact("image", "ab", "image/png", 60, data=made(WHOLE).data[:60])
    written, (note,) = encoded(broken, EXACT)
    assert written == broken and "WEBP" in note
    wide = made(Image.new("RGB", (17000, 1)))
    assert encoded(wide, EXACT)[0] == wide
    for other in (Artifact("rgb565", "ab", "application/octet-stream", 1, data=b"x"), moving):
        assert encoded(other, Rendition(format="png")) == (other, ())


def test_a_webp_keeps_the_graph_where_comfyui_has_it_and_a_comment_beside_it():
    info = PngImagePlugin.PngInfo()
    info.add_text("workflow", '{"nodes": []}')
    info.add_text("prompt", '{"1": {}}')
    written, _ = encoded(made(WHOLE, pnginfo=info), EXACT)
    both = exif.with_comment(written.data, "a 木\nSteps: 1")
    with Image.open(io.BytesIO(both)) as picture:
        told = picture.getexif()
        assert (told[0x010F], told[0x0110]) == ('workflow:{"nodes": []}', 'prompt:{"1": {}}')
        assert picture.tobytes() == opened(written).tobytes()
    assert exif.comment(both) == "a 木\nSteps: 1"
    assert not encoded(made(WHOLE, pnginfo=info), Rendition(metadata=False, format="webp"))[0].data.count(b"EXIF")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(
    "options", [{"format": "JPEG"}, {"format": "WEBP"}, {"format": "WEBP", "lossless": True}], ids=str
)
def test_a_comment_changes_no_pixel_and_replaces_an_older_one(mode, options):
    if options["format"] == "JPEG" and mode == "RGBA":
        return
    plain = file(tree(33).convert(mode), **options)
    old, new = exif.with_comment(plain, "old"), exif.with_comment(exif.with_comment(plain, "old"), "new")
    assert (exif.comment(old), exif.comment(new), len(old)) == ("old", "new", len(new))
    with Image.open(io.BytesIO(plain)) as before, Image.open(io.BytesIO(new)) as after:
        assert (after.mode, after.tobytes()) == (before.mode, before.tobytes())


def test_a_comment_that_a_jpeg_cannot_hold_is_left_out_and_other_files_are_as_they_are():
    jpeg = file(WHOLE, "JPEG")
    assert exif.with_comment(jpeg, "x" * 40_000) == jpeg
    for data in (b"", b"RIFF0000WEBP", made(WHOLE).data):
        assert exif.with_comment(data, "x") == data


def test_what_is_said_of_the_form_is_said_of_the_job_once():
    two = (made(INDEXED), made(INDEXED))
    form = Rendition(format="jpeg", metadata=False)
    job = Job("1", "unified", "m", JobState.COMPLETED, 1.0, 0.0, notes=("a",), artifacts=two, rendition=form)
    assert rendered(job).notes == ("a", LOSSY_NOTE)
    assert [each.content_type for each in rendered(job).artifacts] == ["image/jpeg"] * 2


@pytest.mark.parametrize("format", ["", "webp"])
def test_a_picture_leaves_without_its_graph_alone(format):
    info = PngImagePlugin.PngInfo()
    for key in ("prompt", "workflow", "parameters"):
        info.add_text(key, "{}" if key != "parameters" else "a tree")
    original = made(INDEXED, pnginfo=info)
    written, notes = encoded(original, Rendition(format=format, graph=False))
    assert notes == () and written.size == len(written.data)
    assert b"workflow" not in written.data and b"prompt" not in written.data
    assert (b"a tree" in written.data) == (format == "")
    assert np.array_equal(np.array(opened(written).convert("RGB")), np.array(INDEXED.convert("RGB")))
    assert encoded(original, Rendition())[0] is original
    assert encoded(made(INDEXED), Rendition(graph=False))[0].data == made(INDEXED).data


@pytest.mark.parametrize("name", BODIES)
def test_every_dialect_has_the_format(name):
    read = next(route.read for route in dialects()[name].routes if route.action is Action.SUBMIT)

    def form(**more):
        return read(request({**BODIES[name], **more}, name)).spec

    assert form().rendition == form(format="png").rendition == form(format=None, quality=None).rendition == Rendition()
    assert form(format="JPG").rendition == Rendition(format="jpeg")
    assert form(format="webp", quality="90", lossless=False).rendition == Rendition(True, "webp", 90, False)
    assert form(graph=False).rendition == Rendition(graph=False)
    for field, value in {"format": "avif", "quality": 0, "lossless": "perhaps", "graph": "perhaps"}.items():
        if name == "unified":
            spec = form(**{field: value})
            assert spec.rendition.format == "" and field in " ".join(spec.notes)
            continue
        with pytest.raises(BadRequest, match=f"{field} must be"):
            form(**{field: value})


def test_a1111s_options_are_obeyed_everywhere_and_shown():
    memory = {"samples_format": "JPG", "jpeg_quality": 0, "webp_lossless": True}
    asked = request({}, "a1111")
    shown = options(None, asked).body
    assert (shown["samples_format"], shown["jpeg_quality"], shown["webp_lossless"]) == ("png", 80, False)
    bodies = {
        read_txt2img: {"prompt": "x"},
        read_img2img: {"prompt": "x", "init_images": [HALVES_PNG]},
        read_single: {"image": base64.b64encode(made(WHOLE).data).decode()},
    }
    for read, body in bodies.items():
        posted = type(asked)(body=body, options=asked.options, catalog=asked.catalog, memory=memory)
        assert read(posted).spec.rendition == Rendition(True, "jpeg", 1, True)
        own = {**body, "override_settings": {"samples_format": "webp", "jpeg_quality": 50, "webp_lossless": False}}
        assert read(request(own, "a1111")).spec.rendition == Rendition(True, "webp", 50, False)
        assert read(request(body, "a1111")).spec.rendition == Rendition(lossless=False)

"""Picture files whose metadata is taken out: no text is left, and each pixel is as it was."""

import io
from dataclasses import replace

import pytest
from PIL import Image, ImageSequence, PngImagePlugin
from sketches import tree

from bridge.adapters import dialects
from bridge.adapters.a1111.extras import read_single
from bridge.adapters.a1111.generate import read_txt2img
from bridge.adapters.a1111.settings import Options
from bridge.adapters.dialect import Action, Request
from bridge.adapters.fields import HALVES_PNG
from bridge.catalog.models import Catalog
from bridge.core.errors import BadRequest, JobFailed
from bridge.core.job import Artifact, Job, JobSpec, JobState, Rendition
from bridge.core.picture import exif
from bridge.core.picture.metadata import without_metadata
from bridge.core.variables import options_of
from bridge.storage.record import content_of, rendered

SECRET = "a secret prompt"


def told():
    """EXIF with the secret in each of its places."""
    block = Image.Exif()
    block[0x010E] = block[0x010F] = SECRET
    block.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + SECRET.encode("utf-16-be")
    return block


def file(form, *, frames=1, mode="RGB", **more):
    buffer, pictures = io.BytesIO(), [tree(16).rotate(90 * turn).convert(mode) for turn in range(frames)]
    moving = {"save_all": True, "append_images": pictures[1:], "loop": 3, "duration": 70} if frames > 1 else {}
    pictures[0].save(buffer, form, **moving, **more)
    return buffer.getvalue()


def texts():
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", SECRET)
    info.add_text("workflow", SECRET, zip=True)
    info.add_itxt("prompt", SECRET)
    return info


FILES = {
    "png": file("PNG", mode="RGBA", pnginfo=texts(), exif=told()),
    "png, indexed": file("PNG", mode="P", pnginfo=texts(), transparency=0),
    "apng": file("PNG", frames=3, pnginfo=texts()),
    "jpeg": file("JPEG", exif=told(), comment=SECRET, icc_profile=b"profile"),
    "webp": file("WEBP", exif=told(), xmp=SECRET.encode(), lossless=True, mode="RGBA"),
    "webp, moving": file("WEBP", frames=3, exif=told(), lossless=True),
    "webp, plain": file("WEBP"),
    "gif": file("GIF", frames=3, mode="P", comment=SECRET),
    "gif, still": file("GIF", mode="P", comment=SECRET),
}


def frames(data):
    with Image.open(io.BytesIO(data)) as opened:
        return [(each.convert("RGBA").tobytes(), each.info.get("duration")) for each in ImageSequence.Iterator(opened)]


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_every_text_goes_and_every_pixel_stays(data):
    bare = without_metadata(data, "image/any")
    assert b"secret" not in bare and SECRET.encode("utf-16-be") not in bare
    assert frames(bare) == frames(data)
    assert exif.comment(bare) is None
    with Image.open(io.BytesIO(bare)) as opened, Image.open(io.BytesIO(data)) as before:
        assert not opened.getexif() and not {"comment", "xmp", "parameters"} & set(opened.info)
        assert [opened.info.get(name) for name in ("loop", "icc_profile")] == [
            before.info.get(name) for name in ("loop", "icc_profile")
        ]
    assert without_metadata(bare, "image/any") == bare


@pytest.mark.parametrize("data", FILES.values(), ids=FILES)
def test_a_file_that_is_cut_off_is_no_harm(data):
    for length in range(12, len(data), 7):
        without_metadata(data[:length], "image/any")


def test_what_follows_a_files_end_goes_too():
    for name in ("png", "gif"):
        assert without_metadata(FILES[name] + SECRET.encode(), "image/any") == without_metadata(
            FILES[name], "image/any"
        )


def job(artifact, *, metadata):
    form = Rendition(metadata=metadata)
    return Job("1", "pixart", "sketch", JobState.COMPLETED, 1.0, 0.0, artifacts=(artifact,), rendition=form)


def test_a_kind_of_file_whose_texts_cannot_go_does_not_leave():
    film = Artifact("image", "ab", "video/mp4", 4, data=b"film")
    assert rendered(job(film, metadata=True)).artifacts == (film,)
    refused = rendered(job(film, metadata=False))
    assert (refused.state, refused.fault, refused.artifacts) == (JobState.FAILED, JobFailed.__name__, ())
    assert "video/mp4" in refused.error


def test_bytes_for_a_panel_leave_as_they_are():
    panel = Artifact("rgb565", "ab", "application/octet-stream", 4, data=b"film")
    assert rendered(job(panel, metadata=False)).artifacts == (panel,)


def request(body, name):
    return Request(body=body, options=options_of(dialects()[name].options), catalog=Catalog(), token=1)


BODIES = {
    "pixart": {"id": "a", "sketchData": HALVES_PNG, "prompt": "", "width": 64, "height": 64},
    "imagegen": {"prompt": "x"},
    "aleaart": {"prompt": "x"},
    "unified": {"mode": "txt2img", "prompt": "x"},
}


@pytest.mark.parametrize("name", BODIES)
def test_every_dialect_has_the_switch(name):
    read = next(route.read for route in dialects()[name].routes if route.action is Action.SUBMIT)
    said = [(None, True), (True, True), (False, False), (0, False), ("false", False)]
    for value, wanted in said:
        spec = read(request({**BODIES[name], "metadata": value}, name)).spec
        assert (spec.rendition.metadata, spec.notes) == (wanted, read(request(BODIES[name], name)).spec.notes)
    wrong = request({**BODIES[name], "metadata": "no thanks"}, name)
    if name == "unified":
        spec = read(wrong).spec
        assert spec.rendition == Rendition()
        assert "metadata 'no thanks' is neither true nor false; it was ignored." in spec.notes
        return
    with pytest.raises(BadRequest, match="metadata must be true or false, not 'no thanks'"):
        read(wrong)


def test_the_same_id_with_and_without_metadata_is_not_the_same_job():
    spec = JobSpec("sketch", "pixart")
    assert content_of(spec, {}) != content_of(replace(spec, rendition=Rendition(metadata=False)), {})


def test_a1111s_option_counts_where_it_was_posted_and_where_another_a1111_draws():
    remembered = {"enable_pnginfo": False}
    for engine in ("comfyui", "a1111"):
        asked = {"options": Options(), "memory": remembered, "catalog": Catalog(engine=engine), "token": 1}
        drawn = read_txt2img(Request(body={"prompt": "x"}, **asked)).spec
        enlarged = read_single(Request(body={"image": HALVES_PNG, "upscaler_1": "Nearest"}, **asked)).spec
        assert not drawn.rendition.metadata and not enlarged.rendition.metadata
        own = {"image": HALVES_PNG, "upscaler_1": "Nearest", "override_settings": {"enable_pnginfo": True}}
        assert read_single(Request(body=own, **asked)).spec.rendition.metadata

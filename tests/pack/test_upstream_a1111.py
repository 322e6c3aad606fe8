"""A conversation with an A1111: what is sent, what is made of the answer, how progress and interrupts go."""

import asyncio
import base64
import hashlib
import io
import json
import time

import numpy as np
import pytest
from faulty_server import NAME, PASSWORD, STEP_SECONDS, drawn, png, preview
from PIL import Image
from pixart_nodes import a1111
from pixart_nodes.a1111 import Wish, further, read, service, state
from pixart_nodes.aside import Stopped
from pixart_nodes.errors import UpstreamError, UpstreamPictureError, UpstreamTimedOut, UpstreamUnavailable
from pixart_nodes.http_service import Connection
from pixart_nodes.sent_picture import decoded, encoded

WISH = Wish("a tree", "fog", 64, 72, 2**64 - 1, 3, 6.5, "Euler a", "Karras")
HOME = {"A1111_BASE_URL": "http://host:7860/", "A1111_USERNAME": NAME, "A1111_PASSWORD": PASSWORD}
TEXT = {
    "prompt": "a tree",
    "negative_prompt": "fog",
    "width": 64,
    "height": 72,
    "seed": 2**64 - 1,
    "steps": 3,
    "cfg_scale": 6.5,
    "sampler_name": "Euler a",
    "scheduler": "Karras",
    "subseed": 0,
    "subseed_strength": 0.0,
}


@pytest.fixture(autouse=True)
def _quick_polls(monkeypatch):
    monkeypatch.setattr(a1111, "POLL_SECONDS", 0.05)


def go_on():
    """A check that never ends anything."""


def pixels(text):
    return np.array(Image.open(io.BytesIO(base64.b64decode(text))))


# Settings


def test_the_settings_are_the_environments():
    known = service(HOME)
    assert (known.url, known.username, known.password, known.seconds) == ("http://host:7860", NAME, PASSWORD, 60.0)


@pytest.mark.parametrize(("text", "seconds", "used"), [("", 0, 60), ("2.5", 0, 2.5), ("90", 0, 90), ("90", 7, 7)])
def test_a_node_s_seconds_go_before_the_setting(text, seconds, used):
    assert service({**HOME, "A1111_TIMEOUT": text}, seconds=seconds).seconds == used


@pytest.mark.parametrize("server", ["http://host:7860/", "http://HOST:7860/behind/a/path", " ", ""])
def test_name_and_password_go_to_their_own_server(server):
    known = service(HOME, server)
    assert (known.username, known.password) == (NAME, PASSWORD)


@pytest.mark.parametrize("server", ["http://host:7861", "https://host:7860", "http://host", "http://host.evil:7860"])
@pytest.mark.parametrize("home", [HOME, {**HOME, "A1111_BASE_URL": ""}])
def test_name_and_password_go_to_no_other_server(server, home):
    known = service(home, server)
    assert (known.url, known.username, known.password) == (server, None, "")


def test_without_a_server_the_setting_is_named():
    with pytest.raises(UpstreamUnavailable, match=r"There is no A1111 to ask\. Set A1111_BASE_URL"):
        service({"A1111_BASE_URL": "  "})


@pytest.mark.parametrize(
    ("environment", "server", "words"),
    [
        ({"A1111_BASE_URL": "host:7860"}, "", "A1111_BASE_URL must be an address"),
        ({"A1111_BASE_URL": "host:7860"}, "http://host:7860", "A1111_BASE_URL must be an address"),
        (HOME, "host:7860", "server must be an address"),
        ({**HOME, "A1111_TIMEOUT": "a minute"}, "", "A1111_TIMEOUT must be seconds, such as 60, not 'a minute'"),
        ({**HOME, "A1111_TIMEOUT": "0"}, "", "A1111_TIMEOUT must be seconds"),
        ({**HOME, "A1111_TIMEOUT": "-1"}, "", "A1111_TIMEOUT must be seconds"),
        ({**HOME, "A1111_TIMEOUT": "inf"}, "", "A1111_TIMEOUT must be seconds"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(environment, server, words):
    with pytest.raises(UpstreamError, match=words):
        service(environment, server)


# Requests


def test_a_prompt_is_a_txt2img_with_all_that_decides_the_picture():
    assert WISH.body() == TEXT


def test_a_picture_and_a_mask_are_what_the_page_sends_for_them():
    picture, mask = drawn(1, 6, 5), drawn(2, 6, 5)[..., 0]
    body = WISH.body(picture, mask)
    assert np.array_equal(pixels(body["init_images"][0]), picture)
    assert np.array_equal(pixels(body["mask"]), mask)
    rest = {key: value for key, value in body.items() if key not in (*TEXT, "init_images", "mask")}
    masked = {"inpainting_fill": 1, "inpaint_full_res": False, "inpaint_full_res_padding": 32, "mask_blur": 4}
    assert rest == {"denoising_strength": 1.0, **masked}


def test_more_fields_go_over_the_others_and_settings_beside_the_checkpoint():
    more = {"steps": 9, "enable_hr": True, "override_settings": {"CLIP_stop_at_last_layers": 2}}
    body = Wish("", "", 8, 8, 0, 1, 1.0, "", "", checkpoint="tiny", more=more).body()
    assert (body["steps"], body["enable_hr"]) == (9, True)
    assert body["override_settings"] == {"sd_model_checkpoint": "tiny", "CLIP_stop_at_last_layers": 2}
    assert body["override_settings_restore_afterwards"] is True


def test_settings_without_a_checkpoint_are_sent_as_they_are():
    body = Wish("", "", 8, 8, 0, 1, 1.0, "", "", more={"override_settings": None}).body()
    assert body["override_settings"] is None


@pytest.mark.parametrize(("text", "fields"), [("", {}), (" \n", {}), ('{"a": [1, null]}', {"a": [1, None]})])
def test_more_fields_are_a_json_object(text, fields):
    assert further(text) == fields


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "must be a JSON object, such as .*, not '\\[1\\]'"),
        ("null", "not 'null'"),
        ("clip_skip: 2", "this is not JSON: Expecting value"),
        ('{"a": NaN}', "this is not JSON: NaN is no number"),
        ("[" * 200_000, "this is not JSON"),
    ],
)
def test_what_is_no_json_object_is_refused(text, words):
    with pytest.raises(UpstreamError, match=words):
        further(text)


# Answers


@pytest.mark.parametrize("text", [png(drawn(1)), "data:image/png;base64," + png(drawn(1)), png(drawn(1)).rstrip("=")])
def test_a_picture_is_read_with_and_without_a_head_and_padding(text):
    assert np.array_equal(decoded(text, "it"), drawn(1))


def test_base64_in_lines_is_read():
    assert np.array_equal(decoded(base64.encodebytes(base64.b64decode(png(drawn(1)))).decode(), "it"), drawn(1))


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 3)])
def test_a_picture_that_is_sent_is_read_as_it_was(shape):
    sent = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    read_again = decoded(encoded(sent), "it")
    assert np.array_equal(read_again, sent if len(shape) == 3 else np.stack([sent] * 3, axis=-1))


def test_transparency_is_laid_over_white():
    rgba = np.dstack([np.zeros((2, 2, 3), np.uint8), np.array([[0, 255], [128, 1]], np.uint8)])
    assert decoded(png(rgba), "it")[..., 0].tolist() == [[255, 0], [127, 254]]


PICTURES = {
    "no-picture": "answered without a picture. Was it interrupted there?",
    "null": "answered without a picture",
    "no-text": "should be text in base64, and is NoneType",
    "no-base64": "is no base64",
    "text-picture": "is not a picture that can be read",
    "postscript": "is not a picture that can be read",
    "cut-picture": "is damaged or cut off",
    "large-picture": "has 8300 x 8200 pixels, more than can be used",
    "huge-picture": "has more pixels than can be decoded safely",
}


@pytest.mark.parametrize("fault", PICTURES)
async def test_what_is_no_picture_is_said(upstream, fault):
    async with Connection(service({}, upstream.at(fault))) as there:
        with pytest.raises(UpstreamPictureError) as caught:
            await a1111.draw(there, TEXT, lambda *_: None, go_on)
    assert PICTURES[fault] in str(caught.value)


async def conversed(upstream, fault, body=TEXT, check=go_on, seconds=20.0, news=None):
    heard = [] if news is None else news
    async with Connection(service({}, upstream.at(fault), seconds)) as there:
        return await a1111.draw(there, body, lambda *one: heard.append(one), check)


@pytest.mark.parametrize("fault", ["data-url", "no-padding", "transparent", "jpeg", "good", "10-mb"])
async def test_what_is_a_picture_is_read(upstream, fault):
    answer = await conversed(upstream, fault, {**TEXT, "seed": 1})
    (picture,) = answer.pictures
    assert (picture.dtype, picture.shape[2]) == (np.uint8, 3)
    assert (answer.model, answer.parameters) == ("tiny", "Seed: 1")
    if fault in ("data-url", "no-padding"):
        assert np.array_equal(picture, drawn(1))


async def test_a_grid_and_what_an_extension_adds_are_left_out(upstream):
    answer = await conversed(upstream, "several")
    assert [np.array_equal(*pair) for pair in zip(answer.pictures, (drawn(1), drawn(2)), strict=True)] == [True, True]
    assert answer.parameters == "Seed: 1"


async def test_an_info_that_is_a_sentence_is_kept(upstream):
    answer = await conversed(upstream, "sentence")
    assert (answer.info, answer.model, answer.parameters) == ("Generated in 3000.00ms", None, None)
    assert len(answer.pictures) == 1


@pytest.mark.parametrize("info", ["[]", "{}", None, {"all_seeds": 3, "index_of_first_image": -1, "infotexts": [4]}])
def test_a_strange_info_is_no_reason_to_refuse_a_picture(info):
    answer = read({"images": [png(drawn(1))], "info": info})
    assert (len(answer.pictures), answer.model, answer.parameters) == (1, None, None)


# Progress and interrupts


@pytest.mark.parametrize("fault", ["slow", "slow-no-tasks"])
async def test_progress_grows_and_previews_are_seen(upstream, fault):
    news = []
    await conversed(upstream, fault, {**TEXT, "steps": 6}, news=news)
    shares = [share for share, _ in news]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5 < shares[-1] <= 1
    seen = [image for _, image in news if image is not None]
    assert len(seen) >= 2
    assert all(image.shape == (8, 8, 3) for image in seen)
    assert any(np.array_equal(seen[-1], preview(share)) for share in np.linspace(0, 1, 1000))


async def test_a_preview_is_sent_once(upstream):
    news = []
    await conversed(upstream, "slow", {**TEXT, "steps": 6}, news=news)
    seen = [int(image[0, 0, 0]) for _, image in news if image is not None]
    assert 2 <= len(seen) == len(set(seen)) < len(news)


async def test_what_only_waits_in_the_queue_has_no_progress(upstream):
    news = []
    await conversed(upstream, "slow-in-the-queue", {**TEXT, "steps": 4}, news=news)
    assert news == []


def soon():
    """A check that ends the waiting after a while."""
    began = time.monotonic()

    def check():
        if time.monotonic() - began > 0.3:
            raise Stopped

    return check


@pytest.mark.parametrize(("fault", "times"), [("slow", 1), ("slow-in-the-queue", 0), ("slow-no-tasks", 0)])
@pytest.mark.parametrize("why", ["interrupted", "timed out", "cancelled"])
async def test_a_job_that_nobody_waits_for_is_ended_but_nobody_else_s(upstream, fault, times, why):
    before, body, began = upstream.interrupts(fault), {**TEXT, "steps": 3000}, time.monotonic()
    if why == "interrupted":
        with pytest.raises(Stopped):
            await conversed(upstream, fault, body, soon())
    elif why == "timed out":
        with pytest.raises(UpstreamTimedOut, match=r"did not answer within 0\.3 s"):
            await conversed(upstream, fault, body, seconds=0.3)
    else:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(conversed(upstream, fault, body), 0.3)
    assert upstream.interrupts(fault) - before == times
    assert time.monotonic() - began < 3000 * STEP_SECONDS / 10
    if not times:
        upstream.release()


async def test_a_conversation_ends_whenever_its_time_is_over(upstream, monkeypatch):
    """A poll that is answered at the moment at which it is cancelled once went on for ever."""
    monkeypatch.setattr(a1111, "POLL_SECONDS", 0.01)
    all_of_them = [asyncio.ensure_future(conversed(upstream, "hang", seconds=0.2 + n * 0.003)) for n in range(60)]
    ended, hanging = await asyncio.wait(all_of_them, timeout=60)
    assert {type(one.exception()) for one in ended} == {UpstreamTimedOut}
    assert not hanging


# A report


async def test_a_report_has_the_model_and_a_mark_of_all_settings(upstream):
    environment = {"A1111_BASE_URL": upstream.at("login"), "A1111_USERNAME": NAME, "A1111_PASSWORD": PASSWORD}
    options = {"eta_ancestral": 1, "sd_model_checkpoint": "tiny.ckpt [0123456789]"}
    mark = hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()
    models = ["other.ckpt", "tiny.ckpt [0123456789]"]
    said = {"model": "tiny.ckpt [0123456789]", "models": models, "settings": mark, "trouble": None}
    assert await state(service(environment)) == {"url": upstream.at("login"), "up": True, **said}


@pytest.mark.parametrize(
    ("fault", "up", "words"),
    [
        ("login", True, "Invalid A1111 credentials"),
        ("404", True, "Was it started with --api?"),
        ("null", True, "has no options; it is no A1111"),
        ("html", True, "answers with text/html"),
        ("close", False, "broke off"),
        ("hang", False, "did not answer within 0.3 s"),
    ],
)
async def test_a_report_of_what_is_wrong_raises_nothing(upstream, monkeypatch, fault, up, words):
    monkeypatch.setattr(a1111, "REPORT_SECONDS", 0.3)
    said = await state(service({}, upstream.at(fault)))
    assert said.pop("trouble").find(words) >= 0
    assert said == {"url": upstream.at(fault), "up": up, "model": None, "models": [], "settings": None}


async def test_who_sends_no_password_because_it_is_not_for_them_is_told(upstream):
    said = await state(service(HOME, upstream.at("login")))
    assert "they go only to the server of A1111_BASE_URL" in said["trouble"]

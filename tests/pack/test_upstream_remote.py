"""A running pi_axera_sd_generator over HTTP: what is sent, and what is read of the answer."""

import time

import numpy as np
import pytest
from faulty_server import drawn, png
from pixart_nodes.aside import Stopped
from pixart_nodes.axera import remote
from pixart_nodes.errors import (
    AxeraError,
    UpstreamError,
    UpstreamPictureError,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnavailable,
)

PICTURE = drawn(3, 20, 10)
IMG = {"init_image": png(PICTURE), "denoising_strength": 0.5}


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({}, {"mode": "txt2img"}),
        ({"steps": 2}, {"mode": "txt2img", "steps": 2}),
        ({"picture": PICTURE, "denoise": 0.5}, {"mode": "img2img", "resize_mode": 0, **IMG}),
        ({"picture": PICTURE, "denoise": 0.5, "fit": "cover"}, {"mode": "img2img", "resize_mode": 1, **IMG}),
        ({"picture": PICTURE, "denoise": 0.5, "fit": "contain"}, {"mode": "img2img", "resize_mode": 2, **IMG}),
    ],
)
async def test_a_request_is_as_the_service_reads_it(upstream, options, body):
    made = await remote.draw(remote.service(upstream.at("good")), "a fox", 4, **options)
    sent = upstream.of("good")[-1]
    image = sent.body.pop("init_image", None)
    assert (image is None) is ("init_image" not in body)
    if image:
        assert np.array_equal(remote.decoded(image, "it"), PICTURE)
        body = {key: value for key, value in body.items() if key != "init_image"}
    assert (sent.path, sent.body) == ("generate", {"prompt": "a fox", "seed": 4, **body})
    assert np.array_equal(made.pixels, drawn(4))
    assert (made.text_ms, made.total_ms, made.seed) == (1.5, 20.0, 4)
    assert made.extras == {"step_times_ms": [5, 6], "decode_time_ms": 7}, "and nothing of its folders"


async def test_with_denoise_0_the_picture_is_the_result_and_nobody_is_asked():
    made = await remote.draw(remote.service("http://127.0.0.1:1"), "a fox", 4, picture=PICTURE, denoise=0)
    assert np.array_equal(made.pixels, PICTURE)


async def test_a_mask_is_refused_before_anybody_is_asked():
    with pytest.raises(AxeraError, match="has no masks"):
        await remote.draw(remote.service("http://127.0.0.1:1"), "a fox", 4, picture=PICTURE, mask=PICTURE[..., 0])


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("500-axera", UpstreamRefused, "The Axera service at .* refuses: the NPU is on fire"),
        ("404", UpstreamRefused, "Is this the address of a pi_axera_sd_generator"),
        ("hang", UpstreamTimedOut, "did not answer within 0.3 s"),
        ("close", UpstreamUnavailable, "broke off"),
        ("text-picture", UpstreamPictureError, "The Axera service's picture.* is not a picture"),
        ("no-picture", UpstreamPictureError, "should be text in base64"),
        ("null", UpstreamPictureError, "answered without a picture"),
    ],
)
async def test_a_fault_is_the_right_error(upstream, fault, kind, words):
    with pytest.raises(UpstreamError, match=words) as caught:
        await remote.draw(remote.service(upstream.at(fault), 0.3), "a fox", 4)
    assert type(caught.value) is kind


def test_an_error_in_a_200_is_an_error():
    with pytest.raises(UpstreamRefused, match="refuses: no memory"):
        remote.read({"status": "error", "error": "no memory"}, 1)


@pytest.mark.parametrize("strange", [None, "x", float("nan"), []])
def test_strange_numbers_are_no_reason_to_refuse_a_picture(strange):
    said = {"text_time_ms": strange, "total_time_ms": strange, "seed": strange}
    made = remote.read({"base64": png(PICTURE), **said}, 7)
    assert (made.text_ms, made.total_ms, made.seed) == (0.0, 0.0, 7)


@pytest.mark.parametrize("endless", [float("inf"), 10**400], ids=["infinite", "400 digits"])
def test_a_time_without_an_end_is_none(endless):
    made = remote.read({"base64": png(PICTURE), "text_time_ms": endless, "total_time_ms": 5}, 7)
    assert (made.text_ms, made.total_ms) == (0.0, 5.0)


async def test_an_interrupt_ends_the_waiting(upstream):
    began = time.monotonic()

    def check():
        if time.monotonic() - began > 0.2:
            raise Stopped

    with pytest.raises(Stopped):
        await remote.draw(remote.service(upstream.at("hang")), "a fox", 4, check=check)
    assert time.monotonic() - began < 60, "it would hang for an hour"


def test_what_is_no_address_is_refused():
    with pytest.raises(UpstreamError, match="server must be an address"):
        remote.service("localhost:5000")

"""POST /pictures: a PNG of what browsers don't open, and what the server refuses of it."""

import base64
import io
import json

import pytest
from photoshop_file import psd
from PIL import Image

from bridge.core.settings import Settings
from bridge.web.picture_files import PATH
from bridge.web.server import create_app

PICTURE = Image.linear_gradient("L").resize((12, 8)).convert("RGB")


@pytest.fixture
async def client(aiohttp_client):
    return await aiohttp_client(create_app(Settings(_env_file=None, max_pixels=200), None))


async def test_a_picture_comes_back_as_a_png(client):
    answer = await client.post(f"{PATH}?name=hero.psd", data=io.BytesIO(psd(PICTURE)))
    assert (answer.status, answer.content_type) == (200, "image/png")
    assert Image.open(io.BytesIO(await answer.read())).convert("RGB").tobytes() == PICTURE.tobytes()


async def test_a_parameter_that_nobody_reads_is_said(client):
    answer = await client.post(f"{PATH}?name=hero.psd&nme=x", data=io.BytesIO(psd(PICTURE)))
    [note] = json.loads(answer.headers["X-Notes"])
    assert note == "'nme' is not a parameter that is read here; it was ignored. Did you mean 'name'?"


@pytest.mark.parametrize(
    ("data", "query", "said"),
    [
        (b"", "", "The body is empty; send a picture's bytes."),
        (b"notes", "", "The body is not a picture. Send PNG, JPEG, WEBP, GIF, BMP, TIFF, PSD."),
        (b'{"image": "x"}', "", "The body is text, not a picture. Send the file's bytes as they are"),
        (base64.b64encode(psd(PICTURE)), "", "The body is text, not a picture. Send the file's bytes as they are"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "", "The body is a damaged picture: "),
        (psd(PICTURE)[:-90], "?name=a%20b.psd", "a b.psd is a damaged picture: image file is truncated"),
        (psd(Image.new("RGB", (20, 20))), "?name=big.psd", "big.psd has 20 x 20 pixels. At most 200."),
    ],
)
async def test_what_is_no_picture_is_refused_by_its_name(client, data, query, said):
    answer = await client.post(PATH + query, data=io.BytesIO(data))
    assert answer.status == 400
    assert (await answer.json())["detail"].startswith(said)


async def test_a_listener_of_one_dialect_has_no_such_route(aiohttp_client):
    client = await aiohttp_client(create_app(Settings(_env_file=None), None, "pixart"))
    assert (await client.post(PATH, data=b"x")).status == 404

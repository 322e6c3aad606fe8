"""POST /palettes: what the server takes of what somebody has for a palette, and refuses before ComfyUI is asked."""

import io

import pytest
from bridge_process import BridgeProcess

from bridge.core.settings import Settings
from bridge.web.palettes import MOST_BYTES, PATH
from bridge.web.server import create_app


class Reader:
    """Stands in for the jobs: tells what it was asked."""

    async def palette(self, data, name, colors):
        return {"colors": ["#000000"], "asked": [len(data), name, colors]}


@pytest.fixture
async def client(aiohttp_client):
    return await aiohttp_client(create_app(Settings(_env_file=None), Reader()))


async def answer(client, data, query=""):
    response = await client.post(PATH + query, data=io.BytesIO(data))
    return response.status, await response.json()


async def test_a_file_goes_to_the_node_pack_with_its_name_and_how_many_colours_are_wanted(client):
    assert (await answer(client, b"#000000", "?name=a%20b.hex&colors=8"))[1]["asked"] == [7, "a b.hex", 8]
    assert (await answer(client, b"#000000"))[1]["asked"] == [7, "", 16]


async def test_a_body_of_more_than_four_megabytes_is_refused_in_a_sentence(client):
    assert (await answer(client, bytes(MOST_BYTES)))[0] == 200
    status, body = await answer(client, bytes(5 << 20))
    assert (status, body["code"]) == (413, "too_large")
    assert body["detail"].startswith("A palette file may have 4 MB, and this one has 5.0 MB. Give the palette alone")


@pytest.mark.parametrize("colors", ["1", "257", "many", "-4", "²"])
async def test_a_number_of_colours_that_no_palette_has_is_refused(client, colors):
    status, body = await answer(client, b"x", f"?colors={colors}")
    assert (status, body["detail"]) == (400, f"colors must be a whole number from 2 to 256, not {colors!r}.")


async def test_an_empty_body_is_refused(client):
    assert (await client.post(PATH)).status == 400


async def test_a_listener_of_one_dialect_has_no_such_route(aiohttp_client):
    client = await aiohttp_client(create_app(Settings(_env_file=None), Reader(), "pixart"))
    assert (await client.post(PATH, data=b"#000000")).status == 404


@pytest.mark.comfy
def test_the_node_pack_reads_it_and_words_what_is_wrong(bare_comfy, tmp_path):
    with BridgeProcess(tmp_path, COMFYUI_URL=bare_comfy.url) as bridge:
        assert bridge.call(f"{PATH}?name=a.hex", b"ff004d\n1d2b53")[1]["colors"] == ["#ff004d", "#1d2b53"]
        assert len(bridge.call(PATH, b"https://lospec.com/palette-list/pico-8")[1]["colors"]) == 16
        code, body = bridge.call(f"{PATH}?name=song.act", b"la la la")
        assert (code, body["code"]) == (400, "bad_request")
        assert "song.act" in body["detail"]
        assert bridge.call(PATH, b"piko-8")[1]["detail"].endswith("Or is the palette 'pico-8'?")

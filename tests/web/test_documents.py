"""What is the same for everybody is made once, has an ETag, and is spared to who has it already."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import time
from pathlib import Path

import pytest
from bridge_process import BridgeProcess
from keyed import NOWHERE, bearer

from bridge import cli
from bridge.adapters import dialects
from bridge.core.callback_address import WEBHOOK_HEADER
from bridge.core.settings import Settings
from bridge.web import documents, health
from bridge.web.docs_page import policy, text
from bridge.web.server import create_app

OPEN = ["/docs", "/openapi.json", "/health"]
SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize("path", OPEN)
async def test_who_has_it_is_not_sent_it_again(serve_queue, keys, path):
    client = await serve_queue()
    first = await client.get(path)
    tag = first.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for said in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for method in ("GET", "HEAD"):
            again = await client.request(method, path, headers={"If-None-Match": said})
            assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
            same = ("Cache-Control", "Content-Security-Policy", "X-Content-Type-Options", "Vary")
            assert {name: again.headers[name] for name in same} == {name: first.headers[name] for name in same}
    for said in ('"other"', f"{tag[:-1]}", "rubbish"):
        again = await client.get(path, headers={"If-None-Match": said})
        assert (again.status, await again.read()) == (200, await first.read())


@pytest.mark.parametrize("path", OPEN)
async def test_head_says_what_get_would(serve_queue, path):
    client = await serve_queue()
    whole, head = await client.get(path), await client.head(path)
    names = ("ETag", "Content-Type", "Content-Length", "Cache-Control", "Content-Security-Policy")
    assert [head.headers[name] for name in names] == [whole.headers[name] for name in names]
    assert await head.read() == b""


async def test_a_browser_asks_each_time_whether_it_is_still_the_same(serve_queue):
    client = await serve_queue()
    said = {path: (await client.get(path)).headers["Cache-Control"] for path in OPEN}
    assert said == {"/docs": "no-cache", "/openapi.json": "no-cache", "/health": "no-store"}


async def test_the_page_is_sent_under_its_own_policy(serve_queue):
    client = await serve_queue()
    answer = await client.get("/docs")
    assert await answer.read() == text().encode()
    assert answer.headers["Content-Security-Policy"] == policy()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert (await client.get("/health")).headers["Content-Security-Policy"] != policy()


async def test_health_has_another_tag_when_it_is_another(serve_queue, monkeypatch):
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    client = await serve_queue()
    before = (await client.get("/health")).headers["ETag"]
    assert (await client.get("/health", headers={"If-None-Match": before})).status == 304

    async def system():
        return {"devices": [{"type": "cuda"}]}

    monkeypatch.setattr(client.jobs, "system", system)
    after = await client.get("/health", headers={"If-None-Match": before})
    assert (after.status, (await after.json())["cuda_available"]) == (200, True)
    assert after.headers["ETag"] != before


async def test_many_who_ask_how_the_server_is_have_it_looked_up_once(serve_queue, monkeypatch):
    client = await serve_queue()
    asked = []

    async def system():
        asked.append(True)
        await asyncio.sleep(0.05)
        return {}

    monkeypatch.setattr(client.jobs, "system", system)
    answers = await asyncio.gather(*(client.get("/health") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len(asked) == 1
    await asyncio.sleep(health.FRESH_SECONDS)
    await client.get("/health")
    assert len(asked) == 2


async def test_what_only_the_operator_sees_has_a_tag_of_its_own(serve_queue, keys):
    client = await serve_queue(api_key="master")
    stranger = (await client.get("/health")).headers["ETag"]
    answer = await client.get("/health", headers={"If-None-Match": stranger, **bearer("master")})
    assert (answer.status, "jobs" in await answer.json()) == (200, True)


async def test_the_document_is_made_once_for_all_listeners_that_serve_the_same(aiohttp_client, monkeypatch):
    documents.api.cache_clear()
    made = []
    real = documents.document
    monkeypatch.setattr(documents, "document", lambda *a, **b: made.append(a) or real(*a, **b))
    apps = [create_app(Settings(_env_file=None), None, profile) for profile in (None, None, "pixart")]
    clients = [await aiohttp_client(app) for app in apps]
    assert len(made) == 2  # before anybody asks
    for client in clients:
        for _ in range(3):
            assert (await client.get("/openapi.json")).status == 200
    assert len(made) == 2


def offered(document):
    """The operations that take a webhook's URL."""
    ways = [operation for path in document["paths"].values() for operation in path.values()]
    return [way for way in ways if any(each["name"] == WEBHOOK_HEADER for each in way.get("parameters", ()))]


@pytest.mark.parametrize(
    ("more", "on"),
    [
        ({}, False),
        ({"webhook_secret": SECRET}, False),
        ({"webhook_clients": True, "webhook_secret": SECRET}, True),
    ],
    ids=["off", "not for clients", "on"],
)
async def test_a_webhook_is_offered_where_it_is_on(serve_queue, more, on):
    client = await serve_queue(**more)
    answer = await client.get("/openapi.json")
    assert bool(offered(await answer.json())) == on


def test_the_command_prints_all_that_there_may_be(capsys):
    assert cli.main(["openapi"]) == 0
    printed = json.loads(capsys.readouterr().out)
    routes = [route for dialect in dialects().values() for route in dialect.routes if not route.alone]
    assert len(offered(printed)) == sum(route.action.name == "SUBMIT" for route in routes)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc what a process costs")
@pytest.mark.parametrize("key", ["", "secret"])
def test_what_is_open_costs_a_few_milliseconds(tmp_path, key):
    with BridgeProcess(tmp_path, API_KEY=key, COMFYUI_URL=NOWHERE, DEBUG_MODE="0") as bridge:
        time.sleep(2)  # what it does at its start it has done

        def seconds():
            fields = Path(f"/proc/{bridge.process.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        for path in (*OPEN, "/"):
            before = seconds()
            for _ in range(50):
                assert bridge.call(path)[0] == 200
            assert (seconds() - before) / 50 < 0.02, path

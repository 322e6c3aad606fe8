"""What clients do at two bridges at once: the same request at either, cancelling, following a job as bridges end."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from typing import Any

import aiohttp
from bridge_process import PREFIX, BridgeProcess
from faults import tiny
from faults.editor import BROKEN, POLL_SECONDS
from faults.ledger import Count, draws

from .fleet_stage import Stage, Toll

EQUAL = 300  # requests of one id
WAITING = 60  # jobs, most of which wait when they are cancelled
FOLLOWED = 10
PATIENCE = 120.0  # seconds
FINAL = ("completed", "failed")


async def equal(here: Stage) -> Toll:
    """300 requests with one id and one content, at two bridges at the same moment: one job."""
    toll, began = Toll(), time.monotonic()
    async with _session() as session:

        async def post(number: int) -> tuple[int, Any]:
            bridge = here.bridges[number % len(here.bridges)]
            async with session.post(f"{bridge.url}{PREFIX}/generate", json=tiny.body("equal")) as answer:
                return answer.status, await answer.json()

        answers = await asyncio.gather(*(post(number) for number in range(EQUAL)))
        while (await _json(session, f"{here.url()}{PREFIX}/status/equal"))["status"] not in FINAL:
            await asyncio.sleep(POLL_SECONDS)
    toll.met["requests of one id"] = EQUAL
    codes = Counter(code for code, _ in answers)
    if codes != {200: EQUAL}:
        toll.broken.append(f"answers were {dict(codes)}")
    [[jobs]] = here.rows("SELECT count(*) FROM bridge_jobs WHERE id = 'equal'")
    drawn = here.drawn()[tiny.pixels("equal")]
    toll.met["jobs of it"], toll.met["times drawn"] = jobs, drawn
    if (jobs, drawn) != (1, 1):
        toll.broken.append(f"{jobs} jobs, drawn {drawn} times")
    toll.count, toll.seconds = Count(jobs=1, completed=1), time.monotonic() - began
    return toll


async def cancelled(here: Stage) -> Toll:
    """60 jobs come to one bridge, and are cancelled at the other at once: what waited is never begun."""
    toll, began = Toll(), time.monotonic()
    before = _files(here)
    async with _session() as session:
        one, other = here.bridges
        ids = await asyncio.gather(*(_submit(session, one, f"cancel {n}", "toy=sleep:1") for n in range(WAITING)))
        codes = await asyncio.gather(*(_status(session, f"{other.url}/jobs/{id}/cancel") for id in ids))
        gone = [id for id, code in zip(ids, codes, strict=True) if code == 200]
        ends = await asyncio.gather(*(_ended(session, here, id) for id in ids))
    toll.met["jobs"], toll.met["cancelled while they waited"] = len(ids), len(gone)
    told = dict(zip(ids, ends, strict=True))
    rows = {id: (state, at) for id, state, at in here.rows("SELECT id, state, started_at FROM bridge_jobs")}
    begun = [id for id in gone if rows[id] != ("cancelled", None)]
    completed = sum(state == "completed" for state in ends)
    drawn = _files(here) - before
    toll.met["of which begun"] = len(begun)
    if begun or not gone:
        toll.broken.append(f"{len(begun)} of {len(gone)} were begun")
    if any(told[id] != "failed" for id in gone) or completed != len(ids) - len(gone):
        toll.broken.append(f"{completed} completed of {len(ids)}, {len(gone)} were cancelled")
    if drawn != completed:
        toll.broken.append(f"ComfyUI drew {drawn}")
    toll.count, toll.seconds = Count(jobs=len(ids), completed=completed), time.monotonic() - began
    return toll


async def followed(here: Stage) -> Toll:
    """Jobs are followed as events at a bridge that gets kill -9, then at the other, whose LISTEN is ended meanwhile."""
    toll, began = Toll(), time.monotonic()
    one, other = here.bridges
    async with _session() as session:
        ids = await asyncio.gather(*(_submit(session, other, f"follow {n}", "toy=sleep:3") for n in range(FOLLOWED)))
        heard: dict[str, list[str]] = {id: [] for id in ids}
        following = [asyncio.create_task(_follow(session, [one, other], id, heard[id])) for id in ids]
        await asyncio.sleep(2)
        await asyncio.to_thread(one.kill)
        toll.met["bridge killed"] += 1
        await asyncio.sleep(2)
        ended = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'"
        )
        toll.met["LISTEN ended"] += len(here.rows(ended))
        await asyncio.wait(following, timeout=PATIENCE)
        await asyncio.to_thread(one.start)
    for each in following:
        each.cancel()
    toll.met["followed jobs"] = len(ids)
    for id, states in heard.items():
        if not states or states[-1] != "completed" or states.count("completed") != 1:
            toll.broken.append(f"{id} was told {states[-3:]}")
    toll.count = Count(jobs=len(ids), completed=sum("completed" in states for states in heard.values()))
    toll.seconds = time.monotonic() - began
    return toll


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=EQUAL)
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), connector=connector)


async def _json(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as answer:
        return await answer.json()


async def _status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.post(url) as answer:
        return answer.status


async def _submit(session: aiohttp.ClientSession, bridge: BridgeProcess, name: str, prompt: str) -> str:
    """The id of a job whose picture its name decides."""
    asked = {"prompt": prompt, "initImage": tiny.body(name)["sketchData"], "workflow": "sketch"}
    async with session.post(f"{bridge.url}/generate/img2img", json=asked) as answer:
        assert answer.status == 202, await answer.text()
        return (await answer.json())["id"]


async def _ended(session: aiohttp.ClientSession, here: Stage, id: str) -> str:
    while (state := (await _json(session, f"{here.url()}/jobs/{id}"))["status"]) not in FINAL:
        await asyncio.sleep(POLL_SECONDS)
    return state


async def _follow(session: aiohttp.ClientSession, bridges: list[BridgeProcess], id: str, heard: list[str]) -> None:
    """Hear of a job until its end, at the next bridge where one hangs up."""
    for turn in range(1000):
        try:
            async with session.get(f"{bridges[turn % len(bridges)].url}/jobs/{id}/events") as answer:
                async for line in answer.content:
                    if line.startswith(b"data: "):
                        heard.append(json.loads(line[6:])["status"])
        except BROKEN:
            await asyncio.sleep(POLL_SECONDS)
        if heard and heard[-1] in FINAL:
            return


def _files(here: Stage) -> int:
    return draws(here.comfy.settings.comfyui_base / "output").total()


PROMISES = {"equal": equal, "cancelled": cancelled, "followed": followed}

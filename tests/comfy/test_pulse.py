"""The bridge's own watch: a ComfyUI that answers and draws nothing is restarted, without anybody asking."""

import asyncio
from dataclasses import dataclass

import pytest

from bridge.comfy import pulse
from bridge.comfy.client import Finding, Place
from bridge.comfy.pulse import MOST_MISSES, Pulse
from bridge.core.errors import Unavailable


@dataclass
class Scripted:
    """A ComfyUI whose prompts come through or not, as `beats` says one after the other; then always."""

    beats: list
    prompts: int = 0
    url: str = "http://127.0.0.1:9"

    async def submit(self, *_):
        self.prompts += 1
        if self.beats and not self.beats.pop(0):
            raise Unavailable("nobody answers")

    async def locate(self, _):
        return Finding(Place.ENDED)

    async def interrupt(self, _):
        pass

    async def forget(self, *_):
        pass


async def watched(monkeypatch, beats, looks, idle=lambda: True):
    """How often ComfyUI was renewed while the watch looked so many times, and the prompts that it got."""
    monkeypatch.setattr(pulse, "WATCH_SECONDS", 0)
    monkeypatch.setattr(pulse, "FRESH_SECONDS", -1)
    comfy, renewals, seen = Scripted(list(beats)), [], 0

    def is_idle():
        nonlocal seen
        seen += 1
        if seen > looks:
            raise asyncio.CancelledError
        return idle()

    async def renew():
        renewals.append(seen)
        return True

    with pytest.raises(asyncio.CancelledError):
        await Pulse(lambda: comfy).watch(is_idle, renew)
    return renewals, comfy.prompts


async def test_it_is_renewed_after_some_misses_in_a_row_and_counted_anew(monkeypatch):
    assert await watched(monkeypatch, [False] * MOST_MISSES * 2, 10) == ([MOST_MISSES, 2 * MOST_MISSES], 10)


async def test_one_that_beats_now_and_then_is_left_alone(monkeypatch):
    assert (await watched(monkeypatch, [False, False, True] * 5, 15))[0] == []


async def test_while_something_runs_nothing_is_asked(monkeypatch):
    assert await watched(monkeypatch, [False] * 9, 9, idle=lambda: False) == ([], 0)


@pytest.mark.parametrize("beat", [True, False])
async def test_who_asks_often_costs_one_prompt(beat):
    comfy = Scripted([beat] * 9)
    answers = [await Pulse.beats(each) for each in [Pulse(lambda: comfy)] * 5]
    assert (answers, comfy.prompts) == ([beat] * 5, 1)

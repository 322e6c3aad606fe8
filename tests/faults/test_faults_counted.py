"""A short run of `python -m benchmarks faults`: nothing is lost, doubled or told wrongly while things break."""

import random

import aiohttp
import pytest

from faults import tiny
from faults.editor import Editor
from faults.ledger import Count, Entry, count
from faults.play import schedule, with_comfy
from faults.table import FAULTS

JOBS = 60
QUICK = [name for name, fault in FAULTS.items() if fault.apart and not fault.slow]


def right(id):
    return {"status": "completed", "resultDataUrl": tiny.body(id)["sketchData"]}


def heard(id, *answers, accepted=1.0):
    entry = Entry(id, accepted)
    for code, answer in answers:
        entry.hear(code, answer)
    return entry


@pytest.mark.parametrize(
    ("answers", "drawn", "kills", "figure"),
    [
        ([(200, right("a"))], 1, [], None),
        ([(200, {"status": "pending"})], 1, [], "lost"),
        ([(404, {"detail": "Job not found"})], 1, [], "lost"),
        ([(200, right("a")), (200, {"status": "failed", "error": "x"})], 1, [], "twice"),
        ([(200, right("b"))], 1, [], "wrong"),
        ([(200, {"status": "failed", "error": "x"})], 1, [], "wrong"),
        ([(200, {"status": "failed", "error": "ComfyUI ended twice while it drew this."})], 1, [2.0], "wrong"),
        ([(200, {"status": "failed", "error": "ComfyUI ended twice while it drew this."})], 1, [2.0, 3.0], None),
        ([(200, right("a"))], 2, [], "drawn_twice"),
        ([(200, right("a"))], 2, [2.0], None),
        ([(200, right("a"))], 3, [2.0], "drawn_twice"),
        ([(200, right("a"))], 0, [], "undrawn"),
        ([(200, right("a")), (500, {"detail": "x"})], 1, [], "strange"),
    ],
)
def test_every_broken_promise_is_counted(answers, drawn, kills, figure):
    found = count([heard("a", *answers)], {tiny.pixels("a"): drawn}, kills)
    assert found.good == (figure is None)
    if figure:
        assert getattr(found, figure) == 1


@pytest.mark.parametrize("code", [0, 503])
async def test_a_bridge_that_is_silent_at_the_very_end_is_counted(monkeypatch, code):
    async def ask(*_):
        return code, None

    async with aiohttp.ClientSession() as session:
        editor, entry = Editor(session, str), heard("a", (200, right("a")))
        monkeypatch.setattr(editor, "_ask", ask)
        await editor.last_look(entry, deadline=0.0)
    assert count([entry], {tiny.pixels("a"): 1}, []).strange == 1


def test_a_seed_decides_the_faults_and_each_comes():
    plan = schedule(400, 3, FAULTS, every=5)
    assert plan == schedule(400, 3, FAULTS, every=5) != schedule(400, 4, FAULTS, every=5)
    assert {name for _, _, name in plan} == set(FAULTS)
    assert plan == sorted(plan, key=lambda each: each[0])


@pytest.mark.comfy
def test_jobs_while_things_break_are_all_drawn_once_and_told_rightly(bare_comfy, tmp_path):
    seed = random.randrange(10**6)
    outcome = with_comfy(bare_comfy, JOBS, seed, tmp_path, lambda *_: None, schedule(JOBS, seed, QUICK, every=6))
    assert outcome.count == Count(jobs=JOBS, completed=JOBS), (seed, outcome.wrong)
    assert outcome.faults.total() == round(JOBS / 6)

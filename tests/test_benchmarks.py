"""The yardsticks that the benchmark tables are measured with; the tables themselves are not made here."""

import asyncio
import base64
import time
from collections import Counter
from importlib import import_module
from itertools import pairwise, permutations

import aiohttp
import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from bridge_process import PREFIX
from faults import tiny
from faults.ledger import Count

from benchmarks import __main__, clock, contest, eye, grid_peers, report, sketch, speed
from benchmarks.crowd import Crowd
from benchmarks.fleet_results import Results
from benchmarks.fleet_stage import Toll
from benchmarks.sketch_drawings import KINDS, drawing

GREY = np.full((64, 64, 3), 128, np.uint8)


def checkers(one, other):
    board = np.indices((64, 64)).sum(axis=0) % 2
    return np.where(board[..., None], one, other).astype(np.uint8).repeat(3, axis=2)


@pytest.mark.parametrize("name", [*__main__.ALL, "studio", "drawings"])
def test_every_benchmark_can_be_started(name):
    assert callable(import_module(f"benchmarks.{name}").run)


def test_an_equal_picture_has_no_error():
    assert eye.s_cielab(GREY, GREY) == 0
    assert eye.oklab_error(GREY, GREY) == 0
    assert eye.hvs_psnr(GREY, GREY) == pytest.approx(120)  # as much as is ever said


def test_fine_checkers_of_the_same_light_are_nearly_the_flat_grey():
    # 188 has half the light of white: the mean of black and white in linear light
    flat, wrong = np.full((64, 64, 3), 188, np.uint8), np.full((64, 64, 3), 128, np.uint8)
    mixed = checkers(0, 255)
    assert eye.s_cielab(flat, mixed) < 12 < 20 < eye.s_cielab(wrong, mixed)  # at this distance checkers are just seen
    assert eye.hvs_psnr(flat, mixed) > 35 > 20 > eye.hvs_psnr(wrong, mixed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_as_it_was_drawn_has_nothing_to_blame(kind):
    source = drawing(kind, 3, stroke=10, side=256)
    plain = np.where(source.ink[..., None], np.array(source.colors[0], np.uint8), source.fills)
    found = sketch.figures(source, plain)
    assert (found.closed, found.pieces, found.area, found.exact, found.whole) == (1, 1, 1, 1, True)


def test_an_outline_with_a_gap_is_open_and_a_drawing_without_its_lines_is_not_whole():
    source = drawing("shapes", 5, stroke=10, side=256)
    plain = np.where(source.ink[..., None], np.array(source.colors[0], np.uint8), source.fills)
    plain[:, 128:136] = source.fills[:, 128:136]
    assert sketch.figures(source, plain).closed < 1
    assert not sketch.figures(source, source.fills).whole


class Clock:
    """Time that passes only where somebody sleeps."""

    now = 0.0

    def perf_counter(self):
        return self.now

    monotonic = perf_counter

    def sleep(self, seconds):
        self.now += seconds


def test_a_candidate_that_takes_five_times_as_long_has_that_ratio(monkeypatch):
    time = Clock()
    monkeypatch.setattr(clock, "time", time)
    monkeypatch.setattr(clock, "PATIENCE_SECONDS", 0.0)
    found = clock.race({"ours": lambda: time.sleep(0.002), "theirs": lambda: time.sleep(0.01)}, 3)
    assert found["ours"].times(found["ours"]) == 1
    assert found["theirs"].times(found["ours"]) == pytest.approx(5)
    assert len(found["theirs"].took) == 3


def test_a_ratio_is_the_median_of_those_within_rounds():
    ours, theirs = clock.Timing((1.0, 4.0, 2.0, 9.0)), clock.Timing((5.0, 4.0, 6.0))  # a slow one runs three times only
    assert theirs.times(ours) == 3  # of 5, 1 and 3; the medians' own ratio is 5 / 3


@pytest.mark.parametrize("count", range(1, 8))
def test_each_candidate_comes_first_and_after_each_other_one_equally_often(count):
    names = [f"candidate {number}" for number in range(count)]
    orders = [clock.turned(names, number) for number in range(count * 2)]
    assert all(sorted(order) == names for order in orders)
    assert Counter(order[0] for order in orders) == dict.fromkeys(names, 2)
    after = Counter(pair for order in orders for pair in pairwise(order))
    assert after == dict.fromkeys(permutations(names, 2), 2)


def test_a_peer_that_ends_with_an_error_is_counted_and_not_only_taken_to_find_nothing():
    def broken(_):
        raise ImportError

    find = grid_peers.quiet("a broken one", broken)
    assert [find(GREY), find(GREY)] == [(0, 0), (0, 0)]
    assert grid_peers.FAILED["a broken one"] == 2


def raising(error):
    def run():
        raise error

    return run


def test_a_row_whose_peer_is_missing_says_so_and_the_others_are_measured(monkeypatch, tmp_path):
    """As with ImageMagick's wand: its Python package may be there without the system's library, and the other way."""
    monkeypatch.setattr(clock, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(speed.warm, "main", lambda: 0)
    monkeypatch.setattr(speed.twins, "available", lambda: True)
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    wand = "MagickWand shared library not found.\nYou probably had not installed ImageMagick library."
    rivals = {
        "unfake": raising(ModuleNotFoundError("No module named 'unfake'", name="unfake")),
        "numpy": lambda: None,
        "ImageMagick": raising(ImportError(wand)),
        "OpenCV": raising(OSError("libGL.so.1: cannot open shared object file")),
    }
    goals = {contest.FASTEST_EXACT: 1e-9, "ImageMagick": 2.0}
    both = [contest.Contest(name, lambda: None, rivals, goals, rounds=1) for name in ("one", "two")]
    monkeypatch.setattr(speed, "contests", lambda side: iter(both))
    speed.run()
    lines = (tmp_path / "speed.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith(("| one", "| two"))]
    assert [(row[0], row[3]) for row in cells] == [(each.name, name) for each in both for name in rivals]
    assert {len(row) for row in cells} == {len(speed.HEADS)}
    for first, measured, second, third in (cells[:4], cells[4:]):
        assert first[4:] == ["missing: unfake is not installed", *[""] * 5]
        assert second[4:] == ["missing: MagickWand shared library not found", *[""] * 5]
        assert third[4:] == ["missing: libGL.so.1: cannot open shared object file", *[""] * 5]
        assert float(measured[4]) >= 0 and measured[7] == "1e-09x" and measured[8:] == ["yes", "yes"]


def test_a_peer_that_fails_though_it_is_there_is_an_error(monkeypatch):
    duel = contest.Contest("one", lambda: None, {"numpy": raising(ValueError("a bug"))})
    with pytest.raises(ValueError, match="a bug"):
        list(speed.rows(duel))


def test_a_package_that_is_left_out_is_named():
    assert report.machine(["numpy", "no-such-package", "pillow"]).endswith("; without no-such-package.")
    assert "without" not in report.machine(["numpy"])


def test_a_table_is_markdown():
    assert report.table(["a", "b"], [[1, "x"]]) == "| a | b |\n| --- | ---: |\n| 1 | x |"


PICTURES = {id: tiny.body(id) for id in (f"job-{number}" for number in range(40))}
DRAWN_EACH, ANSWER_EACH = 0.05, 0.01  # seconds: two in all, so that a busy machine's pauses are little of it


async def test_jobs_that_are_drawn_while_it_is_asked_how_many_are_left_make_no_speed():
    began: dict[str, float] = {}

    def ends(id):
        return next(iter(began.values())) + DRAWN_EACH * (1 + list(began).index(id))

    async def generate(request):
        began[(await request.json())["id"]] = time.monotonic()
        return web.json_response({})

    async def status(request):
        await asyncio.sleep(ANSWER_EACH)
        done = time.monotonic() > ends(request.match_info["id"])
        return web.json_response({"status": "completed" if done else "pending"})

    async def health(_):
        await asyncio.sleep(ANSWER_EACH)
        return web.json_response({"jobs": {"queued": sum(ends(id) > time.monotonic() for id in began)}})

    async def result(request):
        id = request.match_info["id"]
        await asyncio.sleep(max(0.0, ends(id) - time.monotonic()))
        return web.Response(body=base64.b64decode(PICTURES[id]["sketchData"].partition(",")[2]))

    app = web.Application()
    app.add_routes([web.post(f"{PREFIX}/generate", generate), web.get("/health", health)])
    app.add_routes(
        [web.get(f"{PREFIX}/{name}/{{id}}", each) for name, each in (("status", status), ("result", result))]
    )
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        crowd = Crowd(str(server.make_url("")).rstrip("/"), 0, 0)
        assert await crowd._draw(session, list(PICTURES)) == pytest.approx(1 / DRAWN_EACH, rel=0.3)


def test_a_part_of_the_fleets_table_that_is_measured_alone_leaves_the_others_as_they_were(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "FOLDER", tmp_path)

    def results():
        return Results(["kills", "equal"], tmp_path / "fleet.md")

    first = results()
    first.note("equal", "300 requests", Toll(Count(jobs=1, completed=1), broken=["drawn twice"]))
    first.tell("Throughput", ["160 a second"])
    before = first.write("How.").read_text(encoding="utf-8")
    second = results()
    assert second.write("How.").read_text(encoding="utf-8") == before
    second.note("kills", "one is killed", Toll(Count(jobs=9, completed=8, lost=1), twice=2, met=Counter(bridge=3)))
    second.tell("Throughput", ["170 a second"])
    text = second.write("How.").read_text(encoding="utf-8")
    rows = [line.rpartition(" | ")[0] for line in text.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `kills`: one is killed (bridge 3) | 9 | 8 | 1 | 2 | 0 | 0 |  | 0",
        "| `equal`: 300 requests () | 1 | 1 | 0 | 0 | 0 | 1 |  | 0",
    ]
    assert "170 a second" in text and "160 a second" not in text

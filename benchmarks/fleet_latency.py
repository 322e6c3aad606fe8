"""How much longer a single job takes where jobs are in PostgreSQL than where they are in a file."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bridge_process import PREFIX, BridgeProcess
from faults import tiny
from faults.stage import ComfyProcess
from postgres_server import Server
from strange_node import ready

from . import report
from .fleet_results import Results

PAIRS = 60
POLL_SECONDS = 0.002
PROMISED = 15.0  # milliseconds more, at the median

HOW = (
    f"{PAIRS} times in turns, a tiny job is posted to a bridge with its jobs in a file and to one with them in a "
    "PostgreSQL that waits for the disk, with the same real ComfyUI and nothing else to do, and polled every 2 ms "
    "until it is completed."
)


def measure(results: Results) -> bool:
    """Measure; whether it is as promised."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Server.started(durable=True))
        server.make_template()
        comfy = stack.enter_context(ComfyProcess(folder / "comfy"))
        usual = {"COMFYUI_URL": comfy.url, "DEBUG_MODE": "0"}
        own = {"a file": usual, "PostgreSQL": {**usual, "DATABASE_URL": server.fresh()}}
        bridges = {
            name: stack.enter_context(BridgeProcess(folder / name.replace(" ", "-"), **environment))
            for name, environment in own.items()
        }
        for bridge in bridges.values():
            ready(bridge)
        times: dict[str, list[float]] = {name: [] for name in bridges}
        for number in range(PAIRS + 5):
            for name, bridge in bridges.items():
                took = _seconds(bridge, f"{number}-{name.replace(' ', '-')}")
                if number >= 5:  # the first ones make what is kept afterwards
                    times[name].append(took * 1000)
    more = statistics.median(b - a for a, b in zip(times["a file"], times["PostgreSQL"], strict=True))
    rows = [[name, *map("{:.1f}".format, _figures(each))] for name, each in times.items()]
    heads = ["jobs are in", "shortest, ms", "p50", "p95"]
    results.tell(
        "A single job", [HOW, report.table(heads, rows), f"PostgreSQL takes {more:.1f} ms more at the median."]
    )
    print("latency", rows, f"{more:.1f} ms more")
    return more <= PROMISED


def _seconds(bridge: BridgeProcess, id: str) -> float:
    body, began = tiny.body(id), time.perf_counter()
    code, answer = bridge.call(f"{PREFIX}/generate", body)
    assert code == 200, answer
    while (answer := bridge.status(id))["status"] not in ("completed", "failed"):
        time.sleep(POLL_SECONDS)
    assert tiny.is_right(id, answer), answer
    return time.perf_counter() - began


def _figures(times: list[float]) -> list[float]:
    ordered = sorted(times)
    return [ordered[0], statistics.median(ordered), ordered[int(0.95 * len(ordered))]]

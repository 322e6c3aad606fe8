"""How soon pictures of words are there, on a machine without a model: the built-in drawings.

Promised: their code is imported in 100 ms and has drawn a first prompt after a second, in a process that has numpy; the
library's drawings and words have at most 2 MB; and a Pico has the 115,200 bytes of a picture of words 150 ms after it
asked for them, in the median, by the bridge and a real ComfyUI on the CPU.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bridge_process import BridgeProcess
from faults.stage import ComfyProcess

from bridge.core.places import ROOT

from . import report

IMPORT, FIRST, PANEL = 100, 1000, 150  # milliseconds, as promised
MOST_BYTES = 2_000_000
PANEL_BYTES = 240 * 240 * 2  # RGB565
STARTS = 9  # processes; medians of so many
PACK = ROOT / "custom_nodes"
PROMPTS = ROOT / "docs" / "gallery" / "prompts.txt"
# Milliseconds of the import, of the first picture with it, and of each of the other prompts.
ALONE = """
import sys, time
import numpy
prompts = sys.stdin.read().splitlines()
began = time.perf_counter()
from pixart_nodes.drawings.prompt.reading import read
from pixart_nodes.drawings.scene.scene import paint
imported = time.perf_counter()
times = []
for prompt in prompts:
    before = time.perf_counter()
    paint(read(prompt, seed=1), SIDE, SIDE, seed=1)
    times.append(time.perf_counter() - before)
first = imported - began + times[0]
print(*(1000 * each for each in (imported - began, first, *times[1:])))
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """How much is measured."""
    parser.add_argument("--pictures", type=int, default=100, help="prompts that are drawn for the panel (100)")


def run(options: argparse.Namespace) -> bool:
    """Measure and write `results/drawings.md`; True where something takes longer, or has more bytes, than promised."""
    prompts = PROMPTS.read_text(encoding="utf-8").splitlines()
    starts = [_alone(prompts[:1], 64) for _ in range(STARTS)]
    imported, first = (statistics.median(column) for column in zip(*starts, strict=True))
    with tempfile.TemporaryDirectory() as name:
        panel = _panel(Path(name), prompts[: options.pictures])
    size = sum(file.stat().st_size for file in (PACK / "pixart_nodes/drawings").rglob("*.txt"))
    rows = [
        ("import", f"{imported:.0f} ms", f"{IMPORT} ms", imported <= IMPORT),
        ("import and first picture, 64 x 64", f"{first:.0f} ms", f"{FIRST} ms", first <= FIRST),
        *(_drawn(prompts, side) for side in (32, 64, 256)),
        (f"{PANEL_BYTES:,} bytes for a Pico", _spread(panel), f"{PANEL} ms", statistics.median(panel) <= PANEL),
        ("drawings and words", f"{size / 1e6:.2f} MB", f"{MOST_BYTES / 1e6:.0f} MB", size <= MOST_BYTES),
    ]
    print(_written(rows, len(prompts), len(panel)))
    return not all(within for *_, within in rows)


def _alone(prompts: list[str], side: int) -> list[float]:
    """Milliseconds, as `ALONE` prints them, of a process of its own."""
    command = [sys.executable, "-c", ALONE.replace("SIDE", str(side))]
    return [
        float(each) for each in subprocess.check_output(command, input="\n".join(prompts), text=True, cwd=PACK).split()
    ]


def _drawn(prompts: list[str], side: int) -> tuple[str, str, str, bool]:
    times = _alone(prompts, side)[2:]
    return f"a picture, {side} x {side}", _spread(times), "", True


def _panel(folder: Path, prompts: list[str]) -> list[float]:
    """Milliseconds from a Pico's request to its last byte, for each prompt; the first picture doesn't count."""
    (folder / "comfy").mkdir()
    with (
        ComfyProcess(folder / "comfy") as comfy,
        BridgeProcess(folder / "bridge", COMFYUI_URL=comfy.url, ENGINE="builtin") as bridge,
    ):
        bridge.wait_for_comfyui()
        return [_asked(bridge, prompt) for prompt in ["a tree", *prompts]][1:]


def _asked(bridge: BridgeProcess, prompt: str) -> float:
    began = time.perf_counter()
    status, data = bridge.call("/pico/sdapi/v1/txt2img", {"prompt": prompt})
    took = 1000 * (time.perf_counter() - began)
    if status != 200 or len(data) != PANEL_BYTES:
        raise RuntimeError(f"{prompt!r} was answered {status}: {data!r:.200}")
    return took


def _spread(times: list[float]) -> str:
    """Median and 95th percentile."""
    return f"{statistics.median(times):.0f} ms, p95 {statistics.quantiles(times, n=20)[-1]:.0f} ms"


def _written(rows: list[tuple[str, str, str, bool]], prompts: int, pictures: int) -> Path:
    """Write the page of results; its path."""
    heads = ("what", "measured", "promised", "within")
    cells = [
        (what, measured, goal, ("yes" if within else "no") if goal else "") for what, measured, goal, within in rows
    ]
    about = (
        f"Import and first picture: medians of {STARTS} processes. Pictures: the {prompts} prompts of "
        f"[the sheet](../../docs/gallery/prompts.txt) one after the other. The Pico: {pictures} of them, none twice."
    )
    parts = [" ".join((__doc__ or "").split()), report.table(heads, cells), about]
    return report.write("drawings", "How soon words are drawn", parts, packages=report.SERVER)

"""`pixart make` with a ComfyUI that stands: a folder of sketches in one go, and a sketch that is saved again and again.

Promised: 100 sketches of 512 x 512 pixels within 10 seconds, and a sprite within 300 ms after its sketch was saved.
Photographs, in which grain and gradients have to be looked through and dithered, are measured beside them.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from faults.stage import ComfyProcess
from PIL import Image
from sketches import SKETCHES, encoded, tree

from bridge.core.places import ROOT

from . import report

SIDE = 512  # pixels
WITHIN, REDRAWN = 10.0, 0.3  # seconds, as promised
PAUSE = 0.12  # seconds between two writes of one save

Environment = dict[str, str]


def arguments(parser: argparse.ArgumentParser) -> None:
    """How much is drawn."""
    parser.add_argument("--sketches", type=int, default=100, help="in the folder (100)")
    parser.add_argument("--saves", type=int, default=20, help="of the one that is watched, in each way (20)")
    parser.add_argument("--rounds", type=int, default=3, help="of the folder; the quickest counts (3)")


def run(options: argparse.Namespace) -> bool:
    """Measure and write `results/make.md`; True where it took longer than promised."""
    with tempfile.TemporaryDirectory() as name, ComfyProcess(_made(Path(name), "comfy")) as comfy:
        folder, environment = Path(name), {**os.environ, "COMFYUI_URL": comfy.url, "PIXART_DATA": f"{name}/data"}
        kinds = {"drawings": _drawings(folder, options.sketches), "photographs": _photographs(folder, options.sketches)}
        batches = {kind: min(_batch(each, environment) for _ in range(options.rounds)) for kind, each in kinds.items()}
        saves = {save.__doc__ or "": _saves(folder, environment, save, options.saves) for save in (at_once, renamed)}
    print(_written(options.sketches, batches, saves))
    late = max(statistics.median(each) for each in saves.values())
    return batches["drawings"] > WITHIN or late > REDRAWN


def _made(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def _drawings(folder: Path, count: int) -> Path:
    place = _made(folder, "drawings")
    for number in range(count):
        tree(SIDE).rotate(number * 360 / count).save(place / f"{number}.png")
    return place


def _photographs(folder: Path, count: int) -> Path:
    place = _made(folder, "photographs")
    with Image.open(io.BytesIO(SKETCHES["photograph"]())) as stored:
        photo = stored.resize((SIDE, SIDE))
    for number in range(count):
        photo.rotate(number * 90, translate=(number, 0)).save(place / f"{number}.png")
    return place


def _command(*words: object) -> list[str]:
    return [sys.executable, "-m", "bridge", "make", *map(str, words)]


def _batch(sketches: Path, environment: Environment) -> float:
    """Seconds for a folder, the start of the command included."""
    began = time.monotonic()
    out = sketches.parent / "out" / sketches.name
    out.parent.mkdir(exist_ok=True)
    subprocess.run(_command(sketches, "-o", out), cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.monotonic() - began


def at_once(path: Path, data: bytes) -> None:
    """in one write"""
    path.write_bytes(data)


def renamed(path: Path, data: bytes) -> None:
    """beside it, then renamed"""
    half = path.with_name("half~")
    half.write_bytes(data)
    half.replace(path)


def _saves(folder: Path, environment: Environment, save: Callable[[Path, bytes], None], count: int) -> list[float]:
    """Seconds from the end of each save to the sprite's file."""
    sketch, result = folder / "watched.png", folder / "watched.out.png"
    versions = [encoded(tree(SIDE).rotate(10 * number)) for number in range(count + 1)]
    at_once(sketch, versions[0])
    command = _command(sketch, "--watch", "--json", "-o", result)
    seconds = []
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as made:
        assert made.stdout
        made.stdout.readline()
        for data in versions[1:]:
            time.sleep(PAUSE)
            save(sketch, data)
            began = time.monotonic()
            assert "error" not in json.loads(made.stdout.readline())
            seconds.append(time.monotonic() - began)
        made.send_signal(signal.SIGINT)
    return seconds


def _written(count: int, batches: dict[str, float], saves: dict[str, list[float]]) -> Path:
    """Write the page of results; its path."""
    drawn = [(f"{count} {kind}", f"{each:.1f} s", f"{1000 * each / count:.0f} ms") for kind, each in batches.items()]
    redrawn = [
        (how, f"{1000 * statistics.median(each):.0f} ms", f"{1000 * max(each):.0f} ms") for how, each in saves.items()
    ]
    parts = [
        f"`pixart make` of a folder of {SIDE} x {SIDE} pixels to 64 x 64, with a ComfyUI that stands; the start of the "
        "command is in it.",
        report.table(("sketches", "all", "each"), drawn),
        "From the end of a save to the sprite's file, with `--watch`:",
        report.table(("saved", "median", "longest"), redrawn),
    ]
    return report.write("make", "The command line", parts, packages=report.SERVER)

"""From a change in a page to the new picture on its canvas: in the studio, and on nodes of ComfyUI's editor.

Promised, in the median: in the studio 150 ms after a change of palette, dither, size or method; in the editor 100 ms
after a change of a setting of Quantize or of Downscale, which show what comes of it. A headless Chromium on the same
machine asks a real ComfyUI on the CPU; the time is from the change until the canvas has its new pixels. No combination
of settings comes twice, so that nothing is shown from a memory.
"""

from __future__ import annotations

import argparse
import io
import math
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import cycle
from pathlib import Path
from typing import Any

from bridge_process import BridgeProcess
from browser import open_browser
from faces import Face
from faults.stage import ComfyProcess
from PIL import Image
from sketches import SKETCHES
from studio_page import chromium, studio_page

from bridge.core.places import ROOT

from . import report

STUDIO, EDITOR = 150, 100  # milliseconds, as promised
SIDE, SMALL = 512, 64  # pixels of the picture that Downscale gets, and of the one that Quantize gets
PAUSE_MS = 250  # between a picture and the next change, in which the page comes to rest
PICTURE = "benchmark.png"
PALETTES = sorted(path.stem for path in (ROOT / "custom_nodes/pixart_nodes/palettes").glob("*.hex"))
DITHERS = ("none", "bayer-4", "floyd-steinberg", "atkinson", "blue-noise", "checkerboard", "sierra-lite")
METHODS = ("k-centroid", "box", "nearest", "mode", "contrast", "lanczos")
WARM = len(DITHERS)  # rounds that don't count: in them fonts, caches and kernels come to the machine
SIZES = tuple(range(32, 129, 8))
# Milliseconds from a change until a canvas was drawn on.
TIMED = """async ([place, about]) => {
  const canvas = document.querySelector(place)
  const context = CanvasRenderingContext2D.prototype
  let began
  const took = new Promise((done, failed) => {
    setTimeout(() => failed(new Error(`nothing was drawn after ${JSON.stringify(about)}`)), 30_000)
    const own = { putImageData: context.putImageData, drawImage: context.drawImage }
    for (const [name, draw] of Object.entries(own))
      context[name] = function (...values) {
        draw.apply(this, values)
        if (this.canvas !== canvas) return
        Object.assign(context, own)
        done(performance.now() - began)
      }
  })
  const change = await (PREPARED)(about)
  began = performance.now()
  change()
  return await took
}"""
TUNED = """async about => {
  const { state } = await import('/studio/state.js')
  return () => state.tune(about)
}"""
SET = """([at, name, value]) => {
  const widget = app.graph.nodes[at].widgets.find(each => each.name === name)
  return () => { widget.value = value; widget.callback?.(value) }
}"""
Times = dict[str, list[float]]


def arguments(parser: argparse.ArgumentParser) -> None:
    """How much is measured."""
    most = len(PALETTES) - WARM - 1
    parser.add_argument("--rounds", type=int, default=30, help=f"changes of each setting, {most} at most (30)")


def run(options: argparse.Namespace) -> bool:
    """Measure and write `results/studio.md`; True where a median is over what is promised."""
    rounds = min(options.rounds, len(PALETTES) - WARM - 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "comfy").mkdir()
        with ComfyProcess(folder / "comfy") as comfy:
            _put_pictures(comfy.settings.comfyui_base / "input")
            with BridgeProcess(folder / "bridge", COMFYUI_URL=comfy.url) as bridge:
                bridge.wait_for_comfyui()
                studio = _studio(bridge.url, rounds)
            editor = _editor(comfy.url, rounds)
    print(_written(studio, editor))
    return any(statistics.median(each) > STUDIO for each in studio.values()) or any(
        statistics.median(each) > EDITOR for each in editor.values()
    )


def _put_pictures(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(SKETCHES["photograph"]())) as photo:
        for side in (SIDE, SMALL):
            photo.convert("RGB").resize((side, side)).save(folder / f"{side}-{PICTURE}")


def _rounds(count: int, changes: dict[str, tuple[Iterable[Any], Callable[[Any], float]]]) -> Times:
    """Change each setting once a round, by its next value; the times of those after the warm ones."""
    values = {name: cycle(each) for name, (each, _) in changes.items()}
    times: Times = defaultdict(list)
    for number in range(WARM + count):
        for name, (_, change) in changes.items():
            took = change(next(values[name]))
            if number >= WARM:
                times[name].append(took)
    return times


def _timed(page: Any, prepared: str, place: str, about: Any) -> float:
    page.wait_for_timeout(PAUSE_MS)
    return page.evaluate(TIMED.replace("PREPARED", prepared), [place, about])


def _studio(url: str, rounds: int) -> Times:
    """Times of changes in the studio, by setting."""
    with chromium() as browser, studio_page(browser, url + "/") as studio:
        studio.open().newer(None)

        def tune(*names: str) -> Callable[[Any], float]:
            return lambda value: _timed(studio.page, TUNED, "px-view canvas", dict.fromkeys(names, value))

        return _rounds(
            rounds,
            {
                "palette": (PALETTES, tune("palette")),
                "dither": (DITHERS, tune("dither")),
                "size": (SIZES, tune("width", "height")),
                "method": (METHODS, tune("method")),
            },
        )


def _editor(url: str, rounds: int) -> Times:
    """Times of changes on nodes of the editor, by node and setting."""
    times: Times = {}
    with open_browser(url) as browser:
        face = Face(browser.page(), "classic")

        def field(at: int, name: str) -> Callable[[Any], float]:
            return lambda value: _timed(face.page, SET, ".pixart-live .pixart-pixels", [at, name, value])

        _begin(face, SMALL, ("PixartQuantize", {}, {"image": 0, "palette": 1}))
        quantized = {"palette": (PALETTES, field(1, "palette")), "dither": (DITHERS[::-1], field(2, "dither"))}
        times |= {f"Quantize: {name}": each for name, each in _rounds(rounds, quantized).items()}
        _begin(face, SIDE, ("PixartDownscale", {}, {"image": 0}))
        widths = range(32, 32 + WARM + rounds + 1)
        downscaled = {
            "width": (widths, field(2, "width")),
            "method": (METHODS[::-1], field(2, "method")),
        }  # the last first: the first is the usual one
        times |= {f"Downscale: {name}": each for name, each in _rounds(rounds, downscaled).items()}
    return times


def _begin(face: Face, side: int, node: tuple[Any, ...]) -> None:
    """A workflow with a picture, a palette and this node, which has been run once and shows what comes of it."""
    face.make(
        ("LoadImage", {"image": f"{side}-{PICTURE}"}), ("PixartPalette", {}), node, ("PreviewImage", {}, {"images": 2})
    )
    ended = face.run()
    if ended != "execution_success":
        raise RuntimeError(ended)
    face.page.locator(".pixart-live .pixart-pixels").wait_for()


def _row(what: str, times: list[float], promised: int) -> tuple[object, ...]:
    late = sorted(times)[math.ceil(0.95 * len(times)) - 1]
    median = statistics.median(times)
    return what, f"{median:.0f}", f"{late:.0f}", len(times), "yes" if median <= promised else "no"


def _written(studio: Times, editor: Times) -> Path:
    """Write the page of results; its path."""
    parts = [" ".join((__doc__ or "").split())]
    for title, times, promised in (("The studio", studio, STUDIO), ("ComfyUI's editor", editor, EDITOR)):
        heads = ("a change of", "median, ms", "p95, ms", "changes", f"within {promised} ms")
        parts += [f"## {title}", report.table(heads, (_row(what, each, promised) for what, each in times.items()))]
    about = f"The studio makes its sample of the sizes that the table names; Quantize gets {SMALL} x {SMALL} pixels, "
    parts.append(about + f"Downscale {SIDE} x {SIDE}, in the front end that ComfyUI pins.")
    return report.write("studio", "How soon a change is seen", parts, packages=report.SERVER)

"""How long the first call of an operation takes: its kernels are compiled for it, or found in the cache."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from pixart_nodes.pixel.color import levels
from pixart_nodes.pixel.compiled import kernel_cache, twins
from pixart_nodes.pixel.dither import error_diffusion, ordered, positional
from pixart_nodes.pixel.dither.diffusion_kernels import KERNELS
from pixart_nodes.pixel.files.panel import rgb565
from pixart_nodes.pixel.palette import extract, nearest
from pixart_nodes.pixel.resize import downscale

from . import report

ROOT = Path(__file__).parents[1]
SIDE, COLORS = 64, 32  # of the picture and of the palette; what is compiled doesn't depend on them
COLD, CACHED, ALL = 5.0, 0.5, 30.0  # seconds that are allowed: T17
BEFORE = ("torch", "scipy.integrate", "scipy.stats", "scipy.ndimage")  # which ComfyUI imports
TIMES = 3  # a median of so many; what is compiled is compiled anew each time
ABOUT = (
    f"A {SIDE} x {SIDE} picture in {COLORS} colours, in a process of its own that has imported the pack and, as "
    f"ComfyUI before any node, torch and SciPy; numba not yet included; medians of {TIMES}. Compiled: with an empty "
    "cache, as where `install.py` did not run and nothing served meanwhile. Cached: as after `install.py`. Then: the "
    "second call."
)


def operations() -> dict[str, Callable[[], Any]]:
    """One for each kind of node."""
    noise = np.random.default_rng(17)
    rgba = noise.integers(0, 256, (SIDE, SIDE, 4), dtype=np.uint8)
    colors, seen = noise.integers(0, 256, (COLORS, 3), dtype=np.uint8), np.ones((SIDE, SIDE), bool)
    rgb, floats = np.ascontiguousarray(rgba[..., :3]), rgba.astype(np.float32) / 255
    floyd = partial(error_diffusion.diffuse, rgba, seen, colors, kernel=KERNELS["floyd-steinberg"], strength=1.0)
    return {
        "bytes of an IMAGE": lambda: levels.to_bytes(floats),
        "nearest, sRGB": lambda: nearest.indices(rgba, colors, "srgb"),
        "nearest, OKLab": lambda: nearest.indices(rgba, colors, "oklab"),
        "Floyd-Steinberg, serpentine, linear light": partial(floyd, metric="oklab", light="linear", serpentine=True),
        "Floyd-Steinberg, raster, linear light": partial(floyd, metric="oklab", light="linear", serpentine=False),
        "Bayer 8 x 8": lambda: ordered.ordered(rgb, colors, "oklab", "bayer-8"),
        "Knoll 4 x 4": lambda: positional.positional(rgb, colors, "oklab", "knoll-4"),
        "palette, k-means": lambda: extract.extract(rgba, COLORS, "k-means"),
        "k-centroid": lambda: downscale.downscale(rgba, SIDE // 4, SIDE // 4, "k-centroid"),
        "RGB565": lambda: rgb565.truncated(rgb, rgb565.PLAIN),
    }


def show(name: str) -> None:
    """Print the seconds of the first two calls in this process."""
    for module in BEFORE:
        import_module(module)  # numba imports SciPy, which is no time of ours where it is there already
    for module in kernel_cache.modules():
        kernel_cache.done(module)  # else the plain form would serve
    call = operations()[name]
    for _ in range(2):
        started = time.perf_counter()
        call()
        print(time.perf_counter() - started)


def apart(cache: str, *command: str) -> str:
    """What a Python of its own prints, which keeps its kernels in `cache`."""
    folders = [str(ROOT / "custom_nodes"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.check_output([sys.executable, *command], env=environment, cwd=ROOT, text=True)


def first_calls(name: str) -> tuple[float, float, float]:
    """Seconds of the first call with an empty cache and with a full one, and of a second call."""
    cold, cached, second = [], [], []
    code = f"from benchmarks.first_call import show; show({name!r})"
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as folder:
            (compiled, _), (found, again) = (map(float, apart(folder, "-c", code).split()) for _ in range(2))
        cold.append(compiled)
        cached.append(found)
        second.append(again)
    return statistics.median(cold), statistics.median(cached), statistics.median(second)


def run() -> None:
    """Measure everything and write `results/first_call.md`."""
    assert twins.available(), "the fast kernels need numba"
    rows = []
    for name in operations():
        cold, cached, second = first_calls(name)
        good = ["yes" if took <= most else "no" for took, most in ((cold, COLD), (cached, CACHED))]
        rows.append([name, f"{cold:.1f}", f"{cached:.2f}", f"{1000 * second:.2f}", ", ".join(good)])
        print("  ".join(rows[-1]), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        apart(folder, "-m", "pixart_nodes.pixel.compiled.warm")
        whole = time.perf_counter() - started
    heads = ["operation", "compiled, s", "cached, s", "then, ms", f"at most {COLD:g} s, {CACHED:g} s"]
    every = f"All kernels, as `install.py` compiles them: {whole:.0f} s; at most {ALL:g} s: "
    every += "no." if whole > ALL else "yes."
    print(report.write("first_call", "First calls", [ABOUT, report.table(heads, rows), every]))

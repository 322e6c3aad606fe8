"""Results as Markdown, with the machine that they were measured on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

FOLDER = Path(__file__).with_name("results")
PACKAGES = (
    "numpy",
    "numba",
    "torch",
    "pillow",
    "opencv-python-headless",
    "dithering",
    "epaper-dithering",
    "unfake",
    "libimagequant",
    "av",
    "Wand",
    "scikit-image",
    "scikit-learn",
)

SERVER = ("torch", "aiohttp", "uvloop", "SQLAlchemy", "pillow")  # what a bridge and its ComfyUI run on

WIDTHS = (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("sse4_2", "SSE4.2"))  # what Linux calls vector registers


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is left-aligned, the others right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def machine(packages: Sequence[str] = PACKAGES) -> str:
    """The processor, its cores, the versions of what ran, and what of it wasn't there."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    found = re.search(r"model name\s*: (.+)", text)
    name = found[1] if found else platform.processor() or platform.machine()
    registers = next((f" with {width}" for flag, width in WIDTHS if re.search(rf"\b{flag}\b", text)), "")
    there = [f"{package} {known}" for package in packages if (known := _version(package))]
    lacking = [package for package in packages if not _version(package)]
    without = f"; without {', '.join(lacking)}" if lacking else ""
    return (
        f"{name}{registers}, {os.cpu_count()} cores, Python {platform.python_version()}; {', '.join(there)}{without}."
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def write(name: str, title: str, parts: Iterable[str], command: str = "", packages: Sequence[str] = PACKAGES) -> Path:
    """Write `results/NAME.md` and return its path; `command` is what was asked for, where that isn't the name alone."""
    FOLDER.mkdir(exist_ok=True)
    made = f"Made by `python -m benchmarks {command or name}` on {date.today().isoformat()}"
    head = f"# {title}\n\n{made}: {machine(packages)}"
    file = FOLDER / f"{name}.md"
    file.write_text("\n\n".join([head, *parts]) + "\n", encoding="utf-8")
    return file

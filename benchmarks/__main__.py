"""`python -m benchmarks [speed] [first_call] [quality] [light] [grid] [paper] [sketch] [kinds] [machines]` measures.

Without a name it measures all of that, and `papers`.

`python -m benchmarks faults | fleet | races | soak | load | path | make | blobs | studio | drawings [options]` prove
the bridge, each by itself or all as `proof`; `--help` after one says what it takes. All write `results/*.md`.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALL = ("speed", "first_call", "quality", "light", "grid", "paper", "papers", "sketch", "kinds", "machines")
PROOFS = (
    "faults",
    "fleet",
    "races",
    "soak",
    "load",
    "path",
    "make",
    "blobs",
    "studio",
    "drawings",
)  # with what `install.py --test` brings


def main(arguments: list[str]) -> int:
    """Run what was asked for."""
    if arguments and arguments[0] in (*PROOFS, "proof"):
        return proofs(PROOFS if arguments[0] == "proof" else arguments[:1], arguments[1:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*ALL, []], help=f"any of {', '.join(ALL)}; all without")
    asked = parser.parse_args(arguments).what
    sys.path.insert(0, str(ROOT / "custom_nodes"))
    for name in asked or ALL:
        print(name)
        import_module(f"benchmarks.{name}").run()
    return 0


def proofs(names: tuple[str, ...] | list[str], options: list[str]) -> int:
    """Run these, each with the options that it knows; 1 where one of them found a promise broken."""
    sys.path.insert(0, str(ROOT / "tests"))
    os.environ["OMP_NUM_THREADS"] = "1"  # with more, torch's threads wait for each other as soon as anything else runs
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each ComfyUI compiles torch's Python anew
    broken = []
    for name in names:
        module = import_module(f"benchmarks.{name}")
        parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=module.__doc__)
        module.arguments(parser)
        print(name)
        if module.run(parser.parse_args(options)):
            broken.append(name)
    if broken:
        print(f"Not as promised: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

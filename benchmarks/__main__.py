"""`python -m benchmarks [speed] [quality] [grid]`: measure and write `results/*.md`; all of them without arguments."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALL = ("speed", "quality", "grid")


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*ALL, []], help=f"any of {', '.join(ALL)}; all without")
    asked = parser.parse_args().what
    sys.path.insert(0, str(ROOT / "custom_nodes"))
    for name in asked or ALL:
        print(name)
        import_module(f"benchmarks.{name}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bridge`."""

import sys

try:
    from bridge.cli import main
except ModuleNotFoundError as error:
    if str(error.name).partition(".")[0] == "bridge":
        raise
    sys.exit(
        f"pixart: {sys.executable} lacks the package {error.name!r}. Run this with .venv/bin/python, "
        "which `python3 install.py` sets up."
    )

if __name__ == "__main__":
    sys.exit(main())

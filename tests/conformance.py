"""Which client asked for what and got it: the rows of docs/CONFORMANCE.md, noted while the clients' tests run.

A test marked `client("webuiapi")` that passes adds a row for each route that its bridge answered with success
meanwhile; one marked `client("comfy-ui-client", workflow="img2img")`, a client of ComfyUI's own API, adds a row for
that mode if ComfyUI drew all of its nodes meanwhile. What the processes of a test run note lies in one folder until
the run ends; then the page is held to it.
`WRITE_CONFORMANCE=1 python -m pytest -m client` writes the table anew.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bridge.adapters import dialects
from bridge.core.places import ROOT
from bridge.workflow.convert import DRAWN_ONLY

PAGE = ROOT / "docs" / "CONFORMANCE.md"
REQUEST = re.compile(r"request (\w+) (\w+) (\S+) (\d+)\b")
BEGIN, END = "<!-- conformance -->\n", "<!-- /conformance -->"
FOLDER = "PIXART_TESTS_SEEN"  # environment variable: where the processes of this run leave their notes
HOW = "run: WRITE_CONFORMANCE=1 python -m pytest -m client"

COMFYUI = "comfyui"  # where a dialect's name stands else
POLLED = ("a1111", "GET /sdapi/v1/progress")  # asked every second or so: by whom at all depends on the machine's speed

Seen = dict[tuple[str, str], set[str]]  # (dialect, "GET /path") -> clients


def begin() -> None:
    """Make the folder; in the process that the others come from."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="pixart-clients-")


def _note(kind: str, lines: Iterable[Any]) -> None:
    with Path(os.environ[FOLDER], f"{kind}-{os.getpid()}").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def _noted(kind: str) -> list[Any]:
    files = Path(os.environ[FOLDER]).glob(f"{kind}-*")
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def expect(tests: Iterable[str]) -> None:
    """Note the ids of the clients' tests that are going to run."""
    _note("expected", tests)


@contextmanager
def noted(test: str, client: str, bridge: Any) -> Iterator[None]:
    """Note what the bridge answers with success, under this client's name."""
    start = _all_said(bridge)
    yield
    _all_said(bridge)
    found = [REQUEST.search(line.strip()) for line in bridge.said[start:]]
    rows = [(f[1], f"{f[2].replace('HEAD', 'GET')} {f[3]}", client) for f in found if f and int(f[4]) < 400]
    _note("seen", rows)
    _note("ran", [test])


@contextmanager
def drawn(test: str, client: str, mode: str, comfy: Any) -> Iterator[None]:
    """Note that this client drew a mode on ComfyUI itself."""
    before = comfy.get("/history").keys()
    yield
    path = max((ROOT / "workflows").glob(f"{mode}.v*.json"))
    nodes = {node["type"] for node in json.loads(path.read_text(encoding="utf-8"))["nodes"]} - DRAWN_ONLY
    for id, entry in comfy.get("/history").items():
        classes = {node["class_type"] for node in entry["prompt"][2].values()}
        if id not in before and nodes == classes and entry["status"]["status_str"] == "success":
            _note("seen", [(COMFYUI, mode, client)])
    _note("ran", [test])


def _all_said(bridge: Any) -> int:
    """How many lines the bridge has said, when all that it had to say so far is there."""
    before, deadline = _healths(bridge), time.monotonic() + 10
    bridge.call("/health")
    while _healths(bridge) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(bridge.said)


def _healths(bridge: Any) -> int:
    return sum("GET /health" in line for line in list(bridge.said))


def end() -> str | None:
    """What is wrong with the page, after the run; None when it is right, or when not all clients ran."""
    files = {path.name for path in (ROOT / "tests").rglob("test_*.py") if "mark.client(" in path.read_text("utf-8")}
    expected, ran = set(_noted("expected")), set(_noted("ran"))
    seen: Seen = defaultdict(set)
    for dialect, route, client in _noted("seen"):
        seen[dialect, route].add(client)
    shutil.rmtree(os.environ[FOLDER])
    if expected - ran or files - {Path(test.partition("::")[0]).name for test in ran}:
        return None
    page = PAGE.read_text(encoding="utf-8")
    if row := re.search(rf"`{POLLED[1]}` \| (.+) \|", page):
        seen[POLLED] = set(row[1].split(", "))
    if os.environ.get("WRITE_CONFORMANCE"):
        PAGE.write_text(filled(page, seen), encoding="utf-8")
    return (
        None if filled(PAGE.read_text(encoding="utf-8"), seen) == page else f"{PAGE.name} is not what was seen; {HOW}"
    )


def table(seen: Seen) -> str:
    """A row for each route of each dialect; a route that no outside client asks for says so."""
    lines = ["| dialect | route | clients that were seen to use it |", "| --- | --- | --- |"]
    for dialect in dialects().values():
        for route in dialect.routes:
            path = route.path if route.alone else dialect.mount + route.path
            both = (seen.get((dialect.name, f"{route.method} {each}"), set()) for each in {path, route.path})
            clients = ", ".join(sorted(set().union(*both))) or "–"
            lines.append(f"| {dialect.title} | `{route.method} {path}` | {clients} |")
    for (name, mode), clients in sorted(seen.items()):
        if name == COMFYUI:
            lines.append(f"| ComfyUI's own | `POST /prompt`, the workflow `{mode}` | {', '.join(sorted(clients))} |")
    return "\n".join(lines) + "\n"


def filled(text: str, seen: Seen) -> str:
    """The page with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table(seen) + END + after

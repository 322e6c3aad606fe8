"""Which client asked for what and got it: the rows of docs/CONFORMANCE.md, noted while the clients' tests run.

A test marked `client("webuiapi")` that passes adds a row for each route that its bridge answered with success
meanwhile. `WRITE_CONFORMANCE=1 python -m pytest -m "client or last"` writes the table anew.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bridge.adapters import dialects
from bridge.settings import ROOT

PAGE = ROOT / "docs" / "CONFORMANCE.md"
REQUEST = re.compile(r"request (\w+) (\w+) (\S+) (\d+)$")
BEGIN, END = "<!-- conformance -->\n", "<!-- /conformance -->"

SEEN: dict[tuple[str, str], set[str]] = defaultdict(set)  # (dialect, "GET /path") -> clients
RAN: set[str] = set()  # ids of the tests that passed


@contextmanager
def noted(client: str, bridge: Any) -> Iterator[None]:
    """Note what the bridge answers with success, under this client's name."""
    start = len(bridge.said)
    yield
    bridge.call("/health")  # what was said before this is there when this is answered
    for line in bridge.said[start:]:
        found = REQUEST.search(line.strip())
        if found and int(found[4]) < 400:
            SEEN[found[1], f"{found[2].replace('HEAD', 'GET')} {found[3]}"].add(client)


def table() -> str:
    """A row for each route of each dialect; a route that no outside client asks for says so."""
    lines = ["| dialect | route | clients that were seen to use it |", "| --- | --- | --- |"]
    for dialect in dialects().values():
        for route in dialect.routes:
            path = route.path if route.alone else dialect.mount + route.path
            both = (SEEN[dialect.name, f"{route.method} {each}"] for each in {path, route.path})
            clients = ", ".join(sorted(set().union(*both))) or "–"
            lines.append(f"| {dialect.title} | `{route.method} {path}` | {clients} |")
    return "\n".join(lines) + "\n"


def filled(text: str) -> str:
    """The page with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after

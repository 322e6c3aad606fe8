"""docs/CONFORMANCE.md says what the clients' tests saw, and every trap of the originals has a test that names it."""

import os
import re

import conformance
import pytest

from bridge.settings import ROOT

TESTS = ROOT / "tests"
AXERA = {18, 19}  # how an NPU is fed and when it is ready: of a backend that is not there yet
TRAPS = set(range(1, 34)) - AXERA


@pytest.mark.last
@pytest.mark.comfy
def test_the_table_of_clients_is_what_was_seen(request):
    marked = [item for item in request.session.items if item.get_closest_marker("client")]
    files = {path.name for path in TESTS.glob("test_*.py") if "mark.client(" in path.read_text(encoding="utf-8")}
    missing = files - {TESTS.name} - {item.path.name for item in marked} - {"test_conformance.py"}
    if missing or any(item.nodeid not in conformance.RAN for item in marked):
        pytest.skip("not all clients ran")
    page = conformance.PAGE.read_text(encoding="utf-8")
    if os.environ.get("WRITE_CONFORMANCE"):
        conformance.PAGE.write_text(conformance.filled(page), encoding="utf-8")
    assert conformance.filled(page) == page, "run: WRITE_CONFORMANCE=1 python -m pytest -m 'client or last'"


def test_every_trap_has_a_test_that_names_it():
    named = set()
    for path in TESTS.glob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        named |= {int(number) for number in re.findall(r"(?:mark\.trap\(|def test_trap_)(\d+)", text)}
    assert TRAPS - named == set()

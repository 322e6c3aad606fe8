"""Every trap of the originals has a test that names it; what clients use is held to docs/CONFORMANCE.md by conftest."""

import re

from bridge.core.places import ROOT

TESTS = ROOT / "tests"
AXERA = {18, 19}  # how an NPU is fed and when it is ready: of a backend that is not there yet
TRAPS = set(range(1, 34)) - AXERA


def test_every_trap_has_a_test_that_names_it():
    named = set()
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        named |= {int(number) for number in re.findall(r"(?:mark\.trap\(|def test_trap_)(\d+)", text)}
    assert TRAPS - named == set()

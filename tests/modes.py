"""The modes that are shipped, read once for all tests that ask for them."""

from bridge.core.places import ROOT
from bridge.workflow.library import Library

LIBRARY = Library.open(ROOT / "workflows")

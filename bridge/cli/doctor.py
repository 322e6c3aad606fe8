"""The command `doctor`."""

from __future__ import annotations

import argparse
import asyncio

from bridge.app.arguments import Parser
from bridge.app.doctor import report
from bridge.app.fleet_report import fleet_report
from bridge.cli import say
from bridge.comfy.blocking import connected
from bridge.core import settings
from bridge.core.results_settings import ResultsSettings
from bridge.core.setting_types import NO_DEVICES
from bridge.core.variables import checked


def add_to(parser: Parser) -> None:
    """The arguments of `doctor`."""
    parser.show_examples("pixart doctor", "COMFYUI_URL=http://127.0.0.1:8188 pixart doctor")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """`doctor`: the fleet, then what each mode needs and has; 1 when one lacks more than models, or the fleet fails."""
    loaded = settings.load()
    sound, lines = asyncio.run(fleet_report(loaded, checked(ResultsSettings)))
    print("\n".join(lines), end="\n" if lines else "", flush=True)
    if loaded.workers == NO_DEVICES:
        return 0 if sound else 1  # what modes need is for those to say who draw
    with connected(loaded, say) as comfy:
        healthy, lines = report(loaded, comfy)
    print("\n".join(lines))
    return 0 if healthy and sound else 1

"""The commands that print what other programs read: `completion` and `openapi`."""

from __future__ import annotations

import argparse
import json
import sys

from bridge.adapters import dialects
from bridge.app import completion
from bridge.app.arguments import Parser
from bridge.cli import parser as program
from bridge.web.openapi import document


def add_completion(parser: Parser) -> None:
    """The arguments of `completion`."""
    parser.add_argument("shell", choices=completion.SHELLS, help="whose script to print")
    parser.show_examples(*completion.INSTALL_BY_SHELL.values())
    parser.set_defaults(run=run_completion)


def add_openapi(parser: Parser) -> None:
    """The arguments of `openapi`."""
    parser.show_examples("pixart openapi > openapi.json")
    parser.set_defaults(run=run_openapi)


def run_completion(arguments: argparse.Namespace) -> int:
    """`completion`: the script that a shell sources to complete this program's words."""
    script, coding = completion.script(program(), arguments.shell), sys.stdout.encoding or "utf-8"
    sys.stdout.write(script.encode(coding, "replace").decode(coding))  # older codings have no curved apostrophe
    return 0


def run_openapi(_: argparse.Namespace) -> int:
    """`openapi`: the API as an OpenAPI document."""
    print(json.dumps(document(dialects()), indent=2))
    return 0

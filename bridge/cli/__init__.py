"""The command line: commands, whose code is imported when they run. Every failure is a sentence and a non-zero exit."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bridge import __version__
from bridge.app.arguments import Parser
from bridge.core.errors import PixartError
from bridge.core.permissions import keep_private, mend

if TYPE_CHECKING:
    from bridge.core.settings import Settings

INTERRUPTED = 130  # the exit status of shells for a program that Ctrl+C ended
# command -> the function that adds its arguments, by module and name, and its help
COMMANDS = {
    "serve": ("bridge.cli.serving:add_serve", "serve the REST API; starts ComfyUI unless COMFYUI_URL is set"),
    "make": ("bridge.app.make.terminal:add_to", "turn sketches or words into pixel art, without a server"),
    "check": ("bridge.app.check:add_to", "say what a picture breaks of a console's limits, and where"),
    "models": ("bridge.app.models.terminal:add_to", "fetch model files in sets, check, list and remove them"),
    "worker": (
        "bridge.cli.serving:add_worker",
        "draw what bridges with the same DATABASE_URL accept, without a server",
    ),
    "doctor": ("bridge.cli.doctor:add_to", "what each mode needs, what is there, what to do"),
    "clean": (
        "bridge.cli.serving:add_clean",
        "remove what KEEP_DAYS and KEEP_MB don't keep; the server must not run",
    ),
    "migrate": (
        "bridge.cli.serving:add_migrate",
        "take jobs over into the database of DATABASE_URL; no server may run",
    ),
    "webhooks": (
        "bridge.cli.webhooks:add_to",
        "the webhook events that wait or were given up; `retry` sends the latter",
    ),
    "completion": (
        "bridge.cli.texts:add_completion",
        "print what a shell sources to complete the words of this command",
    ),
    "openapi": ("bridge.cli.texts:add_openapi", "print the OpenAPI document"),
    "keys": ("bridge.cli.keys:add_to", "make, list and remove API keys; a running server notices"),
}


def say(text: str) -> None:
    """Tell the person at the terminal something that is not the command's result."""
    print(text, file=sys.stderr, flush=True)


def private(loaded: Settings, say: Callable[[str], None] = say) -> Settings:
    """The settings, after closing their folders to other users; says which folders were open."""
    for folder in {loaded.data, loaded.cache_folder} if loaded.caching else {loaded.data}:
        if sentence := mend(folder):
            say(sentence)
    return loaded


def _added(place: str) -> Callable[[Parser], None]:
    """A function that imports a command's module and adds its arguments to the parser."""
    module, _, name = place.partition(":")

    def add(parser: Parser) -> None:
        try:
            code = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if str(error.name).partition(".")[0] == "bridge":
                raise
            hint = "Run this with .venv/bin/python, which `python3 install.py` sets up."
            raise PixartError(f"{sys.executable} lacks the package {error.name!r}.", hint=hint) from error
        getattr(code, name)(parser)

    return add


def parser() -> Parser:
    """The arguments of the program and, as soon as they are needed, of its commands."""
    top = Parser("pixart", description="Sketches to pixel art through ComfyUI.")
    top.add_argument("--version", action="version", version=f"pixart {__version__}")
    top.set_defaults(say=say, private=private)
    top.show_examples(
        "pixart serve",
        'pixart make "a red fox in the snow" -o fox.png',
        "pixart models get sd15",
        "pixart doctor",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for name, (place, text) in COMMANDS.items():
        commands.add_parser(name, help=text, add=_added(place))
    return top


def open_streams() -> None:
    """Open those of the three standard streams that the caller closed, so that no other file gets their numbers."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, whose files are for this user only; returns the exit status."""
    open_streams()
    arguments = argparse.Namespace(say=say)
    try:
        arguments = parser().parse_args(argv)
        arguments.umask = keep_private()
        return arguments.run(arguments)
    except PixartError as error:
        named = error.field is None or error.field in str(error)
        arguments.say(f"pixart: {error}" if named else f"pixart: {error.field}: {error}")
    except BrokenPipeError:  # whoever reads has enough, as `| head`; what is still in the buffer goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        arguments.say(f"pixart: {where}{error.strerror or error}.")
    except KeyboardInterrupt:
        over = "\r\x1b[K" if sys.stderr.isatty() else ""  # in place of a bar that is there
        arguments.say(f"{over}pixart: stopped.")
        return INTERRUPTED
    return 1

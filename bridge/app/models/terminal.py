"""The command line of `pixart models`: its arguments, and its output and questions at a terminal."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

from bridge.app.arguments import Parser
from bridge.app.models import commands, folders
from bridge.app.models.commands import Place, Voice
from bridge.app.models.download import Tell
from bridge.app.models.hub import Hubs
from bridge.app.models.progress import Progress
from bridge.catalog.model_sets import built_in, parse
from bridge.core import settings
from bridge.core.errors import BadRequest
from bridge.core.permissions import mend, umask
from bridge.core.variables import checked

REDRAWN_SECONDS = 0.1  # after which a line of progress is drawn again
GET_ELSEWHERE = "pixart models get sd15 --folder ~/ComfyUI/models"
CLEAR_LINE = "\r\x1b[K"  # the code that empties a terminal's line


def add_to(parser: Parser) -> None:
    """The arguments of `models`."""
    common = Parser(add_help=False)
    common.add_argument("--folder", type=Path, metavar="DIR", help="the `models` of a ComfyUI (the bridge's own)")
    common.add_argument("--manifest", type=Path, metavar="FILE", help="sets and files of your own, instead of ours")
    actions = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (run, many, text, examples) in COMMANDS.items():
        sub = actions.add_parser(name, help=text, parents=[common])
        sub.add_argument("names", nargs=many, metavar="SET|FILE", help="sets and files, as `models list` has them")
        if name in ("get", "remove"):
            sub.add_argument("--yes", action="store_true", help="don't ask")
        sub.show_examples(*examples)
        sub.set_defaults(run=run)
    parser.show_examples(*(examples[0] for *_, examples in COMMANDS.values()))


def _place(arguments: argparse.Namespace) -> Place:
    """The manifest and the folders of a command; errors take the place of a line of progress from now on."""
    arguments.say = say
    manifest: Path | None = arguments.manifest
    sets = parse(manifest.read_text(encoding="utf-8", errors="replace"), manifest.name) if manifest else built_in()
    folder: Path | None = arguments.folder
    if folder is not None and not folder.is_dir():
        raise BadRequest(f"There is no folder {folder}.", hint="Name the `models` folder of a ComfyUI.")
    return Place(sets, folders.below(folder.absolute()) if folder else folders.of_settings(settings.load()))


def _list(arguments: argparse.Namespace) -> int:
    return _show(commands.list_lines(_place(arguments), arguments.names))


def _get(arguments: argparse.Namespace) -> int:
    loaded, place = settings.load(), _place(arguments)
    if not arguments.folder and (sentence := mend(loaded.data)):
        say(sentence)
    # Files in a folder that a person names get the modes of that person's other files.
    with umask(arguments.umask) if arguments.folder else nullcontext():
        spare = loaded.keep_free_mb << 20
        commands.get(place, arguments.names, checked(Hubs), TERMINAL_VOICE, yes=arguments.yes, spare=spare)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    return 0 if commands.verify(_place(arguments), arguments.names, TERMINAL_VOICE) else 1


def _where(arguments: argparse.Namespace) -> int:
    return _show(commands.where_lines(_place(arguments), arguments.names))


def _remove(arguments: argparse.Namespace) -> int:
    commands.remove(_place(arguments), arguments.names, TERMINAL_VOICE, yes=arguments.yes)
    return 0


# name -> its function, how many names it takes, its help, examples
COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str, str, tuple[str, ...]]] = {
    "list": (
        *(_list, "*", "list sets and files, their sizes and licences, and what is there"),
        ("pixart models list", "pixart models list sdxl-pixel"),
    ),
    "get": (
        *(_get, "+", "fetch them; what was broken off goes on. A SHA-256 is a file of Civitai's"),
        ("pixart models get sd15", "pixart models get sdxl-pixel upscalers --yes", GET_ELSEWHERE),
    ),
    "verify": (
        *(_verify, "*", "compare what is there with its SHA-256"),
        ("pixart models verify", "pixart models verify sd15"),
    ),
    "where": (
        *(_where, "*", "show the folders, or where files are"),
        ("pixart models where", "pixart models where sd15"),
    ),
    "remove": (*(_remove, "+", "remove files that were fetched"), ("pixart models remove sd15",)),
}


def _show(lines: Iterable[str]) -> int:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def say(text: str) -> None:
    """Print a sentence, in the place of a line of progress."""
    sys.stderr.write(f"{CLEAR_LINE if sys.stderr.isatty() else ''}{text}\n")
    sys.stderr.flush()


def ask(question: str) -> bool:
    """The answer of the person at the terminal, True for yes. Raises BadRequest without a terminal."""
    if not sys.stdin.isatty():
        raise BadRequest(f"{question} Nobody is there to answer.", hint="Run it in a terminal, or add --yes.")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def teller(name: str) -> Tell:
    """A function that draws the progress of the file of this name, on a terminal only."""
    progress, drawn = Progress(name), 0.0

    def tell(doing: str, done: int, total: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if sys.stderr.isatty() and (done >= total or now - drawn >= REDRAWN_SECONDS):
            drawn = now
            line = progress.line(doing, done, total, now)
            sys.stderr.write(CLEAR_LINE + line[: shutil.get_terminal_size().columns - 1])
            sys.stderr.flush()

    return tell


TERMINAL_VOICE = Voice(say, ask, teller)

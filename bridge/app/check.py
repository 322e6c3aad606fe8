"""`pixart check`: what an artist's picture breaks of a console's or home computer's limits, and where."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bridge.app.make import output_files
from bridge.app.make.batch import reason
from bridge.app.make.drawing import Draughtsman, Drawing
from bridge.app.make.request import Wish, of_workflow
from bridge.app.make.sources import Source, sources
from bridge.comfy.blocking import connected
from bridge.core import settings
from bridge.core.errors import BadRequest, PixartError
from bridge.core.permissions import umask
from bridge.workflow.library import Library

MODE = "machine_check"
BREACHES = "breaches"  # what the workflow's node reports
ENDING = "-mask.png"
EXAMPLES = """examples:
  pixart check art.png --machine nes
  pixart check art.png --machine zx --mask broken.png
  pixart check sprites/ --machine gbc --mask masks --json

The exit status is 1 where a picture breaks a limit, or can't be read. The mask is white where something is broken.
"""


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments of `check`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("sources", nargs="+", metavar="PICTURE", help="pictures, folders of them, - for standard input")
    parser.add_argument("--machine", required=True, metavar="NAME", help="whose limits: nes, gb, snes, zx, c64, ...")
    parser.add_argument("--mask", type=Path, help="where to write the mask: a file, or a folder for several pictures")
    parser.add_argument("--json", action="store_true", help="tell each picture as a line of JSON on standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """`check`: 0 where all pictures obey."""
    loaded = settings.load()
    library = Library.open(loaded.workflows)
    pictures = sources(arguments.sources, arguments.mask)
    masks = _masks(arguments.mask, pictures)
    words = {"machine": "--machine"}
    wish = Wish(values={"machine": arguments.machine}, words=words, workflow=library.get(MODE))
    obey = True
    with connected(arguments.private(loaded), arguments.say) as comfy:
        draughtsman = Draughtsman(loaded, comfy)
        with draughtsman.at_work():
            for picture in pictures:
                obey &= _tell(arguments, picture, _checked(draughtsman, picture, wish), masks.get(picture))
    return 0 if obey else 1


def _masks(wanted: Path | None, pictures: Sequence[Source]) -> dict[Source, Path]:
    """Where the mask of each picture goes; nowhere where nobody wants any. Raises BadRequest."""
    if wanted is None:
        return {}
    if len(pictures) == 1 and not wanted.is_dir():
        return output_files.places(output_files.output(wanted, many=False, format="png"), pictures)
    if wanted.suffix and not wanted.is_dir():
        raise BadRequest(f"{wanted} is one file, for several pictures.", hint="Name a folder with --mask.")
    return {picture: wanted / f"{picture.name}{ENDING}" for picture in pictures}


def _checked(draughtsman: Draughtsman, picture: Source, wish: Wish) -> Drawing | str:
    """The mask with what is broken, or why the picture can't be looked at. Raises BadRequest for a wrong machine."""
    assert wish.workflow is not None
    try:
        spec = of_workflow(wish.workflow, picture, wish)
    except (PixartError, OSError) as error:
        return reason(error, picture)
    return draughtsman.draw(spec, wish, lambda part: None)


def _tell(arguments: argparse.Namespace, picture: Source, made: Drawing | str, mask: Path | None) -> bool:
    """Say what is broken and write the mask; whether nothing is."""
    if isinstance(made, str):
        _write(arguments, {"source": picture.shown, "error": made}, [f"{picture.shown}: {made}"])
        return False
    wrong: Sequence[Any] = made.reports[BREACHES]
    lines = [f"{picture.shown}: {each['words']}" for each in wrong]
    lines = lines or [f"{picture.shown}: {arguments.machine} can show it as it is."]
    if mask is not None:
        with umask(arguments.umask):
            output_files.write(mask, made.data)
    record = {"source": picture.shown, "machine": arguments.machine, "obeys": not wrong, "breaches": wrong}
    _write(arguments, {**record, **({"mask": str(mask)} if mask else {})}, lines)
    return not wrong


def _write(arguments: argparse.Namespace, record: dict[str, Any], lines: list[str]) -> None:
    text = json.dumps(record, ensure_ascii=False) if arguments.json else "\n".join(lines)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

"""`pixart check`: the limits of a console or home computer that an artist's picture breaks, and where."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from bridge.app.arguments import Parser
from bridge.app.make import output_files
from bridge.app.make.batch import reason
from bridge.app.make.drawing import Draughtsman, Drawing
from bridge.app.make.output_files import Output
from bridge.app.make.request import Wish, of_workflow
from bridge.app.make.sources import Source, sources
from bridge.comfy.blocking import connected
from bridge.core import settings
from bridge.core.errors import BadRequest, PixartError
from bridge.core.permissions import umask
from bridge.workflow.library import Library

CHECK_MODE = "machine_check"
BREACHES_REPORT = "breaches"  # the name of the workflow's report
MASK_NAME = "-mask"  # how the name of a picture's mask ends, before the ending of the file
EXAMPLES = (
    "pixart check art.png --machine nes",
    "pixart check art.png --machine zx --mask broken.png",
    "pixart check sprites/ --machine gbc --mask masks --json",
)
STATUS_HELP = """
The exit status is 1 where a picture breaks a limit, or can't be read. The mask is white where something is broken.
"""


def add_to(parser: Parser) -> None:
    """The arguments of `check`."""
    parser.show_examples(*EXAMPLES, rest=STATUS_HELP)
    parser.add_argument("sources", nargs="+", metavar="PICTURE", help="pictures, folders of them, - for standard input")
    parser.add_argument("--machine", required=True, metavar="NAME", help="whose limits: nes, gb, snes, zx, c64, ...")
    parser.add_argument("--mask", type=Path, help="where to write the mask: a file, or a folder for several pictures")
    parser.add_argument("--json", action="store_true", help="tell each picture as a line of JSON on standard output")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """`check`: returns 0 if all pictures obey the limits, else 1."""
    loaded = settings.load()
    library = Library.open(loaded.workflows)
    pictures = sources(arguments.sources, arguments.mask)
    masks = _masks(arguments.mask, pictures)
    words = {"machine": "--machine"}
    wish = Wish(values={"machine": arguments.machine}, words=words, workflow=library.get(CHECK_MODE))
    obey = True
    with connected(arguments.private(loaded), arguments.say) as comfy:
        draughtsman = Draughtsman(loaded, comfy)
        with draughtsman.at_work():
            for picture in pictures:
                obey &= _tell(arguments, picture, _mask_of(draughtsman, picture, wish), masks.get(picture))
    return 0 if obey else 1


def _masks(place: Path | None, pictures: Sequence[Source]) -> dict[Source, Path]:
    """The path of each picture's mask; none without a `place`. Raises BadRequest for a wrong place."""
    if place is None:
        return {}
    if len(pictures) == 1 and not place.is_dir():
        return output_files.places(output_files.output(place, many=False, format="png"), pictures)
    if place.suffix and not place.is_dir():
        raise BadRequest(f"{place} is one file, for several pictures.", hint="Name a folder with --mask.")
    named = {replace(each, name=PurePath(f"{each.name}{MASK_NAME}")): each for each in pictures}
    paths = output_files.places(Output("png", folder=place), list(named))
    return {named[mask]: path for mask, path in paths.items()}


def _mask_of(draughtsman: Draughtsman, picture: Source, wish: Wish) -> Drawing | str:
    """The mask and the breaches, or a sentence about an unusable picture. Raises BadRequest for a wrong machine."""
    assert wish.workflow is not None
    try:
        spec = of_workflow(wish.workflow, picture, wish)
    except (PixartError, OSError) as error:
        return reason(error, picture)
    return draughtsman.draw(spec, wish, lambda part: None)


def _tell(arguments: argparse.Namespace, picture: Source, drawing: Drawing | str, mask: Path | None) -> bool:
    """Print the breaches and write the mask; returns whether there is no breach."""
    if isinstance(drawing, str):
        _write(arguments, {"source": picture.label, "error": drawing}, [f"{picture.label}: {drawing}"])
        return False
    wrong: Sequence[Any] = drawing.reports[BREACHES_REPORT]
    lines = [f"{picture.label}: {each['words']}" for each in wrong]
    lines = lines or [f"{picture.label}: {arguments.machine} can show it as it is."]
    if mask is not None:
        with umask(arguments.umask):
            output_files.write(mask, drawing.data)
    record = {"source": picture.label, "machine": arguments.machine, "obeys": not wrong, "breaches": wrong}
    _write(arguments, {**record, **({"mask": str(mask)} if mask else {})}, lines)
    return not wrong


def _write(arguments: argparse.Namespace, record: dict[str, Any], lines: list[str]) -> None:
    text = json.dumps(record, ensure_ascii=False) if arguments.json else "\n".join(lines)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

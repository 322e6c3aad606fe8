"""The command line of `pixart make`: its arguments, and what it tells a person or a program."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bridge.adapters.machine import FIT_CHOICES as MACHINE_FITS
from bridge.adapters.machine import MACHINE_MODE as MACHINE
from bridge.adapters.picture_fields import FIT_CHOICES, ON_VALUES
from bridge.adapters.styling import STYLES
from bridge.app.arguments import Parser
from bridge.app.make import batch, machine_folder, output_files, workflow_inputs
from bridge.app.make.batch import Batch, Result
from bridge.app.make.connection import Connection
from bridge.app.make.drawing import Drawing
from bridge.app.make.options import ADDED, KNOBS, OF_MACHINES, option, wish_of
from bridge.app.make.output_files import Output
from bridge.app.make.request import Wish, of_source
from bridge.app.make.short_note import short
from bridge.app.make.sources import STDIN, Source, of_words, require_file, sources
from bridge.app.make.watch import Watch
from bridge.comfy.blocking import connected
from bridge.core import settings
from bridge.core.errors import BadRequest
from bridge.core.permissions import umask
from bridge.core.picture.image_size import size
from bridge.core.settings import Settings
from bridge.workflow.additions import ADDITIONS
from bridge.workflow.library import Library

BAR_WIDTH = 30  # characters
HEAD_BYTES = 64 << 10  # of a file, in which nearly all pictures tell their size
# A PNG of one transparent pixel: what is wrong with the other arguments is told before any picture is read.
ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000b49444154789c63600002000005000175"
    "d9c3780000000049454e44ae426082"
)
EXAMPLES = (
    "pixart make sketch.png --palette sweetie-16 --size 48x48 -o sprite.png",
    'pixart make "a red fox in the snow" -o fox.png',
    "pixart make sketches/ more/*.png --style retro-16bit -o sprites/",
    "pixart make walk.gif --size 48 -o small.gif",
    "pixart make photo.jpg --dither bayer-4 --strength 0.5 --colors 000,555,aaa,fff",
    'pixart make "a knight" --background border-fill --outline black --enlarge 8 -o knight.png',
    "pixart make generated.png --snap --palette endesga-32",
    "pixart make --workflow pixelate --list",
    'pixart make a.png --workflow img2img --set denoise=0.4 --set prompt="a castle"',
    "pixart make photo.png --machine nes -o out",
    'pixart make "a red fox in the snow" --machine gb -o fox',
    "pixart make drawing.png --machine zx --fit pad --method line-art --dither none -o out",
    "pixart make hero.aseprite --watch -o hero.png",
    "curl -s URL | pixart make - -o - > sprite.png",
)


def add_to(parser: Parser) -> None:
    """The arguments of `make`."""
    parser.show_examples(*EXAMPLES)
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help='pictures, folders of them, - for standard input, or words: "a red fox"',
    )
    _where(parser)
    _looks(parser)
    _workflow(parser)
    _file(parser)
    parser.set_defaults(run=run, heard=set())


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=output_files.place,
        help="where to write: a file (out.png), a folder (out, for several pictures), or - for standard output; "
        ".gif, .apng and .aseprite take every frame, with its time",
    )
    parser.add_argument("--format", choices=list(output_files.ENDINGS), help="kind of file, whatever --output ends in")
    parser.add_argument("--watch", action="store_true", help="draw anew whenever a source is saved, until Ctrl+C")
    parser.add_argument("--json", action="store_true", help="tell each result as a line of JSON on standard output")


def _looks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", help="16 to 512 pixels a side, like 64x48, or the longest side, like 64 (64x64)")
    parser.add_argument(
        "--fit",
        choices=[*FIT_CHOICES, *MACHINE_FITS],
        help="where the sketch's shape differs: stretch (default), crop, pad, or longest: its own shape, that long; "
        "with --machine: crop (default), pad, stretch, cut (its middle pixel for pixel), or keep (its own size)",
    )
    parser.add_argument("--style", help=f"{', '.join(STYLES)} (pixel-modern)")
    parser.add_argument("--prompt", default="", help="what the sketch shows")
    colors = parser.add_mutually_exclusive_group()
    colors.add_argument("--palette", help="a built-in palette instead of the style's, like sweetie-16")
    colors.add_argument("--colors", help="your own palette: hex colours, separated by commas")
    for name, text in KNOBS.items():
        parser.add_argument(option(name), metavar="VALUE", help=text)
    for name, text in OF_MACHINES.items():
        parser.add_argument(option(name), metavar="NAME" if name == MACHINE else "VALUE", help=text)
    for name, metavar in ADDED.items():
        parser.add_argument(f"--{name}", metavar=metavar, help=ADDITIONS[name].summary)
    for name in ON_VALUES:
        parser.add_argument(f"--{name}", action="store_true", help=ADDITIONS[name].summary)
    parser.add_argument("--seed", type=int, help="a number that decides the picture; the same gives the same")
    parser.add_argument(
        "--paper", action="store_true", help="the sketch is a photo of a drawing on paper: take its ink only"
    )


def _workflow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workflow", metavar="NAME", help="draw with this workflow, as `make --list` has them")
    parser.add_argument(
        "--set", action="append", default=[], metavar="INPUT=VALUE", help="set any input of the workflow"
    )
    parser.add_argument(
        "--list", action="store_true", help="list the workflows, or with --workflow its inputs and their ranges"
    )


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-metadata", action="store_true", help="leave out of the file how it was made, its graph too"
    )
    parser.add_argument(
        "--no-workflow", action="store_true", help="leave out of the file ComfyUI's graph and prompt alone"
    )


def run(arguments: argparse.Namespace) -> int:
    """`make`: sketches or words to pictures; 1 where one failed."""
    loaded = settings.load()
    library = Library.open(loaded.workflows)
    if arguments.list:
        return _list(arguments, library, loaded)
    all_sources = _sources(arguments)
    many = len(all_sources) > 1 or any(Path(each).is_dir() for each in arguments.sources)
    many_files = bool(arguments.machine) and not _is_file(arguments.output)
    output = output_files.output(arguments.output, many=many or many_files, format=arguments.format)
    if arguments.json and output.streams:
        raise BadRequest("--json and the picture can't both go to standard output.", hint="Name a file with --output.")
    wish = wish_of(arguments, output.format, library)
    output_files.places(output, all_sources)
    samples = _samples(all_sources, wish)
    for one in samples:
        of_source(one, wish)
    if not (arguments.json or arguments.watch):  # those tell of it among others, or wait for it
        require_file(all_sources)
        _require_picture(all_sources, wish)
    watch = _watch(arguments, all_sources)
    with Connection(arguments.private(loaded), arguments.say) as connection:
        for one in samples:
            connection.plan(of_source(one, wish), wish)
        status = _draw(arguments, connection, wish, output, all_sources)
        for saved in watch.changes() if watch else ():
            _draw(arguments, connection, wish, output, _sources(arguments), saved)
    return status


def _require_picture(all_sources: list[Source], wish: Wish) -> None:
    """Raise BadRequest, before ComfyUI is started, where the only file is no picture: its bytes tell no size."""
    if len(all_sources) != 1 or not (path := all_sources[0].path):
        return
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if size(head) is None:
        of_source(all_sources[0], wish)


def _is_file(place: Path | None) -> bool:
    """Whether a place names a picture or standard output, and no folder."""
    if place is None:
        return False
    return str(place) == STDIN or (not place.is_dir() and place.suffix[1:].lower() in output_files.ENDINGS)


def _sources(arguments: argparse.Namespace) -> list[Source]:
    if not arguments.sources and arguments.prompt and not arguments.workflow:
        return [of_words(arguments.prompt)]
    away = arguments.output or Path(output_files.FOLDER)
    return sources(arguments.sources, away) or [_nothing(arguments)]


def _watch(arguments: argparse.Namespace, all_sources: Sequence[Source]) -> Watch | None:
    """A watch of the sources' files with `--watch`, None without. Raises BadRequest where no source is a file."""
    if not arguments.watch:
        return None
    if not any(each.path for each in all_sources):
        raise BadRequest("--watch looks at files, and there is none.", hint="Name a file or a folder.")
    return Watch(lambda: _sources(arguments))


def _nothing(arguments: argparse.Namespace) -> Source:
    """An empty source for a named workflow. Raises BadRequest without one."""
    if not arguments.workflow:
        raise BadRequest("There is neither a sketch nor a prompt.", hint='Try: pixart make "a red fox in the snow".')
    return Source(arguments.workflow, Path(arguments.workflow.replace("@", "-")))


def _samples(all_sources: Sequence[Source], wish: Wish) -> list[Source]:
    """One source of each kind, without a file, to check the options before any source is drawn.

    Words for a machine count as a picture, which is drawn from them first.
    """
    kinds = {(bool(each.words) and not wish.for_machine, each.empty): each for each in reversed(all_sources)}
    return [each if kind != (False, False) else Source("", each.name, data=ONE_PIXEL) for kind, each in kinds.items()]


def _list(arguments: argparse.Namespace, library: Library, loaded: Settings) -> int:
    """Print the workflows, or the inputs of one."""
    if not arguments.workflow:
        modes = [library.get(name) for name in library.modes()]
        lines = [f"{each.name}: {each.summary}" for each in modes]
    else:
        workflow = library.get(arguments.workflow)
        with connected(arguments.private(loaded), arguments.say) as comfy:
            lines = workflow_inputs.listing(workflow, comfy.object_info())
    sys.stdout.writelines(f"{line}\n" for text in lines for line in _wrapped(text))
    return 0


def _wrapped(text: str) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    return textwrap.wrap(text, 120, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _writer(arguments: argparse.Namespace, output: Output, *, alone: bool) -> Callable[[Path, Drawing], Path]:
    """A function that writes a result to a file with the person's own umask, or to standard output.

    The files of a picture for a machine go into the output folder, or for one of several, into a folder of its name.
    """

    def write(path: Path, drawing: Drawing) -> Path:
        if str(path) == STDIN:
            sys.stdout.buffer.write(drawing.data)
            sys.stdout.buffer.flush()
            return path
        with umask(arguments.umask):
            if drawing.screen and output.folder:
                return machine_folder.write(path.parent if alone else path.with_suffix(""), drawing)
            return batch.write(path, drawing)

    return write


def _bar(arguments: argparse.Namespace) -> Callable[[float], None]:
    """A function that draws a progress bar, on a terminal only."""
    if arguments.json or not sys.stderr.isatty():
        return lambda part: None

    def draw(part: float) -> None:
        full = round(part * BAR_WIDTH)
        sys.stderr.write(f"\r[{'#' * full}{'.' * (BAR_WIDTH - full)}] {part:4.0%}")
        sys.stderr.flush()

    return draw


def _draw(
    arguments: argparse.Namespace,
    connection: Connection,
    wish: Wish,
    output: Output,
    all_sources: Sequence[Source],
    some: Sequence[Source] | None = None,
) -> int:
    """Draw all sources, or some, report each, and at the end the failures; returns 1 for any failure, else 0."""
    places, todo = output_files.places(output, all_sources), all_sources if some is None else some
    writer = _writer(arguments, output, alone=len(all_sources) == 1)
    work = Batch(connection, wish, {each: places[each] for each in todo}, writer, _bar(arguments))
    failures: list[Result] = []
    notes: Counter[str] = Counter()
    with closing(work.results(todo)) as results:
        for result in results:
            _show(arguments, result, alone=len(todo) == 1)
            failures += [] if result.drawing else [result]
            notes.update(short(result.drawing.notes) if result.drawing else ())
    _end(arguments, todo, failures, notes if len(todo) > 1 and not arguments.json else Counter())
    return 1 if failures else 0


def _show(arguments: argparse.Namespace, result: Result, *, alone: bool) -> None:
    if arguments.json:
        sys.stdout.write(json.dumps(record(result), ensure_ascii=False) + "\n")
        sys.stdout.flush()
    elif result.drawing:
        for line in lines(result, alone=alone):
            if line not in arguments.heard:
                _tell(arguments, line)
            if line.startswith("Note: "):  # with --watch, once and not with every save
                arguments.heard.add(line)


def _end(
    arguments: argparse.Namespace, all_sources: Sequence[Source], failures: list[Result], notes: Counter[str]
) -> None:
    for note, count in notes.most_common():
        _tell(arguments, f"Note on {count} of {len(all_sources)}: {note}")
    if failures and len(all_sources) > 1:
        _tell(arguments, f"pixart: {len(failures)} of {len(all_sources)} failed:")
    for failure in failures:
        label = failure.source.label
        sentence = failure.failure if failure.failure.startswith(f"{label} ") else f"{label}: {failure.failure}"
        _tell(arguments, f"{'  ' if len(all_sources) > 1 else 'pixart: '}{sentence}")


def _tell(arguments: argparse.Namespace, line: str) -> None:
    arguments.say(f"\r\x1b[K{line}" if sys.stderr.isatty() else line)


def lines(result: Result, *, alone: bool) -> list[str]:
    """The lines for people about a finished picture; without notes for one of several."""
    drawing = result.drawing
    assert drawing is not None
    width, height = drawing.size or (0, 0)
    summary = f"{result.path}: {width}x{height} by {drawing.workflow}, {len(drawing.data)} bytes"
    report = drawing.screen["report"].splitlines() if drawing.screen else ()
    notes = filter(None, (*short(drawing.notes), drawing.look, *report)) if alone else ()
    return [*(f"Note: {note}" for note in notes), summary]


def record(result: Result) -> Mapping[str, Any]:
    """The JSON object for programs about a source."""
    drawing = result.drawing
    if drawing is None:
        return {"source": result.source.label, "error": result.failure}
    width, height = drawing.size or (None, None)
    return {
        "source": result.source.label,
        "output": str(result.path),
        "width": width,
        "height": height,
        "bytes": len(drawing.data),
        "workflow": drawing.workflow,
        "notes": [note for note in (*drawing.notes, drawing.look) if note],
        "seconds": round(drawing.seconds, 3),
        **({"machine": drawing.screen} if drawing.screen else {}),
    }

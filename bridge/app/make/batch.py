"""Many sources through one ComfyUI: jobs are prepared, drawn and fetched side by side, and reported one by one."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.app.make import output_files
from bridge.app.make.connection import Connection
from bridge.app.make.drawing import Drawing
from bridge.app.make.request import Wish, drawn_first, of_source
from bridge.app.make.sources import STDIN, Source
from bridge.core.errors import BadRequest, PixartError, Unavailable

JOBS_AT_A_TIME = 4  # jobs at a time: ComfyUI draws one, one waits there, one is prepared, one is fetched
FULL_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Result:
    """The result of a source: its drawing and the file's path, or the sentence of its failure.

    `unreachable` says that it failed because ComfyUI has gone.
    """

    source: Source
    path: Path
    drawing: Drawing | None = None
    failure: str = ""
    unreachable: bool = False


class Batch:
    """Sources and the paths of their results. `progress` gets the share of all of them that is done, 0 to 1.

    `write` returns the path at which it has put a result, which for a machine lies in a folder of its name.
    """

    def __init__(
        self,
        connection: Connection,
        wish: Wish,
        places: Mapping[Source, Path],
        write: Callable[[Path, Drawing], Path],
        progress: Callable[[float], None],
    ) -> None:
        self._connection, self._wish, self._places = connection, wish, places
        self._write, self._progress = write, progress
        self._parts: dict[Source, float] = {}
        self._lock = threading.Lock()

    def results(self, sources: Sequence[Source]) -> Generator[Result, None, None]:
        """The results, in the order in which they come; closing the generator ends the jobs under way.

        What failed because ComfyUI has gone is drawn again by another one, once. Raises BadRequest for a full disk,
        after which the rest isn't drawn.
        """
        rest: list[Source] = []
        with closing(self._by_one_comfy(sources)) as results:
            for result in results:
                if result.unreachable and self._connection.renewable:
                    rest.append(result.source)
                else:
                    yield result
        if rest:
            self._connection.renew()
            yield from self._by_one_comfy(rest)

    def _by_one_comfy(self, sources: Sequence[Source]) -> Generator[Result, None, None]:
        """The results by the present ComfyUI; where that has gone before it began, the failure of each source."""
        try:
            yield from self._flow(sources)
        except Unavailable as error:
            for source in sources:
                yield self._failure(source, error)

    def _flow(self, sources: Sequence[Source]) -> Generator[Result, None, None]:
        waiting = iter(sources)
        with ThreadPoolExecutor(JOBS_AT_A_TIME) as threads, self._connection.at_work():
            jobs: dict[Future[Drawing], Source] = {}
            while True:
                while len(jobs) < JOBS_AT_A_TIME and (source := next(waiting, None)) is not None:
                    jobs[threads.submit(self._draw, source)] = source
                if not jobs:
                    return
                for future in wait(jobs, return_when=FIRST_COMPLETED).done:
                    yield self._result(jobs.pop(future), future)

    def _draw(self, source: Source) -> Drawing:
        first = drawn_first(source, self._wish)
        if first is None:
            spec = of_source(source, self._wish)
            return self._connection.draw(spec, self._wish, lambda part: self._note(source, part))
        picture = self._connection.draw(first, Wish(), lambda part: self._note(source, part / 2))
        spec = of_source(replace(source, words="", data=picture.data), self._wish)
        drawing = self._connection.draw(spec, self._wish, lambda part: self._note(source, (1 + part) / 2))
        return replace(drawing, notes=(*picture.notes, *drawing.notes), seconds=picture.seconds + drawing.seconds)

    def _result(self, source: Source, future: Future[Drawing]) -> Result:
        path = self._places[source]
        try:
            drawing = future.result()
        except (PixartError, OSError) as error:
            return self._failure(source, error)
        try:
            path = self._write(path, drawing)
        except BrokenPipeError:  # whoever reads has enough
            raise
        except OSError as error:
            if error.errno in FULL_DISK_ERRORS:
                place = "standard output" if str(path) == STDIN else path
                rest = "What is there is whole; the rest was not drawn."
                raise BadRequest(f"{place}: {error.strerror}.", hint=rest) from error
            return Result(source, path, failure=f"{error.filename or path}: {error.strerror or error}.")
        finally:
            self._note(source, 1.0)
        return Result(source, path, drawing)

    def _failure(self, source: Source, error: PixartError | OSError) -> Result:
        self._note(source, 1.0)
        is_away = isinstance(error, Unavailable)
        return Result(source, self._places[source], failure=reason(error, source), unreachable=is_away)

    def _note(self, source: Source, part: float) -> None:
        with self._lock:
            self._parts[source] = part
            self._progress(sum(self._parts.values()) / len(self._places))


def reason(error: PixartError | OSError, source: Source) -> str:
    """A sentence that says why a source has no result, without the source's name."""
    if isinstance(error, OSError):
        other = error.filename and str(error.filename) != str(source.path)
        return f"{f'{error.filename}: ' if other else ''}{error.strerror or error}."
    is_named = error.field is None or error.field in str(error)
    return str(error) if is_named else f"{error.field}: {error}"


def write(path: Path, drawing: Drawing) -> Path:
    """Write a drawing and the files beside it; returns the drawing's path."""
    output_files.write(path, drawing.data, drawing.beside)
    return path

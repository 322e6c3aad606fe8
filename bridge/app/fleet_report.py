"""`doctor`'s report of the database and the store of pictures that machines share, and of the ComfyUIs there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bridge.core.errors import SettingsError, StorageError
from bridge.core.results_settings import ResultsSettings
from bridge.core.settings import Settings
from bridge.storage.peers import LEASE_SECONDS
from bridge.storage.results_url import objects_of

if TYPE_CHECKING:
    from bridge.storage.postgres.examination import Examination


async def fleet_report(settings: Settings, results: ResultsSettings) -> tuple[bool, list[str]]:
    """Whether the shared database and store can be used, and the lines to print; no lines where nothing is shared."""
    sound, lines = True, []
    if settings.database_url:
        sound, lines = await _database(settings.database_url)
    if results.url:
        works, line = await _pictures(results)
        sound, lines = sound and works, [*lines, line]
    return sound, lines


async def _database(url: str) -> tuple[bool, list[str]]:
    from bridge.storage.postgres.address import address

    try:
        where = address(url)  # raises SettingsError for missing packages, before they are imported
        from bridge.storage.postgres.examination import examined

        examination = await examined(where)
    except SettingsError as error:
        return False, [f"Database  {error}"]
    return not examination.troubles, [*_described(examination), *_workers(examination.workers)]


def _described(examination: Examination) -> Iterator[str]:
    used, most = examination.connections
    place, took = examination.where, examination.milliseconds
    yield f"Database  PostgreSQL {examination.version} at {place} answers in {took:.0f} ms"
    yield f"{'':<9} {examination.tables_sentence} {used} of {most} connections are taken."
    for sentence in examination.troubles:
        yield f"{'':<9} - {sentence}"


def _workers(workers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in workers:
        age = each["seen_seconds"]
        state = "draws" if each.get("draws") else "is idle" if each.get("up") else "doesn't answer"
        state = f"is silent since {age:.0f} s" if age > LEASE_SECONDS else state
        words = [each.get("engine"), each.get("device"), each.get("url"), f"Pixart {each.get('version', '?')}"]
        yield f"Worker    {each['name']} {state} ({', '.join(filter(None, words))})"
    if not workers:
        yield "Worker    none is there: start `pixart serve` or `pixart worker` with this DATABASE_URL"


async def _pictures(results: ResultsSettings) -> tuple[bool, str]:
    began = time.perf_counter()
    try:
        objects = objects_of(results)
        await objects.prove()
        await objects.list("probe")
    except (SettingsError, StorageError) as error:
        return False, f"Pictures  {error}"
    took = (time.perf_counter() - began) * 1000
    return True, f"Pictures  {results.url} works: to write, look, remove and list took {took:.0f} ms"

"""The way from one bridge to several: the jobs of its file go into the database of DATABASE_URL."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.app.serve import shared_store
from bridge.core.errors import SettingsError
from bridge.core.settings import Settings
from bridge.storage.artifacts import Artifacts
from bridge.storage.store import Store


async def migrate(settings: Settings) -> Mapping[str, int]:
    """Copy jobs, turns, webhooks and other rows into the database; returns the number of rows by table.

    Pictures stay where they are. Raises SettingsError without a file or a database, while a bridge has the folder, and
    where the database has jobs already; then nothing is changed.
    """
    if settings.database_url is None:
        raise SettingsError("DATABASE_URL is not set.", hint="It says into which database the jobs go.")
    file = settings.data / "bridge.db"
    if not file.exists():
        raise SettingsError(f"There is no jobs database in {settings.data}.", hint="PIXART_DATA says where it is.")
    await _settle(settings)
    store = await shared_store(settings.database_url, settings.data)
    try:
        return await store.take_over(file)
    finally:
        await store.close()


async def _settle(settings: Settings) -> None:
    """Move small pictures out of the database's file into files of their own, and bring its tables to this version."""
    store = await Store.open(settings.data)
    try:
        await Artifacts.open(settings.results, store.buffer).settle()
    finally:
        await store.close()

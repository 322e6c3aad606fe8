"""The store of pictures that RESULTS_URL names, or the one in the data folder; and the cache of results."""

from __future__ import annotations

from pathlib import Path

from bridge.core.errors import SettingsError, StorageError
from bridge.core.metrics import Metrics
from bridge.core.results_settings import ResultsSettings
from bridge.core.settings import Settings
from bridge.storage.artifacts import Artifacts, Buffer
from bridge.storage.blobs import Blobs
from bridge.storage.cache import Cache, Entries
from bridge.storage.measured_objects import MeasuredObjects
from bridge.storage.objects import Objects
from bridge.storage.shared_blobs import SharedBlobs
from bridge.storage.shared_cache import SharedCache
from bridge.storage.shared_folder import SharedFolder

HOUR = 3600.0  # beyond what a request and a run may take: for clocks, and for a database that is waited for


async def opened_blobs(
    settings: Settings, results: ResultsSettings, buffer: Buffer | None, metrics: Metrics | None = None
) -> Blobs:
    """The store, proven to work. Raises SettingsError where it can't be used.

    The data folder's own is shared too where others have the same jobs (DATABASE_URL), by a mount or a link.
    """
    folder_blobs = None if results.url else Artifacts.open(settings.results, buffer)
    if folder_blobs and settings.database_url is None:
        return folder_blobs
    shared = SharedFolder(folder_blobs.folder) if folder_blobs else objects_of(results)
    objects = MeasuredObjects(shared, metrics) if metrics else shared
    try:
        await objects.prove()
    except StorageError as error:
        place = "RESULTS_URL" if results.url else f"The folder {settings.results}"
        raise SettingsError(f"{place} can't be used. {error.message}", hint=error.hint) from error
    grace = settings.timeout_seconds + settings.body_seconds + HOUR
    return SharedBlobs(objects, grace, buffer)


def opened_cache(settings: Settings, results: ResultsSettings) -> Entries | None:
    """The cache, beside the pictures where RESULTS_URL names a place for them; None where none is wanted."""
    limit = settings.cache_max_mb << 20
    if not settings.caching:
        return None
    if not results.url or settings.cache_dir:
        return Cache.open(settings.cache_folder, limit)
    return SharedCache(objects_of(results), limit)


def objects_of(results: ResultsSettings) -> Objects:
    """What RESULTS_URL names. Raises SettingsError where it isn't there, or where obstore is missing."""
    if results.folder:
        return SharedFolder(Path(results.folder))
    try:
        from bridge.storage.s3 import S3  # obstore is needed here only
    except ImportError as error:
        raise SettingsError(
            "RESULTS_URL names an S3, and the Python package obstore is not installed.",
            hint="Install it: pip install -r requirements/s3.txt, or pip install 'pixart[s3]'.",
        ) from error
    return S3(results)

"""Objects in a bucket of any S3, by obstore, in threads.

obstore's own coroutines are not used: when a process ends soon after one, the library's threads call a Python that is
no more, and the process aborts (https://github.com/PyO3/pyo3-async-runtimes/issues/40). Its plain functions don't.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from bridge.core.deadline import within
from bridge.core.errors import StorageError
from bridge.core.results_settings import ResultsSettings
from bridge.storage.objects import StoredObject

CALLS_AT_A_TIME = 16  # calls at a time; each waits for the network
ANSWER_SECONDS = 5.0  # within which a small call is done, its repetitions included, or refused
LEAST_RATE = 1 << 20  # bytes a second: the time for a transfer grows by its size over this
CLIENT_OPTIONS = {"connect_timeout": "2s", "timeout": "60s"}
RETRY_CONFIG: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=4)}
ERROR_CODE_PATTERN = re.compile(r"<Code>(\w+)</Code>")
LIST_SECONDS = 300.0  # for a listing, which takes a call for each thousand objects

Result = TypeVar("Result")


class S3:
    """The objects below a prefix of a bucket; implements `Objects`."""

    folders: tuple[Path, ...] = ()

    def __init__(self, settings: ResultsSettings) -> None:
        self.links = settings.redirect
        self._url, self._seconds = settings.url, settings.redirect_seconds
        self._store = _store(settings, settings.endpoint)
        self._public = _store(settings, settings.public_endpoint or settings.endpoint)
        self._threads = ThreadPoolExecutor(CALLS_AT_A_TIME, thread_name_prefix="s3")

    async def put(self, name: str, data: bytes, content_type: str) -> None:
        """See `Objects.put`."""
        attributes: Any = {"Content-Type": content_type}
        try:
            await self._call(
                lambda: obstore.put(self._store, name, data, attributes=attributes, use_multipart=False), size=len(data)
            )
        except StorageError as refused:
            if isinstance(
                refused.__cause__, PermissionDeniedError
            ):  # SeaweedFS gives this error also for a missing bucket
                await self.get(name)  # which every S3 answers with what is missing
            raise

    async def get(self, name: str) -> bytes | None:
        """See `Objects.get`."""
        try:
            result = await self._call(lambda: obstore.get(self._store, name))
            return await self._call(lambda: bytes(result.bytes()), size=result.meta["size"])
        except _MissingError:
            return None

    async def move(self, name: str, to: str) -> None:
        """See `Objects.move`."""
        try:
            await self._call(lambda: obstore.copy(self._store, name, to))
        except _MissingError:
            return
        await self.delete([name])

    async def delete(self, names: list[str]) -> None:
        """See `Objects.delete`."""
        if names:
            await self._call(lambda: obstore.delete(self._store, names))

    async def list(self, folder: str = "") -> list[StoredObject]:
        """See `Objects.list`."""
        pages = await self._call(lambda: list(obstore.list(self._store, folder or None)), seconds=LIST_SECONDS)
        every = (each for page in pages for each in page)
        return [StoredObject(each["path"], each["size"], each["last_modified"].timestamp()) for each in every]

    async def prove(self) -> float:
        """See `Objects.prove`."""
        name = f"probe/{uuid.uuid4().hex}"
        await self.put(name, b"probe", "text/plain")
        attributes = await self._call(lambda: obstore.head(self._store, name))
        await self.delete([name])
        return attributes["last_modified"].timestamp()

    async def link(self, name: str, content_type: str) -> str | None:
        """See `Objects.link`."""
        try:
            result = await self._call(lambda: obstore.get(self._store, name, options={"head": True}))
        except _MissingError:
            return None
        if result.attributes.get("Content-Type") != content_type:
            return None
        return await self._call(lambda: obstore.sign(self._public, "GET", name, timedelta(seconds=self._seconds)))

    async def _call(self, work: Callable[[], Result], *, size: int = 0, seconds: float = ANSWER_SECONDS) -> Result:
        """The result of `work`. Raises _MissingError, and StorageError with a sentence for the operator."""

        async def called() -> Result:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

        try:
            return await within(seconds + size / LEAST_RATE, called())
        except asyncio.TimeoutError as error:
            raise StorageError(f"The store of pictures, {self._url}, doesn't answer.", hint=WAIT_HINT) from error
        except (FileNotFoundError, BaseError) as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> Exception:
        if "NoSuchBucket" in str(error):
            return StorageError(f"There is no bucket for {self._url}.", hint="Make it, or set RESULTS_URL.")
        if isinstance(error, (FileNotFoundError, NotFoundError)):
            return _MissingError()
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
            return StorageError(f"The store of pictures, {self._url}, refuses: {_code(error)}.", hint=KEYS_HINT)
        return StorageError(f"The store of pictures, {self._url}, can't be used: {_reason(error)}.", hint=WAIT_HINT)


WAIT_HINT = "What was accepted goes on when it answers."
KEYS_HINT = "Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do: read, write, list and delete."


class _MissingError(Exception):
    """There is no such object."""


def _code(error: Exception) -> str:
    """The S3's own code of an error, such as AccessDenied; empty without one."""
    code = ERROR_CODE_PATTERN.search(str(error))
    return code[1] if code else "access denied"


def _reason(error: Exception) -> str:
    """The S3's own code of an error, or the connection's message without addresses and repetitions."""
    text = str(error).partition("\n")[0]
    code = ERROR_CODE_PATTERN.search(str(error))
    if "error sending request" in text:
        return "its address can't be reached"
    return code[1] if code else text.rpartition(" - ")[2].rstrip(".") or type(error).__name__


def _store(settings: ResultsSettings, endpoint: str) -> S3Store:
    """The bucket at an endpoint; obstore takes settings that aren't set here, such as a role, from the environment."""
    bucket, prefix = settings.bucket
    client_settings = {
        "endpoint": endpoint,
        "access_key_id": settings.access_key_id,
        "secret_access_key": settings.secret_access_key,
        "session_token": settings.session_token,
    }
    config: Any = {name: value for name, value in client_settings.items() if value}
    config["region"] = settings.region or "us-east-1"
    options: Any = {**CLIENT_OPTIONS, "allow_http": endpoint.startswith("http://")}
    return S3Store(bucket, prefix=prefix or None, config=config, client_options=options, retry_config=RETRY_CONFIG)

"""The result cache: results on disk by a key of all that decides them; the least recently used go first.

An entry is a file: a SHA-256, a line of JSON, the bytes. A file appears whole or not at all, and a damaged one is
removed when it is read; so nothing has to be repaired after kill -9.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from bridge import __version__
from bridge.catalog.models import stem
from bridge.core.errors import SettingsError
from bridge.core.job import Artifact
from bridge.storage.artifacts import digest
from bridge.storage.record import content_hash

FORMAT_VERSION = 1  # version of the file format; goes up with every change
ENTRY_PATTERN = re.compile(r"([0-9a-f]{64})\.result")
PARTIAL_PATTERN = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{32}\.half")  # being written, or left behind by kill -9
STALE_SECONDS = 3600.0  # a half-written file of this age belongs to no living process
PER_RUN = ("filename_prefix",)  # inputs that differ with every run and decide no pixel

log = logging.getLogger(__name__)


def key(
    prompt: Mapping[str, Any],
    outputs: Mapping[str, str],
    *,
    system: Mapping[str, Any],
    files: Mapping[str, tuple[int, float]],
    engine: Mapping[str, Any],
) -> str:
    """The key of a prompt's results; input pictures are named by content in the prompt.

    `outputs` are the workflow's, `system` is ComfyUI's `/system_stats`, `files` has size and time of ComfyUI's model
    files, of which those count that the prompt names, `engine` is JSON data of what else decides a picture. The node
    pack is taken to be of the bridge's own version.
    """
    nodes = {
        name: [node["class_type"], {key: value for key, value in node["inputs"].items() if key not in PER_RUN}]
        for name, node in prompt.items()
    }
    return content_hash(
        {
            "format": FORMAT_VERSION,
            "pixart": __version__,
            "comfyui": _stamp(system),
            "engine": dict(engine),
            "files": _files_in(files, nodes),
            "outputs": dict(outputs),
            "prompt": nodes,
        }
    )


def _stamp(system: Mapping[str, Any]) -> dict[str, Any]:
    """What decides pictures in a ComfyUI: versions, devices, and arguments except for the port, which changes."""
    report = system.get("system") or {}
    arguments = list(report.get("argv") or [])
    if "--port" in arguments:
        at = arguments.index("--port")
        del arguments[at : at + 2]
    versions = {name: report.get(name) for name in ("comfyui_version", "pytorch_version")}
    return {**versions, "argv": arguments, "devices": [each.get("name") for each in system.get("devices") or []]}


def _files_in(files: Mapping[str, tuple[int, float]], nodes: Mapping[str, Any]) -> dict[str, tuple[int, float]]:
    """The files whose name is in a text of the prompt, as in `<lora:name:1>`: too many rather than too few."""
    texts = (value for _, inputs in nodes.values() for value in inputs.values() if isinstance(value, str))
    prose = "\n".join(texts).lower()
    return {name: size_and_time for name, size_and_time in files.items() if stem(name).lower() in prose}


def packed(key: str, artifacts: Sequence[Artifact], workflow: str) -> bytes:
    """The bytes of an entry's file. `workflow` is there for people who look into the folder."""
    names = ("output", "sha256", "content_type", "size")
    index = [
        {**{name: getattr(artifact, name) for name in names}, "info": dict(artifact.info)} for artifact in artifacts
    ]
    head = json.dumps({"format": FORMAT_VERSION, "key": key, "workflow": workflow, "artifacts": index})
    body = b"\n".join((head.encode(), b"".join(artifact.data or b"" for artifact in artifacts)))
    return b"\n".join((digest(body).encode(), body))


def unpacked(data: bytes, key: str) -> tuple[Artifact, ...] | None:
    """The results in an entry's bytes; None for damaged bytes and for another key's."""
    seal, _, body = data.partition(b"\n")
    if seal != digest(body).encode():
        return None
    head, _, rest = body.partition(b"\n")
    artifacts, at = [], 0
    try:
        index = json.loads(head)
        if (index["format"], index["key"]) != (FORMAT_VERSION, key):
            return None
        for each in index["artifacts"]:
            piece = rest[at : at + each["size"]]
            if each["sha256"] != (digest(piece) if each["sha256"] else ""):
                return None
            artifacts.append(Artifact(**each, data=piece if each["sha256"] else None))
            at += each["size"]
    except (ValueError, KeyError, TypeError):
        return None
    return tuple(artifacts) if at == len(rest) else None


class Entries(Protocol):
    """The port of the result cache."""

    async def get(self, key: str) -> tuple[Artifact, ...] | None:
        """What is kept under the key, with its bytes; `part` is 0."""
        ...

    async def put(self, key: str, artifacts: Sequence[Artifact], workflow: str) -> None:
        """Keep results, with their bytes; what is larger than the whole cache may be is not kept."""
        ...

    async def counted(self) -> dict[str, int]:
        """Hits and misses since the start of the process, entries and bytes."""
        ...


class Cache:
    """A folder of entries of at most `limit` bytes; implements `Entries`. Open with `Cache.open(folder, limit)`.

    Later errors of the folder aren't raised: the first is logged, and the cache has no results meanwhile. `hits` and
    `misses` count from the start of the process.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.hits = self.misses = 0
        self._folder, self._limit = folder, limit
        self._sizes: dict[str, int] = {}  # bytes by key, least recently used first
        self._lock = threading.Lock()  # over `_sizes` and the files, which have to agree
        self._has_complained = False

    @classmethod
    def open(cls, folder: Path, limit: int) -> Cache:
        """The cache in this folder, which is made where it is missing. Raises SettingsError for a read-only folder."""
        cache = cls(folder, limit)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # pictures are their owner's, in /tmp too
            tempfile.TemporaryFile(dir=folder).close()
            cache._look()
        except OSError as error:
            raise SettingsError(
                f"The cache can't be kept in {folder}: {error.strerror or error}.",
                hint="Set CACHE_DIR to a folder that can be written, or ENABLE_CACHING=false.",
            ) from error
        return cache

    async def get(self, key: str) -> tuple[Artifact, ...] | None:
        """What is kept under the key, with its bytes; `part` is 0."""
        result = await asyncio.to_thread(self._read, key)
        self.hits += result is not None
        self.misses += result is None
        return result

    async def put(self, key: str, artifacts: Sequence[Artifact], workflow: str) -> None:
        """Keep results, with their bytes; what is larger than the whole cache may be is not kept."""
        await asyncio.to_thread(self._write, key, artifacts, workflow)

    async def counted(self) -> dict[str, int]:
        """Hits and misses; entries and bytes as the folder has them now, other processes' too."""
        entries = total = 0
        with suppress(OSError):
            entries, total = await asyncio.to_thread(self._look)
        return {"hits": self.hits, "misses": self.misses, "entries": entries, "bytes": total}

    def _read(self, key: str) -> tuple[Artifact, ...] | None:
        path = self._path(key)
        try:
            data = path.read_bytes() if path.stat().st_size <= self._limit else b""
            result = unpacked(data, key)
            with self._lock:
                if result is None:
                    self._remove(key)
                else:
                    self._use(key, len(data))
        except FileNotFoundError:  # never kept, or thrown out by somebody
            with self._lock:
                self._sizes.pop(key, None)
            return None
        except OSError as error:
            self._complain(error)
            return None
        return result

    def _write(self, key: str, artifacts: Sequence[Artifact], workflow: str) -> None:
        data = packed(key, artifacts, workflow)
        if len(data) > self._limit:
            return
        half = self._folder / f"{key}.{uuid.uuid4().hex}.half"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # somebody may empty a cache by removing it
            half.write_bytes(data)
            self._touch(half)
            with self._lock:
                half.replace(self._path(key))
                self._sizes.pop(key, None)
                self._sizes[key] = len(data)
                self._make_room()
            self._has_complained = False
        except OSError as error:
            self._complain(error)
            with suppress(OSError):
                half.unlink(missing_ok=True)

    def _look(self) -> tuple[int, int]:
        """Read the folder's entries anew; their number and their bytes. Half-written files of STALE_SECONDS go.

        Files that no bridge wrote are left alone.
        """
        with self._lock:
            self._sizes, result = {}, []
            for file in self._folder.iterdir():
                entry, half = ENTRY_PATTERN.fullmatch(file.name), PARTIAL_PATTERN.fullmatch(file.name)
                if not (entry or half):
                    continue
                with suppress(FileNotFoundError):  # another process shares the folder
                    stat = file.stat()
                    if entry:
                        result.append((stat.st_mtime_ns, entry[1], stat.st_size))
                    elif time.time() - stat.st_mtime > STALE_SECONDS:
                        file.unlink()
            self._sizes = {key: size for _, key, size in sorted(result)}
            self._make_room()
            return len(self._sizes), sum(self._sizes.values())

    def _make_room(self) -> None:
        total = sum(self._sizes.values())
        while total > self._limit:
            oldest = next(iter(self._sizes))
            total -= self._sizes[oldest]
            self._remove(oldest)

    def _use(self, key: str, size: int) -> None:
        """Note the use of an entry, which makes it the last to go, also after a restart."""
        try:
            self._touch(self._path(key))
        except FileNotFoundError:  # thrown out since it was read
            return
        except OSError as error:
            self._complain(error)
        self._sizes[key] = self._sizes.pop(key, size)

    def _remove(self, key: str) -> None:
        self._sizes.pop(key, None)
        self._path(key).unlink(missing_ok=True)

    def _touch(self, path: Path) -> None:
        now = time.time_ns()  # set here, since the system's own stamps are milliseconds apart
        os.utime(path, ns=(now, now))

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.result"

    def _complain(self, error: OSError) -> None:
        if not self._has_complained:
            log.warning("The cache in %s can't be used, so it isn't: %s", self._folder, error.strerror or error)
        self._has_complained = True

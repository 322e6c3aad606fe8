"""Results that were drawn once, on disk, by a key of all that decides them; least recently used first out.

A file an entry: its SHA-256, a line of JSON, the bytes. It appears whole or not at all, and what isn't whole when it is
read is removed; so nothing has to be set right after kill -9.
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

FORMAT = 1  # of a file; goes up with every change to it
ENTRY = re.compile(r"([0-9a-f]{64})\.result")
HALF = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{32}\.half")  # being written, or left behind by kill -9
STALE_SECONDS = 3600.0  # a half one this old is nobody's any more
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
    """The key of what a prompt makes; pictures are named in it by their content.

    `outputs` are the workflow's, `system` is ComfyUI's `/system_stats`, `files` its `Comfy.model_files`, of which those
    count that the prompt names, `engine` what else decides a picture outside the prompt, as JSON data. The pack is
    taken to be of the bridge's own version.
    """
    nodes = {
        name: [node["class_type"], {key: value for key, value in node["inputs"].items() if key not in PER_RUN}]
        for name, node in prompt.items()
    }
    return content_hash(
        {
            "format": FORMAT,
            "pixart": __version__,
            "comfyui": _about(system),
            "engine": dict(engine),
            "files": _named(files, nodes),
            "outputs": dict(outputs),
            "prompt": nodes,
        }
    )


def _about(system: Mapping[str, Any]) -> dict[str, Any]:
    """What of a ComfyUI decides pictures: versions, device, and arguments but for its port, which changes."""
    report = system.get("system") or {}
    arguments = list(report.get("argv") or [])
    if "--port" in arguments:
        at = arguments.index("--port")
        del arguments[at : at + 2]
    versions = {name: report.get(name) for name in ("comfyui_version", "pytorch_version")}
    return {**versions, "argv": arguments, "devices": [each.get("name") for each in system.get("devices") or []]}


def _named(files: Mapping[str, tuple[int, float]], nodes: Mapping[str, Any]) -> dict[str, tuple[int, float]]:
    """Those files whose name stands in a text of the prompt, as in `<lora:name:1>`: none is missed, some are many."""
    texts = (value for _, inputs in nodes.values() for value in inputs.values() if isinstance(value, str))
    prose = "\n".join(texts).lower()
    return {name: about for name, about in files.items() if stem(name).lower() in prose}


def packed(key: str, artifacts: Sequence[Artifact], workflow: str) -> bytes:
    """An entry as a file has it. `workflow` is there for people who look into the folder."""
    names = ("output", "sha256", "content_type", "size")
    listed = [{**{name: getattr(made, name) for name in names}, "info": dict(made.info)} for made in artifacts]
    head = json.dumps({"format": FORMAT, "key": key, "workflow": workflow, "artifacts": listed})
    body = b"\n".join((head.encode(), b"".join(made.data or b"" for made in artifacts)))
    return b"\n".join((digest(body).encode(), body))


def unpacked(data: bytes, key: str) -> tuple[Artifact, ...] | None:
    """The results of an entry; None when these bytes aren't one, whole, and of this key."""
    seal, _, body = data.partition(b"\n")
    if seal != digest(body).encode():
        return None
    head, _, rest = body.partition(b"\n")
    made, at = [], 0
    try:
        index = json.loads(head)
        if (index["format"], index["key"]) != (FORMAT, key):
            return None
        for each in index["artifacts"]:
            piece = rest[at : at + each["size"]]
            if each["sha256"] != (digest(piece) if each["sha256"] else ""):
                return None
            made.append(Artifact(**each, data=piece if each["sha256"] else None))
            at += each["size"]
    except (ValueError, KeyError, TypeError):
        return None
    return tuple(made) if at == len(rest) else None


class Entries(Protocol):
    """Results by their key, as who draws and who shows numbers needs them."""

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
    """A folder of entries, `most` bytes at most; implements `Entries`. Open with `Cache.open(folder, most)`.

    After that nothing that goes wrong with the folder is raised: it is logged once, and nothing is found or kept.
    `hits` and `misses` count from the start of the process.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self.hits = self.misses = 0
        self._folder, self._most = folder, most
        self._sizes: dict[str, int] = {}  # bytes by key, least recently used first
        self._lock = threading.Lock()  # over the index, and what has to agree with it
        self._complained = False

    @classmethod
    def open(cls, folder: Path, most: int) -> Cache:
        """The cache in this folder, made when it isn't there. Raises SettingsError when it can't be written."""
        cache = cls(folder, most)
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
        """Hits and misses; entries and bytes as the folder has them now, whoever changed it."""
        entries = total = 0
        with suppress(OSError):
            entries, total = await asyncio.to_thread(self._look)
        return {"hits": self.hits, "misses": self.misses, "entries": entries, "bytes": total}

    def _read(self, key: str) -> tuple[Artifact, ...] | None:
        path = self._path(key)
        try:
            data = path.read_bytes() if path.stat().st_size <= self._most else b""
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
        if len(data) > self._most:
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
            self._complained = False
        except OSError as error:
            self._complain(error)
            with suppress(OSError):
                half.unlink(missing_ok=True)

    def _look(self) -> tuple[int, int]:
        """Learn what the folder has: how many entries, how many bytes. Half ones are thrown out in time.

        What no bridge put there is left alone.
        """
        with self._lock:
            self._sizes, result = {}, []
            for file in self._folder.iterdir():
                entry, half = ENTRY.fullmatch(file.name), HALF.fullmatch(file.name)
                if not (entry or half):
                    continue
                with suppress(FileNotFoundError):  # another process shares the folder
                    about = file.stat()
                    if entry:
                        result.append((about.st_mtime_ns, entry[1], about.st_size))
                    elif time.time() - about.st_mtime > STALE_SECONDS:
                        file.unlink()
            self._sizes = {key: size for _, key, size in sorted(result)}
            self._make_room()
            return len(self._sizes), sum(self._sizes.values())

    def _make_room(self) -> None:
        total = sum(self._sizes.values())
        while total > self._most:
            oldest = next(iter(self._sizes))
            total -= self._sizes[oldest]
            self._remove(oldest)

    def _use(self, key: str, size: int) -> None:
        """Let an entry be the last to go, also after a restart."""
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
        now = time.time_ns()  # said, since the system's own stamps are milliseconds apart
        os.utime(path, ns=(now, now))

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.result"

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            log.warning("The cache in %s can't be used, so it isn't: %s", self._folder, error.strerror or error)
        self._complained = True

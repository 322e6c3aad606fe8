"""ComfyUI over HTTP: the one module that posts prompts and fetches results.

Its rules were measured on ComfyUI 0.3.75: the queue is read before the history (the other order loses fast jobs),
a prompt is never posted twice under one id (that can kill ComfyUI's worker), and 200 with `node_errors` is a refusal.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

import aiohttp

from bridge.catalog.model_sets import FOLDERS
from bridge.comfy.line import Answer, Line
from bridge.comfy.protocol import FILE_PARTS, Address, Outcome, object_in, read_outcome, refusal, submission
from bridge.core.errors import BackendFailure, BadRequest, Unavailable

# Connecting is a loopback or LAN matter; a read may wait for a large upload or a busy server.
HTTP_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=5, sock_read=60)
# For requests that ComfyUI answers in milliseconds: a dead connection is given up after this. Each of them may be
# repeated; a prompt without an answer is looked up.
QUICK_SECONDS = 15
QUICK_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=5, sock_read=QUICK_SECONDS)
LINE_SECONDS = 5.0  # for an answer on the line; then the question goes over HTTP

MODEL_FOLDERS = (*FOLDERS, "hypernetworks")  # folders whose files decide what a prompt draws


class Place(Enum):
    """The state of a prompt in ComfyUI."""

    PENDING = "pending"
    RUNNING = "running"
    ENDED = "ended"
    ABSENT = "absent"


@dataclass(frozen=True)
class Finding:
    """A prompt's `place`, its `outcome` once the prompt has ended, and the ids of the prompts that are `running`."""

    place: Place
    outcome: Outcome | None = None
    running: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comfy:
    """A client of the ComfyUI at this address, which asks over the `line` where there is one.

    All methods raise Unavailable when ComfyUI can't be reached.
    """

    session: aiohttp.ClientSession
    address: Address
    client_id: str
    line: Line | None = None

    @property
    def url(self) -> str:
        """ComfyUI's base URL, without a slash at the end."""
        return self.address.url

    async def stats(self) -> dict[str, Any]:
        """ComfyUI's versions and devices; also its cheapest sign of life."""
        return await self._json("GET", "/system_stats")

    async def object_info(self) -> dict[str, Any]:
        """Every node class with its inputs and their present choices."""
        return await self._json("GET", "/object_info")

    async def classes(self, names: Iterable[str]) -> dict[str, Any]:
        """The `object_info` of these node classes alone, which is quicker: ComfyUI lists fewer folders for it."""
        infos = await asyncio.gather(*(self._json("GET", f"/object_info/{name}") for name in sorted(names)))
        return {name: info for each in infos for name, info in each.items()}

    async def embeddings(self) -> tuple[str, ...]:
        """The names of the installed textual inversions."""
        async with self._ask("GET", "/embeddings") as response:
            return tuple(await response.json(content_type=None)) if response.status == 200 else ()

    async def engine(self, name: str) -> dict[str, Any]:
        """The node pack's report of an engine beside ComfyUI's own; empty where the pack knows no such engine."""
        async with self._ask("GET", f"/pixart/engine/{name}") as response:
            return await response.json(content_type=None) if response.status == 200 else {}

    async def model_kinds(self) -> dict[str, Any]:
        """The node pack's report of each model file, by folder and name; empty without the pack."""
        async with self._ask("GET", "/pixart/models") as response:
            return await response.json(content_type=None) if response.status == 200 else {}

    async def palette(self, data: bytes, name: str, colors: int) -> dict[str, Any]:
        """The palette that the pack reads from a file, text or picture. Raises BadRequest with the pack's sentence."""
        about = {"data": data, "params": {"name": name, "colors": str(colors)}, "timeout": QUICK_TIMEOUT}
        async with self._ask("POST", "/pixart/palette", **about) as response:
            if response.status == 200:
                return await response.json(content_type=None)
            if response.status not in (400, 413):  # 404: the pack is older than this bridge
                raise BackendFailure(f"ComfyUI answered {response.status} to a palette.")
            answer = object_in(await response.read()) or {}
        raise BadRequest(str(answer.get("error") or "That is no palette."), field="palette")

    async def model_files(self) -> dict[str, tuple[int, float]]:
        """Size in bytes and time of change (Unix seconds) of every model file, by `folder/name`.

        Empty for a ComfyUI that doesn't serve its lists of model files.
        """
        entries = await asyncio.gather(*(self._folder_entries(folder) for folder in MODEL_FOLDERS))
        return {
            f"{folder}/{file['name']}": (file["size"], file["modified"])
            for folder, files in zip(MODEL_FOLDERS, entries, strict=True)
            for file in files
        }

    async def _folder_entries(self, folder: str) -> list[dict[str, Any]]:
        async with self._ask("GET", f"/experiment/models/{folder}") as response:
            return await response.json(content_type=None) if response.status == 200 else []

    async def free(self) -> None:
        """Let ComfyUI unload its models as soon as it is idle."""
        await self._send("/free", {"unload_models": True, "free_memory": True})

    async def upload(self, data: bytes, name: str, folder: str) -> str:
        """Put a picture into ComfyUI's input folder; returns the name by which a loader node reads the picture.

        `name` must follow from `data` alone: a file of that name is taken for the same picture.
        """
        if await self._on_line("upload", {"name": f"{folder}/{name}"}, data):
            return f"{folder}/{name}"
        form = aiohttp.FormData()
        form.add_field("image", io.BytesIO(data), filename=name, content_type="application/octet-stream")
        form.add_field("subfolder", folder)
        form.add_field("type", "input")
        place = await self._json("POST", "/upload/image", data=form)
        return f"{place['subfolder']}/{place['name']}" if place.get("subfolder") else place["name"]

    async def submit(
        self, prompt_id: str, prompt: Mapping[str, Any], graph: Mapping[str, Any], trace: str = ""
    ) -> None:
        """Queue a prompt; `graph` goes into the PNG, so that the editor opens the PNG, `trace` into the history only.

        Raises PromptRefused when ComfyUI won't run the whole prompt. After Unavailable or BackendFailure it is
        uncertain whether the prompt was queued: look the prompt up, never post it again under the same id.
        """
        status, text = await self._post(submission(prompt_id, prompt, graph, self.client_id, trace))
        answer = object_in(text) if status in (200, 400) else None
        if answer is None:  # from a proxy in front of ComfyUI
            raise BackendFailure(f"ComfyUI answered {status} to a prompt: {text[:300].decode(errors='replace')}")
        if status == 400 or answer.get("node_errors"):
            raise refusal(answer)

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to POST /prompt, which is sent once, over the line or by HTTP."""
        if self.line and self.line.takes("prompt", len(body)):
            answer = await self.line.ask("prompt", QUICK_SECONDS, {}, body)
            return answer.status, answer.data
        about = {"data": body, "headers": {"Content-Type": "application/json"}, "timeout": QUICK_TIMEOUT}
        async with self._ask("POST", "/prompt", **about) as response:
            return response.status, await response.read()

    async def ended(self, prompt_id: str) -> Finding | None:
        """The outcome of a prompt that has ended; None for one that waits, runs or is unknown."""
        answer = await self._on_line("ended", {"prompt": prompt_id}, also=404)
        if answer:
            return Finding(Place.ENDED, read_outcome(json.loads(answer.data))) if answer.status == 200 else None
        entry = (await self._json("GET", f"/history/{prompt_id}", timeout=QUICK_TIMEOUT)).get(prompt_id)
        return Finding(Place.ENDED, read_outcome(entry)) if entry else None

    async def locate(self, prompt_id: str) -> Finding:
        """The prompt's place. Reading the queue before the history never misses a prompt that ends in between."""
        queue = await self._json("GET", "/queue", timeout=QUICK_TIMEOUT)
        running = tuple(entry[1] for entry in queue["queue_running"])
        for key, place in (("queue_running", Place.RUNNING), ("queue_pending", Place.PENDING)):
            if any(entry[1] == prompt_id for entry in queue[key]):
                return Finding(place, running=running)
        return await self.ended(prompt_id) or Finding(Place.ABSENT)

    async def queued(self) -> list[str]:
        """The ids of all prompts that run or wait, those of other clients too."""
        queue = await self._json("GET", "/queue", timeout=QUICK_TIMEOUT)
        return [entry[1] for entry in (*queue["queue_running"], *queue["queue_pending"])]

    async def interrupt(self, prompt_id: str) -> None:
        """Ask ComfyUI to drop this prompt, waiting or running; `locate` shows whether ComfyUI did."""
        await self.unqueue(prompt_id)
        await self._send("/interrupt", {"prompt_id": prompt_id})

    async def unqueue(self, prompt_id: str) -> None:
        """Ask ComfyUI to drop this prompt if the prompt still waits."""
        await self._send("/queue", {"delete": [prompt_id]})

    async def forget(self, *prompt_ids: str) -> None:
        """Remove finished prompts from ComfyUI's history, which holds whole prompts in memory."""
        await self._send("/history", {"delete": list(prompt_ids)})

    async def fetch(self, file: Mapping[str, str]) -> tuple[bytes, str]:
        """A result file and its content type; `file` is an entry of a node's `images`."""
        query = {part: file.get(part, "") for part in FILE_PARTS}
        if answer := await self._on_line("file", query):
            return answer.data, answer.content_type
        async with self._ask("GET", "/view", params=query) as response:
            if response.status != 200:
                raise BackendFailure(f"ComfyUI has no file {query['filename']!r} any more ({response.status}).")
            return await response.read(), response.content_type

    async def _on_line(
        self, what: str, about: Mapping[str, str], data: bytes = b"", *, also: int = 200
    ) -> Answer | None:
        """The line's answer with status 200 or `also`; None where the question has to go over HTTP."""
        if self.line is None or not self.line.takes(what, len(data)):
            return None
        with suppress(Unavailable):
            answer = await self.line.ask(what, LINE_SECONDS, about, data)
            return answer if answer.status in (200, also) else None
        return None

    async def _send(self, path: str, body: Mapping[str, Any]) -> None:
        async with self._ask("POST", path, json=body, timeout=QUICK_TIMEOUT) as response:
            if response.status != 200:
                raise BackendFailure(f"ComfyUI answered {response.status} to {path}.")

    async def _json(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        async with self._ask(method, path, **kwargs) as response:
            if response.status != 200:
                raise BackendFailure(f"ComfyUI answered {response.status} to {path}.")
            return await response.json(content_type=None)

    @asynccontextmanager
    async def _ask(self, method: str, path: str, **kwargs: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        kwargs["headers"] = {**self.address.headers(path), **kwargs.get("headers", {})}
        try:
            async with self.session.request(method, self.url + path, **{"timeout": HTTP_TIMEOUT, **kwargs}) as response:
                yield response
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            reason = error or type(error).__name__
            raise Unavailable(f"ComfyUI at {url_without_password(self.url)} can't be reached: {reason}.") from error


def url_without_password(url: str) -> str:
    """The URL without its name and password, as anybody may read it."""
    return re.sub("//[^/?#]*@", "//", url)

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
TIMEOUT = aiohttp.ClientTimeout(total=None, connect=5, sock_read=60)
# What ComfyUI answers in milliseconds. A connection that died without a word is given up after this; every such
# question may be asked again, and a prompt whose answer didn't come is looked up.
QUICK_SECONDS = 15
QUICK = aiohttp.ClientTimeout(total=None, connect=5, sock_read=QUICK_SECONDS)
LINE_SECONDS = 5.0  # then the same is asked over HTTP

MODEL_FOLDERS = (*FOLDERS, "hypernetworks")  # whose files decide what a prompt draws


class Place(Enum):
    """Where ComfyUI has a prompt."""

    PENDING = "pending"
    RUNNING = "running"
    ENDED = "ended"
    ABSENT = "absent"


@dataclass(frozen=True)
class Finding:
    """Answer to "where is this prompt?"; `outcome` is there when it has ended. `running` are the prompts that run."""

    place: Place
    outcome: Outcome | None = None
    running: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comfy:
    """One ComfyUI, by its address, and by the `line` where there is one.

    All methods raise Unavailable when it can't be reached.
    """

    session: aiohttp.ClientSession
    address: Address
    client_id: str
    line: Line | None = None

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return self.address.url

    async def stats(self) -> dict[str, Any]:
        """Versions and devices; also the cheapest sign of life."""
        return await self._json("GET", "/system_stats")

    async def object_info(self) -> dict[str, Any]:
        """Every node class with its inputs and the choices it has now."""
        return await self._json("GET", "/object_info")

    async def classes(self, names: Iterable[str]) -> dict[str, Any]:
        """The same of some node classes only: quick, since nobody has to look through all folders."""
        infos = await asyncio.gather(*(self._json("GET", f"/object_info/{name}") for name in sorted(names)))
        return {name: info for each in infos for name, info in each.items()}

    async def embeddings(self) -> tuple[str, ...]:
        """Names of the textual inversions there are."""
        async with self._ask("GET", "/embeddings") as response:
            return tuple(await response.json(content_type=None)) if response.status == 200 else ()

    async def engine(self, name: str) -> dict[str, Any]:
        """What the node pack says of an engine beside ComfyUI's own; empty where it knows none."""
        async with self._ask("GET", f"/pixart/engine/{name}") as response:
            return await response.json(content_type=None) if response.status == 200 else {}

    async def model_kinds(self) -> dict[str, Any]:
        """What the node pack says of each model file, by folder and name; empty where it says nothing."""
        async with self._ask("GET", "/pixart/models") as response:
            return await response.json(content_type=None) if response.status == 200 else {}

    async def palette(self, data: bytes, name: str, colors: int) -> dict[str, Any]:
        """A palette file, text or picture as the node pack reads it. Raises BadRequest with the pack's own sentence."""
        about = {"data": data, "params": {"name": name, "colors": str(colors)}, "timeout": QUICK}
        async with self._ask("POST", "/pixart/palette", **about) as response:
            if response.status == 200:
                return await response.json(content_type=None)
            if response.status not in (400, 413):  # 404: the pack there is older than this bridge
                raise BackendFailure(f"ComfyUI answered {response.status} to a palette.")
            answer = object_in(await response.read()) or {}
        raise BadRequest(str(answer.get("error") or "That is no palette."), field="palette")

    async def model_files(self) -> dict[str, tuple[int, float]]:
        """Size in bytes and time of change (Unix seconds) of every model file, by `folder/name`.

        A ComfyUI that doesn't tell has none.
        """
        listed = await asyncio.gather(*(self._listed(folder) for folder in MODEL_FOLDERS))
        return {
            f"{folder}/{file['name']}": (file["size"], file["modified"])
            for folder, files in zip(MODEL_FOLDERS, listed, strict=True)
            for file in files
        }

    async def _listed(self, folder: str) -> list[dict[str, Any]]:
        async with self._ask("GET", f"/experiment/models/{folder}") as response:
            return await response.json(content_type=None) if response.status == 200 else []

    async def free(self) -> None:
        """Let ComfyUI unload its models as soon as it is idle."""
        await self._send("/free", {"unload_models": True, "free_memory": True})

    async def upload(self, data: bytes, name: str, folder: str) -> str:
        """Put a picture into ComfyUI's input folder; returns the name that a loader node takes. `name` goes by what
        is in it."""
        if await self._on_line("upload", {"name": f"{folder}/{name}"}, data):
            return f"{folder}/{name}"
        form = aiohttp.FormData()
        form.add_field("image", io.BytesIO(data), filename=name, content_type="application/octet-stream")
        form.add_field("subfolder", folder)
        form.add_field("type", "input")
        stored = await self._json("POST", "/upload/image", data=form)
        return f"{stored['subfolder']}/{stored['name']}" if stored.get("subfolder") else stored["name"]

    async def submit(
        self, prompt_id: str, prompt: Mapping[str, Any], graph: Mapping[str, Any], trace: str = ""
    ) -> None:
        """Queue a prompt; `graph` travels in the PNG so that it opens in the editor, `trace` in the history only.

        Raises PromptRefused when ComfyUI won't run all of it. After Unavailable or BackendFailure it is
        uncertain whether the prompt was queued: look it up, never post it again under the same id.
        """
        status, text = await self._posted(submission(prompt_id, prompt, graph, self.client_id, trace))
        answer = object_in(text) if status in (200, 400) else None
        if answer is None:  # who said that isn't ComfyUI, but something in front of it
            raise BackendFailure(f"ComfyUI answered {status} to a prompt: {text[:300].decode(errors='replace')}")
        if status == 400 or answer.get("node_errors"):
            raise refusal(answer)

    async def _posted(self, body: bytes) -> tuple[int, bytes]:
        """What POST /prompt answers; asked once, wherever."""
        if self.line and self.line.takes("prompt", len(body)):
            answer = await self.line.ask("prompt", QUICK_SECONDS, {}, body)
            return answer.status, answer.data
        about = {"data": body, "headers": {"Content-Type": "application/json"}, "timeout": QUICK}
        async with self._ask("POST", "/prompt", **about) as response:
            return response.status, await response.read()

    async def ended(self, prompt_id: str) -> Finding | None:
        """The prompt, where it has ended. None says nothing: it may be anywhere."""
        answer = await self._on_line("ended", {"prompt": prompt_id}, also=404)
        if answer:
            return Finding(Place.ENDED, read_outcome(json.loads(answer.data))) if answer.status == 200 else None
        entry = (await self._json("GET", f"/history/{prompt_id}", timeout=QUICK)).get(prompt_id)
        return Finding(Place.ENDED, read_outcome(entry)) if entry else None

    async def locate(self, prompt_id: str) -> Finding:
        """Where the prompt is. Queue first, then history: a prompt that ends in between is still found."""
        queue = await self._json("GET", "/queue", timeout=QUICK)
        running = tuple(entry[1] for entry in queue["queue_running"])
        for key, place in (("queue_running", Place.RUNNING), ("queue_pending", Place.PENDING)):
            if any(entry[1] == prompt_id for entry in queue[key]):
                return Finding(place, running=running)
        return await self.ended(prompt_id) or Finding(Place.ABSENT)

    async def queued(self) -> list[str]:
        """All prompts that run or wait, whoever queued them."""
        queue = await self._json("GET", "/queue", timeout=QUICK)
        return [entry[1] for entry in (*queue["queue_running"], *queue["queue_pending"])]

    async def interrupt(self, prompt_id: str) -> None:
        """Ask ComfyUI to drop this prompt, waiting or running. Whether it did shows in `locate`."""
        await self.unqueue(prompt_id)
        await self._send("/interrupt", {"prompt_id": prompt_id})

    async def unqueue(self, prompt_id: str) -> None:
        """Ask ComfyUI to drop this prompt where it still waits."""
        await self._send("/queue", {"delete": [prompt_id]})

    async def forget(self, *prompt_ids: str) -> None:
        """Remove finished prompts from ComfyUI's history, which lives in memory and holds whole prompts."""
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
        """What the line answers, with status 200 or `also`; None where it has to be asked over HTTP."""
        if self.line is None or not self.line.takes(what, len(data)):
            return None
        with suppress(Unavailable):
            answer = await self.line.ask(what, LINE_SECONDS, about, data)
            return answer if answer.status in (200, also) else None
        return None

    async def _send(self, path: str, body: Mapping[str, Any]) -> None:
        async with self._ask("POST", path, json=body, timeout=QUICK) as response:
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
            async with self.session.request(method, self.url + path, **{"timeout": TIMEOUT, **kwargs}) as response:
                yield response
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            reason = error or type(error).__name__
            raise Unavailable(f"ComfyUI at {shown(self.url)} can't be reached: {reason}.") from error


def shown(url: str) -> str:
    """The URL as it may be told to whoever asks: without a name and password."""
    return re.sub("//[^/?#]*@", "//", url)

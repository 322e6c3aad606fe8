"""ComfyUI driven by itself, with the same prompts, as quickly as a client can."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any

import aiohttp
from faults import tiny
from PIL import Image


class Direct:
    """`async with Direct(session, url, picture) as direct`: upload, POST /prompt, WebSocket, /view.

    The prompt is the one inside `picture`, a PNG that the bridge had made.
    """

    def __init__(self, session: aiohttp.ClientSession, url: str, made: bytes) -> None:
        with Image.open(BytesIO(made)) as opened:
            self._prompt, self._graph = (json.loads(opened.info[name]) for name in ("prompt", "workflow"))
        self._session, self._url, self._client = session, url, uuid.uuid4().hex
        self._ended: dict[str, asyncio.Future[None]] = {}
        self._files: dict[str, dict[str, str]] = {}

    async def __aenter__(self) -> Direct:
        address = f"{self._url.replace('http', 'ws', 1)}/ws?clientId={self._client}"
        self._socket = await self._session.ws_connect(address, max_msg_size=0)
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()
        with suppress(asyncio.CancelledError):
            await self._listening
        await self._socket.close()

    async def draw(self, id: str, side: int, seed: int) -> bytes:
        """The picture that this job's sketch becomes."""
        data = base64.b64decode(tiny.body(id, side)["sketchData"].partition(",")[2])
        name, prompt_id = await self._upload(data, f"{id}.png"), str(uuid.uuid4())
        ended = self._ended[prompt_id] = asyncio.get_running_loop().create_future()
        extra = {"extra_pnginfo": {"workflow": self._graph}}
        prompt = self._filled(name, f"direct/{prompt_id[:2]}/{prompt_id}", seed)
        asked = {"prompt": prompt, "prompt_id": prompt_id, "client_id": self._client, "extra_data": extra}
        async with self._session.post(f"{self._url}/prompt", json=asked) as answer:
            assert answer.status == 200, await answer.text()
        await ended
        file = self._files.pop(prompt_id)
        async with self._session.get(f"{self._url}/view", params=file) as answer:
            assert answer.status == 200
            return await answer.read()

    async def _upload(self, data: bytes, name: str) -> str:
        form = aiohttp.FormData({"subfolder": "direct", "type": "input"})
        form.add_field("image", data, filename=name)
        async with self._session.post(f"{self._url}/upload/image", data=form) as answer:
            stored = await answer.json()
        return f"{stored['subfolder']}/{stored['name']}"

    def _filled(self, picture: str, prefix: str, seed: int) -> Mapping[str, Any]:
        prompt = copy.deepcopy(self._prompt)
        for node in prompt.values():
            inputs = node["inputs"]
            inputs |= {name: value for name, value in (("filename_prefix", prefix), ("seed", seed)) if name in inputs}
            if node["class_type"] == "PixartLoadImage":
                inputs["image"] = picture
        return prompt

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            told = json.loads(message.data)
            data = told.get("data") or {}
            ended = self._ended.get(data.get("prompt_id"))
            if told["type"] == "executed" and (data.get("output") or {}).get("images"):
                self._files[data["prompt_id"]] = data["output"]["images"][0]
            elif ended and told["type"] == "execution_success":
                del self._ended[data["prompt_id"]]
                ended.set_result(None)

"""A server that plays an A1111, or an Axera service, and does on demand all that goes wrong with one."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import struct
import threading
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import numpy as np
from aiohttp import web
from PIL import Image

DRAWS = ("sdapi/v1/txt2img", "sdapi/v1/img2img", "generate")
NAME, PASSWORD = "admin", "secret: 123"
STEP_SECONDS = 0.1  # of what draws slowly

Handler = Callable[["FaultyServer", web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
DRAWING: dict[str, Handler] = {}  # by the first part of the path, what it does instead of drawing


@dataclass
class Call:
    """What somebody asked."""

    fault: str
    path: str
    authorization: str | None
    body: dict[str, Any]


@dataclass
class Task:
    """What is being drawn slowly."""

    fault: str
    began: float
    seconds: float
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def share(self) -> float:
        return min(0.99, max(0.01, (time.monotonic() - self.began) / self.seconds))


class FaultyServer:
    """`with FaultyServer() as server:`; at `server.at("hang")` is one that hangs, and so on for all of DRAWING.

    `calls` are all that came, in their order, polls left out.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.polls = 0
        self.tasks: dict[str, Task] = {}
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)

    def __enter__(self) -> FaultyServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def at(self, fault: str) -> str:
        assert fault in DRAWING, fault
        return f"{self.url}/{fault}"

    @property
    def environment(self) -> dict[str, str]:
        """Settings with which a node may draw here."""
        return {"A1111_BASE_URL": self.at("login"), "A1111_USERNAME": NAME, "A1111_PASSWORD": PASSWORD}

    def of(self, fault: str) -> list[Call]:
        """The calls to one fault."""
        return [call for call in self.calls if call.fault == fault]

    def release(self) -> None:
        """End what is still being drawn slowly for somebody who has left."""
        for task in list(self.tasks.values()):
            self._loop.call_soon_threadsafe(task.interrupted.set)

    def interrupts(self, fault: str) -> int:
        """How often an interrupt came to one fault."""
        return sum(call.path == "sdapi/v1/interrupt" for call in self.of(fault))

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{fault}/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        fault, path = request.match_info["fault"], request.match_info["path"]
        body = await request.json() if request.can_read_body else {}
        if path in ("internal/progress", "sdapi/v1/progress"):
            self.polls += 1
            return self._progress(fault, path, body)
        self.calls.append(Call(fault, path, request.headers.get("Authorization"), body))
        if path == "sdapi/v1/interrupt":
            for task in self.tasks.values():
                if task.fault == fault:
                    task.interrupted.set()
            return web.json_response({})
        with contextlib.suppress(ConnectionResetError, aiohttp.ClientConnectionResetError):
            return await DRAWING[fault](self, request, body)
        return web.Response()

    def _progress(self, fault: str, path: str, body: dict[str, Any]) -> web.StreamResponse:
        running = list(self.tasks.values())
        if path == "sdapi/v1/progress":
            share = running[0].share if running else 0.0
            return web.json_response({"progress": share, "current_image": png(preview(share)) if running else None})
        if fault == "slow-no-tasks":
            return web.json_response({"detail": "Not Found"}, status=404)
        task = self.tasks.get(body["id_task"])
        if fault == "slow-in-the-queue" or task is None:
            return web.json_response({"active": False, "queued": task is not None, "completed": False})
        number = int(task.share * 4)
        image = "data:image/png;base64," + png(preview(task.share)) if number != body.get("id_live_preview") else None
        image = image if body["live_preview"] else None
        said = {"active": True, "queued": False, "completed": False, "progress": task.share}
        return web.json_response({**said, "live_preview": image, "id_live_preview": number})


def fault(*names: str) -> Callable[[Handler], Handler]:
    """Enter a handler in DRAWING."""

    def enter(handler: Handler) -> Handler:
        DRAWING.update(dict.fromkeys(names, handler))
        return handler

    return enter


def drawn(seed: int, width: int = 64, height: int = 64) -> np.ndarray:
    """What this server draws: noise, uint8 [height, width, 3]."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def preview(share: float) -> np.ndarray:
    return np.full((8, 8, 3), int(share * 255), np.uint8)


def png(pixels: np.ndarray, kind: str = "PNG", **options: Any) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return base64.b64encode(file.getvalue()).decode()


def empty_png(width: int, height: int) -> str:
    """A PNG that says that it is so large, and goes on with next to nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()


def info(body: dict[str, Any], **more: Any) -> str:
    seed = body.get("seed", 0)
    said = {"all_seeds": [seed], "index_of_first_image": 0, "sd_model_name": "tiny", "infotexts": [f"Seed: {seed}"]}
    return json.dumps({**said, **more})


def answer(body: dict[str, Any], *images: Any, **more: Any) -> web.Response:
    return web.json_response({"images": list(images), "parameters": {}, "info": info(body, **more)})


def picture(body: dict[str, Any]) -> np.ndarray:
    return drawn(body.get("seed", 0), body.get("width", 64), body.get("height", 64))


@fault("good")
async def good(_: FaultyServer, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    if request.path.endswith("/options"):
        return web.json_response({"sd_model_checkpoint": "tiny.ckpt [0123456789]", "eta_ancestral": 1})
    if request.path.endswith("/sd-models"):
        return web.json_response([{"title": "other.ckpt"}, {"title": "tiny.ckpt [0123456789]"}])
    if request.path.endswith("/generate"):
        said = {"status": "ok", "base64": png(picture(body)), "text_time_ms": 1.5, "total_time_ms": 20, "seed": 4}
        return web.json_response({**said, "path": "/home/pi/gen.png", "step_times_ms": [5, 6], "decode_time_ms": 7})
    return answer(body, png(picture(body)))


@fault("login")
async def login(server: FaultyServer, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    pair = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
    if request.headers.get("Authorization") != f"Basic {pair}":
        return web.json_response({"detail": "Incorrect username or password"}, status=401)
    return await good(server, request, body)


STATUSES = {
    "401": (401, {"detail": "Not authenticated"}),
    "403": (403, {"detail": "Forbidden"}),
    "404": (404, {"detail": "Not Found"}),
    "404-sampler": (404, {"detail": "Sampler not found"}),
    "422": (
        422,
        {
            "detail": [
                {"loc": ["body", "steps"], "msg": "value is not a valid integer", "type": "type_error"},
                {"loc": ["body", "width"], "msg": "field required", "type": "missing"},
            ]
        },
    ),
    "500": (500, {"error": "OutOfMemoryError", "detail": "", "body": "", "errors": "CUDA out of memory. " * 40}),
    "500-axera": (500, {"status": "error", "error": "the NPU is on fire"}),
    "500-nested": (500, {"detail": {"error": "Upstream A1111 service unavailable"}}),
    "500-list": (500, ["?"]),
}


@fault(*STATUSES)
async def status(_: FaultyServer, request: web.Request, __: dict[str, Any]) -> web.StreamResponse:
    number, body = STATUSES[request.match_info["fault"]]
    return web.json_response(body, status=number)


@fault("500-html")
async def broken_page(*_: Any) -> web.StreamResponse:
    return web.Response(status=500, text="<h1>Internal Server Error</h1>", content_type="text/html")


@fault("redirect")
async def redirect(server: FaultyServer, *_: Any) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": server.at("good") + "/sdapi/v1/txt2img"})


@fault("hang")
async def hang(_: FaultyServer, __: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return answer(body)


@fault("close")
async def close(_: FaultyServer, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    assert request.transport
    request.transport.close()
    return answer(body)


async def pieces(request: web.Request, head: bytes, *, length: int | None, repeat: int = 0) -> web.StreamResponse:
    """The beginning of an answer of this length, or of an unknown one; then the connection ends."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = length
    await response.prepare(request)
    await response.write(head)
    for _ in range(repeat):
        await response.write(b"A" * (1 << 20))
    assert request.transport
    request.transport.close()
    return response


@fault("cut")
async def cut(_: FaultyServer, request: web.Request, __: dict[str, Any]) -> web.StreamResponse:
    return await pieces(request, b'{"images": ["iVBO', length=10_000)


@fault("cut-chunk")
async def cut_chunk(_: FaultyServer, request: web.Request, __: dict[str, Any]) -> web.StreamResponse:
    return await pieces(request, b'{"images": ["iVBO', length=None)


@fault("70-mb")
async def too_much(_: FaultyServer, request: web.Request, __: dict[str, Any]) -> web.StreamResponse:
    return await pieces(request, b'{"images": ["', length=None, repeat=70)


@fault("10-mb")
async def much(_: FaultyServer, __: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    image = await asyncio.to_thread(png, drawn(body["seed"], 2048, 2048), compress_level=0)
    return answer(body, image)


KINDS = {
    "html": ("text/html", b"<h1>It works!</h1>"),
    "panel": ("application/octet-stream", bytes(115_200)),
    "damaged-json": ("application/json", b'{"images": ["iVBO'),
    "deep-json": ("application/json", b"[" * 200_000),
}


@fault(*KINDS)
async def kind(_: FaultyServer, request: web.Request, __: dict[str, Any]) -> web.StreamResponse:
    content_type, data = KINDS[request.match_info["fault"]]
    return web.Response(body=data, content_type=content_type)


IMAGES: dict[str, Callable[[], list[Any]]] = {
    "no-picture": list,
    "no-text": lambda: [None],
    "no-base64": lambda: ["this is *not* base64"],
    "text-picture": lambda: [base64.b64encode(b"this is not a picture").decode()],
    "postscript": lambda: [base64.b64encode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n").decode()],
    "cut-picture": lambda: [png(drawn(0))[:4000]],
    "large-picture": lambda: [empty_png(8300, 8200)],  # less than Pillow warns of
    "huge-picture": lambda: [empty_png(60_000, 60_000)],
    "data-url": lambda: ["data:image/png;base64," + png(drawn(1))],
    "no-padding": lambda: [png(drawn(1)).rstrip("=")],
    "transparent": lambda: [png(np.dstack([drawn(1), np.zeros((64, 64), np.uint8)]))],
    "jpeg": lambda: [png(np.full((64, 64, 3), 200, np.uint8), "JPEG")],
}


@fault(*IMAGES)
async def images(_: FaultyServer, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    made = IMAGES[request.match_info["fault"]]()
    if request.path.endswith("/generate"):
        return web.json_response({"status": "ok", "base64": made[0] if made else None})
    return answer(body, *made)


@fault("null")
async def null(*_: Any) -> web.StreamResponse:
    return web.json_response(None)


@fault("sentence")
async def says_a_sentence(_: FaultyServer, __: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    return web.json_response({"images": [png(picture(body))], "info": "Generated in 3000.00ms"})


@fault("several")
async def several(_: FaultyServer, __: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """A grid, two pictures, and what a ControlNet looked at."""
    made = [drawn(9, 128, 64), drawn(1), drawn(2), drawn(8, 32, 32)]
    more = {"all_seeds": [1, 2], "index_of_first_image": 1, "infotexts": ["grid", "Seed: 1", "Seed: 2"]}
    return answer(body, *map(png, made), **more)


@fault("two-sizes")
async def two_sizes(_: FaultyServer, __: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    return answer(body, png(drawn(1)), png(drawn(2, 32, 32)), all_seeds=[1, 2])


@fault("slow", "slow-too", "slow-no-tasks", "slow-in-the-queue")
async def slow(server: FaultyServer, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """As many steps as it is asked for; interrupted it answers at once, with nothing."""
    task = Task(request.match_info["fault"], time.monotonic(), body["steps"] * STEP_SECONDS)
    server.tasks[body["force_task_id"]] = task
    try:
        await asyncio.wait_for(task.interrupted.wait(), task.seconds)
        return answer(body)
    except asyncio.TimeoutError:
        return answer(body, png(picture(body)))
    finally:
        del server.tasks[body["force_task_id"]]

"""The bridge as a process: everything opened in order, one listener, everything closed again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp import web

from bridge.artifacts import Artifacts
from bridge.comfy.process import Backend, Child, command
from bridge.dispatch.local import LocalJobs
from bridge.errors import SettingsError
from bridge.server import create_app
from bridge.settings import Settings
from bridge.store import Store


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[LocalJobs]:
    """The job engine, with its store and its ComfyUI. Raises SettingsError or Unavailable when it can't start."""
    if not settings.comfyui_url:
        command(settings, 0)  # says at once that there is no ComfyUI, instead of trying for ever
    store = await Store.open(settings.data)
    try:
        async with aiohttp.ClientSession() as session:
            remote = settings.comfyui_url
            backend = Backend(session, remote) if remote else Child(session, settings)
            async with LocalJobs(settings, store, Artifacts(settings.data / "results"), session, backend) as jobs:
                yield jobs
    finally:
        await store.close()


async def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `say` gets what an operator wants to read."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt there
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(settings) as jobs:
        runner = web.AppRunner(create_app(settings, jobs), access_log=None)
        await runner.setup()
        try:
            say(f"Pixart listens on {await _listen(runner, settings)}")
            announcing = asyncio.create_task(_announce(jobs, settings, runner, say))
            await stop.wait()
            announcing.cancel()
        finally:
            say("Ending ...")
            await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> str:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise SettingsError(
            f"Port {settings.port} of {settings.host} can't be used: {error.strerror or error}.",
            hint="End what uses it, or choose another with --port.",
        ) from error
    return base_url(runner, settings)


def base_url(runner: web.AppRunner, settings: Settings) -> str:
    """The address to type into a browser on this machine."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{host}:{runner.addresses[0][1]}"


async def _announce(jobs: LocalJobs, settings: Settings, runner: web.AppRunner, say: Callable[[str], None]) -> None:
    """Say when ComfyUI is there and what to try; or, again and again, why it isn't."""
    said = None
    while not jobs.backend.up:
        if jobs.backend.trouble != said:
            said = jobs.backend.trouble
            say(str(said))
        await asyncio.sleep(0.2)
    url = base_url(runner, settings)
    say(f"ComfyUI answers at {jobs.backend.url}: open it to tune the workflows")
    say(f"API documentation: {url}/docs\nTry it:\n\n{sample(url)}\n")


def sample(url: str) -> str:
    """Two lines to paste, that turn the example sketch into a picture."""
    body = (
        '{"id": "first", "prompt": "a small tree", "width": 64, "height": 64, "style": "retro-16bit", '
        '"sketchData": "\'$(base64 < examples/tree.png | tr -d "\\n")\'"}'
    )
    return (
        f"  curl {url}/api/pixel-generation/generate -d '{body}'\n"
        f"  curl {url}/api/pixel-generation/result/first --output tree.png"
    )

"""The bridge as a process: it opens all parts in order, listens, and closes all parts again."""

from __future__ import annotations

import asyncio
import ipaddress
import shlex
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from bridge.adapters import dialects, profiles, spokesman
from bridge.comfy.client import url_without_password
from bridge.comfy.instance import Instance
from bridge.comfy.process import Backend, Child, command
from bridge.comfy.protocol import Address
from bridge.core import logs
from bridge.core.errors import SettingsError
from bridge.core.metrics import Metrics
from bridge.core.results_settings import ResultsSettings
from bridge.core.setting_types import NO_DEVICES
from bridge.core.settings import Settings
from bridge.core.variables import checked, options_of
from bridge.engine.local import LocalJobs
from bridge.storage.port import JobStore, LettersOf
from bridge.storage.results_url import opened_blobs, opened_cache
from bridge.storage.retention import Removal, Retention
from bridge.storage.store import Store
from bridge.web.guard import Guard
from bridge.web.keyring import Keyring
from bridge.web.server import create_app
from bridge.webhooks.events import letters_of

if TYPE_CHECKING:
    from bridge.storage.postgres.store import PostgresStore

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

LAST_SECONDS = 5.0  # for answers under way at the end, twice: a client that doesn't read would hold the end up
MOST_FILES = 65_536  # open at a time; ComfyUI inherits the limit, and programs that close all possible files are slow


@asynccontextmanager
async def opened(settings: Settings, metrics: Metrics | None = None) -> AsyncIterator[LocalJobs]:
    """The job engine, with its store and its ComfyUI. Raises SettingsError or Unavailable when it can't start."""
    if settings.workers == NO_DEVICES:
        _require_others(settings)
    elif not settings.comfyui_url:
        command(settings, 0)  # raises Unavailable at once without a ComfyUI, instead of trying for ever
    store = await opened_store(settings, letters_of(settings))
    try:
        await store.peers.enter()
        async with aiohttp.ClientSession() as session:
            backends = _backends(settings, session)
            results = checked(ResultsSettings)
            blobs, cache = await opened_blobs(settings, results, store.buffer, metrics), opened_cache(settings, results)
            async with LocalJobs(settings, store, blobs, session, backends, metrics, cache) as jobs:
                yield jobs
    finally:
        await store.close()
        logs.flush()


def _require_others(settings: Settings) -> None:
    """Raise SettingsError for a bridge without a ComfyUI whose settings name one, or no database of workers."""
    if settings.comfyui_url:
        raise SettingsError("WORKERS=none and COMFYUI_URL contradict each other.", hint="Set one of them.")
    if settings.database_url is None:
        hint = "Set it, and start `pixart worker` with the same one; or leave WORKERS out."
        raise SettingsError("A bridge without a ComfyUI (WORKERS=none) needs DATABASE_URL.", hint=hint)


async def opened_store(settings: Settings, letters: LettersOf | None = None) -> JobStore:
    """The store of jobs: PostgreSQL if DATABASE_URL is set, else SQLite's file. Raises SettingsError."""
    if settings.database_url is None:
        return await Store.open(settings.data, letters)
    return await shared_store(settings.database_url, settings.data, letters)


async def shared_store(url: str, folder: Path, letters: LettersOf | None = None) -> PostgresStore:
    """The store of jobs in PostgreSQL. Raises SettingsError, also for missing Python packages."""
    from bridge.storage.postgres.address import address

    address(url)  # raises SettingsError for missing packages, before they are imported
    from bridge.storage.postgres.store import PostgresStore

    return await PostgresStore.open(url, folder, letters)


def _backends(settings: Settings, session: aiohttp.ClientSession) -> list[Backend]:
    """The ComfyUIs that draw: those in COMFYUI_URL, or one of the bridge's own for each device in WORKERS, or none."""
    if settings.comfyui_urls:
        secret, engine = settings.comfyui_secret or "", settings.engine
        return [Backend(session, Address.parsed(url, secret), engine) for url in settings.comfyui_urls]
    if settings.workers == NO_DEVICES:
        return []
    instances = [Instance(number, device) for number, device in enumerate(settings.workers or ("",), 1)]
    return [Child(session, settings, instance) for instance in instances]


async def clean(settings: Settings, *, dry: bool = False) -> Removal:
    """Do one round of retention. Raises SettingsError while a server has the data folder open."""
    if settings.database_url is None and not (settings.data / "bridge.db").exists():
        return Removal()
    store = await opened_store(settings)
    try:
        blobs = await opened_blobs(settings, checked(ResultsSettings), store.buffer)
        return await Retention(settings, store, blobs).round(dry=dry)
    finally:
        await store.close()


async def serve(settings: Settings, say: Callable[[str], None], show: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `say` gets sentences for the operator, `show` sentences with a token."""
    _let_files_be_open()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt there
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listeners, keyring, metrics = doors(settings), Keyring(settings), Metrics()
    warnings = (open_doors(settings, listeners, keys=keyring.needed), exposure(settings), without_the_pack(settings))
    for sentence in (sentence for each in warnings for sentence in each):
        say(sentence)
    watching = asyncio.create_task(metrics.watch_the_loop())
    async with opened(settings, metrics) as jobs:
        runners: list[web.AppRunner] = []
        guard = Guard(settings, keyring, jobs.rates)
        try:
            for door in listeners:
                runners.append(await _listen(settings, jobs, door, guard, metrics))
                say(f"{door.name} listens on {base_url(runners[-1], door.host)}")
            announcing = asyncio.create_task(_announce(jobs, settings, runners[0], guard, say, show))
            await stop.wait()
            announcing.cancel()
            say("Ending when the running job has ended; once more ends it at once ...")
            stop.clear()
            await first(jobs.drain(settings.drain_seconds), stop.wait())
        finally:
            say("Ending ...")
            watching.cancel()
            await asyncio.gather(*(runner.cleanup() for runner in runners))


def _let_files_be_open() -> None:
    """Raise the limit of open files: each connection is one, and the usual 1,024 may leave none for jobs."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    with suppress(ValueError, OSError):  # macOS has a limit of its own beneath
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


async def first(*works: Coroutine[Any, Any, Any]) -> None:
    """Return when one of the works has ended, and cancel the others."""
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


@dataclass(frozen=True)
class Door:
    """One listener: host, port and profile (None: all dialects)."""

    host: str
    port: int
    profile: str | None = None

    @property
    def name(self) -> str:
        """The listener's name for the operator."""
        return f"Pixart ({self.profile})" if self.profile else "Pixart"


def doors(settings: Settings) -> list[Door]:
    """The main listener, then the others. Raises SettingsError for an unknown profile."""
    result = [Door(settings.host, settings.port, settings.profile or None)]
    result += [Door(settings.host, port, name) for port, name in settings.listeners]
    if settings.service_port is not None:
        service = next(name for name, dialect in dialects().items() if dialect.service)
        result.append(Door(settings.service_host or settings.host, settings.service_port, service))
    names = profiles()
    for door in result:
        if door.profile and door.profile not in names:
            raise SettingsError(f"There is no profile {door.profile!r}.", hint=f"Known: {', '.join(names)}.")
    return result


def open_doors(settings: Settings, listeners: list[Door], *, keys: bool) -> list[str]:
    """A warning for each listener that others reach without a key. Raises SettingsError without PIXART_OPEN."""
    unguarded = [door for door in listeners if not (keys or _has_credentials(door) or is_loopback(door.host))]
    if unguarded and not settings.open:
        raise SettingsError(
            f"{unguarded[0].name} would listen on {unguarded[0].host or 'all addresses'} for everybody who reaches it.",
            hint="Make a key with `pixart keys add NAME`, or set API_KEY; or PIXART_OPEN=true to serve without one.",
        )
    return [
        f"{door.name} needs no key: whoever reaches {door.host or 'this machine'} can use it." for door in unguarded
    ]


def _has_credentials(door: Door) -> bool:
    """Whether all dialects of a listener ask for credentials of their own."""
    every = dialects()
    served = [every[name] for name in (profiles()[door.profile] if door.profile else every)]
    return all(each.admits and each.admits({}, options_of(each.options)) is not None for each in served)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host, by name or address."""
    try:
        result = socket.getaddrinfo(host or None, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        return False  # a host that can't be looked up may not be safe
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in result)


def exposure(settings: Settings) -> list[str]:
    """A warning about arguments of the child that open ComfyUI's port to other machines; no warning without such."""
    words = [] if settings.comfyui_url or settings.workers == NO_DEVICES else shlex.split(settings.comfyui_args)
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if len(name) < len("--li") or not "--listen".startswith(name):  # argparse takes abbreviations
            continue
        argument = value if equals else next(iter(words[at + 1 : at + 2]), "")
        hosts = argument.split(",") if argument and not argument.startswith("-") else [""]  # alone: all addresses
        if not all(map(is_loopback, hosts)):
            word = "only its token keeps them out" if settings.comfyui_token else "nothing keeps them out"
            return [f"COMFYUI_ARGS opens ComfyUI itself to others, and {word}: leave --listen out."]
    return []


def without_the_pack(settings: Settings) -> list[str]:
    """A warning for each ComfyUI that runs elsewhere, whose node pack can't know the bridge without a secret."""
    if settings.comfyui_secret:
        return []
    urls = [url_without_password(Address.parsed(each).url) for each in settings.comfyui_urls]
    return [
        f"Without COMFYUI_SECRET, here and in the environment of the ComfyUI at {url}, the node pack there answers "
        "nothing: pictures go over HTTP, and engines beside ComfyUI's own aren't known."
        for url in urls
    ]


async def _listen(settings: Settings, jobs: LocalJobs, door: Door, guard: Guard, metrics: Metrics) -> web.AppRunner:
    app, patience = create_app(settings, jobs, door.profile, guard, metrics), settings.keep_alive_seconds
    # the timeout of a connection counts from its beginning
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=patience, shutdown_timeout=LAST_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, door.host, door.port).start()
    except OSError as error:
        await runner.cleanup()
        raise SettingsError(
            f"Port {door.port} of {door.host} can't be used: {error.strerror or error}.",
            hint="End what uses it, or choose another with --port.",
        ) from error
    return runner


def base_url(runner: web.AppRunner, host: str) -> str:
    """The base URL for a browser on this machine."""
    shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{runner.addresses[0][1]}"


async def _announce(
    jobs: LocalJobs,
    settings: Settings,
    runner: web.AppRunner,
    guard: Guard,
    say: Callable[[str], None],
    show: Callable[[str], None],
) -> None:
    """Say that ComfyUI answers and what to try, or, at each change, why ComfyUI doesn't answer."""
    last, backend = None, jobs.backend
    while backend and not backend.up:
        if backend.trouble != last:
            last = backend.trouble
            say(str(last))
        await asyncio.sleep(0.2)
        backend = jobs.backend
    url = base_url(runner, settings.host)
    if backend is None:
        say("This bridge has no ComfyUI of its own: workers draw what it accepts.")
    elif settings.comfyui_url:
        say(f"ComfyUI answers at {url_without_password(backend.url)} (open it to tune the workflows)")
    else:
        where = f"{settings.comfyui_note} has this address"
        show(f"ComfyUI answers at {backend.address.page} (open it to tune the workflows; {where})")
    keyed = guard.keyring.needed
    trying = "Try it, with a key in the place of KEY:" if keyed else "Try it:"
    studio = "" if settings.profile else f"Draw in a browser: {url}/\n"
    say(f"{studio}API documentation: {url}/docs\n{trying}\n\n{sample(url, settings.profile, keyed=keyed)}\n")


def sample(url: str, profile: str = "", *, keyed: bool = False) -> str:
    """Lines to paste into a shell: the example sketch made a picture, or another request that the profile serves."""
    curl = "curl -u me:KEY" if keyed else "curl"
    return spokesman(profile).sample.format(curl=curl, url=url)

"""A real ComfyUI for the session: the source that `install.py` brought, this pack, tiny models, an empty folder."""

from __future__ import annotations

import fcntl
import gc
import json
import logging
import os
import re
import shutil
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import conformance
import keyed
import postgres_server
import pypi
import pytest
import tensor_toys
from bridge_process import BridgeProcess
from browser import EditorPages
from comfy_folder import SHORT_ENCODERS, base_folder
from faces import FACES, Face
from faults import toys
from faulty_server import FaultyServer
from forked_comfy import forking, share_templates
from hypothesis import settings as hypothesis_settings
from npm import Packages

from bridge.app.serve import opened
from bridge.comfy.process import running, tail
from bridge.core.settings import Settings
from bridge.storage.store import Store
from bridge.web import keyring
from bridge.web.server import create_app

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a script leaves to run, and so in all that it starts
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis_settings.register_profile("pixart", deadline=None)  # no test asks how long something takes on this machine
hypothesis_settings.load_profile("pixart")
os.environ["OMP_NUM_THREADS"] = "1"  # with more, torch's threads wait for each other as soon as anything else runs
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each ComfyUI compiles torch's Python anew
BridgeProcess.quick = True


EDITORS: list[EditorPages] = []  # which may have a browser open
VISITOR = pytest.StashKey[str]()  # whose pages of the editor the test wants that runs now


@pytest.fixture(autouse=True)
def no_trace_left() -> Iterator[None]:
    """A command that ran within a test logs to what pytest gave that test, which is closed afterwards.

    It also took from others what this process makes.
    """
    mask = os.umask(0o022)
    yield
    os.umask(mask)
    for handler in logging.getLogger().handlers[:]:
        if type(handler) is logging.StreamHandler:
            logging.getLogger().removeHandler(handler)


@dataclass(frozen=True)
class RealComfy:
    """A running ComfyUI, spoken to with the standard library only: the tests' own eyes."""

    url: str
    settings: Settings

    @cached_property
    def object_info(self) -> dict[str, Any]:
        return self.get("/object_info")

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path) as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def put_input(self, name: str, data: bytes) -> str:
        path = self.settings.comfyui_base / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return name

    def run(self, prompt: dict[str, Any], graph: dict[str, Any] | None = None, seconds: float = 120) -> dict[str, Any]:
        """Queue a prompt and return its history entry."""
        extra = {"extra_pnginfo": {"workflow": graph}} if graph else {}
        try:
            asked = {"prompt": prompt, "extra_data": extra, "client_id": "tests"}  # else cached nodes don't report
            prompt_id = self.post("/prompt", asked)["prompt_id"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        return self.ended(prompt_id, seconds)

    def ended(self, prompt_id: str, seconds: float = 120) -> dict[str, Any]:
        """The history entry of a queued prompt, once it has ended."""
        deadline, pause = time.monotonic() + seconds, 0.03
        while time.monotonic() < deadline:
            entry = self.get(f"/history/{prompt_id}").get(prompt_id)
            if entry:
                return entry
            time.sleep(pause)
            pause = min(0.15, 1.3 * pause)  # each look takes from the prompt's own time
        raise AssertionError(f"The prompt did not end within {seconds} s.")

    def output(self, image: dict[str, str]) -> bytes:
        """The bytes of a file that a node reported."""
        return (self.settings.comfyui_base / image["type"] / image["subfolder"] / image["filename"]).read_bytes()


def make_models(folder: Path) -> None:
    """Make models in the empty folder."""
    import tiny_axera
    import tiny_interrogators
    import tiny_models  # which import torch: that takes a second, and most files do without

    tiny_models.make(folder)
    tiny_interrogators.make(folder)
    tiny_axera.make(folder / "axera" / "tiny")
    tiny_axera.make(folder / "axera" / "tiny_npu", suffix=".axmodel")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `models` folder with an SD1.5-shaped checkpoint, a ControlNet, an Axera model for both of its runtimes, and two
    taggers and a BLIP model. Of several test processes the first makes them, and each has copies of its own.
    """
    own = tmp_path_factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made, begun = common / "made-models", common / "begun-models"
    with (common / "models.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(begun, ignore_errors=True)  # of a process that was killed meanwhile
            begun.mkdir()
            make_models(begun)
            begun.rename(made)
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("models"), dirs_exist_ok=True))


def start(settings: Settings, url: str, child: Any) -> RealComfy:
    """Wait until ComfyUI answers."""
    deadline = time.monotonic() + settings.comfyui_start_seconds
    while time.monotonic() < deadline and child.poll() is None:
        try:
            urllib.request.urlopen(url + "/system_stats", timeout=5).close()
            return RealComfy(url, settings)
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"ComfyUI did not start:\n{tail(settings.comfyui_log)}", pytrace=False)


@pytest.fixture(scope="session")
def upstream() -> Any:
    """Servers with all faults that another A1111 can have."""
    with FaultyServer() as server:
        yield server


@contextmanager
def comfy_before(upstream: FaultyServer, settings: Settings) -> Iterator[RealComfy]:
    """A ComfyUI with `upstream` as its A1111, which asks for a password."""
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in upstream.environment.items():
                patch.setenv(name, value)
            with forking():
                address, child = stack.enter_context(running(settings))
        yield start(settings, address.url, child)


@pytest.fixture(scope="session")
def comfy(tmp_path_factory: pytest.TempPathFactory, models: Path, upstream: FaultyServer) -> Any:
    """ComfyUI with models."""
    folder = tmp_path_factory.mktemp("comfy")
    (folder / "models").symlink_to(models)
    settings = base_folder(folder)
    (folder / "custom_nodes" / "short_encoders.py").write_text(SHORT_ENCODERS, encoding="utf-8")
    (folder / "custom_nodes" / "tensor_toys.py").write_text(tensor_toys.NODE, encoding="utf-8")
    with comfy_before(upstream, settings) as real:
        yield real


@pytest.fixture(scope="session")
def bare_comfy(tmp_path_factory: pytest.TempPathFactory, upstream: FaultyServer) -> Any:
    """ComfyUI without any model, with a node that misbehaves when asked to."""
    settings = base_folder(tmp_path_factory.mktemp("bare"))
    (settings.data / "custom_nodes" / "mischief.py").write_text(toys.NODE, encoding="utf-8")
    (settings.data / "custom_nodes" / "tensor_toys.py").write_text(tensor_toys.NODE, encoding="utf-8")
    with comfy_before(upstream, settings) as real:
        yield real


@pytest.fixture(scope="session")
def newest_front_end(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of ComfyUI's newest front end."""
    return pypi.newest_front_end(tmp_path_factory.mktemp("front_end"))


@pytest.fixture(scope="session")
def editor(request: pytest.FixtureRequest, bare_comfy: RealComfy, newest_front_end: Path) -> Iterator[EditorPages]:
    """The editor of one ComfyUI: with the front end that it pins, and with the newest."""
    EDITORS.append(EditorPages(bare_comfy.url, {"pinned": None, "newest": newest_front_end}))
    EDITORS[-1].welcome(request.session.stash[VISITOR])
    yield EDITORS[-1]
    EDITORS.pop().close()


@pytest.fixture(params=FACES, ids=" ".join)
def face(request: pytest.FixtureRequest, editor: EditorPages) -> Face:
    """The editor in each of its forms, one after the other."""
    front_end, renderer = request.param
    return Face(editor.page(front_end), renderer)


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """What other people wrote in JavaScript."""
    return Packages(tmp_path_factory.mktemp("npm"))


@pytest.fixture
async def store(tmp_path):
    """The jobs database, empty."""
    store = await Store.open(tmp_path)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """PostgreSQL, with an empty database that has all tables, as the template of the others."""
    if reason := postgres_server.why_not():
        pytest.skip(reason)
    with postgres_server.Server.started() as server:
        server.make_template()
        yield server


@pytest.fixture
def database_url(postgres) -> str:
    """A DATABASE_URL whose database has all tables and no job."""
    return postgres.fresh()


@pytest.fixture(params=["sqlite", "postgresql"])
async def any_store(request, tmp_path):
    """The jobs database, empty, in each of its forms."""
    if request.param == "sqlite":
        store = await Store.open(tmp_path)
    else:
        url = request.getfixturevalue("database_url")
        from bridge.storage.postgres.store import PostgresStore

        store = await PostgresStore.open(url, tmp_path)
    yield store
    await store.close()


@pytest.fixture
def keys(tmp_path):
    """Two keys by name."""
    return {name: keyring.add(tmp_path / "keys.json", name) for name in ("ann", "ben")}


@pytest.fixture
async def serve_queue(tmp_path, aiohttp_client):
    """A server with the real queue and no ComfyUI, so that what is posted waits."""
    opened_ones = []

    async def start(profile=None, **more):
        wanted = keyed.settings(tmp_path, **more)
        context = opened(wanted)
        jobs = await context.__aenter__()
        client = await aiohttp_client(create_app(wanted, jobs, profile))
        opened_ones.append((client, context))
        client.jobs = jobs
        return client

    yield start
    for client, context in opened_ones:  # as `serve` ends: who waits for a job goes before the queue does
        await client.close()
        await context.__aexit__(None, None, None)


@pytest.fixture(autouse=True)
def note_the_client(request: pytest.FixtureRequest) -> Any:
    """For a test marked `client(name)`: what its `bridge` answers meanwhile goes into the table of clients.

    With `workflow=MODE` it is a client of ComfyUI itself, and that mode goes there if ComfyUI has drawn it meanwhile.
    """
    marker = request.node.get_closest_marker("client")
    if marker is None:
        yield
        return
    if mode := marker.kwargs.get("workflow"):
        with conformance.drawn(request.node.nodeid, marker.args[0], mode, request.getfixturevalue("comfy")):
            yield
        return
    bridge = request.getfixturevalue(marker.kwargs.get("bridge", "bridge"))
    with conformance.noted(request.node.nodeid, marker.args[0], bridge):
        yield


# Files that take ten seconds or more, longest first: processes that share them end at about the same time then. Those
# that mostly wait and those that mostly compute take turns. One process opens the pages of all `editor_` files.
LONG = ("faults", "drawings_library", "first_minutes", "families", "studio_words", "foreign_pages", "fleet")
LONG += ("door", "end_make", "end_imagegen", "modes", "end_aleaart", "nodes_generate", "end_to_end")
LONG += (
    "editor_palette",
    "editor_previews",
    "editor_live",
    "editor_sheet",
    "editor_report",
    "editor_fields",
    "install",
)
LONG += ("studio_trouble", "stall", "clients_a1111", "tutorial", "fast_diffuse", "body", "end_engines")
LONG += ("server", "machine_conversion", "readers", "end_incoming", "disk_faults", "workflow", "convert")
LONG += ("races", "slow_clients", "studio_palettes", "end_interrogate", "end_pico", "editor")
LONG += ("nodes_repaint", "drawings_scene", "end_drawings", "clients_pypi", "limits", "upstream_node")
LONG += ("retention", "faults_counted", "studio_drawing", "pico_client", "twins", "models", "documents")
LONG += ("buffer", "end_cache", "webhooks", "new_dither_family", "access", "chain", "pixel_grid")
LONG += ("decoders", "pixel_transfer", "clients_npm", "clients_comfyui", "comfy_process", "end_safety")
LONG += ("templates", "studio", "studio_panels", "studio_gallery", "studio_access", "machine_emulators")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        conformance.begin()
        if getattr(config.option, "numprocesses", None) and not config.option.collectonly:
            share_templates()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out file by file, those that share pages of the editor together: each page takes seconds to open."""
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return re.sub(r"/test_editor_\w+\.py$", "/test_editor_", super()._split_scope(nodeid))

    return Files(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Look for no garbage among the tests while they are collected, nor later: that took a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {f"test_{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONG)))
    conformance.expect(item.nodeid for item in items if item.get_closest_marker("client"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    names = getattr(item, "fixturenames", ())
    visitor = "face" if "face" in names else item.path.stem if "editor" in names else ""
    item.session.stash[VISITOR] = visitor
    for editor in EDITORS:
        editor.welcome(visitor)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return
    wrong = conformance.end()
    if wrong:
        session.config.get_terminal_writer().line(f"\n{wrong}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

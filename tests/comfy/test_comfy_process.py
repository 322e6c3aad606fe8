"""ComfyUI as a child: it starts, it ends with us, it leaves nothing behind, and a failed start says why."""

import base64
import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, nullcontext

import pytest
from comfy_folder import base_folder

from bridge.comfy.blocking import connected
from bridge.comfy.process import PACK, command, free_port, link_pack, running
from bridge.comfy.process import end as end_child
from bridge.core.errors import BackendFailure, Unavailable
from bridge.core.places import ROOT
from bridge.core.settings import Settings
from bridge.storage import data_folder


def alive(pid):
    """Whether the process runs (a zombie that nobody has waited for doesn't)."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_missing_comfyui_is_one_clear_sentence(tmp_path):
    with pytest.raises(Unavailable, match=r"There is no ComfyUI in .*install\.py"):
        command(Settings(data=tmp_path, comfyui_dir=tmp_path), 1)


@contextmanager
def answering(said, heard=None):
    """The address of something that says the same to all who come; what they ask is `heard`."""
    heard = [] if heard is None else heard
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # it was closed
                    return
                with connection:
                    heard.append(connection.recv(65536))
                    connection.sendall(said)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def page(body):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)


COMFYUI = page(b'{"system": {"comfyui_version": "0.3.75"}}')
OTHERS = {
    "a page": page(b"<html>"),
    "a list": page(b"[]"),
    "an object": page(b"{}"),
    "an error": b"HTTP/1.0 404 No\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.mark.parametrize("said", OTHERS.values(), ids=OTHERS)
def test_what_is_not_comfyui_is_one_sentence(said, tmp_path):
    with (
        answering(said) as url,
        pytest.raises((BackendFailure, Unavailable), match=r"not ComfyUI|404|can't be reached"),
        connected(Settings(data=tmp_path, comfyui_url=url), print),
    ):
        pass


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_door_that_stays_shut_is_told_with_what_opens_it(status, tmp_path):
    with (
        answering(f"HTTP/1.0 {status}\r\n\r\n".encode()) as url,
        pytest.raises(BackendFailure, match=rf"ComfyUI at {url} answered {status[:3]} to /system_stats\. .*\?token="),
        connected(Settings(data=tmp_path, comfyui_url=url), print),
    ):
        pass


@pytest.mark.parametrize("said", OTHERS.values(), ids=OTHERS)
def test_the_port_of_a_bridge_that_was_killed_may_be_another_programs_now(said, tmp_path):
    settings = Settings(data=tmp_path, comfyui_dir=tmp_path)
    with answering(said) as url:
        settings.comfyui_note.write_text(url)
        # it goes on to start one
        with pytest.raises(Unavailable, match="There is no ComfyUI in"), connected(settings, print):
            pass


def test_where_the_bridges_comfyui_goes_away_meanwhile_none_is_started_in_its_place(tmp_path):
    settings, said = Settings(data=tmp_path, comfyui_dir=tmp_path), []
    with answering(COMFYUI) as url:
        settings.comfyui_note.write_text(url)
        with pytest.raises(Unavailable, match="It went away"), connected(settings, said.append):
            raise Unavailable("It went away.")
    assert said == [f"Using the ComfyUI that runs at {url}."]


def test_a_command_beside_a_bridge_that_has_just_begun_leaves_the_files_of_its_comfyui_alone(tmp_path, monkeypatch):
    settings, started = Settings(data=tmp_path, comfyui_dir=tmp_path), []

    @contextmanager
    def noted(_, instance):
        started.append(instance.own(settings.comfyui_note).name)
        raise Unavailable("Nothing is started here.")
        yield

    monkeypatch.setattr("bridge.comfy.blocking.running", noted)
    for bridge in (data_folder.lock(tmp_path / data_folder.LOCK_NAME), nullcontext()):
        with bridge, pytest.raises(Unavailable, match="Nothing is started"), connected(settings, print):
            pass
    assert started == ["comfyui-make.url", "comfyui.url"]


def test_name_and_password_of_its_address_are_sent_to_comfyui(tmp_path):
    heard, login = [], base64.b64encode(b"me:hunter@2")
    with answering(COMFYUI, heard) as url:
        url = url.replace("//", "//me:hunter%402@")
        settings = Settings(data=tmp_path, comfyui_url=url)
        with connected(settings, print) as comfy, pytest.raises(Unavailable, match="Handshake status 200"):
            comfy.run({}, {}, print)
    assert [each.split()[1].partition(b"?")[0] for each in heard] == [b"/system_stats", b"/ws"]
    assert all(b"Authorization: Basic " + login in each for each in heard)


@pytest.mark.comfy
def test_the_session_comfyui_runs_the_pinned_version_or_the_one_to_try_on_loopback(comfy):
    system = comfy.get("/system_stats")["system"]
    version = (Settings().comfyui_source / "comfyui_version.py").read_text(encoding="utf-8")
    assert f'__version__ = "{system["comfyui_version"]}"' in version
    assert system["comfyui_version"] == "0.3.75" or "COMFYUI_DIR" in os.environ
    assert "127.0.0.1" in system["argv"]


@pytest.mark.comfy
def test_a_failed_start_tells_what_comfyui_said_last(tmp_path):
    settings = base_folder(tmp_path, comfyui_args="--no-such-flag")
    with running(settings) as (_, child):
        child.wait(60)
    assert "unrecognized arguments: --no-such-flag" in settings.comfyui_log.read_text()


HOLDER = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from bridge.comfy.process import spawn, new_address
from bridge.core.settings import Settings
settings = Settings(data=Path({data!r}), comfyui_dir=Path({source!r}))
child = spawn(settings, new_address(settings))
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.comfy
def test_no_orphan_is_left_after_kill_9(tmp_path):
    settings = base_folder(tmp_path)
    code = HOLDER.format(root=str(ROOT), data=str(settings.data), source=str(settings.comfyui_source))
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with holder:
        pid = int(holder.stdout.readline())
        assert alive(pid)
        holder.kill()
    assert wait_until(lambda: not alive(pid)), "ComfyUI outlived the process that started it"


@pytest.mark.comfy
def test_ending_twice_is_harmless(tmp_path):
    settings = base_folder(tmp_path)
    with running(settings) as (_, child):
        end_child(child)
        end_child(child)
    assert child.poll() is not None


STAND_IN = """
import sys
sys.path.insert(0, sys.argv[1])
import launch
from pathlib import Path
assert launch.version_of(Path(sys.argv[2])) == (0, 33, 0) > launch.STARTS_SILENT
launch.stand_in_for_torchaudio()
import torchaudio
import torchaudio.functional as functional
from torchaudio.transforms import MelScale
class Louder(MelScale):
    pass
try:
    functional.resample([0.0], 1, 2)
except ImportError as error:
    print(error)
"""


def test_a_comfyui_that_imports_torchaudio_starts_without_it_and_sounds_say_what_they_lack(tmp_path):
    (tmp_path / "comfyui_version.py").write_text('__version__ = "0.33.0"\n')
    if importlib.util.find_spec("torchaudio"):
        pytest.skip("torchaudio is here")
    command = [sys.executable, "-c", STAND_IN, str(ROOT / "bridge" / "comfy"), str(tmp_path / "main.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stderr, done.stdout) == (
        "",
        "torchaudio.functional is not installed, which sounds need: pip install torchaudio\n",
    )


# What ComfyUI does as seen by Python's collector: it loads, binds its port, and loads models after.
BINDS = """
import gc, socket
counts = []
for port in (0, int({port})):
    with socket.socket() as door:
        door.bind(("127.0.0.1", port))
    counts.append(gc.get_freeze_count() > 0)
after = gc.get_freeze_count()
models = [[] for _ in range(1000)]
print(counts, gc.get_freeze_count() == after)
"""
SETTLED = """
import sys
sys.path.insert(0, sys.argv[1])
import launch
launch.settle_once_bound(sys.argv[2])
exec(sys.argv[3])
"""


def test_what_comfyui_loaded_before_it_listens_is_collected_no_more_and_what_comes_later_is():
    port = str(free_port())
    command = [sys.executable, "-c", SETTLED, str(ROOT / "bridge" / "comfy"), port, BINDS.format(port=port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stderr, done.stdout) == ("", "[False, True] True\n")


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ("--port 1", "--cpu --use-pytorch-cross-attention"),
        ("--cpu --port 1", "--use-pytorch-cross-attention"),
        ("--cpu --use-split-cross-attention", ""),
        ("--force-upcast-attention", "--cpu --use-pytorch-cross-attention"),
    ],
)
def test_on_a_processor_the_attention_takes_little_memory_unless_another_one_is_chosen(monkeypatch, arguments, missing):
    monkeypatch.syspath_prepend(ROOT / "bridge" / "comfy")  # the launcher is a program, with its own folder in the path
    launch = importlib.import_module("launch")
    assert launch.missing_for_a_processor(arguments.split()) == missing.split()


def test_a_new_data_folder_gets_the_node_pack_and_one_that_has_it_keeps_its_own(tmp_path):
    link_pack(tmp_path)
    assert (tmp_path / PACK.name).resolve() == PACK
    (tmp_path / PACK.name).unlink()
    (tmp_path / PACK.name).symlink_to(tmp_path / "moved away")
    link_pack(tmp_path)
    assert (tmp_path / PACK.name).resolve() == PACK
    (tmp_path / PACK.name).unlink()
    (tmp_path / PACK.name).mkdir()
    link_pack(tmp_path)
    assert not (tmp_path / PACK.name).is_symlink()


def test_a_node_pack_that_cannot_be_linked_is_said_with_what_to_do(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    link_pack(tmp_path / "file")
    assert "Run `python3 install.py`" in caplog.text

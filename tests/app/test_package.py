"""The package that `pip install .` makes: all that the bridge needs is in it, and its command runs from any folder."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from bridge import __version__
from bridge.core.places import ROOT

PARTS = ("bridge", "workflows", "examples", "custom_nodes", "requirements", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The unpacked wheel, built of a copy without what lies about here."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("package")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", "failed"))
        else:
            shutil.copy(ROOT / part, source / part)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(folder / "site")
    return folder / "site"


def ran(package, tmp_path, *arguments):
    start = "import sys; from bridge.__main__ import main; sys.exit(main())"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIXART_")}
    environment = {**inherited, "PYTHONPATH": str(package), "HOME": str(tmp_path), "COMFYUI_DIR": str(tmp_path)}
    command = [sys.executable, "-c", start, *arguments]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)


def test_the_command_is_in_it_and_says_the_bridges_version(package, tmp_path):
    (metadata,) = package.glob("*.dist-info")
    assert "pixart = bridge.__main__:main" in (metadata / "entry_points.txt").read_text()
    assert ran(package, tmp_path, "--version").stdout == f"pixart {__version__}\n"


def test_ctrl_c_while_its_code_is_still_being_read_shows_no_traceback():
    stopping = """import sys
class Stopping:
    def find_spec(self, name, *_):
        if name == "bridge.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stopping())
from bridge.__main__ import main
sys.exit(main())"""
    ended = subprocess.run([sys.executable, "-c", stopping], cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (130, "")


def test_it_asks_for_what_the_bridge_needs(package):
    (metadata,) = package.glob("*.dist-info")
    text = (metadata / "METADATA").read_text()
    wanted = [line for line in (ROOT / "requirements/bridge.txt").read_text().splitlines() if not line.startswith("#")]
    needed = [line for line in text.splitlines() if line.startswith("Requires-Dist: ")]
    assert len([line for line in needed if "extra == " not in line]) == len(wanted)
    assert [line for line in needed if "extra == 's3'" in line and " obstore<" in line]


def test_the_workflows_the_examples_and_the_node_pack_are_in_it(package):
    files = package / "bridge" / "files"
    for folder in ("workflows", "examples", "custom_nodes/pixart_nodes"):
        for path in (ROOT / folder).rglob("*.*"):
            packed = files / folder / path.relative_to(ROOT / folder)
            assert packed.exists() or "__pycache__" in path.parts, path
    assert (package / "bridge" / "catalog" / "model_sets.json").exists()


def test_the_studios_page_is_in_it(package):
    folder = ROOT / "bridge" / "web" / "studio"
    packed = package / "bridge" / "web" / "studio"
    assert {path.relative_to(folder) for path in folder.rglob("*")} == {
        path.relative_to(packed) for path in packed.rglob("*")
    }


def test_what_is_missing_is_said_by_the_users_own_folder(package, tmp_path):
    done = ran(package, tmp_path, "keys", "add", "phone")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".pixart" / "keys.json").exists()
    done = ran(package, tmp_path, "doctor")
    assert done.returncode == 1
    assert f"There is no ComfyUI in {tmp_path}." in done.stderr

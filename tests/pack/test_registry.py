"""What ComfyUI's registry shows of the pack: an icon, a banner, and what it runs on; and what a release carries."""

import fnmatch
import re
import subprocess

import pytest
from PIL import Image
from pixart_nodes import library

from bridge import __version__

PACK = library.FOLDER.parent
tomllib = pytest.importorskip("tomllib")
ABOUT = tomllib.loads((PACK / "pyproject.toml").read_text(encoding="utf-8"))
SYSTEMS = ("Microsoft", "POSIX", "MacOS", "OS Independent")  # which the registry knows


@pytest.mark.parametrize(("key", "size"), [("Icon", (400, 400)), ("Banner", (1260, 540))])
def test_a_picture_has_the_registrys_shape_and_shows_whole_pixels(key, size):
    with Image.open(PACK / ABOUT["tool"]["comfy"][key]) as picture:
        large = picture.convert("RGB")
    small = large.resize((size[0] // 10, size[1] // 10), Image.Resampling.NEAREST)
    assert large.size == size
    assert small.resize(size, Image.Resampling.NEAREST).tobytes() == large.tobytes()


def test_what_it_runs_on_is_said_in_the_registrys_words():
    project = ABOUT["project"]
    systems = [each.split(" :: ", 1)[1] for each in project["classifiers"] if each.startswith("Operating System :: ")]
    assert systems and all(system.startswith(SYSTEMS) for system in systems)
    assert not [each for each in project["classifiers"] if each.startswith("Environment :: ")]  # it needs no card
    assert ABOUT["tool"]["comfy"]["requires-comfyui"] == ">=0.3.75"
    assert project["version"] == __version__


def test_name_and_licence_are_as_the_registry_asks_and_addresses_are_none_or_real():
    """By docs.comfy.org/registry/specifications."""
    project = ABOUT["project"]
    assert re.fullmatch(r"[a-z]\w*(?:[-_.]\w+)*", project["name"]) and "comfyui" not in project["name"]
    assert project["license"] == {"text": "GPL-3.0-or-later"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["version"])
    assert all(address.startswith("https://") for address in project.get("urls", {}).values())


def test_a_release_carries_every_file_of_the_pack_that_git_has():
    ignored = [line for line in (PACK / ".comfyignore").read_text().splitlines() if line and not line.startswith("#")]
    listed = subprocess.run(["git", "ls-files"], cwd=PACK, capture_output=True, text=True)
    files = listed.stdout.splitlines()
    if not files:
        pytest.skip("this is no checkout")
    parts = {part for file in files for part in [file.rsplit("/", 1)[-1], *(f"{p}/" for p in file.split("/")[:-1])]}
    assert [part for part in parts if any(fnmatch.fnmatch(part, pattern) for pattern in ignored)] == []

"""The tutorial's commands, run one after the other as they stand there."""

import json
import re
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest
from comfy_folder import SECRET
from PIL import Image
from test_docs import section

from bridge.core.places import ROOT
from install import UNIX

pytestmark = [
    pytest.mark.comfy,
    pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="there is no bash, or no curl"),
]
OF_OPENCV = 0.02  # of the bytes: its arithmetic differs by processor, and a cell between two colours may take either


def commands(title):
    """The shell's lines of a part of the tutorial, each as it stands, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", section("docs/TUTORIAL.md", title), re.S)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture
def shell(tmp_path):
    """Runs a line in a folder with what this repository has, this Python in its `.venv`, and the command `pixart`."""
    for name in ("bridge", "custom_nodes", "examples", "workflows"):
        (tmp_path / name).symlink_to(ROOT / name)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.with_name("pixart").write_text(UNIX)
    for file in python.parent.iterdir():
        file.chmod(0o755)

    def run(line, **environment):
        command, env = ["bash", "-euc", line], {"PATH": "/usr/bin:/bin", "PIXART_DATA": "data", **environment}
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


def test_a_photo_of_a_drawing_becomes_a_sprite_of_a_game(bare_comfy, shell, tmp_path):
    for line in commands("From a drawing on paper to a game"):
        shell(line, COMFYUI_URL=bare_comfy.url, COMFYUI_SECRET=SECRET)
    atlas, sheet = json.loads((tmp_path / "slime.json").read_text()), np.array(image(tmp_path / "slime.png"))
    example = np.array(image(ROOT / "examples" / "sprite" / "slime.png"))
    assert sheet.shape == example.shape and np.mean(sheet != example) < OF_OPENCV, "make the example anew"
    assert atlas["meta"]["image"] == "slime.png"
    assert [tag["name"] for tag in atlas["meta"]["frameTags"]] == ["bounce"]
    for number in range(2):  # what an engine cuts out is what was drawn
        entry, frame = atlas["frames"][str(number)], np.array(image(tmp_path / "frames" / f"photo-{number + 1}.png"))
        x, y, width, height = (entry["frame"][key] for key in "xywh")
        left, top = (entry["spriteSourceSize"][key] for key in "xy")
        assert np.array_equal(sheet[y : y + height, x : x + width], frame[top : top + height, left : left + width])
        assert set(np.unique(frame[..., 3])) == {0, 255}
        assert frame[0, 0, 3] == 0 < frame[..., 3].sum() == sheet[y : y + height, x : x + width, 3].sum()  # no paper


def test_a_prompt_becomes_what_a_picos_display_shows(comfy, shell, tmp_path, unused_tcp_port):
    changed = {"8080": str(unused_tcp_port), '"steps": 20': '"steps": 1', "steps=20": "steps=1"}  # each takes seconds
    lines = commands("From a prompt to a Pico's display")
    for old, new in changed.items():
        assert old in "".join(lines)
        lines = [line.replace(old, new) for line in lines]
    [serving] = [line for line in lines if line.endswith("pixart serve")]
    environment = {"COMFYUI_URL": comfy.url, "COMFYUI_SECRET": SECRET, "PORT": "0", "PIXART_DATA": "data"}
    log = (tmp_path / "said").open("w")  # which ends on "Try it" when ComfyUI is there and all ports are open
    command = ["bash", "-euc", serving.replace(".venv", "exec .venv")]
    env = {"PATH": "/usr/bin:/bin", **environment}
    assert "txt2img_rgb565" in "".join(shell(line, **environment) for line in lines[: lines.index(serving)])
    server = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=log, stderr=log)
    try:
        until(lambda: "Try it" in (tmp_path / "said").read_text())
        said = [shell(line, **environment) for line in lines[lines.index(serving) + 1 :]]
    finally:
        server.terminate()
        server.wait(30)
        log.close()
    assert (tmp_path / "frame.rgb565").stat().st_size == 240 * 240 * 2
    assert image(tmp_path / "frame.png").size == (240, 240)
    assert "width=240, height=240" in said[-1]


def image(path):
    with Image.open(path) as picture:
        return picture.convert("RGBA")


def until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)

"""A base folder for a real ComfyUI: the source that `install.py` brought, and this pack."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from bridge.core.places import ROOT
from bridge.core.settings import Settings

SECRET = "what opens the pack's routes in the tests' ComfyUIs"
OLDER = "0.1.0"  # the version of an older pack
PACK = ROOT / "custom_nodes" / "pixart_nodes"
# A node pack without nodes. ComfyUI takes an encoder that it knows by its weights at its whole depth, of 12 layers for
# texts and 24 for pictures, with which a prompt takes most of the time of a tiny picture; the first two do here.
SHORT_ENCODERS = """
from comfy.clip_model import CLIPTextModel, CLIPVision


def shorten(kind):
    make = kind.__init__

    def make_short(self, config_dict, *rest, **more):
        make(self, {**config_dict, "num_hidden_layers": 2}, *rest, **more)

    kind.__init__ = make_short


shorten(CLIPTextModel)
shorten(CLIPVision)
NODE_CLASS_MAPPINGS = {}
"""


def older_pack(folder: Path, *missing: str) -> Path:
    """A copy of the pack as it was before these modules of nodes came, under an earlier version's number."""
    pack = folder / PACK.name
    pack.mkdir()
    for each in PACK.iterdir():
        if each.name not in ("nodes", "pyproject.toml"):
            (pack / each.name).symlink_to(each)  # where kernels are compiled already
    shutil.copytree(PACK / "nodes", pack / "nodes")
    shutil.copy(PACK / "pyproject.toml", pack)
    table, about = pack / "nodes" / "__init__.py", pack / "pyproject.toml"
    words = "|".join(missing)
    table.write_text(re.sub(rf"^    ({words}),\n", "", table.read_text(), flags=re.MULTILINE))
    about.write_text(re.sub(r'^version = ".*"$', f'version = "{OLDER}"', about.read_text(), flags=re.MULTILINE))
    return pack


def base_folder(folder: Path, pack: Path = PACK, **more: Any) -> Settings:
    """Settings for a base folder of its own, with this pack in it. Raises FileNotFoundError without a ComfyUI.

    A ComfyUI there is as one that a person runs: it asks for no token, and its pack for a secret that is known.
    """
    own = {"comfyui_token": False, "comfyui_secret": SECRET, "servers": ("*",), "generation_side": 64, **more}
    settings = Settings(data=folder, comfyui_dir=Settings().comfyui_source, **own)
    if not (settings.comfyui_source / "main.py").exists():
        raise FileNotFoundError(f"No ComfyUI in {settings.comfyui_source}: run `python3 install.py --test`.")
    (folder / "custom_nodes").mkdir(parents=True, exist_ok=True)
    (folder / "custom_nodes" / "pixart_nodes").symlink_to(pack)
    return settings

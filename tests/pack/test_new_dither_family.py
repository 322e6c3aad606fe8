"""A new family of dithers is one file and one line: in a copy of the pack, seen by node, core and batch rule."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from bridge.core.places import ROOT
from bridge.core.settings import Settings

PACK = ROOT / "custom_nodes" / "pixart_nodes"
TOY = '''
"""A toy: pictures in one colour of the palette."""

import numpy as np

from .family import Dither, Family


def _first(rgba, opaque, palette, settings):
    return np.zeros(opaque.shape, np.int16)


def _last(rgba, opaque, palette, settings):
    return np.full(opaque.shape, len(palette) - 1, np.int16)


FAMILY = Family(
    dithers={"toy-first": Dither(_first, sequential=False), "toy-last": Dither(_last, sequential=True)},
    hint="toys: one colour",
    page="  * `toy-first`, `toy-last`: one colour.\\n",
)
'''
# ComfyUI is first on the path, as its `nodes` are another module than the pack's.
SCRIPT = """
import json, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import torch
from comfy.cli_args import args

args.cpu = True  # before ComfyUI looks for a graphics card
from pixart_nodes.nodes.animation import PixartQuantizeAnimation
from pixart_nodes.nodes.pixelate import PixartQuantize
from pixart_nodes.pixel.compiled import cores
from pixart_nodes.pixel.dither import table
from pixart_nodes.pixel.palette.palette import Palette

asked, each = [], cores.each
cores.each = lambda *given, together: asked.append(together) or each(*given, together=together)
palette = Palette.of([[255, 0, 0], [0, 255, 0], [0, 0, 255]])
common = dict(palette=palette, metric="oklab", strength=1.0, serpentine=True, alpha_threshold=0.5)
shown = {}
for name in ("toy-first", "toy-last"):
    drawn = PixartQuantize.execute(image=torch.rand(2, 3, 4, 3), dither=name, **common).args[0]
    frames = PixartQuantizeAnimation.execute(image=torch.rand(2, 3, 4, 3), dither=name, tolerance=0, **common).args[0]
    shown[name] = [sorted({tuple(pixel) for pixel in each.reshape(-1, 4).tolist()}) for each in (drawn, frames)]
menus = [
    next(one for one in node.define_schema().inputs if one.id == "dither")
    for node in (PixartQuantize, PixartQuantizeAnimation)
]
print(json.dumps({
    "menus": [menu.options for menu in menus],
    "tooltips": [menu.tooltip for menu in menus],
    "valid": PixartQuantize.validate_inputs(dither="toy-first"),
    "typing error": PixartQuantize.validate_inputs(dither="toy-frist"),
    "shown": shown,
    "together": asked,
    "page": table.page(),
}))
"""


def test_a_family_is_one_file_and_one_line(tmp_path):
    pack = tmp_path / "pixart_nodes"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("__pycache__", "web", "example_workflows"))
    (pack / "nodes" / "__init__.py").write_text("")  # else all nodes are imported, with much of ComfyUI
    (pack / "pixel" / "dither" / "toy.py").write_text(TOY)
    table = pack / "pixel" / "dither" / "table.py"
    text = table.read_text()
    assert text.count('    "riemersma",\n') == 1
    table.write_text(text.replace('    "riemersma",\n', '    "riemersma",\n    "toy",\n'))
    command = [sys.executable, "-c", SCRIPT, str(Path(Settings().comfyui_source).resolve()), str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=180)
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout.splitlines()[-1])
    for menu, tooltip in zip(seen["menus"], seen["tooltips"], strict=True):
        assert menu[-3:] == ["riemersma", "toy-first", "toy-last"]
        assert "; toys: one colour; " in tooltip
    assert seen["valid"] is True and "Did you mean 'toy-first'" in seen["typing error"]
    assert seen["shown"] == {"toy-first": [[[1, 0, 0, 1]]] * 2, "toy-last": [[[0, 0, 1, 1]]] * 2}
    assert seen["together"] == [False, False, True, True], "side by side where pixels wait for each other"
    assert "`toy-last`: one colour" in seen["page"]

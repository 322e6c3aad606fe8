"""What helps people who write and review drawings: the sheets, and the page that describes the language."""

import re
import sys

import numpy as np
from PIL import Image
from pixart_nodes.drawings import colors, library, recipe_text
from pixart_nodes.drawings.brief import Relation
from pixart_nodes.drawings.rendering import render
from pixart_nodes.drawings.scene.ground import GROUNDS
from pixart_nodes.drawings.texture import TEXTURES

from bridge.core.places import ROOT

sys.path.insert(0, str(ROOT / "docs"))
import drawing_sheets  # lives beside the page whose pictures it makes
import scene_sheet

PAGE = (ROOT / "docs" / "DRAWINGS.md").read_text(encoding="utf-8")


def test_sheets_show_drawings_with_names_and_shuffled_with_numbers(tmp_path):
    names = ["cat", "owl", "key", "tree"]
    drawing_sheets.write(tmp_path, list(names), size=16, zoom=3, seed=1)
    key = [line.split(" ", 1) for line in (tmp_path / "key.txt").read_text().splitlines()]
    assert [number for number, _ in key] == ["1", "2", "3", "4"]
    assert sorted(name for _, name in key) == sorted(names)
    sheets = {sheet: np.array(Image.open(tmp_path / f"{sheet}.png")) for sheet in ("labelled", "unlabelled", "plain")}
    margin = drawing_sheets.MARGIN
    for sheet, name, zoom in (("labelled", names[0], 3), ("unlabelled", key[0][1], 3), ("plain", names[0], 1)):
        pixels = render(library.find(name), 16).pixels
        opaque = pixels[..., 3] > 0
        shown = sheets[sheet][margin : margin + 16 * zoom : zoom, margin : margin + 16 * zoom : zoom]
        assert (shown[opaque] == pixels[opaque][:, :3]).all()
        assert (shown[~opaque] == drawing_sheets.BACKGROUND).all()


def test_the_pages_drawing_of_seven_lines_can_be_drawn():
    recipe = re.search(r"```text\n(owl: .*?)```", PAGE, re.S)
    assert recipe
    assert len(recipe[1].strip().splitlines()) == 7
    assert render(recipe_text.drawings(recipe[1])["owl"], 32).pixels.any()
    assert drawing_sheets.steps(PAGE).height > 100


def test_the_pages_python_runs():
    code = re.search(r"```python\n(.*?)```", PAGE, re.S)
    assert code
    names = {}
    exec(code[1], names)
    assert names["picture"].pixels.shape == (32, 32, 4)
    assert (250, 240, 120) in names["picture"].palette
    assert names["hand"][0] > 16  # mirrored, so to the right


def test_the_page_has_every_shape_every_texture_every_kit_and_every_limit():
    shapes = PAGE.partition("## Shapes")[2].partition("## Kits")[0]
    assert not [letter for letter in recipe_text.FORMS if f"`{letter} " not in shapes]
    assert not [name for name in TEXTURES if f"`{name}`" not in shapes]
    kits = [name for name, block in library.built_in().blocks.items() if block.category == library.KITS]
    assert not [kit for kit in kits if f"`{kit}`" not in PAGE.partition("## Kits")[2]]
    assert f"{recipe_text.MOST_SHAPES} shapes of {recipe_text.MOST_POINTS} points" in PAGE
    assert f"{recipe_text.MOST_POINTS_TOGETHER} points together" in PAGE
    assert "custom_nodes/pixart_nodes/drawings/colors.py" in PAGE
    assert len(colors.NAMED) < 40  # else the page must list them


def test_the_sheet_of_scenes_shows_every_place_and_every_relation_of_two_things():
    briefs = scene_sheet.briefs()
    assert set(GROUNDS) <= {brief.ground for brief in briefs}
    relations = {subject.relation for brief in briefs for subject in brief.subjects}
    assert set(Relation) - relations == {Relation.HELD, Relation.WORN}
    with Image.open(scene_sheet.GALLERY / "scenes.png") as committed:
        assert scene_sheet.sheet().size == committed.size

"""The templates of ComfyUI's editor: each is a workflow with a sample in it, has a picture, and runs as opened."""

import json
import os
import re
import subprocess
import sys
from itertools import combinations

import pytest
from PIL import Image
from pixart_nodes import library
from pixart_nodes.template_order import in_order

from bridge.core.places import ROOT
from bridge.workflow.convert import convert
from bridge.workflow.library import Library

sys.path.append(str(ROOT / "docs"))  # the script that makes the files
import templates

PACK = library.FOLDER.parent
TABLE = templates.table()
TITLES = [entry["title"] for entry in TABLE]
FIRST = TITLES[:8]
MOST_BYTES = 48_000  # of a card's picture
CARD = (320, 320)
NODE_TITLE = 30  # pixels that a node's title is high, above its place


def shipped(title):
    return json.loads((templates.FOLDER / f"{title}.json").read_text(encoding="utf-8"))


def by_title(graph):
    return {node.get("title"): node for node in graph["nodes"]}


def widgets(node):
    return [entry["widget"]["name"] for entry in node["inputs"] if "widget" in entry]


@pytest.mark.parametrize("name", templates.files())
def test_a_template_is_what_the_table_makes_of_its_workflow(name):
    text = (templates.FOLDER / name).read_text(encoding="utf-8")
    assert text == templates.files()[name], "run: python docs/templates.py"


@pytest.mark.parametrize("title", TITLES)
def test_no_node_of_a_template_lies_over_what_another_shows_once_it_ran(title):
    boxes = []
    for node in shipped(title)["nodes"]:
        (x, y), (width, height) = node["pos"], node["size"]
        boxes.append((x, y - NODE_TITLE, x + width, y + max(height, templates.RAN.get(node["type"], 0)), node["title"]))
    over = [
        (a[4], b[4]) for a, b in combinations(boxes, 2) if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert over == []


def test_every_template_has_its_graph_and_its_picture_and_nothing_else_is_there():
    expected = {f"{title}.{ending}" for title in TITLES for ending in ("json", "jpg")}
    assert {path.name for path in templates.FOLDER.iterdir()} == expected


def test_the_newest_version_of_every_mode_is_a_template():
    modes = Library.open(ROOT / "workflows")
    newest = {modes.get(mode).name.replace("@", ".v") for mode in modes.modes()}
    assert {entry["workflow"] for entry in TABLE if "workflow" in entry} == newest


def test_the_readme_says_how_many_there_are():
    assert f"are {len(TITLES)} workflows" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("title", TITLES)
def test_a_cards_picture_is_square_and_small(title):
    file = templates.FOLDER / f"{title}.jpg"
    with Image.open(file) as picture:
        assert picture.size == CARD
    assert file.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("title", TITLES)
def test_a_name_is_one_that_a_person_reads_and_that_every_disk_takes(title):
    assert re.fullmatch(r"[A-Z][A-Za-z0-9 ()]{8,44}", title)


@pytest.mark.parametrize("entry", TABLE, ids=TITLES)
def test_the_note_says_first_which_three_things_to_turn_and_they_are_there(entry):
    nodes = by_title(shipped(entry["title"]))
    [text] = nodes["Turn these three"]["widgets_values"]
    assert len(entry["knobs"]) == 3
    for number, knob in enumerate(entry["knobs"], start=1):
        assert f"\n{number}. {knob}\n" in text
        name = re.match(r"\*\*(.+?)\*\*", knob)[1]
        named = re.findall(r"\*([a-z_]+)\*", knob.split(":")[0])
        assert set(named) <= set(widgets(nodes[name])), name


@pytest.mark.parametrize("entry", TABLE, ids=TITLES)
def test_a_template_loads_no_picture_but_the_packs_samples(entry):
    loaded = [node["widgets_values"][0] for node in shipped(entry["title"])["nodes"] if "Load" in node["type"]]
    pictures = {name for name in loaded if name.endswith((".png", ".jpg", ".gif"))}
    assert pictures == set(entry.get("pictures", {}).values())
    assert all((PACK / "samples" / name).is_file() for name in pictures)


def test_app_mode_shows_widgets_and_results_that_there_are():
    apps = [entry for entry in TABLE if "app" in entry]
    assert [entry["workflow"] for entry in apps] == ["pixelate.v2", "sketch.v2"]
    for entry in apps:
        graph = shipped(entry["title"])
        nodes = {node["id"]: node for node in graph["nodes"]}
        data = graph["extra"]["linearData"]
        assert all(widget in widgets(nodes[number]) for number, widget in data["inputs"])
        assert [nodes[number]["title"] for number in data["outputs"]] == ["Result"]


@pytest.mark.comfy
def test_samples_lie_in_the_input_folder(comfy):
    for sample in (PACK / "samples").iterdir():
        assert (comfy.settings.comfyui_base / "input" / sample.name).read_bytes() == sample.read_bytes()


@pytest.mark.comfy
def test_samples_are_never_written_over_what_is_there(comfy, tmp_path):
    (tmp_path / "pixart_sketch.png").write_bytes(b"mine")
    program = "import sys, pathlib; from samples import put_into; put_into(pathlib.Path(sys.argv[1]))"
    ran = run_in_comfyui(comfy, program, str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "pixart_sketch.png").read_bytes() == b"mine"
    assert (tmp_path / "pixart_photo.jpg").stat().st_size > 10_000


def run_in_comfyui(comfy, program, *arguments):
    """A program that finds ComfyUI's modules, and the pack's nodes as modules."""
    path = os.pathsep.join([str(comfy.settings.comfyui_source), str(PACK / "nodes")])
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)


def test_the_order_is_the_tables_with_a_persons_own_behind_and_other_packs_as_they_are():
    listed = {"pixart_nodes": ["mine", *sorted(TITLES), "a.v1"], "others": ["b", "a"]}
    assert in_order(listed) == {"pixart_nodes": [*TITLES, "mine"], "others": ["b", "a"]}


def test_the_whole_repository_as_a_pack_has_templates_translations_and_blueprints_where_comfyui_looks():
    for folder in ("example_workflows", "locales", "subgraphs"):
        assert (ROOT / folder).resolve() == PACK / folder


@pytest.mark.comfy
def test_templates_are_listed_in_the_tables_order_whatever_order_the_disk_has(comfy):
    assert comfy.get("/workflow_templates")["pixart_nodes"] == TITLES
    assert comfy.get("/api/workflow_templates")["pixart_nodes"] == TITLES


@pytest.mark.comfy
@pytest.mark.parametrize(
    "entry", [e for e in TABLE if "like" not in e], ids=[e["title"] for e in TABLE if "like" not in e]
)
def test_a_template_without_a_model_runs_as_it_is(comfy, entry):
    entry = comfy.run(convert(shipped(entry["title"]), comfy.object_info))
    assert entry["status"]["status_str"] == "success"
    assert any(output.get("images") or output.get("files") for output in entry["outputs"].values())

"""The pack's templates for ComfyUI's editor, made of the workflows and of the table in `templates.json`.

    python docs/templates.py

A template is a workflow with the sample pictures chosen, room below each node for what it shows once it ran, and a note
that says first which three things to turn. Entries without a `workflow` are graphs of their own, saved by ComfyUI's
editor; they stay as they are.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS, PACK = ROOT / "workflows", ROOT / "custom_nodes" / "pixart_nodes"
TABLE, FOLDER = PACK / "templates.json", PACK / "example_workflows"

NOTE = "MarkdownNote"
CONTROLS = ("fixed", "increment", "decrement", "randomize")  # what the editor keeps behind a seed
LINE = 22  # pixels that a line of a note takes
LETTERS = 52  # in a line of it
# How high nodes are once they ran, in pixels, where that is higher than they are saved: with their swatches, what they
# say and the picture that they show, as measured in both renderers.
RAN = {
    "PixartAdjust": 154,
    "PixartChainParameters": 762,
    "PixartContactSheet": 830,
    "PixartDownscale": 518,
    "PixartDrawSprite": 342,
    "PixartDrawWords": 352,
    "PixartFit": 166,
    "PixartFlatten": 94,
    "PixartGenerationSize": 202,
    "PixartLoadAnimation": 406,
    "PixartLook": 238,
    "PixartMachineCheck": 226,
    "PixartMachineSave": 434,
    "PixartOwnColors": 134,
    "PixartPalette": 354,
    "PixartQuantize": 542,
    "PixartQuantizeAnimation": 242,
    "PixartRGB565": 786,
    "PixartRepaintArea": 334,
    "PixartRepaintPaste": 106,
    "PixartSaveAnimation": 750,
    "PixartSaveIndexed": 614,
    "PixartSaveSheet": 620,
    "PixartSketchCleanup": 190,
    "PixartUpscale": 134,
    "SaveImage": 346,
}
BETWEEN = 50  # pixels from a node to the next one below, whose title lies above it
APART = 150  # the same where the next one is the first of another group, whose title lies above both
EDGE = 30  # pixels from a group's lowest node to the group's own edge
HIGH = 1200  # pixels that a column of a group may be high, of which a screen shows all at half its size
ASIDE = 60  # pixels from one column of a group to the next, and from the note to the first group
NOT_HERE = "Node titles are addresses for Pixart's API"  # what the workflow's note says to who saves it as a mode


def table() -> list[dict[str, Any]]:
    """The templates in the order in which the editor shows them."""
    return json.loads(TABLE.read_text(encoding="utf-8"))


def template(workflow: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """The graph of a template."""
    graph = copy.deepcopy(dict(workflow))
    nodes = {node.get("title"): node for node in graph["nodes"]}
    for title, sample in entry.get("pictures", {}).items():
        nodes[title]["widgets_values"][0] = sample
    for address, value in entry.get("values", {}).items():
        title, _, widget = address.rpartition(".")
        _set(nodes[title], widget, value)
    [note] = [node for node in graph["nodes"] if node["type"] == NOTE]
    _say(note, entry)
    note["pos"][0] = min(group["bounding"][0] for group in graph["groups"]) - note["size"][0] - ASIDE
    _fold(graph)
    _spread(graph)
    if "app" in entry:
        graph["extra"]["linearData"] = _app(nodes, entry["app"])
    return graph


def _set(node: dict[str, Any], widget: str, value: object) -> None:
    """Change a widget's value: the editor saves them in the order of the widgets, with a seed's control behind it."""
    place, values = 0, node["widgets_values"]
    for entry in node["inputs"]:
        if "widget" in entry:
            if entry["widget"]["name"] == widget:
                values[place] = value
                return
            place += 2 if values[place + 1] in CONTROLS else 1
    raise ValueError(f"{node['title']} has no widget {widget!r}.")


def _say(note: dict[str, Any], entry: Mapping[str, Any]) -> None:
    """Put the three things to turn before what the workflow's note says, and make the note higher for them."""
    first = "\n".join(f"{number}. {knob}" for number, knob in enumerate(entry["knobs"], start=1))
    _, _, rest = note["widgets_values"][0].partition("\n\n")
    more = "\n\n".join(part for part in rest.strip().split("\n\n") if not part.startswith(NOT_HERE)).strip()
    note["title"] = "Turn these three"
    note["widgets_values"] = [f"## {entry['title']}\n\nTurn these three:\n\n{first}\n\n### And more\n\n{more}"]
    note["size"][1] += LINE * (sum(1 + len(line) // LETTERS for line in first.splitlines()) + 4)


def _fold(graph: dict[str, Any]) -> None:
    """Lay the lower half of a column that would be too high beside the upper one; what is right of it moves along."""
    for group in graph["groups"]:
        column = sorted((node for node in graph["nodes"] if _lies_in(node, group)), key=lambda node: node["pos"][1])
        if not all(_overlap(column[0], node) for node in column) or _height(column) <= HIGH:
            continue
        x, _, width, _ = group["bounding"]
        step = max(node["size"][0] for node in column) + ASIDE
        for place in (*(each["pos"] for each in graph["nodes"]), *(each["bounding"] for each in graph["groups"])):
            place[0] += step if place[0] >= x + width else 0
        upper = min(range(1, len(column)), key=lambda cut: max(_height(column[:cut]), _height(column[cut:])))
        rise = column[upper]["pos"][1] - column[0]["pos"][1]
        for node in column[upper:]:
            node["pos"] = [node["pos"][0] + step, node["pos"][1] - rise]
        group["bounding"][2] += step


def _height(column: list[dict[str, Any]]) -> float:
    """How high nodes are that lie below each other, once they ran."""
    return sum(max(node["size"][1], RAN.get(node["type"], 0)) + BETWEEN for node in column) - BETWEEN


def _spread(graph: dict[str, Any]) -> None:
    """Move nodes down so that none covers what another shows once it ran, and let the groups go along."""
    groups = [(group, [node for node in graph["nodes"] if _lies_in(node, group)]) for group in graph["groups"]]
    heads = [_top(inside) - group["bounding"][1] for group, inside in groups]
    grouped = {node["id"]: place for place, (_, inside) in enumerate(groups) for node in inside}
    above: list[dict[str, Any]] = []
    for node in sorted(graph["nodes"], key=lambda node: node["pos"][1]):
        for each in (each for each in above if _overlap(each, node)):
            gap = BETWEEN if grouped.get(each["id"]) == grouped.get(node["id"]) else APART
            node["pos"][1] = max(node["pos"][1], _bottom([each]) + gap)
        above.append(node)
    for (group, inside), head in zip(groups, heads, strict=True):
        x, _, width, _ = group["bounding"]
        group["bounding"] = [x, _top(inside) - head, width, _bottom(inside) - _top(inside) + head + EDGE]


def _lies_in(node: Mapping[str, Any], group: Mapping[str, Any]) -> bool:
    x, y, width, height = group["bounding"]
    return x <= node["pos"][0] < x + width and y <= node["pos"][1] < y + height


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two nodes share a column."""
    (left, width), (right, wide) = ((node["pos"][0], node["size"][0]) for node in (one, other))
    return left < right + wide and right < left + width


def _top(nodes: list[dict[str, Any]]) -> float:
    return min(node["pos"][1] for node in nodes)


def _bottom(nodes: list[dict[str, Any]]) -> float:
    return max(node["pos"][1] + max(node["size"][1], RAN.get(node["type"], 0)) for node in nodes)


def _app(nodes: Mapping[str | None, Mapping[str, Any]], named: Mapping[str, list[str]]) -> dict[str, Any]:
    """What front ends with an app mode show there: widgets as `Node title.widget`, results by title."""
    inputs = [address.rpartition(".") for address in named["inputs"]]
    return {
        "inputs": [[nodes[title]["id"], widget] for title, _, widget in inputs],
        "outputs": [nodes[title]["id"] for title in named["outputs"]],
    }


def files() -> dict[str, str]:
    """The text of every file that is made, by its name."""
    made = {}
    for entry in table():
        if "workflow" in entry:
            source = json.loads((WORKFLOWS / f"{entry['workflow']}.json").read_text(encoding="utf-8"))
            text = json.dumps(template(source, entry), ensure_ascii=False, separators=(",", ":"))
            made[f"{entry['title']}.json"] = f"{text}\n"
    return made


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")

"""The pack's templates for ComfyUI's editor, made of the workflows and of the table in `templates.json`.

    python docs/templates.py

A template is a workflow with the sample pictures chosen, and a note that says first which three things to turn. Entries
without a `workflow` are graphs of their own, saved by ComfyUI's editor; they stay as they are.
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

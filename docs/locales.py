"""What the editor shows of our nodes in nine more languages, made of ComfyUI's list of nodes and of `phrases.txt`.

    python docs/locales.py URL_OF_A_COMFYUI

The English sentence is the key of its translations: one that changes has none any more, and one that nothing uses is
stale. Both are errors, here and in the tests. What nodes say while they run is in `messages.txt`, with `<1>` where a
value stands; it is translated in the page, since ComfyUI's server doesn't know the page's language.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tables import PACK, ROOT, object_info_at  # isort: skip  # puts the pack into the path
from pixart_nodes import menu

PHRASES, FOLDER = ROOT / "docs" / "phrases.txt", PACK.parent / "locales"
MESSAGES, SENTENCES = ROOT / "docs" / "messages.txt", PACK.parent / "web" / "messages"
LANGUAGES = ("zh", "zh-TW", "ja", "ko", "de", "fr", "es", "pt-BR", "ru")
# The nodes that are used most: by the templates and by people's questions.
NODES = tuple(
    f"Pixart{name}"
    for name in (
        *(
            "LoadImage",
            "LoadAnimation",
            "Palette",
            "PaletteExtract",
            "PalettePreview",
            "ContactSheet",
            "Look",
            "Adjust",
        ),
        *("Downscale", "Quantize", "Enlarge", "Cleanup", "SketchCleanup", "GridSnap", "RemoveBackground", "Outline"),
        *("DrawWords", "DrawSprite", "SaveIndexed", "SaveAnimation"),
    )
)
SOCKETS = {"PIXART_PALETTE": "PALETTE", "PIXART_LOOK": "LOOK"}
MODULE = "pixart_nodes"  # the pack's folder, which the Templates page shows
MARKUP = re.compile(r"[{}@|]")  # what the editor would take for more than text


def book(file: Path = PHRASES) -> dict[str, dict[str, str]]:
    """The translations of each English text by language. Raises ValueError for a block that isn't whole."""
    phrases: dict[str, dict[str, str]] = {}
    for block in re.split(r"\n{2,}", file.read_text(encoding="utf-8").strip()):
        english, *lines = block.splitlines()
        said = dict(line.split(": ", 1) for line in lines)
        if tuple(said) != LANGUAGES or english in phrases or MARKUP.search("".join(said.values())):
            raise ValueError(f"{file.name} has {english!r} twice, or not in exactly {', '.join(LANGUAGES)}.")
        phrases[english] = said
    return phrases


def node_texts(node: Mapping[str, Any]) -> dict[str, Any]:
    """The English texts of a node, in the form of the editor's `nodeDefs.json`."""
    inputs = {**node["input"].get("required", {}), **node["input"].get("optional", {})}
    outputs = zip(node["output_name"], node["output_tooltips"], strict=True)
    return {
        "display_name": node["display_name"],
        "description": node["description"],
        "inputs": {name: {"name": name, "tooltip": options["tooltip"]} for name, (_, options) in inputs.items()},
        "outputs": {str(at): {"name": name, "tooltip": tooltip} for at, (name, tooltip) in enumerate(outputs)},
    }


def english(object_info: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """All texts as the editor reads them, by file."""
    return {
        "nodeDefs.json": {name: node_texts(object_info[name]) for name in NODES},
        "main.json": {
            "nodeCategories": {name: name for name in menu.FAMILIES},
            "dataTypes": SOCKETS,
        },
    }


def leaves(tree: Any) -> Iterator[str]:
    """The texts in a tree of objects."""
    if isinstance(tree, str):
        yield tree
    else:
        for each in tree.values():
            yield from leaves(each)


def translated(tree: Any, phrases: Mapping[str, Mapping[str, str]], language: str) -> Any:
    """The same tree in another language."""
    if isinstance(tree, str):
        return phrases[tree][language]
    return {key: translated(each, phrases, language) for key, each in tree.items()}


def faults(object_info: Mapping[str, Any]) -> list[str]:
    """What has no translation, and which translation nothing uses."""
    used, known = set(leaves(english(object_info))), book().keys()
    return [
        *(f"not translated: {each}" for each in sorted(used - known)),
        *(f"stale: {e}" for e in sorted(known - used)),
    ]


def files(object_info: Mapping[str, Any]) -> dict[Path, str]:
    """The text of every file that is made."""
    texts, phrases = english(object_info), book()
    made: dict[Path, Any] = {FOLDER / "en" / "main.json": _shown()}
    for language in LANGUAGES:
        for name, tree in texts.items():
            more = _shown() if name == "main.json" else {}
            made[FOLDER / language / name] = {**translated(tree, phrases, language), **more}
    for language in LANGUAGES:
        made[SENTENCES / f"{language}.json"] = {text: said[language] for text, said in book(MESSAGES).items()}
    return {path: f"{json.dumps(tree, ensure_ascii=False, indent=1)}\n" for path, tree in made.items()}


def _shown() -> dict[str, Any]:
    """The pack's name on the Templates page, in place of its folder's."""
    return {"templateWorkflows": {"category": {MODULE: menu.ROOT}}}


if __name__ == "__main__":
    info = object_info_at(sys.argv[1])
    if wrong := faults(info):
        sys.exit("\n".join(wrong))
    for path, text in files(info).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

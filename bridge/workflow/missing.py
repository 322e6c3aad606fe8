"""The needs of a workflow that a ComfyUI lacks, and how to get them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bridge.catalog.families import DEFAULT_FAMILY, Family
from bridge.catalog.model_sets import fetch_command
from bridge.workflow.file import Input


@dataclass(frozen=True)
class Missing:
    """A need of a workflow that this ComfyUI lacks. `kind` is `node class` or `model`, `how` says how to get it.

    `command` fetches the missing part; it is empty where no command does.
    """

    kind: str
    name: str
    how: str
    command: str = ""

    def __str__(self) -> str:
        return f"The {self.kind} {self.name!r} is missing: {self.how}."


def sentences(lacks: Iterable[Missing]) -> tuple[str, ...]:
    """Sentences about missing parts, one for all parts that are to be got in the same way."""
    groups: dict[tuple[str, str], list[Missing]] = {}
    for part in lacks:
        groups.setdefault((part.kind, part.how), []).append(part)
    return tuple(_sentence(parts) for parts in groups.values())


def _sentence(parts: list[Missing]) -> str:
    first, names = parts[0], ", ".join(part.name for part in parts)
    plural = f"{first.kind}es" if first.kind.endswith("s") else f"{first.kind}s"
    return str(first) if len(parts) == 1 else f"{len(parts)} {plural} are missing ({names}): {first.how}."


def lacking_node(name: str) -> Missing:
    """The entry for a missing node class."""
    return Missing("node class", name, _source(name))


def lacking_model(entry: Input, family: Family | None = None) -> Missing:
    """The entry for a missing model: one of SD 1.5, or of the family of the models that are there."""
    is_own = family is None or family is DEFAULT_FAMILY
    summary = entry.summary if is_own or not family else entry.summary.replace("SD1.5", family.title)
    how = f"put {summary} into ComfyUI's models/{entry.model} folder"
    command = fetch_command(entry.model or "", entry.prefer, entry.avoid) if is_own else _fetching(entry, family)
    return Missing("model", entry.name, f"{how}, or run `{command}`" if command else how, command)


def _fetching(entry: Input, family: Family | None) -> str:
    """The command that fetches a family's ControlNet, text encoder or VAE; empty where no command does."""
    if family is None:
        return ""
    is_control = family.control and entry.model == family.control.folder
    file = family.control_file if is_control else family.parts.get(entry.name)
    return f"pixart models get {file}" if file else ""


def _source(node_class: str) -> str:
    if node_class.startswith("Pixart"):
        return "put this project's custom_nodes/pixart_nodes into ComfyUI's custom_nodes and restart it"
    return "update ComfyUI or install the node pack that has it, and restart it"

"""A mode as it stands on the connected ComfyUI: what would draw it now, and what its own workflow lacks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lack:
    """One thing that is missing: a sentence that says what and how to get it, and the command that fetches it, empty
    where there is none."""

    sentence: str
    command: str = ""


@dataclass(frozen=True)
class Mode:
    """`workflow` would draw it now, a fallback perhaps; empty where nothing can. `inputs` are what a request may set.

    `pictures` are those of them that are pictures, `outputs` what it can be answered with. `lacks` is what the first
    choice of a workflow is short of.
    """

    name: str
    summary: str
    workflow: str
    inputs: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()

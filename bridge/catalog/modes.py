"""A mode on the connected ComfyUI: the workflow that would draw it now, and what its own workflow lacks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lack:
    """A missing part: a sentence with its name and how to get it, and the command that fetches it, or empty."""

    sentence: str
    command: str = ""


@dataclass(frozen=True)
class Mode:
    """A mode, and the `workflow` that would draw it now, perhaps a fallback's; empty where none can.

    `inputs` are the values that a request may set, `pictures` those of them that are pictures, and `outputs` the
    results that a request may get. `lacks` are the parts that the mode's own workflow misses.
    """

    name: str
    summary: str
    workflow: str
    inputs: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()

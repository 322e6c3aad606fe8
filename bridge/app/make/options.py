"""The options of `pixart make` as a wish: which of them are inputs of workflows, and which go together."""

from __future__ import annotations

import argparse
from typing import Any

from bridge.adapters.machine import FIT_CHOICES as MACHINE_FITS
from bridge.adapters.machine import MACHINE_MODE as MACHINE
from bridge.adapters.picture_fields import FIT_CHOICES, LONGEST, ON_VALUES
from bridge.app.make import workflow_inputs
from bridge.app.make.request import Wish, parse_size
from bridge.core.errors import BadRequest, UnknownName
from bridge.workflow.library import Library

# Options that are inputs of the workflow by the same name -> what their help says.
KNOBS = {
    "dither": "pattern for colours between those of the palette, like bayer-4, floyd-steinberg, none",
    "method": "how each small pixel gets its colour, like k-centroid, box, line-art",
    "metric": "which palette colour counts as nearest, like oklab, ciede2000, redmean",
    "strength": "how much dither, 0 to 1",
    "contrast": "1 leaves it, 1.3 is punchy",
    "own_colors": "so many colours of the picture's own instead of a palette",
    "extraction": "how own colours are found, like k-means, salient, median-cut",
}
# Options that are inputs of the workflow for consoles and home computers -> what their help says.
OF_MACHINES = {
    "machine": "make what a console or home computer shows, and its files: nes, gb, snes, megadrive, zx, c64, ...",
    "tiles": "with --machine: the most different tiles (as many as the machine has room for)",
    "quality": "with --machine: fast, or best, which takes some seconds",
    "shared_color": "with --machine: the colour that all palettes begin with, like #000000",
}
ADDED = {"background": "WAY", "outline": "COLOUR", "enlarge": "TIMES"}  # options that add a node, with what they take


def option(name: str) -> str:
    """The option that stands for an input."""
    return f"--{name.replace('_', '-')}"


def wish_of(arguments: argparse.Namespace, format: str, library: Library) -> Wish:
    """The options for all sources. Raises BadRequest, UnknownName."""
    name = MACHINE if arguments.machine else arguments.workflow
    _require_agreement(arguments, name or "")
    values, words = knobs(arguments)
    try:
        workflow = library.get(name) if name else None
    except UnknownName as error:
        error.field = "--workflow"
        raise
    return Wish(fields_of(arguments), values, words, workflow, format)


def _require_agreement(arguments: argparse.Namespace, workflow: str) -> None:
    """Raise BadRequest for options that contradict each other, or the workflow that draws."""
    own = [f"--{name}" for name in ("machine", "paper", "workflow") if getattr(arguments, name)]
    if len(own) > 1:
        raise BadRequest(f"{own[0]} names a workflow of its own.", hint=f"Leave out {' or '.join(own)}.")
    if arguments.machine and (extra := [name for name in ("style", "palette") if getattr(arguments, name)]):
        raise BadRequest("--machine has colours and a dither of its own.", hint=f"Leave out --{extra[0]}.")
    if arguments.machine and arguments.fit == LONGEST:
        raise BadRequest("--machine has a size of its own.", hint="--fit pad shows all of the picture.")
    if arguments.fit in MACHINE_FITS and workflow.partition("@")[0] != MACHINE:
        raise BadRequest(
            f"--fit {arguments.fit} is for --machine.", hint=f"There are {', '.join(FIT_CHOICES)} besides."
        )
    if arguments.snap and arguments.paper:
        raise BadRequest("--paper takes the ink alone, which has no grid.", hint="Leave out --snap.")


def fields_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields of the editor's API, for those of the arguments that are set."""
    values = {name: getattr(arguments, name) for name in ("style", "prompt", "seed", "fit")}
    fields = {name: value for name, value in values.items() if value not in (None, "")}
    size = parse_size(arguments.size) if arguments.size else {}
    colors = {"colorPalette": arguments.colors.replace(",", " ").split()} if arguments.colors else {}
    switches = {"paper": True} if arguments.paper else {}
    switches |= {"metadata": False} if arguments.no_metadata else {}
    switches |= {"graph": False} if arguments.no_workflow else {}
    return {**size, **fields, **colors, **switches}


def knobs(arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of options that are inputs of the workflow, and the options' names, both by input."""
    every = {name: getattr(arguments, name) for name in ("palette", *KNOBS, *OF_MACHINES, *ADDED)}
    options = {name: value for name, value in every.items() if value is not None}
    values = workflow_inputs.assignments(arguments.set)
    words = {name: f"--set {name}" for name in values} | {name: option(name) for name in options}
    switches = {name: yes for name, yes in ON_VALUES.items() if getattr(arguments, name) and name not in values}
    return {**values, **options, **switches}, words | {name: f"--{name}" for name in switches}

"""How far ComfyUI is with one prompt, by what its WebSocket says: share done, step, preview, seconds of each node."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from bridge.comfy.messages import Event

MOST = 0.99  # of a prompt that hasn't ended: the whole is there once its result is


@dataclass
class Clock:
    """How long each node of a prompt ran, in seconds, by when ComfyUI told of the node's states."""

    began: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)

    def note(self, nodes: Mapping[str, Any]) -> None:
        """Take ComfyUI's node states."""
        now = time.monotonic()
        for key, node in nodes.items():
            if key in self.took:
                continue
            began = self.began.setdefault(key, now)
            if node.get("state") == "finished":
                self.took[key] = now - began

    def by_title(self, prompt: Mapping[str, Any]) -> dict[str, float]:
        """Seconds by a node's title; a node whose result was still known took none."""
        titled = {key: node.get("_meta", {}).get("title", key) for key, node in prompt.items()}
        return {title: self.took.get(key, 0.0) for key, title in titled.items()}


@dataclass
class Progress:
    """What was heard of a prompt, whose nodes are in `graph`, ComfyUI's API format.

    `done` is a share from 0 to 1, `step` the sampler's step and how many it takes, `preview` a content type and bytes.
    `heard` counts signs of life; `since` is the first one's time by the monotonic clock, `seconds` how long ComfyUI
    drew, infinite while that isn't known; `drawn` says that the prompt has ended.
    """

    graph: Mapping[str, Any] = field(default_factory=dict)
    done: float = 0.0
    step: tuple[int, int] = (0, 0)
    preview: tuple[str, bytes] | None = None
    clock: Clock = field(default_factory=Clock)
    heard: int = 0
    since: float = field(default_factory=time.monotonic)
    seconds: float = inf
    drawn: bool = False

    def begin(self) -> None:
        """Another prompt follows; the signs of life are those of the job."""
        self.done, self.step, self.clock, self.drawn, self.preview = 0.0, (0, 0), Clock(), False, None

    def take(self, event: Event, *, previews: bool) -> bool:
        """Note an event of the prompt, with `previews` its picture too; whether anything is new to those outside."""
        if not self.heard:
            self.since = time.monotonic()
        self.heard += 1
        before = self.done, self.preview, self.step
        self.preview = (event.preview if previews else None) or self.preview
        if event.nodes:  # a job that is sampled again after a restart doesn't go backwards
            self.clock.note(event.nodes)
            self.done = max(self.done, min(MOST, fraction(self.graph, event.nodes)))
            self.step = step(self.graph, event.nodes) or self.step
        return (self.done, self.preview, self.step) != before

    def seconds_by_title(self) -> dict[str, float]:
        """Seconds that each node ran, by its title."""
        return self.clock.by_title(self.graph)

    def end(self) -> None:
        """ComfyUI has drawn the prompt."""
        if self.heard and not self.drawn:
            self.seconds = time.monotonic() - self.since
        self.drawn = True


def fraction(prompt: Mapping[str, Any], nodes: Mapping[str, Any]) -> float:
    """How much of a prompt is done, 0 to 1, from ComfyUI's `progress_state`.

    Sampling takes nearly all the time, so a sampler's steps make up 80 % and finished nodes the rest,
    as in krita-ai-diffusion; without a sampler finished nodes are all there is.
    """
    done = sum(state.get("state") == "finished" for state in nodes.values()) / max(1, len(prompt))
    samplers = sampler_nodes(prompt)
    if not samplers:
        return done
    return 0.2 * done + 0.8 * sum(_part(nodes.get(key, {})) for key in samplers) / len(samplers)


def sampler_nodes(prompt: Mapping[str, Any]) -> list[str]:
    """Ids of the nodes that sample: those that are told steps, and a sampler or a seed."""
    inputs = {key: node.get("inputs", {}).keys() for key, node in prompt.items()}
    return [key for key, names in inputs.items() if "steps" in names and names & {"sampler_name", "seed"}]


def step(prompt: Mapping[str, Any], nodes: Mapping[str, Any]) -> tuple[int, int] | None:
    """The step that a sampler is at and how many it takes; None while none samples."""
    for key in sampler_nodes(prompt):
        if (state := nodes.get(key, {})).get("state") == "running":
            return int(state.get("value", 0)), int(state.get("max", 0))
    return None


def _part(state: Mapping[str, Any]) -> float:
    if state.get("state") == "finished":
        return 1.0
    return min(1.0, state.get("value", 0) / max(1, state.get("max", 1)))

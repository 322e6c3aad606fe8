"""The needs of a job: all that a ComfyUI must have to draw it, as a value that is equal for jobs alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Needs:
    """What a ComfyUI must have to draw a job.

    `nodes` are the names of inputs by node class, `choices` the chosen items of lists by `CLASS.INPUT`, `models` are
    files as `folder/name`, and `engine` is an engine beside ComfyUI's own, or empty.
    """

    nodes: Mapping[str, list[str]] = field(default_factory=dict)
    choices: Mapping[str, list[str]] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    engine: str = ""

    @classmethod
    def parsed(cls, text: str) -> Needs:
        """The needs from their `text`."""
        return cls(**json.loads(text))

    def __or__(self, other: Needs) -> Needs:
        """The needs of two prompts together."""
        return Needs(
            _both(self.nodes, other.nodes),
            _both(self.choices, other.choices),
            sorted({*self.models, *other.models}),
            self.engine or other.engine,
        )

    @cached_property
    def text(self) -> str:
        """The needs as JSON, equal for equal needs."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """A hash of the needs, which stands for them in a job's row: 32 hexadecimal digits."""
        return _digest(self.text)

    @cached_property
    def model_digest(self) -> str:
        """A hash of the model files alone, as `digest`; empty without model files."""
        return _digest("\n".join(sorted(self.models))) if self.models else ""


def _both(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: sorted({*one.get(name, ()), *other.get(name, ())}) for name in sorted({*one, *other})}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]

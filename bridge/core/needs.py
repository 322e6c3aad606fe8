"""What a ComfyUI must have to draw a job, as a value that is the same for all jobs alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Needs:
    """By node class the names of its inputs that are set; by `CLASS.INPUT` what is chosen of a list; model files as
    `folder/name`; and the `engine` that draws, where that is one beside ComfyUI's own."""

    nodes: Mapping[str, list[str]] = field(default_factory=dict)
    choices: Mapping[str, list[str]] = field(default_factory=dict)
    models: list[str] = field(default_factory=list)
    engine: str = ""

    @classmethod
    def parsed(cls, text: str) -> Needs:
        """Of what `text` gave."""
        return cls(**json.loads(text))

    def __or__(self, other: Needs) -> Needs:
        """What has both to be there for, as for two prompts of one job."""
        return Needs(
            _both(self.nodes, other.nodes),
            _both(self.choices, other.choices),
            sorted({*self.models, *other.models}),
            self.engine or other.engine,
        )

    @cached_property
    def text(self) -> str:
        """JSON that is the same for the same needs."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """What stands for them in a job's row: 32 hexadecimal digits."""
        return _digest(self.text)

    @cached_property
    def model_digest(self) -> str:
        """The same for the model files alone; empty where there are none."""
        return _digest("\n".join(sorted(self.models))) if self.models else ""


def _both(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: sorted({*one.get(name, ()), *other.get(name, ())}) for name in sorted({*one, *other})}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]

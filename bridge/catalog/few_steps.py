"""Models and LoRAs that were distilled to draw in few steps: which kinds there are, and the values of each. Pure.

Their tensors don't tell them from others, so the title in a file, else its name, decides. Makers of models
that mix such weights with others recommend a range, of which a value is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

STEPS_PATTERN = re.compile(r"(?<!\d)(1?\d)[ _-]?steps?(?![a-z])", re.IGNORECASE)  # "8steps", "4_step"


@dataclass(frozen=True)
class FewSteps:
    """A kind of such models of one family, and the `pattern` of their names.

    `range_steps` and `range_cfg` are what is recommended, the least and the most; equal ones are known for sure. `cfg`
    is for names that give their steps, as the kind's own files do, and `usual_cfg` for others.
    """

    title: str
    family: str
    pattern: str
    steps: int
    cfg: float
    usual_cfg: float
    range_steps: tuple[int, int]
    range_cfg: tuple[float, float]
    sampler: str = "euler"
    scheduler: str = "sgm_uniform"

    def matches(self, name: str) -> bool:
        """Whether a name or title is one of this kind."""
        return bool(re.search(self.pattern, name, re.IGNORECASE))

    def values(self, name: str) -> dict[str, Any]:
        """The default values of a request, by workflow input, for a model of this name."""
        steps = _steps_in(name)
        sampling = {"sampler": self.sampler, "scheduler": self.scheduler}
        return {"steps": steps or self.steps, "cfg": self.cfg if steps else self.usual_cfg, **sampling}

    def note(self, name: str) -> str:
        """A sentence for the answer: what the model is taken for, with which values, and what isn't known."""
        values = self.values(name)
        start = f"{name} is taken for one of few steps, by its name: {values['steps']} steps and a CFG scale of "
        start = f"{start}{values['cfg']:g} where nothing else is asked."
        (least, most), (low, high) = self.range_steps, self.range_cfg
        if _steps_in(name) or (least, low) == (most, high):
            return start
        scales = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        return f"{start} {self.title} models differ: {least} to {most} steps, a CFG scale of {scales}."


_HYPER, _LIGHTNING, _LCM = r"hyper(?![a-z])|hyper[-_ ]?(sd|xl)", r"lightning", r"lcm(?![a-z])"
# The first that fits, with the values in common use. SDXL-Lightning's page says that the number of steps is that of the
# file's name; Hyper-SD's files with "CFG" in their names keep a CFG scale of 5 to 8.
FEW_STEPS_KINDS = (
    FewSteps("DMD2", "sdxl", r"dmd2", 4, 1.0, 1.0, (4, 4), (1.0, 1.0), "lcm"),
    FewSteps("LCM", "sdxl", _LCM, 8, 1.5, 1.5, (4, 8), (1.0, 2.0), "lcm"),
    FewSteps("Hyper with CFG", "sdxl", rf"({_HYPER}).*cfg", 8, 5.0, 5.0, (8, 12), (5.0, 8.0)),
    FewSteps("Hyper", "sdxl", _HYPER, 8, 1.0, 1.0, (8, 8), (1.0, 5.0)),
    FewSteps("Lightning", "sdxl", _LIGHTNING, 8, 1.0, 1.5, (4, 8), (1.0, 2.0)),
    FewSteps("Turbo", "sdxl", r"turbo", 8, 1.0, 1.0, (4, 8), (1.0, 1.0)),
    FewSteps("Lightning", "qwen_image", _LIGHTNING, 4, 1.0, 1.0, (4, 8), (1.0, 1.0), "euler", "simple"),
)


def few_steps(names: Iterable[str], family: str) -> tuple[FewSteps, str] | None:
    """The kind of the first of these names and titles that is one of the family's, and that name.

    A name that gives its steps goes first.
    """
    pairs = [(kind, name) for name in names for kind in FEW_STEPS_KINDS if kind.family == family and kind.matches(name)]
    return max(pairs, key=lambda pair: _steps_in(pair[1]) > 0, default=None)


def _steps_in(name: str) -> int:
    """The number of steps in a name; 0 for none, and for more than few."""
    number = STEPS_PATTERN.search(name)
    return int(number[1]) if number and int(number[1]) <= 16 else 0

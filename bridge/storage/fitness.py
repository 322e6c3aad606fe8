"""Which jobs a ComfyUI can draw, by the jobs' needs, and which of them it would rather draw."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from bridge.core.needs import Needs

MOST_VERDICTS = 10_000  # remembered verdicts, some 100 bytes each


@dataclass
class Fitness:
    """One ComfyUI's verdicts on needs; `meets` gives one, and is called once for all jobs with equal needs.

    `loaded_models` is the digest of the model files in ComfyUI's memory; empty where these aren't known.
    """

    meets: Callable[[Needs], bool]
    loaded_models: str = ""
    _verdicts: dict[str, bool] = field(default_factory=dict)

    @property
    def judged_digests(self) -> Collection[str]:
        """Digests of the needs that have a verdict."""
        return self._verdicts.keys()

    @property
    def unmet_digests(self) -> Collection[str]:
        """Digests of the needs that this ComfyUI doesn't meet."""
        return [digest for digest, is_met in self._verdicts.items() if not is_met]

    def judge(self, digest: str, needs: Needs) -> bool:
        """Whether this ComfyUI meets these needs; the verdict is remembered under their digest."""
        if len(self._verdicts) >= MOST_VERDICTS:
            self.forget()
        self._verdicts[digest] = self.meets(needs)
        return self._verdicts[digest]

    def forget(self) -> None:
        """Drop all verdicts, since the ComfyUI has changed."""
        self._verdicts.clear()

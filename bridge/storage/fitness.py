"""Which jobs who asks for one can draw, by what they need, and what it would rather draw."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from bridge.core.needs import Needs

MOST = 10_000  # needs that are remembered


@dataclass
class Fitness:
    """Of one ComfyUI: `meets` says whether it has what is needed, and is asked once for all jobs alike.

    `loaded` are the model files in its memory, by their digest; empty where that isn't known.
    """

    meets: Callable[[Needs], bool]
    loaded: str = ""
    _verdicts: dict[str, bool] = field(default_factory=dict)

    @property
    def judged(self) -> Collection[str]:
        """The needs, by digest, of which it is known whether it meets them."""
        return self._verdicts.keys()

    @property
    def lacks(self) -> Collection[str]:
        """Those that it is known not to meet."""
        return [digest for digest, met in self._verdicts.items() if not met]

    def judge(self, digest: str, needs: Needs) -> bool:
        """Whether it meets these, which is remembered under the digest that jobs name them by."""
        if len(self._verdicts) >= MOST:
            self.forget()
        self._verdicts[digest] = self.meets(needs)
        return self._verdicts[digest]

    def forget(self) -> None:
        """Ask anew: what it has is not what it was."""
        self._verdicts.clear()

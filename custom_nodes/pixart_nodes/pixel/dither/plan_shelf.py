"""What was planned for palettes: the last few that pictures asked for are kept, as a batch or a slider asks again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

Key = TypeVar("Key")
Plans = TypeVar("Plans")


class PlanShelf(OrderedDict[Key, Plans]):
    """Plans by what they were made of, at most `most` of them; those that were asked for longest ago go first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def take(self, key: Key, make: Callable[[], Plans]) -> Plans:
        """The plans of a key, made where they aren't there. Raises what `make` does."""
        plans = self.pop(key, None) or make()
        self[key] = plans
        while len(self) > self.most:
            self.popitem(last=False)
        return plans

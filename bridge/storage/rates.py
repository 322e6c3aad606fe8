"""How many requests came from whom, where several bridges count together; alone, a bridge counts in its memory."""

from __future__ import annotations

from typing import Protocol


class Rates(Protocol):
    """Counts by name, as the sliding windows of the library `limits` take them, and turns. All raise StorageError."""

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count, unless there were as many as `limit` within the last `expiry` seconds; whether it was counted."""
        ...

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """How many came in the window before this one, for how many seconds they count still; and of this window."""
        ...

    async def turn(self, key: str, pace: float, longest: float) -> float | None:
        """In how many seconds it is this one's turn, where one passes every `pace` seconds; None where too many wait
        already, which is longer than `longest` seconds."""
        ...

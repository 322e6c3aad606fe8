"""What a seed decides: the same on every machine, and each thing by itself, so that a new one changes no other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TypeVar

Option = TypeVar("Option")


def number(seed: int, what: str, below: int) -> int:
    """A number from 0 to `below` - 1 that hangs on the seed and on what it is for."""
    return zlib.crc32(f"{what}|{seed}|{what}".encode()) // 7 % below


def choice(seed: int, what: str, options: Sequence[Option]) -> Option:
    """One of the options."""
    return options[number(seed, what, len(options))]

"""Texts as PostgreSQL takes them, which knows no zero bytes in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with texts that it takes; in JSON a zero byte is written as its number, which is no trouble."""
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}

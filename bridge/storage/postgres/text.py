"""Texts as PostgreSQL takes them, which knows no zero bytes in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bridge.storage.schema import PACKED


def stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with texts that it takes; in JSON a zero byte is written as its number, which is no trouble."""
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}


def packed(row: Mapping[str, Any]) -> dict[str, Any]:
    """The same of the jobs table, with JSON as text."""
    return {name: json.dumps(value) if name in PACKED else value for name, value in stored(row).items()}

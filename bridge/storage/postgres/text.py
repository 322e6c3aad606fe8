"""Texts in PostgreSQL, which allows no zero bytes in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bridge.storage.schema import JSON_COLUMNS


def stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with U+FFFD in place of zero bytes in texts; JSON writes a zero byte as an escape instead."""
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}


def packed(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row of the jobs table, as `stored`, with JSON as text."""
    return {name: json.dumps(value) if name in JSON_COLUMNS else value for name, value in stored(row).items()}

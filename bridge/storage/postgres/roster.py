"""The ComfyUIs that draw from a database, as their processes last told of them: those that live, and those that are
silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

# One that ended in order is none of the silent. Tables that wait for the next version have no column `ended` yet.
ROSTER = """
SELECT name, report, extract(epoch FROM clock_timestamp() - seen_at)::double precision
FROM bridge_workers w
WHERE coalesce(to_jsonb(w) ->> 'ended', 'false') = 'false' AND seen_at > clock_timestamp() - interval '1 hour'
ORDER BY name
"""


def roster(connection: sa.Connection) -> list[Mapping[str, Any]]:
    """What each told in the last hour, with its `name` and in `seen_seconds` how long ago."""
    return reports_of(tuple(row) for row in connection.execute(sa.text(ROSTER)).all())


def reports_of(rows: Iterable[tuple[Any, ...]]) -> list[Mapping[str, Any]]:
    """The rows of ROSTER as they are told."""
    return [{"name": name, **report, "seen_seconds": round(max(0.0, age), 1)} for name, report, age in rows]

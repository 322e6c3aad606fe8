"""The ComfyUIs that draw from a database, by the last reports of their processes, living and silent ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

# A process that ended in order isn't silent. Tables of an earlier version have no column `ended` yet.
ROSTER_QUERY = """
SELECT name, report, extract(epoch FROM clock_timestamp() - seen_at)::double precision
FROM bridge_workers w
WHERE coalesce(to_jsonb(w) ->> 'ended', 'false') = 'false' AND seen_at > clock_timestamp() - interval '1 hour'
ORDER BY name
"""


def roster(connection: sa.Connection) -> list[Mapping[str, Any]]:
    """The ComfyUIs' reports of the last hour, each with its `name` and its age in `seen_seconds`."""
    return reports_of(tuple(row) for row in connection.execute(sa.text(ROSTER_QUERY)).all())


def reports_of(rows: Iterable[tuple[Any, ...]]) -> list[Mapping[str, Any]]:
    """The reports in the rows of ROSTER_QUERY."""
    return [{"name": name, **report, "seen_seconds": round(max(0.0, age), 1)} for name, report, age in rows]

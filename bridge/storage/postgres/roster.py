"""The ComfyUIs that draw from a database, as their processes last told of them: those that live, and those that are
silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

# One that ended in order is none of the silent: its row is gone, or says so where rows have the column `ended`.
_ROSTER = sa.text("""
SELECT name, report, extract(epoch FROM clock_timestamp() - seen_at)::double precision AS seconds
FROM bridge_workers w
WHERE coalesce(to_jsonb(w) ->> 'ended', 'false') = 'false' AND seen_at > clock_timestamp() - interval '1 hour'
ORDER BY name
""")


def roster(connection: sa.Connection) -> list[Mapping[str, Any]]:
    """What each told, with its `name` and in `seen_seconds` how long ago, of the last hour."""
    rows = connection.execute(_ROSTER).all()
    return [{"name": row.name, **row.report, "seen_seconds": round(max(0.0, row.seconds), 1)} for row in rows]

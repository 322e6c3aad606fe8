"""Where PostgreSQL is, by DATABASE_URL, and what is said to people where it can't be used."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from bridge.core.errors import SettingsError

INSTALL = "Install them: pip install 'pixart[fleet]', or in a checkout pip install -r requirements/fleet.txt."
CONNECT_SECONDS = 3  # libpq rounds up, and takes no less than 2

# A server that is gone without a word, behind a network that was cut, is noticed in seconds instead of hours; and one
# that sees us gone lets go of what we held. In milliseconds where libpq says so.
PATIENCE = {
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "4000",
}


def address(url: str) -> sa.URL:
    """DATABASE_URL for SQLAlchemy; what it says of timeouts goes before ours. Raises SettingsError."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("DATABASE_URL is no URL of a database.", hint=EXAMPLE) from error
    if parsed.drivername not in ("postgresql", "postgres"):
        raise SettingsError(f"DATABASE_URL begins with {parsed.drivername}://, not with postgresql://.", hint=EXAMPLE)
    if not parsed.database:
        raise SettingsError("DATABASE_URL names no database.", hint=EXAMPLE)
    try:
        import greenlet  # noqa: F401 - SQLAlchemy's asyncio needs it, and says so late
        import procrastinate  # noqa: F401 - as above
        import psycopg  # noqa: F401 - looked for here, where a sentence can be said
    except ImportError as error:
        raise SettingsError("DATABASE_URL is set, but Python packages are missing for it.", hint=INSTALL) from error
    return parsed.set(drivername="postgresql+psycopg", query={**PATIENCE, **parsed.query})


EXAMPLE = "Such as postgresql://pixart:PASSWORD@db.example:5432/pixart."


def shown(url: sa.URL) -> str:
    """Which database it is, without its password."""
    return f"{url.host or 'this machine'}{f':{url.port}' if url.port else ''}/{url.database}"


def libpq(url: sa.URL) -> str:
    """The same for psycopg itself."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)

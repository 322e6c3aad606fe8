"""The address of PostgreSQL in DATABASE_URL, and sentences for operators about one that can't be used."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from bridge.core.errors import SettingsError

INSTALL_HINT = "Install them: pip install 'pixart[fleet]', or in a checkout pip install -r requirements/fleet.txt."
CONNECT_SECONDS = 3  # libpq rounds up, and takes no less than 2

# Timeouts by which either side notices in seconds, instead of hours, that the network to the other one was cut; the
# server then releases the locks of this process. In seconds, or in milliseconds where libpq's names are such.
CONNECT_OPTIONS = {
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "4000",
}


def address(url: str) -> sa.URL:
    """DATABASE_URL for SQLAlchemy, with this module's timeouts where the URL has none. Raises SettingsError."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("DATABASE_URL is no URL of a database.", hint=EXAMPLE_HINT) from error
    if parsed.drivername not in ("postgresql", "postgres"):
        raise SettingsError(
            f"DATABASE_URL begins with {parsed.drivername}://, not with postgresql://.", hint=EXAMPLE_HINT
        )
    if not parsed.database:
        raise SettingsError("DATABASE_URL names no database.", hint=EXAMPLE_HINT)
    try:
        import greenlet  # noqa: F401 - SQLAlchemy's asyncio needs it, and fails late without it
        import procrastinate  # noqa: F401 - as above
        import psycopg  # noqa: F401 - imported here, where its absence gets a sentence
    except ImportError as error:
        raise SettingsError(
            "DATABASE_URL is set, but Python packages are missing for it.", hint=INSTALL_HINT
        ) from error
    return parsed.set(drivername="postgresql+psycopg", query={**CONNECT_OPTIONS, **parsed.query})


EXAMPLE_HINT = "Such as postgresql://pixart:PASSWORD@db.example:5432/pixart."


def shown(url: sa.URL) -> str:
    """The database's address for people, without its password."""
    return f"{url.host or 'this machine'}{f':{url.port}' if url.port else ''}/{url.database}"


def libpq(url: sa.URL) -> str:
    """The address for psycopg itself."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)

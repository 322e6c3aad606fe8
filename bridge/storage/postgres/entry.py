"""Before a process works on a database: that nobody has its name there, that news arrive, and what its clock says."""

from __future__ import annotations

import asyncio
import logging
import time

import psycopg
import sqlalchemy as sa

from bridge.core.errors import SettingsError
from bridge.storage.postgres.address import libpq, shown
from bridge.storage.postgres.examination import OWN_ADDRESS, clock_sentence, heard

NAMES = 734_205  # of the locks by which a process has its name
LEAVE_SECONDS = 15.0  # until the server has noticed that a process, or its machine, is gone that had the name
# The server asks who has a name each 5 s whether it lives, and three times more; else it would wait for two hours.
_NAME = b"""
SELECT pg_try_advisory_lock(%s, hashtext(%s)), set_config('tcp_keepalives_idle', '5', false),
    set_config('tcp_keepalives_interval', '2', false), set_config('tcp_keepalives_count', '3', false)
"""
AGAIN_SECONDS = 0.1

log = logging.getLogger(__name__)


async def named(connection: psycopg.AsyncConnection, holder: str) -> bool:
    """Take the name for as long as the connection lives; whether nobody had it."""
    cursor = await connection.execute(_NAME, (NAMES, holder))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def enter(url: sa.URL, holder: str) -> None:
    """Raises SettingsError where this process can't work on the database beside others."""
    async with await psycopg.AsyncConnection.connect(libpq(url), autocommit=True) as connection:
        deadline = time.monotonic() + LEAVE_SECONDS
        while not await named(connection, holder):
            if time.monotonic() > deadline:
                raise SettingsError(
                    "Another process works on the jobs database under this name, as where a data folder was copied.",
                    hint="Remove the file bridge.name from the copy: each bridge and worker has a name of its own.",
                )
            await asyncio.sleep(AGAIN_SECONDS)
        if not await heard(url, connection):
            raise SettingsError(
                f"DATABASE_URL is the address of a pooler ({shown(url)}), which passes no notifications on.",
                hint=OWN_ADDRESS,
            )
        cursor = await connection.execute(b"SELECT extract(epoch FROM clock_timestamp())::double precision")
        row = await cursor.fetchone()
        if row and (sentence := clock_sentence(time.time() - row[0])):
            log.warning(sentence)

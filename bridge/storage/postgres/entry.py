"""Checks before a process works on a database: that its name is free there, that news arrive, and both clocks."""

from __future__ import annotations

import asyncio
import logging
import time

import psycopg
import sqlalchemy as sa

from bridge.core.errors import SettingsError
from bridge.storage.postgres.address import libpq, shown
from bridge.storage.postgres.examination import OWN_ADDRESS, clock_sentence, heard

NAMES_LOCK = 734_205  # the first number of the locks by which processes have their names
LEAVE_SECONDS = 15.0  # until the server notices the end of the process, or machine, that had the name before
# The server probes the connection behind a name after 5 s, and three times more; by default it would wait two hours.
_NAME = b"""
SELECT pg_try_advisory_lock(%s, hashtext(%s)), set_config('tcp_keepalives_idle', '5', false),
    set_config('tcp_keepalives_interval', '2', false), set_config('tcp_keepalives_count', '3', false)
"""
AGAIN_SECONDS = 0.1

log = logging.getLogger(__name__)


async def named(connection: psycopg.AsyncConnection, holder: str) -> bool:
    """Take the name for as long as the connection lives; returns whether the name was free."""
    cursor = await connection.execute(_NAME, (NAMES_LOCK, holder))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def enter(url: sa.URL, holder: str) -> None:
    """Raise SettingsError where this process can't work on the database beside others."""
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

"""PostgreSQL's errors as StorageError: a sentence for errors that pass, and one for what an operator has to do."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa
from psycopg import errors
from sqlalchemy.exc import DBAPIError, TimeoutError

from bridge.core.errors import SettingsError, StorageBusy, StorageError, StorageFull
from bridge.storage.postgres.address import shown

AWAY_SENTENCE = "The jobs database doesn't answer."
LATER_HINT = "What was accepted goes on when it is back."
PRIMARY_HINT = "Give the address of the server that is written to."
OWNER_HINT = "The server's owner has to look after it."

# StorageErrors by psycopg's classes of errors, of which the first that fits counts. The classes are those of
# https://www.postgresql.org/docs/current/errcodes-appendix.html
ERROR_TABLE: tuple[tuple[tuple[type[Exception], ...], StorageError], ...] = (
    ((errors.DiskFull,), StorageFull("The disk of the jobs database is full.", hint=LATER_HINT)),
    ((errors.ReadOnlySqlTransaction,), StorageError("The jobs database can't be written: it is read-only.")),
    ((errors.InsufficientPrivilege,), StorageError("The user in DATABASE_URL may not do this.", hint=OWNER_HINT)),
    ((errors.TooManyConnections,), StorageBusy("The jobs database takes no more connections.", hint=LATER_HINT)),
    (
        (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable, errors.QueryCanceled),
        StorageBusy("The jobs database was busy for too long.", hint="Try again."),
    ),
    ((psycopg.OperationalError, psycopg.InterfaceError), StorageError(AWAY_SENTENCE, hint=LATER_HINT)),
)


def away() -> StorageError:
    """The error for a database that doesn't answer."""
    return StorageError(AWAY_SENTENCE, hint=LATER_HINT)


def trouble(error: BaseException | None) -> StorageError | None:
    """The StorageError for an error of psycopg or of SQLAlchemy's pool; None for a fault of the bridge's own."""
    if isinstance(error, TimeoutError):  # all connections are in use
        return away()
    original = error.orig if isinstance(error, DBAPIError) else error
    for kinds, result in ERROR_TABLE:
        if isinstance(original, kinds):
            return type(result)(result.message, hint=result.hint or OWNER_HINT)
    return None


def at_start(error: Exception, url: sa.URL) -> SettingsError:
    """The SettingsError for a database that can't be used at the start."""
    if isinstance(error, SettingsError):
        return error
    cause = error.__cause__ if isinstance(error, StorageError) and error.__cause__ else error
    reason = str(getattr(cause, "orig", None) or cause)
    line_of_reason = next((line.strip() for line in reason.splitlines() if line.strip()), type(cause).__name__)
    if "unsupported startup parameter" in reason:
        return SettingsError(
            f"DATABASE_URL is the address of a pooler ({shown(url)}), which passes no notifications on.",
            hint="Give PostgreSQL's own address.",
        )
    sentence = f"The jobs database {shown(url)} can't be used: {line_of_reason.removesuffix('.')}."
    if isinstance(getattr(cause, "orig", cause), errors.InsufficientPrivilege):
        hint = f"Its owner gives rights: ALTER DATABASE {url.database} OWNER TO {url.username};"
        return SettingsError(sentence, hint=hint)
    if isinstance(getattr(cause, "orig", cause), errors.ReadOnlySqlTransaction):
        return SettingsError(sentence, hint=PRIMARY_HINT)
    return SettingsError(sentence, hint="DATABASE_URL says where it is.")

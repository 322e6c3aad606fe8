"""The file of API keys: it is written whole or not at all, and read again after a change while the server runs."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bridge.core.errors import SettingsError
from bridge.core.settings import Settings
from bridge.web.access import Caller, Key, Keys, fresh, is_guessable, offered, owner

try:
    import fcntl
except ImportError:  # Windows has no fcntl; two commands at the same moment are the operator's own doing
    fcntl = None

LOOK_SECONDS = 1.0  # between two looks at the file

log = logging.getLogger(__name__)


def load(path: Path) -> Keys:
    """The keys of a file; none without the file. Raises SettingsError."""
    try:
        return Keys.parsed(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        return Keys()
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is no file of keys: it is no text.") from error
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror or error}.") from error


def add(path: Path, name: str, jobs: int | None = None, priority: int = 0) -> str:
    """Make a key and store its hash; returns the secret, which is stored nowhere. Raises BadRequest and Conflict."""
    secret, key = fresh(name, time.time(), jobs, priority)
    _change(path, lambda keys: keys.plus(key))
    return secret


def remove(path: Path, name: str) -> Keys:
    """Remove a key; returns the remaining keys. Raises BadRequest for an unknown name."""
    return _change(path, lambda keys: keys.minus(name))


def _change(path: Path, change: Callable[[Keys], Keys]) -> Keys:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.with_suffix(".lock")):
        keys = change(load(path))
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".keys-")  # of mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(keys.text())
                file.flush()
                os.fsync(file.fileno())
            _give(Path(name))
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    return keys


def _give(path: Path) -> None:
    """Give the file to the folder's owner, as whom the server runs, also after `sudo`."""
    if os.name != "nt" and os.geteuid() == 0:
        there = path.parent.stat()
        os.chown(path, there.st_uid, there.st_gid)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """A context for a change of the file: of two changes at a time, one would be lost."""
    with path.open("w") as handle:
        _give(path)
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class Keyring:
    """The keys of this server. Raises SettingsError for a file of keys that can't be used.

    Once there was a file, keys are needed as long as the process lives: a removal of the last key, or of the file, must
    not open the server to everybody. A file that is damaged while the server runs leaves the keys as they were.
    """

    def __init__(self, settings: Settings) -> None:
        self._path, self._api_key, self._most_jobs = settings.keys_file, settings.api_key, settings.max_jobs_per_key
        self._keys: tuple[Key, ...] = load(self._path).keys
        self._stamp = self._file_stamp()
        self._enforced = self._stamp is not None
        self._last_look = time.monotonic()

    @property
    def needed(self) -> bool:
        """Whether a request needs a key."""
        self._look()
        return self._enforced or self._api_key is not None

    def owner(self, headers: Mapping[str, str], *, guessable: bool = True) -> Caller | None:
        """The caller with a request's key, or None. Without `guessable`, a person's own API_KEY doesn't count."""
        self._look()
        is_chosen = self._api_key is not None and is_guessable(self._api_key)
        api_key = self._api_key if guessable or not is_chosen else None
        return owner(offered(headers), self._keys, api_key, self._most_jobs)

    def tenant(self, name: str) -> Caller:
        """The caller with a dialect's own credentials, who is another one than those with keys."""
        return Caller(f"@{name}", self._most_jobs)

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._last_look < LOOK_SECONDS:
            return
        self._last_look, stamp = now, self._file_stamp()
        if stamp == self._stamp:
            return
        self._stamp, self._enforced = stamp, True
        try:
            self._keys = load(self._path).keys
        except SettingsError as error:
            log.error("The keys stay as they were: %s", error)
        else:
            log.info("%s was read again: %d keys", self._path, len(self._keys))

    def _file_stamp(self) -> tuple[int, int, int] | None:
        """A value that changes with the file; None without the file."""
        try:
            result = self._path.stat()
        except OSError:
            return None
        return result.st_mtime_ns, result.st_ino, result.st_size

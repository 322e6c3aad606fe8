"""A PostgreSQL for the tests, of the machine's own binaries: one server a session, a fresh database a test."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waiting import stand_still

MISSING = "PostgreSQL isn't installed here: apt-get install postgresql, and psycopg from requirements/test.txt"
FOLDERS = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/local/bin"))
USUAL = ("shared_buffers=32MB", "max_connections=200")
FAST = ("fsync=off", "full_page_writes=off", "autovacuum=off", *USUAL)
TEMPLATE = "pixart_empty"
NUMBERS = itertools.count()


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, where there is one."""
    on_path = shutil.which("initdb")
    folders = ([Path(on_path).resolve().parent] if on_path else []) + list(FOLDERS)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def why_not() -> str:
    """Why there is none here; empty where there is."""
    try:
        import greenlet  # noqa: F401 - looked for
        import procrastinate  # noqa: F401 - looked for
        import psycopg  # noqa: F401 - looked for
    except ImportError:
        return MISSING
    return "" if binaries() and sys.platform != "win32" else MISSING


class Server:
    """`with Server.started() as server:`; `restart` ends it as a power cut would."""

    def __init__(self, bin: Path, folder: Path, options: tuple[str, ...]) -> None:
        self._bin, self.folder, self._options = bin, folder, options
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @classmethod
    @contextmanager
    def started(cls, *, durable: bool = False) -> Iterator[Server]:
        """One in a folder of its own, which goes with it; a `durable` one waits for the disk."""
        bin = binaries()
        assert bin is not None, MISSING
        with tempfile.TemporaryDirectory(prefix="postgres-") as name:
            server = cls(bin, Path(name), USUAL if durable else FAST)
            server._as_its_user(["chmod", "700", name], first=True)
            words = ("-A", "trust", "-U", "pixart", "-N", "-E", "UTF8")
            server._as_its_user([str(bin / "initdb"), "-D", f"{name}/data", *words])
            server.start()
            try:
                yield server
            finally:
                server.stop()

    def _as_its_user(self, command: list[str], *, first: bool = False) -> None:
        """Run it as user `postgres` where this is root's process: PostgreSQL refuses root."""
        user = {}
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            if first:
                os.chown(self.folder, postgres.pw_uid, postgres.pw_gid)
            user = {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, **user)
        assert done.returncode == 0, done.stdout + done.stderr

    def _control(self, *words: str) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} " + " ".join(f"-c {each}" for each in self._options)
        command = [str(self._bin / "pg_ctl"), "-D", f"{self.folder}/data", "-l", f"{self.folder}/log"]
        self._as_its_user([*command, "-w", "-t", "60", "-o", options, *words])

    def start(self) -> None:
        """Start, and return when it answers."""
        self._control("start")

    def stop(self) -> None:
        """End at once; what was committed is there at the next start.

        A server that is starting a process just then may not hear of it for a minute, so it is told again.
        """
        try:
            self._control("stop", "-m", "immediate", "-t", "5")
        except AssertionError:
            if (self.folder / "data" / "postmaster.pid").exists():
                self._control("stop", "-m", "immediate")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Meanwhile nobody has an answer, as from a network that swallows everything."""
        main = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        processes = [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]
        stand_still(*processes)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def make_template(self) -> None:
        """Make the tables once: `fresh` copies them."""
        import sqlalchemy as sa

        from bridge.storage.postgres.address import address
        from bridge.storage.postgres.schema import prepare

        self.run(f"CREATE DATABASE {TEMPLATE}")
        engine = sa.create_engine(address(self.url(TEMPLATE)), poolclass=sa.NullPool)
        with engine.begin() as connection:
            prepare(connection)

    def fresh(self, template: str = TEMPLATE) -> str:
        """The URL of a new database."""
        name = f"pixart_{next(NUMBERS)}"
        how = " STRATEGY FILE_COPY" if int(self.run("SHOW server_version_num")[0][0]) >= 150_000 else ""
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}{how}")
        return self.url(name)

    def url(self, name: str) -> str:
        """Where a database is."""
        return f"postgresql://pixart@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple]:
        """Run it in a database, which is named or whose URL is given; the rows that it gives."""
        import psycopg

        with psycopg.connect(self.url(database.rpartition("/")[2]), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

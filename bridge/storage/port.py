"""The port between the job engine and the database that its jobs are in: SQLite's file, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from bridge.core.job import JobState
from bridge.storage.artifacts import Buffer
from bridge.storage.fitness import Fitness
from bridge.storage.outbox import Letter, Outbox
from bridge.storage.peers import Peers
from bridge.storage.rates import Rates
from bridge.storage.record import Record
from bridge.storage.transactions import Transactions

Told = Callable[[Record], list[Letter]]  # the letters for a job that has ended


class JobStore(Protocol):
    """The jobs table, the one truth that every dialect reads, with what is in the same database.

    Every method raises StorageError when the database fails, or can't be reached.
    """

    @property
    def database(self) -> Transactions:
        """What all of it is in."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What is to be told of ended jobs."""
        ...

    @property
    def buffer(self) -> Buffer | None:
        """Where small files may wait for the disk, where the database has such a place."""
        ...

    @property
    def peers(self) -> Peers:
        """The other processes on the same database."""
        ...

    @property
    def rates(self) -> Rates | None:
        """Where requests are counted, where that is for all bridges on the same database."""
        ...

    @property
    def shuffles(self) -> int:
        """Counts what may change which job comes next: a new one, one that began, failed or was cancelled."""
        ...

    async def close(self) -> None:
        """Finish what was begun, and let others have what this process holds."""
        ...

    async def add(self, record: Record, *, lasting: bool = True) -> bool:
        """Insert a job; False when its id is taken. The job is safe once this has returned.

        One that is not `lasting` outlives this process at once, and a power cut after `sync`.
        """
        ...

    async def sync(self) -> None:
        """Wait until all that was written is on the disk."""
        ...

    async def get(self, id: str) -> Record | None:
        """The row of this id."""
        ...

    def forget(self, ids: Iterable[str]) -> None:
        """These rows were removed."""
        ...

    async def newest(self, label: str, owner: str = "") -> Record | None:
        """Of the jobs that have this id, or have it as their label, the last; with an `owner`, of its own."""
        ...

    async def list(
        self, *, dialect: str | None = None, states: Collection[JobState] = (), limit: int = 100, owner: str = ""
    ) -> list[Record]:
        """Rows, newest first; with an `owner`, only its own."""
        ...

    async def next(
        self, besides: Collection[str] = (), served: Collection[str] = (), fitness: Fitness | None = None
    ) -> Record | None:
        """The job to run: one whose process is no more, else the first of those that wait.

        `besides` are ids of jobs that were chosen already, `served` their owners in that order: nobody has two turns.
        Where others draw from the same database, nobody else gets it from now on; what doesn't fit who asks is left to
        them, and among an owner's next ones of equal priority that goes first whose models are loaded.
        """
        ...

    async def leave(self, id: str) -> None:
        """The job that `next` gave waits again: somebody else is to draw it."""
        ...

    async def advance(self, id: str, *, only_if: Collection[JobState], lasting: bool = True, **columns: Any) -> bool:
        """As `change`, by who draws the job; in vain once somebody else draws it."""
        ...

    async def change(self, id: str, *, only_if: Collection[JobState], lasting: bool = True, **columns: Any) -> bool:
        """Change a row, but only while it is in one of these states: a final state is written exactly once.

        What is to be told of it is written in the same transaction, so that neither can be there without the other.
        A change that is not `lasting` outlives this process, but may be lost in a power cut.
        """
        ...

    async def load(self, owner: str) -> tuple[int, int]:
        """How many jobs wait, and how many of this owner's wait or run."""
        ...

    async def counts(self, dialect: str | None = None, owner: str = "") -> dict[JobState, int]:
        """How many jobs there are in each state; with an `owner`, only its own."""
        ...

    async def oldest(self) -> float | None:
        """When the job that waits the longest arrived, in Unix seconds; None where none waits."""
        ...

    async def places(self, dialect: str, owner: str = "", chosen: Sequence[str] = ()) -> dict[str, int]:
        """Jobs that wait by their ids, the next to run first, with their places among everybody's, from 1.

        With an `owner`, only its own. `chosen` are ids of those that are next already.
        """
        ...

    async def ended(self, prompt_ids: Collection[str]) -> list[str]:
        """Those of these prompts whose jobs have ended."""
        ...

    async def average_seconds(self, dialect: str) -> float | None:
        """How long completed jobs ran, on average; None without any."""
        ...

    async def dialect_memory(self, dialect: str) -> dict[str, Any]:
        """What a dialect asked to remember."""
        ...

    async def remember(self, dialect: str, values: Mapping[str, Any]) -> None:
        """Merge values into what a dialect remembers."""
        ...

    async def prove(self) -> None:
        """Write something, to see whether that works."""
        ...

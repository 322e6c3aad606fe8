"""The port between the job engine and the jobs' database: SQLite's file, or PostgreSQL."""

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

LettersOf = Callable[[Record], list[Letter]]  # the letters for a job that has ended


class JobStore(Protocol):
    """The jobs table, from which all dialects answer, and the other tables of its database.

    Every method raises StorageError when the database fails, or can't be reached.
    """

    @property
    def database(self) -> Transactions:
        """The database itself."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The webhook events of ended jobs."""
        ...

    @property
    def buffer(self) -> Buffer | None:
        """The place where small artifacts wait for their files; None in a database without one."""
        ...

    @property
    def peers(self) -> Peers:
        """The other processes on the same database."""
        ...

    @property
    def rates(self) -> Rates | None:
        """The counts of requests that all bridges on the database share; None where one bridge counts alone."""
        ...

    @property
    def shuffles(self) -> int:
        """A count of changes that may make another job the next: arrivals, begins, failures, cancellations."""
        ...

    async def close(self) -> None:
        """Finish the calls that were begun, and release what this process holds."""
        ...

    async def add(self, record: Record, *, durable: bool = True) -> bool:
        """Insert a job; False when its id is taken. The job is safe once this has returned.

        A row that isn't `durable` outlives this process at once, and a power cut only after `sync`.
        """
        ...

    async def sync(self) -> None:
        """Wait until all writes are on the disk."""
        ...

    async def get(self, id: str) -> Record | None:
        """The row of this id."""
        ...

    def forget(self, ids: Iterable[str]) -> None:
        """Forget rows that were removed."""
        ...

    async def newest(self, label: str, owner: str = "") -> Record | None:
        """The last of the jobs with this id or label; with an `owner`, of that owner's."""
        ...

    async def list(
        self, *, dialect: str | None = None, states: Collection[JobState] = (), limit: int = 100, owner: str = ""
    ) -> list[Record]:
        """Rows, newest first, at most `limit`; with an `owner`, that owner's only."""
        ...

    async def next(
        self, chosen_ids: Collection[str] = (), served_owners: Collection[str] = (), fitness: Fitness | None = None
    ) -> Record | None:
        """The job to run: one whose process has died, else the first waiting one; None without any.

        `chosen_ids` are the ids of jobs that this process chose already, `served_owners` their owners in that order:
        no owner has two turns. Where other processes draw from the same database, the job is reserved for this one, a
        job whose needs `fitness` doesn't meet is left to them, and among an owner's next jobs of equal priority the job
        whose models are loaded goes first.
        """
        ...

    async def leave(self, id: str) -> None:
        """Let the job that `next` gave wait again, for another worker."""
        ...

    async def advance(self, id: str, *, only_if: Collection[JobState], durable: bool = True, **columns: Any) -> bool:
        """As `change`, for the process that draws the job; False once a peer has taken the job over."""
        ...

    async def change(self, id: str, *, only_if: Collection[JobState], durable: bool = True, **columns: Any) -> bool:
        """Change a row while it is in one of these states; False in another, so a final state is written once.

        A final state's webhook events are written in the same transaction, so that neither is there without the other.
        A change that isn't `durable` outlives this process, but may be lost in a power cut.
        """
        ...

    async def load(self, owner: str) -> tuple[int, int]:
        """The number of waiting jobs, and the number of this owner's that wait or run."""
        ...

    async def counts(self, dialect: str | None = None, owner: str = "") -> dict[JobState, int]:
        """The number of jobs in each state; with an `owner`, of that owner's."""
        ...

    async def oldest(self) -> float | None:
        """The arrival of the longest waiting job, in Unix seconds; None where no job waits."""
        ...

    async def places(self, dialect: str, owner: str = "", chosen_ids: Sequence[str] = ()) -> dict[str, int]:
        """Ids of the dialect's waiting jobs in the order of their turns, with their places among all jobs, from 1.

        With an `owner`, that owner's only. `chosen_ids` are ids of the jobs queued ahead, which come first.
        """
        ...

    async def ended(self, prompt_ids: Collection[str]) -> list[str]:
        """The ids among these prompts' whose jobs have ended."""
        ...

    async def average_seconds(self, dialect: str) -> float | None:
        """The mean run time of completed jobs, in seconds; None without any."""
        ...

    async def dialect_memory(self, dialect: str) -> dict[str, Any]:
        """The values that a dialect asked to remember."""
        ...

    async def remember(self, dialect: str, values: Mapping[str, Any]) -> None:
        """Merge values into those that a dialect remembers."""
        ...

    async def prove(self) -> None:
        """Write a test value, to see whether writing works."""
        ...

"""In which order jobs run: by priority, then whose owner's last turn is longest ago, then by arrival. Pure."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Waiting(NamedTuple):
    """A job that waits; `number` is the order of arrival."""

    id: str
    owner: str
    priority: int
    number: int


def in_order(jobs: Iterable[Waiting], turns: Mapping[str, int], chosen: Sequence[str] = ()) -> list[Waiting]:
    """The jobs in the order in which they will run when nothing else arrives.

    `turns` says when each owner's last job began: a higher number is later, and an owner without one never had a turn.
    `chosen` are ids of those that are next already.
    """
    turns, latest = dict(turns), max(turns.values(), default=0)
    known = {job.id: job for job in jobs}
    first = [known.pop(id) for id in chosen if id in known]
    turns |= {job.owner: turn for turn, job in enumerate(first, latest + 1)}
    return first + _in_turns(known.values(), turns, latest + len(first))


def _in_turns(jobs: Iterable[Waiting], turns: dict[str, int], last: int) -> list[Waiting]:
    by_priority: dict[int, dict[str, deque[Waiting]]] = defaultdict(lambda: defaultdict(deque))
    for job in sorted(jobs, key=lambda each: each.number):
        by_priority[job.priority][job.owner].append(job)
    ordered: list[Waiting] = []
    for _, queues in sorted(by_priority.items(), reverse=True):
        heads = [(turns.get(owner, 0), queue[0].number, owner) for owner, queue in queues.items()]
        heapq.heapify(heads)
        while heads:
            _, _, owner = heapq.heappop(heads)
            ordered.append(queues[owner].popleft())
            last += 1
            turns[owner] = last
            if queues[owner]:
                heapq.heappush(heads, (last, queues[owner][0].number, owner))
    return ordered

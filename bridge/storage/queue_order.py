"""The order in which jobs run: by priority, then by the owner's last turn, longest ago first, then by arrival. Pure."""

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


def in_order(jobs: Iterable[Waiting], turns: Mapping[str, int], chosen_ids: Sequence[str] = ()) -> list[Waiting]:
    """The jobs in the order in which they will run when nothing else arrives.

    `turns` has each owner's last turn: a higher number is later, and an owner without a number never had a turn.
    `chosen_ids` are ids of the jobs queued ahead, which come first.
    """
    turns, latest = dict(turns), max(turns.values(), default=0)
    jobs_by_id = {job.id: job for job in jobs}
    head = [jobs_by_id.pop(id) for id in chosen_ids if id in jobs_by_id]
    turns |= {job.owner: turn for turn, job in enumerate(head, latest + 1)}
    return head + _in_turns(jobs_by_id.values(), turns, latest + len(head))


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

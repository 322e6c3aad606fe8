"""Rows of the jobs table that were asked for last: who polls a job, or runs it, asks for it again and again."""

from __future__ import annotations

from collections import OrderedDict

from bridge.storage.record import Record

MOST = 512  # some kB each


class Recent:
    """What the table has, by the jobs' ids: whoever changes or removes a row takes it away, once that is committed."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, Record] = OrderedDict()

    def get(self, id: str) -> Record | None:
        """The row, where it is here."""
        return self._records.get(id)

    def put(self, record: Record) -> None:
        """The row as it is."""
        self._records[record.job.id] = record
        if len(self._records) > MOST:
            self._records.popitem(last=False)

    def take(self, id: str) -> Record | None:
        """The row, which is here no longer: it may have changed."""
        return self._records.pop(id, None)

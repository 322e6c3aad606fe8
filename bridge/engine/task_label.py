"""A client's own name for its task, which is no identity: a request that comes again under it is drawn anew."""

from __future__ import annotations

import uuid

from bridge.core.job import LABEL_END, JobSpec
from bridge.storage.port import JobStore


async def id_of(store: JobStore, label: str, spec: JobSpec, content: str) -> str:
    """The job id for a request with this label: that of an equal request which still waits or runs, else a new one.

    So a client whose connection broke finds its picture again, and a client that labels all requests alike gets each.
    """
    newest = await store.newest(label)
    if newest is None:
        return label
    same = newest.content_hash == content and spec.owner in ("", newest.job.owner)
    if same and not newest.final:
        return newest.job.id
    return f"{label}{LABEL_END}{uuid.uuid4().hex}"

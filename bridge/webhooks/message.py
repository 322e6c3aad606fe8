"""What a receiver gets: the event of an ended job, signed as https://www.standardwebhooks.com says. Pure."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from standardwebhooks import Webhook
from yarl import URL

from bridge.adapters.dialect import Action, Dialect
from bridge.storage.outbox import Letter
from bridge.storage.record import Record

PREFIX = "whsec_"
SHORTEST_KEY = 24  # bytes, as the specification asks


def keys_of(secret: str) -> list[Webhook]:
    """What signs with a setting: several `whsec_...` with spaces between them while they are exchanged, or one secret.

    Raises ValueError with a sentence.
    """
    words = secret.split()
    several = len(words) > 1 and all(word.startswith(PREFIX) for word in words)
    return [Webhook(_key(word)) for word in (words if several else [secret])]


def _key(secret: str) -> bytes:
    """The HMAC key in a secret: base64 after `whsec_`, else the text itself."""
    coded = secret.removeprefix(PREFIX)
    if coded == secret:
        key = secret.encode()
    else:
        try:  # standardwebhooks passes over what is no base64
            key = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
        except ValueError as error:
            raise ValueError(f"must be base64 after {PREFIX}") from error
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"is {len(key)} bytes long; {SHORTEST_KEY} is the least")
    return key


def headers(keys: Sequence[Webhook], id: str, body: str, now: float) -> dict[str, str]:
    """The headers that tell whose a body is, of a call at `now` (Unix seconds); a signature for each key."""
    at = datetime.fromtimestamp(int(now), timezone.utc)
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": " ".join(key.sign(id, at, body) for key in keys),
    }


def letters(record: Record, url: str | None, path: str | None) -> list[Letter]:
    """One for each URL that is to hear of an ended job: the operator's `url`, and the one that came with the job."""
    body = json.dumps(event(record, path), separators=(",", ":"))
    at = record.job.finished_at or record.job.created_at
    receivers = [("", "")] if url else []
    if record.webhook and record.webhook != url:
        receivers.append((record.webhook, URL(record.webhook).authority))
    return [
        Letter(f"msg_{uuid.uuid4().hex}", record.job.id, to, host, body, created_at=at, due_at=at)
        for to, host in receivers
    ]


def event(record: Record, path: str | None) -> dict[str, Any]:
    """The body: no picture, no prompt, nothing secret. `path` is where the job can be asked for, None for nowhere."""
    job = record.job
    results = [
        {"output": made.output, "sha256": made.sha256, "content_type": made.content_type, "size": made.size}
        for made in job.artifacts
        if made.sha256
    ]
    data = {
        "id": job.id,
        "dialect": job.dialect,
        "mode": job.mode,
        "workflow": job.workflow,
        "state": job.state.value,
        "error": job.error,
        "fault": job.fault or None,
        "created_at": _time(job.created_at),
        "started_at": _time(job.started_at),
        "finished_at": _time(job.finished_at),
        "notes": list(job.notes),
        "path": path,
        "results": results,
    }
    return {"type": f"job.{job.state.value}", "timestamp": data["finished_at"], "data": data}


def shown_at(dialect: Dialect, *, mounted: bool) -> str | None:
    """The path, with `{id}`, at which a dialect shows one job; None where it shows none."""
    plain = (each for each in dialect.routes if not isinstance(each.response, str))  # the others give a file
    shows = [each for each in plain if each.action is Action.SHOW and not each.alone]
    return (dialect.mount if mounted else "") + shows[0].path if shows else None


def _time(seconds: float | None) -> str | None:
    """Unix seconds as ISO 8601 in UTC, to the millisecond."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")

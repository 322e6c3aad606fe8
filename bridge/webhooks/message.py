"""The event of an ended job, signed by the rules of https://www.standardwebhooks.com. Pure."""

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

SECRET_PREFIX = "whsec_"
SHORTEST_KEY = 24  # bytes, as the specification asks


def keys_of(secret: str) -> list[Webhook]:
    """The signing keys in a setting: one secret, or several `whsec_...` with spaces between them during an exchange.

    Raises ValueError with a sentence.
    """
    words = secret.split()
    several = len(words) > 1 and all(word.startswith(SECRET_PREFIX) for word in words)
    return [Webhook(_key(word)) for word in (words if several else [secret])]


def _key(secret: str) -> bytes:
    """The HMAC key in a secret: base64 after `whsec_`, or else the text itself."""
    coded = secret.removeprefix(SECRET_PREFIX)
    if coded == secret:
        key = secret.encode()
    else:
        try:  # standardwebhooks itself skips characters that are no base64
            key = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
        except ValueError as error:
            raise ValueError(f"must be base64 after {SECRET_PREFIX}") from error
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"is {len(key)} bytes long; {SHORTEST_KEY} is the least")
    return key


def headers(keys: Sequence[Webhook], id: str, body: str, now: float) -> dict[str, str]:
    """The headers of a call at `now` (Unix seconds), with a signature of the body by each key."""
    at = datetime.fromtimestamp(int(now), timezone.utc)
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": " ".join(key.sign(id, at, body) for key in keys),
    }


def letters(record: Record, url: str | None, path: str | None) -> list[Letter]:
    """The letters about an ended job: one to the operator's `url`, and one to the URL that came with the job."""
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
    """The event's JSON, without pictures, prompts and secrets. `path` is the job's path in its dialect, or None."""
    job = record.job
    results = [
        {"output": each.output, "sha256": each.sha256, "content_type": each.content_type, "size": each.size}
        for each in job.artifacts
        if each.sha256
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


def job_path(dialect: Dialect, *, mounted: bool) -> str | None:
    """The path, with `{id}`, at which a dialect shows one job; None for a dialect without one."""
    plain = (each for each in dialect.routes if not isinstance(each.response, str))  # the others answer with a file
    shows = [each for each in plain if each.action is Action.SHOW and not each.alone]
    return (dialect.mount if mounted else "") + shows[0].path if shows else None


def _time(seconds: float | None) -> str | None:
    """Unix seconds as ISO 8601 in UTC, to the millisecond."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")

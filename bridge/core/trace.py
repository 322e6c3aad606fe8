"""The id that follows a request through the logs: the caller's own where it has one, else made here. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

HEADER = "X-Request-Id"
OWN = re.compile(r"[A-Za-z0-9._-]{1,64}")
# W3C Trace Context, level 1: version, trace id, parent id, flags; a later version may say more at the end.
PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


def trace_of(headers: Mapping[str, str]) -> str:
    """The caller's `X-Request-Id`, else the trace id of its `traceparent`; empty where neither is there and fits."""
    own = headers.get(HEADER, "")
    if OWN.fullmatch(own):
        return own
    parent = PARENT.fullmatch(headers.get("traceparent", "").strip())
    return parent[1] if parent else ""

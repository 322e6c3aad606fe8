"""Answers that are the same for everybody: made once, and not sent again to clients that have them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import ETag, web

from bridge.adapters import dialects
from bridge.web.docs_page import text
from bridge.web.openapi import document


@dataclass(frozen=True)
class Document:
    """The bytes of an answer, their type, and their ETag without the quotes."""

    data: bytes
    content_type: str
    tag: str

    def answer(self, headers: Mapping[str, str] | None = None) -> web.Response:
        """The whole answer; see `tagged`. Clients that store it ask each time whether it has changed."""
        fields = {"Content-Type": self.content_type, "Cache-Control": "no-cache", **(headers or {})}
        response = web.Response(body=self.data, headers=fields)
        response.etag = ETag(self.tag)
        return response


def tagged(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The answer with the ETag of its content, or 304 for a client that has the content (RFC 9110, 13.1.2)."""
    if not (isinstance(response, web.Response) and response.status == 200 and isinstance(response.body, bytes)):
        return response
    own = response.etag or ETag(_tag(response.body))
    response.etag = own
    client_tags = {each.value for each in request.if_none_match or ()}
    if request.method not in ("GET", "HEAD") or not client_tags & {"*", own.value}:
        return response
    headers = response.headers.copy()
    headers.pop("Content-Length", None)
    return web.Response(status=304, headers=headers)


@lru_cache
def page() -> Document:
    """The documentation page."""
    return document_of(text().encode(), "text/html; charset=utf-8")


@lru_cache
def api(names: tuple[str, ...], *, alone: bool, webhooks: bool) -> Document:
    """The OpenAPI document of these dialects: it takes a tenth of a second, and listeners may share it."""
    every = dialects()
    data = document({name: every[name] for name in names}, alone=alone, webhooks=webhooks)
    return document_of(json.dumps(data).encode(), "application/json; charset=utf-8")


def document_of(data: bytes, content_type: str) -> Document:
    """A document of these bytes."""
    return Document(data, content_type, _tag(data))


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]

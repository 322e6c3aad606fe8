"""Forms that values of settings have. Where one hasn't, it is refused with a sentence for the operator."""

from __future__ import annotations

import shlex
from typing import Annotated

from pydantic import AfterValidator, Field
from yarl import URL  # what aiohttp itself parses with


def _host(text: str) -> str:
    try:
        text.encode("idna")  # as it is looked up
    except UnicodeError as error:
        raise ValueError(f"{text!r} is no address, nor the name of a machine") from error
    return text


def _arguments(text: str) -> str:
    try:
        shlex.split(text)
    except ValueError as error:
        raise ValueError(f"can't be split into arguments as a shell does it: {error}") from error
    return text


def _service_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    try:
        url = URL(text)
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from error
    if not url.raw_host or not url.port or len(text.split()) > 1:
        raise ValueError("names no host, or port 0, or has a space in it")
    _host(url.raw_host)
    return text.rstrip("/")


Host = Annotated[str, AfterValidator(_host)]
Arguments = Annotated[str, AfterValidator(_arguments)]
Port = Annotated[int, Field(ge=0, le=65535)]
ServiceUrl = Annotated[str, AfterValidator(_service_url)]

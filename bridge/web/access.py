"""Callers: API keys by their hash, the keys that a request offers, and the address that it comes from. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bridge.adapters.fields import spellings
from bridge.core.errors import BadRequest, Conflict, SettingsError
from bridge.core.setting_types import Network

NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
MOST_PRIORITY = 1000  # far beyond the priorities that dialects give jobs, which are one step up or down
# The least length of a key that a program made of 128 random bits, 32 hexadecimal digits, and the least number of
# different digits in it, but for one time in a hundred thousand.
RANDOM_LENGTH, RANDOM_CHARACTERS = 32, 10
SHARED_BITS = 64  # of an IPv6 address, which one household or machine has in common

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Caller:
    """The caller of a request. An empty `name` is the operator, who sees the jobs of all.

    `jobs` is how many of the caller's jobs may wait and run at a time, 0 for any number; `priority` is added to theirs.
    """

    name: str = ""
    jobs: int = 0
    priority: int = 0


OPERATOR = Caller()


class Key(BaseModel):
    """A named key in the file. `jobs` is None where the server's own limit counts; `created` is in Unix seconds."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=f"^{NAME_PATTERN.pattern}$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    jobs: Annotated[int, Field(ge=0)] | None = None
    priority: Annotated[int, Field(ge=-MOST_PRIORITY, le=MOST_PRIORITY)] = 0
    created: float = 0.0


class Keys(BaseModel):
    """The content of the file of keys."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    keys: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Keys:
        if len({key.name for key in self.keys}) < len(self.keys):
            raise ValueError("two keys have one name")
        return self

    @classmethod
    def parsed(cls, text: str, where: str) -> Keys:
        """The keys from the file's text; `where` is the file's name in errors. Raises SettingsError."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise SettingsError(
                f"{where} is no file of keys: {first['msg']}.",
                hint="Make it anew with `pixart keys add NAME`, after moving it away.",
            ) from error

    def text(self) -> str:
        """The file's text."""
        return self.model_dump_json(indent=2) + "\n"

    def plus(self, key: Key) -> Keys:
        """The keys and one more. Raises Conflict for a name that is taken."""
        if any(key.name == other.name for other in self.keys):
            hint = "Remove it first, or choose another name."
            raise Conflict(f"There is already a key called {key.name!r}.", field="name", hint=hint)
        return Keys(keys=(*self.keys, key))

    def minus(self, name: str) -> Keys:
        """The keys without the one of this name. Raises BadRequest for an unknown name."""
        others = tuple(key for key in self.keys if key.name != name)
        if len(others) == len(self.keys):
            names = ", ".join(key.name for key in self.keys) or "there are no keys"
            raise BadRequest(f"There is no key called {name!r}.", field="name", hint=f"Known: {names}.")
        return Keys(keys=others)


def fresh(name: str, created: float, jobs: int | None = None, priority: int = 0) -> tuple[str, Key]:
    """A new key: its secret, to be shown once, and its entry in the file. Raises BadRequest."""
    if not NAME_PATTERN.fullmatch(name):
        hint = "1 to 32 letters, digits or . _ - and a letter or digit first."
        raise BadRequest(f"{name!r} can't be the name of a key.", field="name", hint=hint)
    if jobs is not None and jobs < 0:
        raise BadRequest(f"--jobs must be 0 or more, not {jobs}.", field="--jobs")
    if abs(priority) > MOST_PRIORITY:
        raise BadRequest(f"--priority must be from -{MOST_PRIORITY} to {MOST_PRIORITY}.", field="--priority")
    secret = "pixart_" + secrets.token_urlsafe(32)
    return secret, Key(name=name, sha256=digest(secret.encode()), jobs=jobs, priority=priority, created=created)


def digest(secret: bytes) -> str:
    """The SHA-256 of a key, which is stored and compared.

    A plain hash is enough: a slow one makes it hard to guess passwords, and nobody guesses 256 random bits.
    """
    return hashlib.sha256(secret).hexdigest()


def offered(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The digests of the texts that a request offers as keys: Bearer, X-API-Key, and the password of Basic.

    Basic's user name is ignored: a client that must send one may send any.
    """
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    # aiohttp reads header bytes that are no UTF-8 as lone surrogates, which become a wrong key
    sent = credentials.strip().encode(errors="surrogateescape")
    result = [headers.get("X-API-Key", "").encode(errors="surrogateescape")]
    if scheme.lower() == "bearer":
        result.append(sent)
    elif scheme.lower() == "basic":
        try:
            result += spellings(base64.b64decode(sent, validate=True).partition(b":")[2])
        except binascii.Error:
            result.append(b"\0" + sent)  # no password at all: a wrong key
    return tuple(dict.fromkeys(digest(each) for each in result if each))


def is_guessable(api_key: str) -> bool:
    """Whether the operator's key could be guessed: a person who chooses one rarely chooses 128 random bits."""
    return len(api_key) < RANDOM_LENGTH or len(set(api_key)) < RANDOM_CHARACTERS


def owner(offers: Collection[str], keys: Iterable[Key], api_key: str | None, most_jobs: int) -> Caller | None:
    """The caller with one of the offered keys; None for none. Any key takes equally long, and so does a wrong one."""
    result = None
    entries = (
        (key.sha256, Caller(key.name, most_jobs if key.jobs is None else key.jobs, key.priority)) for key in keys
    )
    operator = [] if api_key is None else [(digest(api_key.encode()), OPERATOR)]
    for sha256, caller in (*entries, *operator):
        for offer in offers:
            if hmac.compare_digest(offer, sha256):
                result = caller
    return result


def address_of(peer: str | None, forwarded: Sequence[str], proxies: Collection[Network]) -> str:
    """The address that a request comes from, as counted for limits; empty for a Unix socket.

    `forwarded` are the values of X-Forwarded-For. Each hop in them was written by the hop on its right, so they are
    believed from the right, and only as long as `proxies` have written them. IPv6 addresses count by their network.
    """
    at = _parsed(peer or "")
    for hop in reversed(",".join(forwarded).split(",")):
        if at is None or not any(at in network for network in proxies):
            break
        address = _parsed(hop)
        if address is None:
            break
        at = address
    if isinstance(at, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(at), SHARED_BITS), strict=False))
    return str(at or "")


def _parsed(text: str) -> Address | None:
    """The address in a text, also with a port or a zone, or as an IPv4 address mapped to IPv6; None for none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        result = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (result.ipv4_mapped or result) if isinstance(result, ipaddress.IPv6Address) else result

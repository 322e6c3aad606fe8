"""The types of settings' values; a value of another form is refused with a sentence for the operator."""

from __future__ import annotations

import ipaddress
import re
import shlex
from typing import Annotated, Any

import limits
from pydantic import AfterValidator, BeforeValidator, Field
from yarl import URL  # what aiohttp itself parses with

DEVICE_PATTERN = re.compile(r"cpu|cuda:(\d+)")  # ComfyUI calls AMD's cards cuda as well

NO_DEVICES = ("none",)  # the devices of a bridge without a ComfyUI


def _host(text: str) -> str:
    try:
        text.encode("idna")  # the form in which names are looked up
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


def _service_urls(value: Any) -> Any:
    """`http://a:8188, http://b:8188` without spaces, if each is the URL of another service."""
    if not isinstance(value, str):
        return value
    urls = [_service_url(part.strip()) for part in value.split(",")]
    if len(set(urls)) < len(urls):
        raise ValueError("names one twice")
    return ",".join(urls)


def _devices(value: Any) -> Any:
    """`cuda:0, cuda:1` as ("cuda:0", "cuda:1"); `none` stands alone."""
    devices = _words(value)
    if devices == NO_DEVICES:
        return devices
    for device in devices:
        if not DEVICE_PATTERN.fullmatch(device):
            raise ValueError(f"{device!r} is no device: like cuda:0,cuda:1 or cpu, or none alone")
    return devices


def _words(value: Any) -> Any:
    """`a, b` as ("a", "b")."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _networks(value: Any) -> Any:
    """`10.0.0.0/8, ::1` as networks; an address is a network of one."""
    if not isinstance(value, str):
        return value
    return tuple(ipaddress.ip_network(part, strict=False) for part in _words(value))


def _rates(text: str) -> str:
    try:
        if text:
            limits.parse_many(text)
    except ValueError as error:
        raise ValueError("must be like 60/minute, several separated by ;") from error
    return text


def _listeners(value: Any) -> Any:
    """`3003=imagegen,5000=unified` as ((3003, "imagegen"), (5000, "unified"))."""
    if not isinstance(value, str):
        return value
    pairs = [part.split("=") for part in value.replace(" ", ",").split(",") if part]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("must be like 3003=imagegen,5000=unified")
    return tuple((port, name) for port, name in pairs)


Host = Annotated[str, AfterValidator(_host)]
Arguments = Annotated[str, AfterValidator(_arguments)]
Port = Annotated[int, Field(ge=0, le=65535)]
ServiceUrl = Annotated[str, AfterValidator(_service_url)]
ServiceUrls = Annotated[str, BeforeValidator(_service_urls)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Devices = Annotated[tuple[str, ...], BeforeValidator(_devices)]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
Rates = Annotated[str, AfterValidator(_rates)]
Listeners = Annotated[tuple[tuple[Port, str], ...], BeforeValidator(_listeners)]

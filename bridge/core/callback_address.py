"""The rules for URLs and addresses that webhooks may call. Pure: `webhooks.connect` looks names up.

A client that names a URL makes this server call the URL from inside the operator's network. The rules prevent what is
known as server-side request forgery and DNS rebinding.
"""

from __future__ import annotations

import ipaddress
import re

from yarl import URL  # aiohttp's own parser: two parsers would disagree some day

from bridge.core.errors import BadRequest

WEBHOOK_HEADER = "X-Webhook-URL"
LONGEST_SHOWN = 60  # characters of a wrong one that are repeated
LONGEST_URL = 2048  # characters; more than any receiver needs, and each job stores its URL
ALLOWED_PORTS = (80, 443)  # beside all from 1024 up; the rest belong to services that must not get a stranger's bytes
FIRST_FREE_PORT = 1024

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LETTERS = re.compile(r"[A-Za-z0-9\-._~:/?\[\]!$&'()*+,;=%]+")  # of RFC 3986, without @ and #
_NAME = re.compile(r"(?=.{1,253}\.?\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # the end of a host that the system's resolver reads as an IPv4 address


def _networks(*texts: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# What WEBHOOK_PRIVATE allows: loopback, link-local, RFC 1918, RFC 6598 (also VPNs), RFC 4193.
PRIVATE_NETWORKS = _networks(
    *("127.0.0.0/8", "169.254.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
    *("::1/128", "fe80::/10", "fc00::/7"),
)
# Addresses where clouds hand out credentials: never called, whatever the settings allow.
METADATA_NETWORKS = _networks(
    *("169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "fd00:ec2::/32", "fd20:ce::254/128"),
    *("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"),
    *("169.254.0.23/32", "169.254.42.42/32", "fd00:42::42/128"),
)
# Special networks that older Pythons take for public (`is_global` was corrected in 3.10.15, 3.11.10, 3.12.4).
SPECIAL_NETWORKS = _networks("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "2001:db8::/32", "3fff::/20")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all assigned addresses; the rest are special or not in use
NAT64_NETWORK = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


def parsed(text: str, schemes: tuple[str, ...] = ("https", "http")) -> URL:
    """The URL from a text. Raises ValueError with a sentence for a form that is never called."""
    if not text.strip():
        raise ValueError("is empty")
    if len(text) > LONGEST_URL:
        raise ValueError(f"has {len(text)} characters; {LONGEST_URL} is the most")
    start, colon, _ = text.partition("://")
    if not colon or start.lower() not in schemes:
        wish = " or ".join(f"{each}://" for each in schemes)
        shown = f"{start[:LONGEST_SHOWN]}://" if colon else text[:LONGEST_SHOWN]
        raise ValueError(f"must start with {wish}" + (f", not {shown!r}" if "@" not in shown else ""))
    if "," in text and " " in text:
        raise ValueError("must be one URL: one job tells one")
    if "@" in text:
        raise ValueError("must not hold a name or password (nor an @): it is the signature that tells who calls")
    if not _LETTERS.fullmatch(text):
        hint = "write an international name in its xn-- form, a space as %20"
        raise ValueError(f"must be a URL in ASCII without a fragment; {hint}")
    try:
        url = URL(text)
    except ValueError as error:
        raise ValueError(f"can't be read: {error}") from error
    host = url.raw_host or ""
    if not host or not url.port:
        raise ValueError("names no host, or port 0")
    if "%" in host or (":" not in host and not _NAME.fullmatch(host)):
        raise ValueError(f"names no host that can be: {host[:60]}")
    literal(url)
    return url


def literal(url: URL) -> Address | None:
    """The address in the URL, None for a host's name. Raises ValueError for unusual spellings of an address.

    The system's resolver reads `127.1`, `0x7f.0.0.1` and `2130706433` as addresses, and no name ends in a number.
    """
    host = url.raw_host or ""
    if ":" not in host and not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError as error:
        raise ValueError(f"names an address in a form that is not taken: {host[:60]}") from error


def checked(text: str, *, private: bool) -> str:
    """A client's URL, if it may be called. Raises ValueError with a sentence if not.

    Only https, since receivers are across the internet, and most services inside the network don't speak it. With
    `private` http too, since a receiver in the same house seldom has a certificate.
    """
    url = parsed(text, ("https", "http") if private else ("https",))
    if url.port not in ALLOWED_PORTS and (url.port or 0) < FIRST_FREE_PORT:
        raise ValueError(
            f"must have port {ALLOWED_PORTS[0]}, {ALLOWED_PORTS[1]}, or one from {FIRST_FREE_PORT} up, not {url.port}"
        )
    address = literal(url)
    why = address and refusal(str(address), private=private)
    if why:
        raise ValueError(why)
    return str(url)


def callback_url(texts: list[str], *, offered: bool, private: bool) -> str:
    """The URL in a request's headers of the name WEBHOOK_HEADER. Raises BadRequest with a sentence for the caller."""
    if not offered:
        hint = "Ask for the job's state instead, or have the operator set WEBHOOK_CLIENTS."
        raise BadRequest(f"{WEBHOOK_HEADER} is not offered by this server.", field=WEBHOOK_HEADER, hint=hint)
    if len(texts) > 1:
        raise BadRequest(f"{WEBHOOK_HEADER} is there {len(texts)} times; one job tells one URL.", field=WEBHOOK_HEADER)
    try:
        return checked(texts[0], private=private)
    except ValueError as error:
        raise BadRequest(f"{WEBHOOK_HEADER} {error}.", field=WEBHOOK_HEADER) from error


def refusal(text: str, *, private: bool) -> str | None:
    """A sentence that refuses an address in digits; None for an address that may be called."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return f"{text[:60]} is no address"
    target = _ipv4_of(address)
    if _within(target, METADATA_NETWORKS) or _within(address, METADATA_NETWORKS):
        return f"{text} is where a cloud keeps its secrets"
    if _public(target) or (private and _within(target, PRIVATE_NETWORKS)):
        return None
    return f"{text} is not a public address"


def _ipv4_of(address: Address) -> Address:
    """The IPv4 address in a mapped, NAT64 or 6to4 IPv6 address; any other address unchanged."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64_NETWORK:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _public(address: Address) -> bool:
    if _within(address, SPECIAL_NETWORKS) or address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return isinstance(address, ipaddress.IPv4Address) or address in GLOBAL_UNICAST


def _within(address: Address, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]) -> bool:
    return any(address in network for network in networks)

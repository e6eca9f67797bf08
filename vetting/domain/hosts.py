"""Which hosts the service may talk to by itself: only those an administrator named, at addresses of the open internet.

Against requests that are forged by way of the server (OWASP: SSRF). A name is resolved once; if any of its addresses
is not a public one nothing is sent, and the connection goes to the address that was looked at, not to the name again.
An administrator may pin a name to an address of their own network: that is their decision, made in the settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

HTTPS, HTTP = 443, 80
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)\Z")
"""A last label like this makes the whole host an IPv4 address (WHATWG URL, host parsing)."""
_ODD = re.compile(r"[\s\\\x00-\x20\x7f-\x9f]")
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
LONGEST_URL = 500


class Refused(ValueError):
    """The service does not talk to that host; the message is one sentence."""


class Allowed(NamedTuple):
    """A host an administrator named: its name, the port if one was named, and the address it is pinned to."""

    host: str
    port: int | None = None
    address: str | None = None


class Target(NamedTuple):
    """Where a request goes. `address` None: resolve the name, and ask `refusal` about all it has."""

    host: str
    port: int
    tls: bool
    address: str | None


def read_allowed(text: str) -> tuple[Allowed, ...]:
    """The setting: a comma list of `host`, `host:port`, each with `=address` where it is pinned. Raises Refused."""
    return tuple(_entry(part.strip()) for part in text.split(",") if part.strip())


def target(url: str, allowed: Sequence[Allowed]) -> Target:
    """Where this URL leads, if the service may go there. Raises Refused."""
    if len(url) > LONGEST_URL or _ODD.search(url) or not url.isascii():
        raise Refused("This is no web address that can be called: write it in plain characters, without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("This is no web address that can be called.") from None
    host = (parts.hostname or "").removesuffix(".")
    if parts.scheme not in ("https", "http") or not host:
        raise Refused("The address must begin with https:// and name a host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused("The address must hold no user, no password and no fragment.")
    tls = parts.scheme == "https"
    wanted = port if port is not None else HTTPS if tls else HTTP
    for one in allowed:
        if one.host == host and wanted == (one.port or (HTTPS if tls else HTTP)):
            if not tls and one.address is None:
                raise Refused("The address must begin with https://; http is for hosts that are pinned to an address.")
            return Target(host, wanted, tls, one.address)
    raise Refused("This host is not among those that the administrator allows (VETTING_WEBHOOK_HOSTS).")


def refusal(addresses: Iterable[str]) -> str | None:
    """Why a name with these addresses is not called, or None. One address that is not public is enough."""
    found = list(addresses)
    if not found:
        return "its name leads nowhere"
    return next((why for address in found if (why := _not_public(address))), None)


def _entry(text: str) -> Allowed:
    name, _, address = text.lower().partition("=")
    host, colon, port = name.strip().removesuffix(".").partition(":")
    if not _NAME.fullmatch(host) or _NUMBER.match(host.rpartition(".")[2]):
        raise Refused(f"{text[:80]!r} names no host: write names such as hooks.example.org, not addresses.")
    if colon and not (port.isdecimal() and 0 < int(port) < 65536):
        raise Refused(f"{text[:80]!r}: {port[:8]!r} is no port.")
    if not address:
        return Allowed(host, int(port) if colon else None)
    if (why := _never(address.strip())) is not None:
        raise Refused(f"{text[:80]!r} is pinned to an address that cannot be called: {why}.")
    return Allowed(host, int(port) if colon else None, address.strip())


def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


def _never(address: str) -> str | None:
    """What not even an administrator can mean: where clouds keep their credentials, everybody, nobody."""
    ip = _read(address)
    if ip is None or "%" in address:
        return "it is none"
    inner = _inside(ip)
    if any(one.is_link_local or one.is_multicast or one.is_unspecified for one in (ip, *inner)):
        return "it is link-local, multicast or unspecified"
    return None


def _not_public(address: str) -> str | None:
    ip = _read(address)
    if ip is None or "%" in address:
        return "its name leads to something that is no address"
    for one in (ip, *_inside(ip)):
        site_local = isinstance(one, IPv6Address) and one.is_site_local  # deprecated, and global to Python
        if not one.is_global or one.is_multicast or one.is_reserved or one.is_unspecified or site_local:
            return "its name leads to an address that is not public"
    return None


def _inside(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, 6to4, Teredo, NAT64, and the old compatible form."""
    if isinstance(ip, IPv4Address):
        return []
    found = [one for one in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if one is not None]
    if any(ip in network for network in _NAT64) or int(ip) >> 32 == 0:
        found.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return found

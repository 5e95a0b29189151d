"""From where somebody asks, for what is limited per address: pages and sockets alike.

Each proxy adds who asked it at the end of X-Forwarded-For; what stands before the entries of our
own proxies is whatever the client claims. So with N trusted proxies the Nth entry from the end
counts, and nothing else of the header is ever looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest

# What one subscriber has of IPv6: all its addresses count as one.
_IPV6_PREFIX = 64


def address_of_request(request: HttpRequest) -> str | None:
    """Return the address that a page's limits count for, None if the server knows none."""
    return _address(request.META.get("REMOTE_ADDR"), request.META.get("HTTP_X_FORWARDED_FOR", ""))


def address_of_socket(scope: Mapping[str, Any]) -> str | None:
    """Return the address that a socket's limits count for, None if the server knows none."""
    values = [value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for"]
    client = scope.get("client")
    return _address(client[0] if client else None, b",".join(values).decode("latin1"))


def _address(peer: str | None, forwarded: str) -> str | None:
    """Return the client's address; the peer's where the header isn't what our proxies write."""
    proxies: int = settings.TRUSTED_PROXIES
    entries = forwarded.split(",") if proxies else []
    named = _plain(entries[-proxies]) if len(entries) >= proxies > 0 else None
    return named or _plain(peer or "") or peer or None


def _plain(entry: str) -> str | None:
    """Return an address without its port, an IPv6 one as its network; None if it is none."""
    entry = entry.strip()
    host = entry[1:].partition("]")[0] if entry.startswith("[") else entry
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ip_address(host)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return str(ip_network((int(found), _IPV6_PREFIX), strict=False))
        found = found.ipv4_mapped
    return str(found)

"""Where a request comes from, and under which name it asks for the app. Pure functions."""

import ipaddress
from collections.abc import Iterable
from typing import Final

ADDRESS_HEADER: Final = "mnist-address"
"""The header in which pages find where a visitor comes from; the server sets it, nobody else."""

_UNKNOWN: Final = "unknown"
_BITS_OF_A_HOME: Final = 64
"""Of an address of version 6: a household is given all that begin with the same ones."""

Headers = Iterable[tuple[bytes, bytes]]


def sent_from(client: str, headers: Headers, *, proxy_header: str = "") -> str:
    """Return the address that a request is counted under; never empty.

    `client`: who opened the connection. `proxy_header`: the header in which a proxy in front of
    the app says who asked it, if there is one; its last entry counts, as those before it are the
    visitor's own to write. Without it, whoever sends a header that proxies send is unknown: the
    web server would take a proxy on this machine at its word, and it may hand on anything.
    """
    named = _values(headers, proxy_header) if proxy_header else []
    if proxy_header:
        return _network(named[-1]) if named else _UNKNOWN
    return _UNKNOWN if _values(headers, "x-forwarded-for") else _network(client)


def _values(headers: Headers, name: str) -> list[str]:
    wanted = name.lower().encode("latin-1", "replace")
    text = ",".join(value.decode("latin-1") for key, value in headers if key.lower() == wanted)
    return [part.strip() for part in text.split(",") if part.strip()]


def _network(text: str) -> str:
    """Return the address without a port, of version 6 only what a household shares."""
    host = text[1:].split("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.split(":")[0]
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return _UNKNOWN
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(address), _BITS_OF_A_HOME), strict=False))
    return str(address)

"""Where a request comes from, and under which name it asks for the app. Pure functions.

A page of another site can have its name lead to this machine and then talk to the app as if it
were its own ("DNS rebinding"): what gives it away is the name that its requests ask for.
"""

import ipaddress
from collections.abc import Collection, Iterable
from typing import Final
from urllib.parse import urlsplit

ADDRESS_HEADER: Final = "mnist-address"
"""The header in which pages find where a visitor comes from; the server sets it, nobody else."""

_UNKNOWN: Final = "unknown"
_BITS_OF_A_HOME: Final = 64
"""Of an address of version 6: a household is given all that begin with the same ones."""

Headers = Iterable[tuple[bytes, bytes]]


def name_asked_for(headers: Headers) -> str | None:
    """Return the host that a request asks for, without its port; None where it names none."""
    values = [value for key, value in headers if key.lower() == b"host"]
    try:
        (value,) = values
        parts = urlsplit("//" + value.decode("ascii"))
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    if parts.hostname is None or parts.netloc != value.decode() or "@" in parts.netloc:
        return None
    return parts.hostname.rstrip(".")


def is_served(name: str | None, hosts: Collection[str], *, is_open: bool) -> bool:
    """Whether the app is served under that name: one of `hosts`, or this machine's own.

    `is_open`: it listens to other machines too, who may ask for it by its address in numbers: that
    is no name, so no other site can have it.
    """
    if name is None:
        return False
    if name == "localhost" or name in hosts or "*" in hosts:
        return True
    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return is_open or address.is_loopback


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

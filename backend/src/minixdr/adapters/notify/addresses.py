"""Which addresses messages go to: a stranger who may name a URL must not make the platform talk to its own network (SSRF).

A name is resolved once, all its addresses are looked at, and one that was looked at is connected to: a name that answers otherwise the
second time (DNS rebinding) wins nothing. Addresses inside of others (IPv4-mapped, 6to4, Teredo, NAT64) count as what they lead to.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from minixdr.ports.notifier import NotSentError, RefusedAddressError

Network = IPv4Network | IPv6Network
_NAT64 = ip_network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}
_RESOLVE_SECONDS = 5.0


def split(url: str) -> SplitResult:
    """Return the parts of a web address. Raises RefusedAddressError where it is none that messages go to."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in _PORTS and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine:
        raise RefusedAddressError("This is no web address: it takes something like https://hooks.example.com/alerts.")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddressError("An address with a user name and password is not supported: use the secret.")
    return parts


async def resolve(url: str, allowed: Sequence[Network]) -> str:
    """Return the address (IP) to connect to. Raises RefusedAddressError, NotSentError where the name is not known."""
    parts = split(url)
    host = parts.hostname or ""
    try:
        found = await asyncio.wait_for(
            asyncio.get_running_loop().getaddrinfo(
                host, parts.port or _PORTS[parts.scheme], type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
            ),
            _RESOLVE_SECONDS,
        )
    except (socket.gaierror, UnicodeError) as error:
        raise NotSentError(f"The name {host} is not known.") from error
    except TimeoutError as error:
        raise NotSentError(f"The name server did not say in {_RESOLVE_SECONDS:.0f} s where {host} is.") from error
    addresses = [str(each[4][0]) for each in found]
    for address in addresses:
        _check(parts, address, allowed)
    return addresses[0]


def _check(parts: SplitResult, text: str, allowed: Sequence[Network]) -> None:
    address = led_to(ip_address(text.partition("%")[0]))
    if any(address in network for network in allowed):
        return
    if not address.is_global or address.is_multicast:
        raise RefusedAddressError(
            f"{parts.hostname} is at {text}, which is not on the public internet. "
            "Whoever runs the platform can allow its network: MINIXDR_NOTIFY_NETWORKS."
        )
    if parts.scheme != "https":
        raise RefusedAddressError("Over the internet messages go to https:// addresses only.")


def led_to(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address stands for, else the address."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return inner
        if int(address) >> 32 == 0:  # ::a.b.c.d, deprecated, and ::1
            return address if int(address) <= 1 else IPv4Address(int(address))
    return address

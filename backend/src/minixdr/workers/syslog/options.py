"""What the syslog listeners are told, and whose messages they take."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path

UNIDENTIFIED = "no token: see docs/how-to/send-logs/syslog.md"


class TokenRefusedError(Exception):
    """No such ingest token, or it is expired, revoked or not for this door."""


Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class SyslogOptions:
    """Which ports, and which token where a message brings none."""

    host: str
    """Address to listen on."""
    tcp_port: int | None = None
    """None: off. 0: any free one."""
    udp_port: int | None = None
    tls_port: int | None = None
    certificate: Path | None = None
    """PEM of certificate and chain, and its key: both needed for `tls_port`. Read anew when they change."""
    key: Path | None = None
    default_token: str | None = None
    """Of messages whose sender no network names."""
    networks: Sequence[tuple[Network, str]] = ()
    """Sender's network, token. The narrowest counts."""


def token_for(address: str, options: SyslogOptions) -> str | None:
    """Return the token of messages from this peer, None where there is none."""
    peer = _peer(address)
    found = [(network, token) for network, token in options.networks if peer is not None and peer in network]
    if found:
        return max(found, key=lambda item: item[0].prefixlen)[1]
    return options.default_token


def _peer(address: str) -> IPv4Address | IPv6Address | None:
    try:
        peer = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = peer.ipv4_mapped if isinstance(peer, IPv6Address) else None
    return mapped or peer

"""Where clients send what they have: the address of each door, as clients reach it.

In: the base address of the HTTP doors and where syslog listens, both from settings. A door that does not listen has no address.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

_ANY = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not listened on


class SyslogAddresses(msgspec.Struct, frozen=True):
    """`host:port` of each listener that is on."""

    tcp: str | None = None
    udp: str | None = None
    tls: str | None = None


class IngestAddresses(msgspec.Struct, frozen=True):
    """What clients are told."""

    url: str
    """Base of the HTTP doors, without a slash at the end: `http://127.0.0.1:8000`."""
    syslog: SyslogAddresses = SyslogAddresses()

    @property
    def only_this_machine(self) -> bool:
        """Whether the HTTP doors' address is one that other machines cannot reach."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")


def ingest_url(given: str | None, host: str, port: int, public_url: str) -> str:
    """Return the base of the HTTP doors: what is given, else where the api listens; by the public address's name where it listens everywhere."""
    if given:
        return given.rstrip("/")
    return f"http://{host_and_port(host, port, public_url)}"


def host_and_port(host: str, port: int, reached: str) -> str:
    """Return a listener's `host:port` as clients name it; one that listens everywhere is named by the host of the address `reached`."""
    named = (urlsplit(reached).hostname or "127.0.0.1") if host in _ANY else host
    return f"[{named}]:{port}" if ":" in named else f"{named}:{port}"

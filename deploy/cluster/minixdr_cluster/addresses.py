"""Addresses of pods and Services.

A pod says 10.N.x.y; its process listens on 127.N.x.y, so that each has a loopback address of its own without changing the machine's network.
(Kubernetes refuses loopback addresses in EndpointSlices, so they cannot be told as they are.) What forwards to pods translates with `loopback`.
N is another one for each cluster that runs on the machine at the same time; Services have N = 96.
"""

import socket
from itertools import count

_FIRST, _LAST = 128, 247
_CLAIM_PORT = 4999


def loopback(address: str) -> str:
    """Return where the process behind a pod's or a Service's address listens on this machine."""
    return f"127.{address.removeprefix('10.')}" if address.startswith("10.") else address


class PodAddresses:
    """Gives each pod the next address; none is used twice in a test."""

    def __init__(self) -> None:
        self._block, self._claim = _claimed()
        self._numbers = count(256)
        self._stable: dict[str, str] = {}

    def next(self) -> str:
        """Return an address."""
        number = next(self._numbers)
        return f"10.{self._block}.{number // 256}.{number % 256}"

    def stable(self, pod: str) -> str:
        """Return the address of a StatefulSet's pod: the same each time it is made, so that its DNS name can be told before it runs."""
        return self._stable.setdefault(pod, f"10.{self._block}.0.{len(self._stable) + 1}")

    def release(self) -> None:
        """Let another cluster have them."""
        self._claim.close()


def _claimed() -> tuple[int, socket.socket]:
    """Return a number that no other cluster of this machine uses, and the socket that says so as long as it is open."""
    for number in range(_FIRST, _LAST + 1):
        try:
            return number, socket.create_server((f"127.{number}.255.254", _CLAIM_PORT))
        except OSError:
            continue
    raise OSError(f"all of 127.{_FIRST}.0.0 to 127.{_LAST}.255.255 are used by other clusters")

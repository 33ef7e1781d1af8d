"""Addresses of pods.

A pod says 10.244.x.y; its process listens on 127.244.x.y, so that each has a loopback address of its own without changing the machine's network.
(Kubernetes refuses loopback addresses in EndpointSlices, so they cannot be told as they are.) What forwards to pods translates with `loopback`.
"""

from itertools import count

_POD_PREFIX = "10.244."
_LOOPBACK_PREFIX = "127.244."
_SERVICE_PREFIX, _SERVICE_LOOPBACK = "10.96.", "127.96."


def loopback(address: str) -> str:
    """Return where the process behind a pod's or a Service's address listens on this machine."""
    if address.startswith(_POD_PREFIX):
        return _LOOPBACK_PREFIX + address.removeprefix(_POD_PREFIX)
    if address.startswith(_SERVICE_PREFIX):
        return _SERVICE_LOOPBACK + address.removeprefix(_SERVICE_PREFIX)
    return address


class PodAddresses:
    """Gives each pod the next address; none is used twice in a test."""

    def __init__(self) -> None:
        self._numbers = count(256)
        self._stable: dict[str, str] = {}

    def next(self) -> str:
        """Return an address."""
        number = next(self._numbers)
        return f"{_POD_PREFIX}{number // 256}.{number % 256}"

    def stable(self, pod: str) -> str:
        """Return the address of a StatefulSet's pod: the same each time it is made, so that its DNS name can be told before it runs."""
        return self._stable.setdefault(pod, f"{_POD_PREFIX}0.{len(self._stable) + 1}")

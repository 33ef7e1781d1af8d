"""A set of hosts that may answer yes for a few others: 8 MB for any number of URLs, where their hosts alone would take
100 MB for a million.

Source: B. H. Bloom, Space/time trade-offs in hash coding with allowable errors (1970).
"""

from hashlib import blake2b

_BITS = 2**26
"""With a million hosts and seven bits each, one of ten million other tokens gets a yes. Fewer bits cost much: one usual
token with a yes, and every record that holds it is normalized for nothing."""
_EACH = 7


class HostFilter:
    """Hosts of URLs."""

    def __init__(self, bits: bytes | None = None) -> None:
        """Raises ValueError where the bits are not of a filter."""
        if bits is not None and len(bits) not in (0, _BITS // 8):
            raise ValueError("the saved indicators hold no host filter")
        self._bits = bytearray(bits or b"")

    def add(self, host: bytes) -> None:
        """Take a host in."""
        if not self._bits:
            self._bits = bytearray(_BITS // 8)
        for place in _places(host):
            self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, token: bytes) -> bool:
        bits = self._bits
        return bool(bits) and all(bits[place >> 3] & (1 << (place & 7)) for place in _places(token))

    def save(self) -> bytes:
        """Return the bits."""
        return bytes(self._bits)


def _places(text: bytes) -> tuple[int, ...]:
    digest = blake2b(text, digest_size=4 * _EACH).digest()
    return tuple(int.from_bytes(digest[start : start + 4], "big") % _BITS for start in range(0, 4 * _EACH, 4))

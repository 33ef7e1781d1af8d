"""Which records of a batch may hold an indicator, from their raw bytes alone.

In: raw bytes. Out: places in the batch. Tokens (runs of letters, digits, `.`, `-`, `_`) are looked up once and
remembered: logs repeat. JSON's escapes are undone where there are any. What normalization decodes from hexadecimal
(auditd's saddr) is looked up decoded.
"""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, summarize_address_range
from typing import TYPE_CHECKING, Any

from minixdr.detect.kinds.indicator.values import Unusable, domain

if TYPE_CHECKING:
    from minixdr.detect.kinds.indicator.index import Indicators

_WORD = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyz.-_")
_AT_ONCE = 48
"""Records that are cut into tokens together. More of them fall out of the processor's cache (measured: 13 µs a record against 20)."""
MOST_REMEMBERED = 400_000
"""Tokens known to be harmless: about 40 MB. An attacker who sends ever new ones makes us forget, not grow."""
_ESCAPE = re.compile(rb"(?:\\u[0-9a-fA-F]{4})+")
_TELLING_ESCAPE = re.compile(rb"\\u(?!00(?:2[0-267]|3[cdeCDE]|[01][0-9a-fA-F]))[0-9a-fA-F]{4}")
"""An escape that may be part of a token; those that Go and others write for `&'<>=` and control characters are not."""
_CONTROL_ESCAPES = b"nrtbf"
_SOCKET_ADDRESS = re.compile(rb"0(?:200[0-9a-f]{4}([0-9a-f]{8})|a00[0-9a-f]{12}([0-9a-f]{32}))")
"""Linux sockaddr_in and sockaddr_in6 in hexadecimal, as auditd writes them."""
_HEX_DIGITS = re.compile(rb"[0-9a-f]{4}")
_DIGEST = re.compile(rb"[0-9a-f]+\Z")
_SHORTEST = 4


def _table(extra: bytes) -> bytes:
    """Return a table for bytes.translate: tokens in lower case, all else a space. Bytes above 127 belong to international names."""
    kept = _WORD | frozenset(extra)
    return bytes(
        low if (low := byte + 32 if 65 <= byte <= 90 else byte) in kept or byte > 127 else 32  # noqa: PLR2004 - A to Z, ASCII
        for byte in range(256)
    )


_WORDS = _table(b"")
_WORDS_WITH_COLONS = _table(b":")


def number_of(text: str) -> tuple[int, int] | None:
    """Return (version, number) of an address, None where the text is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.version, int(found)


def network_text(version: int, first: int, last: int) -> str:
    """Return a network in CIDR writing where it is one, else as a range."""
    if version == 4:  # noqa: PLR2004 - IPv4
        networks: list[Any] = list(summarize_address_range(IPv4Address(first), IPv4Address(last)))
        return str(networks[0]) if len(networks) == 1 else f"{IPv4Address(first)}-{IPv4Address(last)}"
    networks = list(summarize_address_range(IPv6Address(first), IPv6Address(last)))
    return str(networks[0]) if len(networks) == 1 else f"{IPv6Address(first)}-{IPv6Address(last)}"


class Scanner:
    """Looks for the tokens of what is loaded."""

    def __init__(self, indicators: "Indicators", most_remembered: int = MOST_REMEMBERED) -> None:
        self._most_remembered = most_remembered
        self._texts = indicators.texts
        self._digests = indicators.digests
        self._hosts = indicators.hosts
        self._holding = indicators.holding
        self._lengths = {2 * length for length in {len(key) for key in indicators.digests}}
        self._networks = {version for version, found in indicators.networks.items() if found}
        self._parts = _email_parts(indicators.texts)
        self._colons = indicators.colons or 6 in self._networks  # noqa: PLR2004 - IPv6
        self._harmless: set[bytes] = set()
        self._known: set[bytes] = set()
        """Tokens that may be indicators."""

    def candidates(self, raws: Sequence[bytes]) -> list[int]:
        """Return the places of the records that may hold an indicator."""
        found: list[int] = []
        for start in range(0, len(raws), _AT_ONCE):
            self._search(raws, start, min(start + _AT_ONCE, len(raws)), found)
        return found

    def _search(self, raws: Sequence[bytes], start: int, end: int, found: list[int]) -> None:
        """Add the places from `start` to before `end` that may hold an indicator."""
        if not self._telling(b"\n".join(raws[start:end])):
            return
        if end - start == 1:
            found.append(start)
            return
        middle = (start + end) // 2  # nothing new is looked up on the way down, so this costs little more than one pass
        self._search(raws, start, middle, found)
        self._search(raws, middle, end, found)

    def _telling(self, raw: bytes) -> bool:
        tokens = _tokens(raw, colons=self._colons)
        if not tokens.isdisjoint(self._known):
            return True
        new = tokens - self._harmless
        if len(self._harmless) + len(new) > self._most_remembered:
            self._harmless.clear()
        telling = {token for token in new if self._may_be(token)}
        self._harmless |= new - telling
        if len(self._known) + len(telling) > self._most_remembered:
            self._known.clear()
        self._known |= telling
        return bool(telling)

    def _may_be(self, token: bytes) -> bool:
        if self._looked_up(token):
            return True
        if token[0] in _CONTROL_ESCAPES and self._looked_up(token[1:]):
            return True  # `\n` before a value leaves its letter at the token
        if token[:1] == b"u" and _HEX_DIGITS.match(token, 1) and self._looked_up(token[5:]):
            return True  # so does `\u003c`
        if not token.isascii():
            return self._international(token)
        trimmed = token.strip(b".-_:")
        return trimmed != token and self._looked_up(trimmed)

    def _looked_up(self, token: bytes) -> bool:
        if len(token) < _SHORTEST and b":" not in token:
            return token in self._parts
        if token in self._texts or token in self._parts or token in self._hosts:
            return True
        if len(token) in self._lengths and _DIGEST.match(token) and bytes.fromhex(token.decode()) in self._digests:
            return True
        if b":" in token:
            return self._numeric(token)
        if b"." in token:
            return self._below(token) or (token[0] in b"0123456789" and self._numeric(token))
        return token[:1] == b"0" and self._socket(token)

    def _below(self, token: bytes) -> bool:
        _, _, above = token.partition(b".")
        while b"." in above:
            if above in self._texts:
                return True
            _, _, above = above.partition(b".")
        return False

    def _international(self, token: bytes) -> bool:
        try:
            name = domain(token.strip(b".-_").decode("utf-8", "replace")).key
        except Unusable:
            return False
        return self._looked_up(name)

    def _numeric(self, token: bytes) -> bool:
        text = token.decode("utf-8", "replace")
        address = number_of(text)
        if address is None and token.count(b":") > 1:
            address = (
                number_of(text.strip(":")) or number_of(text.partition(":")[2]) or number_of(text.rpartition(":")[0])
            )
        return address is not None and self._address(*address)

    def _address(self, version: int, number: int) -> bool:
        canonical = str(IPv4Address(number) if version == 4 else IPv6Address(number)).encode()  # noqa: PLR2004 - IPv4
        if canonical in self._texts or canonical in self._hosts:
            return True
        return version in self._networks and next(self._holding(version, number), None) is not None

    def _socket(self, token: bytes) -> bool:
        found = _SOCKET_ADDRESS.match(token)
        if found is None:
            return False
        if found[1]:
            return self._address(4, int(found[1], 16))
        address = number_of(str(IPv6Address(int(found[2], 16))))
        return address is not None and self._address(*address)


def _tokens(raw: bytes, *, colons: bool) -> set[bytes]:
    found = set(raw.translate(_WORDS).split())
    if colons or b":ffff:" in raw.lower():  # an IPv4 address may be written as an IPv6 one
        found.update(token for token in set(raw.translate(_WORDS_WITH_COLONS).split()) if token.count(b":") > 1)
    if b"\\u" in raw and _TELLING_ESCAPE.search(raw):
        found |= _tokens(_ESCAPE.sub(_unescaped, raw), colons=colons)
    if b"\0" in raw:
        found |= _tokens(raw.replace(b"\0", b""), colons=colons)
    return found


def _unescaped(found: "re.Match[bytes]") -> bytes:
    units = found[0].replace(b"\\u", b"")
    text = bytes.fromhex(units.decode()).decode("utf-16-be", "replace")
    return text.replace("\\", "/").encode()


def _email_parts(texts: Iterable[bytes]) -> set[bytes]:
    """Return for each email address the longest run of token characters before its @: what its record must hold."""
    found = set()
    for text in texts:
        if b"@" in text:
            words = [word for word in text.partition(b"@")[0].translate(_WORDS).split() if word.isascii()]
            found.add(max(words, key=len) if words else text.rpartition(b"@")[2])
    return found

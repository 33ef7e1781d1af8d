"""Many patterns against one text in one scan: Hyperscan where its wheel exists, else Aho-Corasick.

Both say the same: the numbers of the predicates that hold on a text. Predicates are Text patterns with wildcards and regular expressions; exact
values, networks and numbers are not this module's. Case-insensitive patterns are matched on the lower-cased text, as `str.lower()` has it;
cased patterns and regular expressions on the text itself.

Regular expressions follow Python's `re`. Hyperscan's differ outside ASCII (classes, case) and for \\x1c-\\x1f (white space), so texts holding such
characters go through `re`; so do expressions that Hyperscan refuses or only prefilters. What Hyperscan decides needs no `re`, and cannot be made
to backtrack by an attacker's text.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from minixdr.detect.patterns import compile_test
from minixdr.detect.rule import Regex, Text, Wildcard

try:
    import hyperscan
except ImportError:  # no wheel for this platform
    hyperscan = None

Pattern = Text | Regex

_UNUSUAL = re.compile(r"[^\x00-\x1b\x20-\x7f]")  # beyond ASCII, and what only Python calls white space
_LITERAL_SPECIAL = re.compile(rb"[^A-Za-z0-9_]")


class Matcher(Protocol):
    """Scans texts for a fixed set of patterns."""

    def scan(self, text: str) -> set[int]:
        """Return the numbers of the patterns that hold on the text."""
        ...


class Databases(msgspec.Struct, frozen=True, array_like=True):
    """Compiled Hyperscan databases of one table, to keep between runs."""

    lowered: bytes = b""
    original: bytes = b""
    prefiltered: list[int] = []
    refused: list[int] = []


def _escape(literal: str) -> bytes:
    return _LITERAL_SPECIAL.sub(lambda found: b"\\x%02x" % found[0][0], literal.encode("utf-8", "surrogatepass"))


def _expression(pattern: tuple[str | Wildcard, ...]) -> bytes:
    parts = list(pattern)
    head, tail = b"^", b"\\z"
    if parts and isinstance(parts[0], Wildcard) and parts[0].many:
        head, parts = b"", parts[1:]
    if parts and isinstance(parts[-1], Wildcard) and parts[-1].many:
        tail, parts = b"", parts[:-1]
    middle = b"".join(_escape(p) if isinstance(p, str) else b".*" if p.many else b"." for p in parts)
    return head + middle + tail


class HyperscanMatcher:
    """Two databases: one for lower-cased texts, one for texts as they are."""

    def __init__(self, patterns: Sequence[tuple[int, Pattern]], databases: Databases | None = None) -> None:
        """`patterns` are (number, pattern). Compiles, unless `databases` of exactly these patterns are given."""
        self.databases = databases or _compile(patterns)
        self._lowered = _open(self.databases.lowered)
        self._original = _open(self.databases.original)
        self._always = frozenset(n for n, p in patterns if isinstance(p, Text) and p.pattern == (Wildcard(many=True),))
        by_number = dict(patterns)
        self._confirm = {n: compile_test(by_number[n]) for n in self.databases.prefiltered}
        self._refused = [(n, compile_test(by_number[n])) for n in self.databases.refused]
        self._direct: list[tuple[int, Any]] | None = None
        self._unusual = [
            (n, p) for n, p in patterns if isinstance(p, Regex) or any(x == Wildcard(many=False) for x in p.pattern)
        ]
        self._hits: list[int] = []

    def scan(self, text: str) -> set[int]:
        """Return the numbers of the patterns that hold on the text."""
        hits = self._hits
        hits.clear()
        if self._lowered is not None:
            self._lowered.scan(text.lower().encode("utf-8", "surrogatepass"), self._collect)
        if self._original is not None:
            self._original.scan(text.encode("utf-8", "surrogatepass"), self._collect)
        found = set(hits)
        found |= self._always
        if not text.isascii() or _UNUSUAL.search(text) is not None:
            self._rescan(text, found)
            return found
        if self._confirm:
            for number in found & self._confirm.keys():
                if not self._confirm[number](text):
                    found.discard(number)
        for number, test in self._refused:
            if test(text):
                found.add(number)
        return found

    def _collect(self, number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        self._hits.append(number)

    def _rescan(self, text: str, found: set[int]) -> None:
        """Decide the patterns that mean something else in bytes than in characters."""
        if self._direct is None:
            self._direct = [(n, compile_test(p)) for n, p in self._unusual]
        for number, test in self._direct:
            if test(text):
                found.add(number)
            else:
                found.discard(number)


def _open(serialized: bytes) -> Any:
    if not serialized:
        return None
    database = hyperscan.loadb(serialized, hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return database


def _compile(patterns: Sequence[tuple[int, Pattern]]) -> Databases:
    lowered: list[tuple[int, bytes, int]] = []
    original: list[tuple[int, bytes, int]] = []
    prefiltered: list[int] = []
    refused: list[int] = []
    once = hyperscan.HS_FLAG_SINGLEMATCH
    for number, pattern in patterns:
        if isinstance(pattern, Text):
            if pattern.pattern != (Wildcard(many=True),):
                into = original if pattern.cased else lowered
                into.append((number, _expression(pattern.pattern), once | hyperscan.HS_FLAG_DOTALL))
            continue
        flags = once | _regex_flags(pattern)
        expression = _regex_expression(pattern.pattern)
        if expression is not None and _compiles(expression, flags):
            original.append((number, expression, flags))
        elif expression is not None and _compiles(expression, flags | hyperscan.HS_FLAG_PREFILTER):
            original.append((number, expression, flags | hyperscan.HS_FLAG_PREFILTER))
            prefiltered.append(number)
        else:
            refused.append(number)
    return Databases(_database(lowered), _database(original), prefiltered, refused)


_DIFFERENT = re.compile(r"\\[ZABGhHvVRXKQEpPN]|\[\[:|\(\?[#(PR&0-9+-]|\\[1-9]|\{,")
"""Syntax that Python and PCRE read differently (end anchors, POSIX classes, named groups, {,n})."""


def _regex_expression(pattern: str) -> bytes | None:
    """Return the expression for Hyperscan, None where it may mean something else there."""
    translated = pattern.replace("(?P<", "(?<")
    if _DIFFERENT.search(translated.replace("\\\\", "")) or not translated.isascii():
        return None
    return translated.encode()


def _regex_flags(pattern: Regex) -> int:
    flags = {"i": hyperscan.HS_FLAG_CASELESS, "m": hyperscan.HS_FLAG_MULTILINE, "s": hyperscan.HS_FLAG_DOTALL}
    bits = hyperscan.HS_FLAG_ALLOWEMPTY
    for flag in pattern.flags:
        bits |= flags[flag]
    return int(bits)


def _compiles(expression: bytes, flags: int) -> bool:
    try:
        hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK).compile(
            expressions=[expression], ids=[0], elements=1, flags=[flags]
        )
    except hyperscan.error:
        return False
    return True


def _database(entries: list[tuple[int, bytes, int]]) -> bytes:
    if not entries:
        return b""
    numbers, expressions, flags = zip(*entries, strict=True)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=list(expressions), ids=list(numbers), elements=len(entries), flags=list(flags))
    return bytes(hyperscan.dumpb(database))


class DirectMatcher:
    """A few patterns, one by one: below some number of patterns quicker than a scan."""

    def __init__(self, patterns: Sequence[tuple[int, Pattern]]) -> None:
        self._tests = [(number, compile_test(pattern)) for number, pattern in patterns]

    def scan(self, text: str) -> set[int]:
        """Return the numbers of the patterns that hold on the text."""
        return {number for number, test in self._tests if test(text)}

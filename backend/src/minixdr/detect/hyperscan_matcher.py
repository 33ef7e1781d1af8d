"""Many patterns in one scan, by Hyperscan (wheel `hyperscan`, Intel's library in its Vectorscan form).

A text of ASCII is scanned as it is: there, ASCII's two cases are all that `str.lower()` knows. Any other is scanned
twice, in lower case for what has no case, as it is for cased literals and regular expressions; literals beyond ASCII
can only hold there, and are few enough to be tested one by one. Regular expressions mean what Python's `re` says.
Hyperscan's differ outside ASCII (classes, case, what `.` is), for \\x1c-\\x1f (white space), and in some syntax:
texts with such characters, and expressions with such syntax, go through `re`, and so do those that Hyperscan refuses
or only prefilters. What Hyperscan decides cannot be made to backtrack by an attacker's text.

Version 5.4.12 misses hits of some expressions in which `.` and a line break meet (docs/decisions/0005-matching.md): so wildcards inside a
pattern are confirmed from its longest literal, and expressions that pass over line breaks are decided by `re` on texts that have some.

Compiling takes seconds for thousands of patterns, so the databases can be kept. A database is machine code's equal:
only load what this program wrote.
"""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import msgspec

from minixdr.detect.patterns import Pattern, RegexTexts, TextTest, compile_test
from minixdr.detect.rule import Regex, Text, Wildcard

_parser: Any = import_module("re._parser")
_LITERAL = import_module("re._constants").LITERAL

try:
    hyperscan: Any = import_module("hyperscan")
except ImportError:  # no wheel for this platform
    hyperscan = None

ANYTHING = (Wildcard(many=True),)
_FS, _GS, _RS, _US = "\x1c\x1d\x1e\x1f"  # what only Python calls white space
_LINE_BREAK = re.compile(r"\\[snrWD]|\[\^")
_LITERAL_SPECIAL = re.compile(rb"[^A-Za-z0-9_]")
_DIFFERENT = re.compile(r"\\[ABCEGHKNPQRVXZhv0-9]|\[\[|\[:|\(\?[#(PR&0-9+-]|\(\?[a-z]*[mxuaL]|\(\*|\{,")
"""Syntax that Python and PCRE read differently: anchors, classes, groups, flags, `{,n}`."""


class Databases(msgspec.Struct, frozen=True, array_like=True):
    """What was compiled of the patterns of one table."""

    database: bytes = b""
    prefiltered: list[int] = []
    """Patterns whose hits must be confirmed."""
    refused: list[int] = []
    """Patterns that are not in the database: they are tested one by one."""


def available() -> bool:
    """Return whether this machine has the library."""
    return hyperscan is not None


def fingerprint() -> str:
    """Return what a kept database depends on: the wheel, the library, the processor's features."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=[b"a"], ids=[0], elements=1, flags=[0])
    return f"{hyperscan.__version__} {database.info().decode()}"


class HyperscanMatcher:
    """One database, scanned once for most texts."""

    def __init__(
        self, patterns: Sequence[tuple[int, Pattern]], databases: Databases | None, regex_texts: RegexTexts
    ) -> None:
        kept = databases or _compile(patterns)
        self.databases: Databases | None = kept
        self._hits: list[int] = []
        self._collect = _collector(self._hits)
        self._database = _open(kept.database)
        self._patterns = dict(patterns)
        self._regex_texts = regex_texts
        self._always = frozenset(n for n, p in patterns if isinstance(p, Text) and p.pattern == ANYTHING)
        self._caseless = frozenset(n for n, p in patterns if isinstance(p, Text) and not p.cased)
        self._prefiltered = {n: self._test(n) for n in kept.prefiltered}
        self._over_lines = [
            (n, _required_literal(p), self._test(n))
            for n, p in patterns
            if isinstance(p, Regex) and _passes_over_lines(p)
        ]
        self._refused = [(n, self._test(n)) for n in kept.refused]
        self._unusual: list[tuple[int, TextTest]] | None = None

    def _test(self, number: int) -> TextTest:
        return compile_test(self._patterns[number], self._regex_texts)

    def scan(self, text: str) -> set[int]:
        """Return the numbers of the patterns that hold on the text."""
        if not text or not text.isascii() or _FS in text or _GS in text or _RS in text or _US in text:
            return self._scan_unusual(text)
        found = self._scan_bytes(text.encode())
        if self._always:
            found |= self._always
        if self._over_lines and "\n" in text:
            self._decide_over_lines(text, found)
        for number in found & self._prefiltered.keys():
            if not self._prefiltered[number](text):
                found.discard(number)
        for number, test in self._refused:
            if test(text):
                found.add(number)
        return found

    def _decide_over_lines(self, text: str, found: set[int]) -> None:
        lowered = text.lower()
        for number, literal, test in self._over_lines:
            if (literal is None or literal in lowered) and test(text):
                found.add(number)

    def _scan_bytes(self, encoded: bytes) -> set[int]:
        hits = self._hits
        hits.clear()
        if self._database is not None:
            self._database.scan(encoded, self._collect)
        return set(hits)

    def _scan_unusual(self, text: str) -> set[int]:
        """Return what holds on a text beyond ASCII, with a separator, or empty."""
        found = self._scan_bytes(text.encode("utf-8", "surrogatepass"))
        if not text.isascii():
            lowered = self._scan_bytes(text.lower().encode("utf-8", "surrogatepass"))
            found = (found - self._caseless) | (lowered & self._caseless)
        found |= self._always
        self._decide_unusual(text, found)
        return found

    def _decide_unusual(self, text: str, found: set[int]) -> None:
        """Decide the patterns that mean something else in bytes than in characters, or on nothing at all."""
        if self._unusual is None:
            self._unusual = [
                (n, self._test(n))
                for n, p in self._patterns.items()
                if isinstance(p, Regex) or not _is_simple(p.pattern) or not _is_ascii(p)
            ]
        for number, test in self._unusual:
            if test(text):
                found.add(number)
            else:
                found.discard(number)


def _collector(hits: list[int]) -> Callable[[int, int, int, int, object], None]:
    append = hits.append

    def collect(number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        append(number)

    return collect


def _open(serialized: bytes) -> Any:
    if not serialized:
        return None
    database = hyperscan.loadb(serialized, hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return database


def _escape(literal: str) -> bytes:
    return _LITERAL_SPECIAL.sub(lambda found: b"\\x%02x" % found[0][0], literal.encode("utf-8", "surrogatepass"))


def _is_simple(pattern: tuple[str | Wildcard, ...]) -> bool:
    """Return whether the pattern is one literal with `*` at its ends, or none: what is a literal to Hyperscan."""
    inner = pattern[_is_many(pattern[0]) : len(pattern) - _is_many(pattern[-1])]
    return len(inner) == 1 and isinstance(inner[0], str)


def _is_many(part: str | Wildcard) -> bool:
    return isinstance(part, Wildcard) and part.many


def _expression(pattern: tuple[str | Wildcard, ...]) -> bytes | None:
    """Return the literal with its anchors; of a pattern with wildcards inside its longest literal, None where it has none."""
    if _is_simple(pattern):
        literal = next(part for part in pattern if isinstance(part, str))
        return (b"" if _is_many(pattern[0]) else b"^") + _escape(literal) + (b"" if _is_many(pattern[-1]) else b"\\z")
    longest = max((part for part in pattern if isinstance(part, str)), key=len, default="")
    return _escape(longest) if longest else None


Entry = tuple[int, bytes, int]


def _is_ascii(pattern: Text) -> bool:
    return all(part.isascii() for part in pattern.pattern if isinstance(part, str))


def _compile(patterns: Sequence[tuple[int, Pattern]]) -> Databases:
    entries: list[Entry] = []
    prefiltered: list[int] = []
    refused: list[int] = []
    once = hyperscan.HS_FLAG_SINGLEMATCH
    for number, pattern in patterns:
        if isinstance(pattern, Text):
            if pattern.pattern != ANYTHING and _is_ascii(pattern):
                case = 0 if pattern.cased else hyperscan.HS_FLAG_CASELESS
                sought = _expression(pattern.pattern)
                if sought is None:
                    refused.append(number)
                    continue
                entries.append((number, sought, once | hyperscan.HS_FLAG_DOTALL | case))
                if not _is_simple(pattern.pattern):
                    prefiltered.append(number)
            continue
        flags = once | _regex_flags(pattern)
        expression = _regex_expression(pattern)
        if expression is not None and _compiles([(number, expression, flags)]):
            entries.append((number, expression, flags))
        elif expression is not None and _compiles([(number, expression, flags | hyperscan.HS_FLAG_PREFILTER)]):
            entries.append((number, expression, flags | hyperscan.HS_FLAG_PREFILTER))
            prefiltered.append(number)
        else:
            refused.append(number)
    return Databases(_serialized(entries, refused), prefiltered, refused)


def _regex_expression(pattern: Regex) -> bytes | None:
    """Return the expression for Hyperscan, None where it may mean something else there."""
    if _DIFFERENT.search(pattern.pattern.replace("\\\\", "")) or not pattern.pattern.isascii():
        return None
    if "m" in pattern.flags and "^" in pattern.pattern:
        return None  # after a last line break Python finds a line begin, PCRE does not
    return pattern.pattern.encode()


def _passes_over_lines(pattern: Regex) -> bool:
    """Return whether `.` stops at a line break where another part of the expression passes over one: there Hyperscan 5.4 misses hits."""
    return "s" not in pattern.flags and "." in pattern.pattern and _LINE_BREAK.search(pattern.pattern) is not None


def _required_literal(pattern: Regex) -> str | None:
    """Return the longest literal of the expression's outermost sequence, in lower case: no text without it can hold."""
    longest = run = ""
    for operation, value in _parser.parse(pattern.pattern):
        run = run + chr(value) if operation is _LITERAL else ""
        if len(run) > len(longest):
            longest = run
    return longest.lower() if longest and longest.isascii() else None


def _regex_flags(pattern: Regex) -> int:
    flags = {"i": hyperscan.HS_FLAG_CASELESS, "m": hyperscan.HS_FLAG_MULTILINE, "s": hyperscan.HS_FLAG_DOTALL}
    bits = hyperscan.HS_FLAG_ALLOWEMPTY
    for flag in pattern.flags:
        bits |= flags[flag]
    return int(bits)


def _compiles(entries: Sequence[Entry]) -> bool:
    try:
        _database(entries)
    except hyperscan.error:
        return False
    return True


def _database(entries: Sequence[Entry]) -> Any:
    numbers, expressions, flags = zip(*entries, strict=True)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=list(expressions), ids=list(numbers), elements=len(entries), flags=list(flags))
    return database


def _serialized(entries: list[Entry], refused: list[int]) -> bytes:
    """Return the database of all entries that compile together; the others are added to `refused`."""
    if not entries:
        return b""
    try:
        return bytes(hyperscan.dumpb(_database(entries)))
    except hyperscan.error:
        kept = [entry for entry in entries if _compiles([entry])]
        refused += [entry[0] for entry in entries if entry not in kept]
        if len(kept) == len(entries):  # each is fine, together they are too many
            refused += [entry[0] for entry in kept]
            return b""
        return _serialized(kept, refused)


def searcher(expressions: Sequence[bytes]) -> Callable[[bytes], list[int]]:
    """Return what finds the places of the expressions that occur in a block, in any case of ASCII."""
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
    database = _database([(number, expression, flags) for number, expression in enumerate(expressions)])
    database.scratch = hyperscan.Scratch(database)
    hits: list[int] = []
    collect = _collector(hits)

    def search(block: bytes) -> list[int]:
        hits.clear()
        database.scan(block, collect)
        return hits

    return search

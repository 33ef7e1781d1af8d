"""Which keywords a record may hold: one scan over its bytes, before anything is tested.

A keyword test reads values. Each keyword is sought by its longest plain ASCII literal, in the raw bytes where those
are JSON, else in the values joined. A literal has no character that JSON writes in two ways; a record that writes
ASCII in escapes (\\u0041), or has a letter whose lower case is ASCII (U+212A, U+0130), is a suspect for all. A
suspect is then tested exactly, value by value (`RecordKeywords`).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import ahocorasick_rs

from minixdr.detect import hyperscan_matcher
from minixdr.detect.patterns import RegexTexts, TextTest, compile_test
from minixdr.detect.rule import Test, Text
from minixdr.detect.values import scalars
from minixdr.schema.record import JsonObject

Keyword = tuple[int, int]
"""(Keyword table, predicate)."""

_PLAIN_RUN = re.compile(r"[\x20\x21\x23-\x2e\x30-\x5b\x5d-\x7e]+")  # printable, without " / and \
_NUMERIC = re.compile(r"[0-9.eE+-]*")  # JSON may write a number in another way than its text
_ASCII_IN_DISGUISE = rb"\\u00[2-7][0-9a-fA-F]|\\u212[aA]|\\u0130|\xe2\x84\xaa|\xc4\xb0"


class KeywordFinder:
    """Looks for some keywords in the bytes of a record."""

    def __init__(self, by_literal: Mapping[str, Collection[Keyword]]) -> None:
        self._literals = list(by_literal)
        self._keywords = [frozenset(keywords) for keywords in by_literal.values()]
        self._keywords.append(frozenset().union(*self._keywords))
        self.search: Callable[[bytes], Collection[int]] = self._first_search
        """Return places that `keywords` understands; empty where no keyword can hold."""

    def _first_search(self, block: bytes) -> Collection[int]:
        self.search = _searcher(self._literals)
        return self.search(block)

    def keywords(self, places: Iterable[int]) -> frozenset[Keyword]:
        """Return the keywords that may hold."""
        return frozenset().union(*[self._keywords[place] for place in places])


class KeywordTests:
    """The keywords of a program: what finds them, what tests them."""

    def __init__(self, tests: Callable[[int], Sequence[Test]], regex_texts: RegexTexts) -> None:
        """`tests` gives the predicates of a keyword table."""
        self._tests_of = tests
        self._regex_texts = regex_texts
        self._compiled: dict[Keyword, TextTest] = {}
        self._literals: dict[Keyword, str | None] = {}
        self._finders: dict[frozenset[Keyword], KeywordFinder] = {}

    def finder(self, keywords: Iterable[Keyword]) -> tuple[KeywordFinder | None, frozenset[Keyword]]:
        """Return what looks for the keywords (None where there is nothing to look for), and those that no scan can look for."""
        by_literal: dict[str, set[Keyword]] = {}
        untold = set()
        for keyword in keywords:
            literal = self.literal(keyword)
            if literal is None:
                untold.add(keyword)
            else:
                by_literal.setdefault(literal, set()).add(keyword)
        told = frozenset().union(*by_literal.values())
        if not told:
            return None, frozenset(untold)
        if told not in self._finders:
            self._finders[told] = KeywordFinder(by_literal)
        return self._finders[told], frozenset(untold)

    def literal(self, keyword: Keyword) -> str | None:
        """Return a text, in lower case, without which the keyword cannot hold; None where there is none to look for."""
        if keyword not in self._literals:
            self._literals[keyword] = _literal(self._tests_of(keyword[0])[keyword[1]])
        return self._literals[keyword]

    def test(self, keyword: Keyword) -> TextTest:
        """Return the exact test of a keyword on one value's text."""
        test = self._compiled.get(keyword)
        if test is None:
            test = compile_test(self._tests_of(keyword[0])[keyword[1]], self._regex_texts)
            self._compiled[keyword] = test
        return test


class RecordKeywords:
    """The values of one record."""

    def __init__(self, body: JsonObject, tests: KeywordTests) -> None:
        self._body = body
        self._tests = tests
        self._texts: list[str] | None = None
        self._joined: str | None = None
        self._known: dict[Keyword, bool] = {}

    def any(self, table: int, predicates: Collection[int]) -> bool:
        """Return whether one of the predicates holds on some value."""
        return any(self._holds((table, predicate)) for predicate in predicates)

    def _holds(self, keyword: Keyword) -> bool:
        known = self._known.get(keyword)
        if known is None:
            known = self._known[keyword] = self._may_hold(keyword) and self._first(keyword) is not None
        return known

    def _may_hold(self, keyword: Keyword) -> bool:
        """Return False where the keyword's literal is in none of the texts: one search instead of one a text."""
        literal = self._tests.literal(keyword)
        if literal is None:
            return True
        if self._joined is None:
            self._joined = "\n".join(self.texts).lower()
        return literal in self._joined

    def _first(self, keyword: Keyword) -> str | None:
        test = self._tests.test(keyword)
        return next((text for text in self.texts if test(text)), None)

    @property
    def texts(self) -> list[str]:
        """The text of every scalar in the record."""
        if self._texts is None:
            self._texts = scalars(self._body)
        return self._texts

    def found(self, keyword: Keyword) -> str | None:
        """Return the first value on which the keyword holds."""
        return self._first(keyword) if self._may_hold(keyword) else None


def joined_values(body: JsonObject) -> bytes:
    """Return all values of a record as one block to scan."""
    return "\n".join(scalars(body)).encode("utf-8", "surrogatepass")


def _literal(test: Test) -> str | None:
    if not isinstance(test, Text):
        return None
    runs = [run for part in test.pattern if isinstance(part, str) for run in _PLAIN_RUN.findall(part)]
    longest = max(runs, key=len, default="")
    return None if _NUMERIC.fullmatch(longest) else longest.lower()


def _searcher(literals: list[str]) -> Callable[[bytes], Collection[int]]:
    """Return what finds the places of the literals in a block; the place after the last literal stands for all."""
    patterns = [*(re.escape(literal).encode() for literal in literals), _ASCII_IN_DISGUISE]
    if hyperscan_matcher.available():
        return hyperscan_matcher.searcher(patterns)
    automaton = ahocorasick_rs.BytesAhoCorasick([literal.encode() for literal in literals])
    disguise = re.compile(_ASCII_IN_DISGUISE)
    last = len(literals)

    def search(block: bytes) -> set[int]:
        found = {number for number, _, _ in automaton.find_matches_as_indexes(block.lower(), overlapping=True)}
        if disguise.search(block) is not None:
            found.add(last)
        return found

    return search

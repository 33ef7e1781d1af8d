"""Many patterns, by the wheel `ahocorasick-rs`, where there is no Hyperscan (macOS, ARM): exact, but several times slower.

Each Text pattern is sought by its longest literal in one pass over the lower-cased text; what is found is tested one
by one, and so are regular expressions and patterns without a literal.
"""

from collections.abc import Sequence

import ahocorasick_rs

from minixdr.detect.hyperscan_matcher import Databases
from minixdr.detect.patterns import Pattern, RegexTexts, TextTest, compile_test
from minixdr.detect.rule import Text


class AhoCorasickMatcher:
    """One automaton over the literals of all patterns."""

    def __init__(self, patterns: Sequence[tuple[int, Pattern]], regex_texts: RegexTexts) -> None:
        self.databases: Databases | None = None
        self._untold: list[tuple[int, TextTest]] = []
        by_literal: dict[str, list[tuple[int, TextTest]]] = {}
        for number, pattern in patterns:
            literal = _longest_literal(pattern)
            into = self._untold if literal is None else by_literal.setdefault(literal, [])
            into.append((number, compile_test(pattern, regex_texts)))
        self._by_place = list(by_literal.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(by_literal)) if by_literal else None

    def scan(self, text: str) -> set[int]:
        """Return the numbers of the patterns that hold on the text."""
        found = {number for number, test in self._untold if test(text)}
        if self._automaton is None:
            return found
        lowered = text.lower().encode("utf-8", "replace").decode()  # Rust has no lone surrogates
        places = {place for place, _, _ in self._automaton.find_matches_as_indexes(lowered, overlapping=True)}
        for place in places:
            found.update(number for number, test in self._by_place[place] if test(text))
        return found


def _longest_literal(pattern: Pattern) -> str | None:
    if not isinstance(pattern, Text):
        return None
    literal = max((part for part in pattern.pattern if isinstance(part, str)), key=len, default="").lower()
    if not literal or (pattern.cased and not literal.isascii()):
        return None
    return None if any("\ud800" <= character <= "\udfff" for character in literal) else literal

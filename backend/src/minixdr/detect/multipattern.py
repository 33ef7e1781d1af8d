"""Many patterns against one text: the choice between the matchers.

Patterns are Text with wildcards and regular expressions; exact values, networks and numbers are not a matcher's. Each
matcher says which hold on a text, exactly as `detect/patterns.py` has it; one suite of tests runs over all of them.
"""

from collections.abc import Sequence
from typing import Protocol

from minixdr.detect import hyperscan_matcher
from minixdr.detect.aho_corasick_matcher import AhoCorasickMatcher
from minixdr.detect.hyperscan_matcher import Databases, HyperscanMatcher
from minixdr.detect.patterns import Pattern, RegexTexts, TextTest, compile_test, lowered, text_test
from minixdr.detect.rule import Text

FEWEST_TO_SCAN = 6
"""Below this many patterns, testing one by one is quicker than a scan."""


class Matcher(Protocol):
    """Tests texts against a fixed set of patterns."""

    databases: Databases | None
    """What was compiled, to keep between runs; None where there is nothing to keep."""

    def scan(self, text: str) -> set[int]:
        """Return the numbers of the patterns that hold on the text."""
        ...


def matcher_name() -> str:
    """Return the name of the library that this machine uses."""
    return "hyperscan" if hyperscan_matcher.available() else "ahocorasick-rs"


def matcher_for(
    patterns: Sequence[tuple[int, Pattern]], databases: Databases | None, regex_texts: RegexTexts
) -> Matcher:
    """Return the quickest matcher of (number, pattern) on this machine. `databases`: what such a matcher compiled
    before, of exactly these patterns."""
    if len(patterns) < FEWEST_TO_SCAN:
        return DirectMatcher(patterns, regex_texts)
    if hyperscan_matcher.available():
        return HyperscanMatcher(patterns, databases, regex_texts)
    return AhoCorasickMatcher(patterns, regex_texts)


class DirectMatcher:
    """A few patterns, one by one; the text is put into lower case once for all that have no case."""

    def __init__(self, patterns: Sequence[tuple[int, Pattern]], regex_texts: RegexTexts) -> None:
        self.databases: Databases | None = None
        self._caseless: list[tuple[int, TextTest]] = []
        self._tests: list[tuple[int, TextTest]] = []
        for number, pattern in patterns:
            if isinstance(pattern, Text) and not pattern.cased:
                self._caseless.append((number, text_test(lowered(pattern.pattern), cased=True)))
            else:
                self._tests.append((number, compile_test(pattern, regex_texts)))

    def scan(self, text: str) -> set[int]:
        """Return the numbers of the patterns that hold on the text."""
        found = {number for number, test in self._tests if test(text)} if self._tests else set()
        if self._caseless:
            folded = text.lower()
            for number, test in self._caseless:
                if test(folded):
                    found.add(number)
        return found

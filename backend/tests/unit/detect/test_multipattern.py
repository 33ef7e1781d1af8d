"""The matchers: each says of every pattern what the exact test says."""

from collections.abc import Callable
from typing import Any

import pytest

from minixdr.detect import hyperscan_matcher
from minixdr.detect.aho_corasick_matcher import AhoCorasickMatcher
from minixdr.detect.hyperscan_matcher import HyperscanMatcher
from minixdr.detect.multipattern import DirectMatcher
from minixdr.detect.patterns import Pattern, RegexTexts, compile_test
from minixdr.detect.rule import Regex, Text, Wildcard

ANY, ONE = Wildcard(many=True), Wildcard(many=False)
PATTERNS: list[Pattern] = [
    Text("f", (ANY, "whoami", ANY)),
    Text("f", (ANY, "\\cmd.exe")),
    Text("f", ("C:\\", ANY)),
    Text("f", (ANY, "Abc", ANY), True),
    Text("f", (ANY, "a", ONE, "c", ANY)),
    Text("f", (ANY, "äpfel", ANY)),
    Text("f", (ANY,)),
    Text("f", (ONE, ONE)),
    Text("f", (ANY, "who", ANY, "mi", ANY)),
    Text("f", ("a", ANY, "b")),
    Regex("f", r"(?i)&&set.*(\{\d\}){2,}\\\"\s+?-f.*&&.*cmd.*/c"),
    Regex("f", r"x\s+y"),
    Regex("f", r"^a.*b$"),
    Regex("f", r"^a.*b$", "ms"),
    Regex("f", r"(?<!a)b"),
    Regex("f", r"(a)\1"),
    Regex("f", r"\Ab|c\Z"),
    Regex("f", r"[^a-z]é"),
]
TEXTS = [
    "",
    "whoami",
    "C:\\Windows\\CMD.exe",
    "c:\\x",
    "xABCx Abc",
    "aäc",
    "ÄPFEL",
    "ÄP",
    '&&set{_}{0}{0}\\"\n-f\\\ta"\\Za-a \t0\tZ\\\\a&&cmdZ\\-- \t\\\t-0" -Z\ta\\a"/c',
    "x\x1cy",
    "x\ny",
    "a\nb",
    "ab\n",
    "b",
    "ab",
    "aa",
    "c\n",
    "Aé",
    "K" * 3_000 + "whoami",
    "\ud800whoami",
    "mi who ä",
    "who ä mi",
    "aäb",
    "who\nmi",
]


def _direct(patterns: list[tuple[int, Pattern]]) -> Any:
    return DirectMatcher(patterns, RegexTexts())


def _aho_corasick(patterns: list[tuple[int, Pattern]]) -> Any:
    return AhoCorasickMatcher(patterns, RegexTexts())


def _hyperscan(patterns: list[tuple[int, Pattern]]) -> Any:
    if not hyperscan_matcher.available():
        pytest.skip("no hyperscan for this platform")
    return HyperscanMatcher(patterns, None, RegexTexts())


@pytest.mark.parametrize("make", [_direct, _aho_corasick, _hyperscan])
@pytest.mark.parametrize("text", TEXTS)
def test_a_matcher_says_what_the_tests_say(make: Callable[[list[tuple[int, Pattern]]], Any], text: str) -> None:
    """Line breaks, letters beyond ASCII, separators, nothing at all: no pattern is missed and none is made up."""
    numbered = list(enumerate(PATTERNS))
    assert make(numbered).scan(text) == {n for n, pattern in numbered if compile_test(pattern, RegexTexts())(text)}

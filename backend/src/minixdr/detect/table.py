"""One field's predicates: a value -> the set of predicates that hold, tested once and remembered.

The memory is bounded (`memory.py`): an attacker who sends new values only makes it forget, never grow.
"""

from collections.abc import Callable, Sequence
from typing import Any

from minixdr.detect.commonness import commonness
from minixdr.detect.hyperscan_matcher import Databases
from minixdr.detect.memory import Budget, Remembered
from minixdr.detect.multipattern import Matcher
from minixdr.detect.patterns import Pattern, RegexTexts, TextTest, compile_test
from minixdr.detect.program import TableSpec, is_exact
from minixdr.detect.rule import Exists, IsNull, Regex, Test, Text
from minixdr.detect.values import ABSENT, EXACT_FLOATS, elements, text

Signature = frozenset[int]
Choose = Callable[[Sequence[tuple[int, Pattern]], Databases | None, RegexTexts], Matcher]
NOTHING: Signature = frozenset()

LONGEST_REMEMBERED = 2_048
"""Characters. Longer values (script blocks, pipeline contexts) hardly come again: 45,000 of them among 549,127 Windows events, nearly all
different, would take 300 MB."""
_BYTES_PER_ENTRY = 200
"""Of a dictionary entry beside what it holds: its slot, doubled for growth, and what the allocator rounds up."""


class FieldTable:
    """Tests the values of one field."""

    def __init__(
        self, spec: TableSpec, budget: Budget, databases: Databases | None, choose: Choose, regex_texts: RegexTexts
    ) -> None:
        self.field = spec.field
        self.predicates: list[Test] = spec.predicates
        self.remembered: Remembered[Any, Signature] = budget.remembered(self._of_value)
        self._signatures: Remembered[Signature, Signature] = budget.remembered(self._keep)
        self._budget = budget
        self._present = frozenset(n for n, t in enumerate(self.predicates) if isinstance(t, Exists) and t.present)
        absent = frozenset(n for n, t in enumerate(self.predicates) if isinstance(t, Exists) and not t.present)
        null = frozenset(n for n, t in enumerate(self.predicates) if isinstance(t, IsNull))
        self._null, self._absent = null | self._present, null | absent
        self._make: Callable[[], TextTests] = lambda: TextTests(self.predicates, databases, choose, regex_texts)
        self._text_tests: TextTests | None = None
        self._costs: list[float] | None = None

    @property
    def costs(self) -> list[float]:
        """Of each predicate a guess of how often it holds."""
        if self._costs is None:
            self._costs = [commonness(test) for test in self.predicates]
        return self._costs

    @property
    def text_tests(self) -> "TextTests":
        """Return the tests on texts, made at first use: of many tables only the predicates are asked."""
        if self._text_tests is None:
            self._text_tests = self._make()
        return self._text_tests

    def signature(self, value: Any) -> Signature:
        """Return the predicates that hold on a value of any kind."""
        if type(value) is list:
            return self._signatures[self._present.union(*[self._of_element(item) for item in elements(value)])]
        return self._of_element(value)

    def _of_element(self, value: Any) -> Signature:
        return self.remembered[text(value) if isinstance(value, dict) else value]

    def _of_value(self, value: Any) -> Signature:
        """Return the signature of a value that is not remembered, and remember it where that is right. 1 and True are one
        key of a dictionary, and so are a great integer and a float with another text, so none of them is kept."""
        if isinstance(value, str):
            if len(value) > LONGEST_REMEMBERED:
                return self._of_text(value)
            self._budget.spend(value.__sizeof__() + _BYTES_PER_ENTRY)
            signature = self._of_text(value)
        elif value is ABSENT:
            signature = self._absent
        elif value is None:
            signature = self._null
        else:
            signature = self._of_text(text(value) or "")
            if type(value) not in (int, float) or value in (0, 1) or not abs(value) < EXACT_FLOATS:
                return signature
            self._budget.spend(_BYTES_PER_ENTRY)
        self.remembered[value] = signature
        return signature

    def _of_text(self, plain: str) -> Signature:
        found = (self._text_tests or self.text_tests).holding(plain)
        if self._present:
            found |= self._present
        return self._signatures[frozenset(found)]

    def _keep(self, signature: Signature) -> Signature:
        self._budget.spend(signature.__sizeof__() + _BYTES_PER_ENTRY)
        self._signatures[signature] = signature
        return signature


class TextTests:
    """The predicates that read a text: exact values by a dictionary, patterns by one scan, the others one by one."""

    def __init__(
        self, predicates: Sequence[Test], databases: Databases | None, choose: Choose, regex_texts: RegexTexts
    ) -> None:
        self._exact: dict[str, list[int]] = {}
        self._exact_cased: dict[str, list[int]] = {}
        self._tests: list[tuple[int, TextTest]] = []
        patterns: list[tuple[int, Pattern]] = []
        for number, test in enumerate(predicates):
            match test:
                case IsNull() | Exists():
                    pass
                case Text() if is_exact(test):
                    into = self._exact_cased if test.cased else self._exact
                    into.setdefault("".join(p for p in test.pattern if isinstance(p, str)), []).append(number)
                case Text() | Regex():
                    patterns.append((number, test))
                case _:
                    self._tests.append((number, compile_test(test, regex_texts)))
        self._longest_exact = max(map(len, self._exact), default=-1)
        """No longer text can equal one of them: lower case never shortens."""
        self._matcher: Matcher | None = choose(patterns, databases, regex_texts) if patterns else None

    @property
    def databases(self) -> Databases | None:
        """The compiled patterns, to keep between runs; None where there are none."""
        return None if self._matcher is None else self._matcher.databases

    def holding(self, plain: str) -> set[int]:
        """Return the predicates that hold on the text."""
        found: set[int] = set() if self._matcher is None else self._matcher.scan(plain)
        if len(plain) <= self._longest_exact:
            found.update(self._exact.get(plain.lower(), ()))
        if self._exact_cased:
            found.update(self._exact_cased.get(plain, ()))
        for number, test in self._tests:
            if test(plain):
                found.add(number)
        return found

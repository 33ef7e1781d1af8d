"""One field's predicates: a value -> the set of predicates that hold, tested once and remembered.

The memory is bounded (`memory.py`): an attacker who sends new values only makes it forget, never grow.
"""

from collections.abc import Callable, Sequence
from typing import Any

from minixdr.detect.memory import Budget, Remembered
from minixdr.detect.hyperscan_matcher import Databases
from minixdr.detect.multipattern import Matcher
from minixdr.detect.patterns import Pattern, RegexTexts, TextTest, compile_test
from minixdr.detect.program import TableSpec, is_exact
from minixdr.detect.rule import Exists, IsNull, Regex, Test, Text
from minixdr.detect.values import ABSENT, elements, text

Signature = frozenset[int]
Choose = Callable[[Sequence[tuple[int, Pattern]], Databases | None, RegexTexts], Matcher]
NOTHING: Signature = frozenset()

LONGEST_REMEMBERED = 16_384
"""Characters; longer values hardly come again, and a thousand of them would fill the memory."""
_MOST_EXACT = 1e16
_BYTES_PER_VALUE = 160
_BYTES_PER_PREDICATE = 40


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
        self._exact: dict[str, list[int]] = {}
        self._exact_cased: dict[str, list[int]] = {}
        self._tests: list[tuple[int, TextTest]] = []
        patterns: list[tuple[int, Pattern]] = []
        null, absent, present = set(), set(), set()
        for number, test in enumerate(self.predicates):
            match test:
                case IsNull():
                    null.add(number)
                case Exists():
                    (present if test.present else absent).add(number)
                case Text() if is_exact(test):
                    into = self._exact_cased if test.cased else self._exact
                    into.setdefault("".join(p for p in test.pattern if isinstance(p, str)), []).append(number)
                case Text() | Regex():
                    patterns.append((number, test))
                case _:
                    self._tests.append((number, compile_test(test, regex_texts)))
        self._present = frozenset(present)
        self._null = frozenset(null | present)
        self._absent = frozenset(null | absent)
        self._matcher: Matcher | None = choose(patterns, databases, regex_texts) if patterns else None

    @property
    def databases(self) -> Databases | None:
        """The compiled patterns, to keep between runs; None where there are none."""
        return None if self._matcher is None else self._matcher.databases

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
            self._budget.spend(len(value) * 2 + _BYTES_PER_VALUE)
            signature = self._of_text(value)
        elif value is ABSENT:
            signature = self._absent
        elif value is None:
            signature = self._null
        else:
            signature = self._of_text(text(value) or "")
            if type(value) not in (int, float) or value in (0, 1) or not abs(value) < _MOST_EXACT:
                return signature
            self._budget.spend(_BYTES_PER_VALUE)
        self.remembered[value] = signature
        return signature

    def _of_text(self, plain: str) -> Signature:
        found: set[int] = set() if self._matcher is None else self._matcher.scan(plain)
        if self._exact:
            found.update(self._exact.get(plain.lower(), ()))
        if self._exact_cased:
            found.update(self._exact_cased.get(plain, ()))
        for number, test in self._tests:
            if test(plain):
                found.add(number)
        if self._present:
            found |= self._present
        return self._signatures[frozenset(found)]

    def _keep(self, signature: Signature) -> Signature:
        self._budget.spend(_BYTES_PER_VALUE + _BYTES_PER_PREDICATE * len(signature))
        self._signatures[signature] = signature
        return signature


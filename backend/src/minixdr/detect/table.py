"""One field's predicates: a value -> the set of predicates that hold, tested once and remembered.

The memory is bounded (`Budget`): an attacker who sends new values only makes it forget, never grow.
"""

from collections.abc import Sequence
from typing import Any

from minixdr.detect.multipattern import Databases, DirectMatcher, HyperscanMatcher, Matcher, Pattern, hyperscan
from minixdr.detect.patterns import compile_test
from minixdr.detect.program import TableSpec, is_exact
from minixdr.detect.rule import Exists, IsNull, Regex, Text
from minixdr.detect.values import ABSENT, text, texts

Signature = frozenset[int]
NOTHING: Signature = frozenset()

FEWEST_TO_SCAN = 6
"""Below this many patterns, testing one by one is quicker than a scan."""
LONGEST_REMEMBERED = 16_384
"""Characters; longer values hardly come again, and 100 of them would fill the memory."""


class Budget:
    """What all tables and plans of an engine may remember together. When it is spent, everything is forgotten at once."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.spent_bytes = 0
        self.forgotten = 0
        self._memories: list[dict[Any, Any]] = []

    def memory(self) -> dict[Any, Any]:
        """Return a new dictionary that is emptied when the budget is spent."""
        memory: dict[Any, Any] = {}
        self._memories.append(memory)
        return memory

    def spend(self, size_bytes: int) -> None:
        """Count what is about to be remembered."""
        self.spent_bytes += size_bytes
        if self.spent_bytes > self.limit_bytes:
            for memory in self._memories:
                memory.clear()
            self.spent_bytes = size_bytes
            self.forgotten += 1


class FieldTable:
    """Tests the values of one field."""

    def __init__(self, spec: TableSpec, budget: Budget, databases: Databases | None) -> None:
        self.field = spec.field
        self.predicates = spec.predicates
        self.memory: dict[Any, Signature] = budget.memory()
        self._budget = budget
        self._signatures: dict[Signature, Signature] = {NOTHING: NOTHING}
        self._exact: dict[str, list[int]] = {}
        self._exact_cased: dict[str, list[int]] = {}
        self._tests: list[tuple[int, Any]] = []
        null, absent, present = set(), set(), set()
        for number, test in enumerate(spec.predicates):
            if isinstance(test, IsNull):
                null.add(number)
            elif isinstance(test, Exists):
                (present if test.present else absent).add(number)
            elif isinstance(test, Text) and is_exact(test):
                into = self._exact_cased if test.cased else self._exact
                into.setdefault("".join(p for p in test.pattern if isinstance(p, str)), []).append(number)
            elif not isinstance(test, (Text, Regex)):
                self._tests.append((number, compile_test(test)))
        self.has_presence = bool(absent or present)
        self._present = frozenset(present)
        self._null = frozenset(null | present)
        self._absent = frozenset(null | absent)
        patterns = patterns_of(spec)
        self.databases: Databases | None = None
        self._matcher: Matcher | None = None
        if patterns and hyperscan is not None and len(patterns) >= FEWEST_TO_SCAN:
            self._matcher = HyperscanMatcher(patterns, databases)
            self.databases = self._matcher.databases
        elif patterns:
            self._matcher = DirectMatcher(patterns)

    def signature(self, value: Any) -> Signature:
        """Return the predicates that hold on a value of any kind, remembered where it can be."""
        kind = type(value)
        if kind is str:
            return self._of_text(value, value)
        if value is ABSENT:
            return self._absent
        if value is None:
            return self._null
        if kind is int and not 0 <= value <= 1:  # 1 and True are one key
            return self._of_text(value, text(value) or "")
        if kind is list:
            found = [self._of_text(item, item) for item in texts(value)]
            if not found:
                return self._intern(self._null) if not value else self._intern(self._present)
            return found[0] if len(found) == 1 else self._intern(frozenset().union(*found))
        plain = text(value)
        return self._null if plain is None else self._of_text(plain, plain)

    def hits(self, plain: str) -> Signature:
        """Return the predicates that hold on a text, without remembering."""
        found = set(self._present)
        if self._exact:
            found.update(self._exact.get(plain.lower(), ()))
        if self._exact_cased:
            found.update(self._exact_cased.get(plain, ()))
        if self._matcher is not None:
            found |= self._matcher.scan(plain)
        for number, test in self._tests:
            if test(plain):
                found.add(number)
        return self._intern(frozenset(found))

    def _of_text(self, key: Any, plain: str) -> Signature:
        known = self.memory.get(key)
        if known is not None:
            return known
        signature = self.hits(plain)
        if len(plain) <= LONGEST_REMEMBERED:
            self._budget.spend(len(plain) * 2 + 150)
            self.memory[key] = signature
        return signature

    def _intern(self, signature: Signature) -> Signature:
        if len(self._signatures) > 100_000:  # noqa: PLR2004 - an attacker's combinations must not be kept for ever
            self._signatures.clear()
        return self._signatures.setdefault(signature, signature)


def patterns_of(spec: TableSpec) -> Sequence[tuple[int, Pattern]]:
    """Return the predicates that are for a multi-pattern scan."""
    return [
        (number, test)
        for number, test in enumerate(spec.predicates)
        if isinstance(test, Regex) or (isinstance(test, Text) and not is_exact(test))
    ]

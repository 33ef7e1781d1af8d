"""A plan: the rules that records of one route meet, and the quick way through them.

value -> signature (the field's table) -> tuple of signatures -> rules (remembered). Only an unseen tuple is evaluated, and of its rules only those
with a *witness* that holds: a set of predicates without which the condition cannot be true.

What a tuple of signatures does not decide (keywords, relations between two fields) is evaluated for each record: `match` then answers UNDECIDED.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from minixdr.detect.condition import Function, Keywords, Tree, compile_tree, leaves, witness_of
from minixdr.detect.memory import Budget, Remembered
from minixdr.detect.program import KEYWORDS
from minixdr.detect.rule import FieldRef
from minixdr.detect.table import FieldTable, Signature
from minixdr.detect.values import ABSENT, read, reader

Fields = Mapping[str, Any]
Rules = tuple[int, ...]
UNDECIDED: Rules = (-1,)
_BYTES_PER_TUPLE = 200
_BYTES_PER_PLACE = 8


class PlannedRule(msgspec.Struct, frozen=True):
    """A rule as the records of one route meet it."""

    number: int
    condition: Tree
    """With the route's constants folded in."""
    field_names: Mapping[str, str]
    """Rule author's field name -> the record's, where they differ."""


class Plan:
    """Matches the fields of one record."""

    def __init__(
        self,
        rules: Sequence[PlannedRule],
        table: Callable[[int], FieldTable],
        references: Sequence[FieldRef],
        budget: Budget,
        add_keywords: Callable[[Iterable[tuple[int, int]]], frozenset[tuple[int, int]]],
    ) -> None:
        """`add_keywords`: tells which keywords to look for, and gives those for which nobody can look."""
        self.rules = rules
        self._budget = budget
        self._references = references
        self.columns: list[tuple[FieldTable, str]] = []
        """The tables to ask, each with the name of the record's field."""
        self._columns_of: list[dict[int, int | None]] = []
        self._undecided: set[int] = set()
        self._place_columns(table)
        self._witnesses: list[dict[int, list[int]]] = [{} for _ in self.columns]
        self.keyword_witnesses: dict[tuple[int, int], list[int]] = {}
        """(Keyword table, predicate) -> places of rules that it is a witness of."""
        self._always = self._place_witnesses(table, add_keywords)
        self._functions: list[Function | None] = [None] * len(rules)
        self._candidates = [
            budget.remembered(self._candidate_finder(column), of_plan=True) for column in range(len(self.columns))
        ]
        self._known: Remembered[tuple[Signature, ...], Rules] = budget.remembered(self._decide, of_plan=True)
        self.match: Callable[[Fields], Rules] = self._generate_match()

    def _place_columns(self, table: Callable[[int], FieldTable]) -> None:
        columns: dict[tuple[int, str], int] = {}
        for place, rule in enumerate(self.rules):
            mine: dict[int, int | None] = {}
            for node in leaves(rule.condition):
                if node[0] == "ref":
                    self._undecided.add(place)
                    continue
                name = table(node[1]).field
                if name == KEYWORDS:
                    self._undecided.add(place)
                    mine[node[1]] = None
                else:
                    mine[node[1]] = columns.setdefault((node[1], rule.field_names.get(name, name)), len(columns))
            self._columns_of.append(mine)
        self.columns = [(table(number), name) for number, name in columns]

    def _place_witnesses(
        self,
        table: Callable[[int], FieldTable],
        add_keywords: Callable[[Iterable[tuple[int, int]]], frozenset[tuple[int, int]]],
    ) -> frozenset[int]:
        """Note of which rules a predicate is a witness, and return the places of rules that have none."""
        always: set[int] = set()
        for place, rule in enumerate(self.rules):
            witness = witness_of(rule.condition, lambda number: table(number).predicates)
            if witness is None:
                always.add(place)
                continue
            for number, predicate in witness:
                column = self._columns_of[place][number]
                if column is None:
                    self.keyword_witnesses.setdefault((number, predicate), []).append(place)
                else:
                    self._witnesses[column].setdefault(predicate, []).append(place)
        for keyword in add_keywords(self.keyword_witnesses):
            always.update(self.keyword_witnesses[keyword])
        return frozenset(always)

    def _candidate_finder(self, column: int) -> Callable[[Signature], frozenset[int]]:
        witnesses = self._witnesses[column]

        def candidates(signature: Signature) -> frozenset[int]:
            found = frozenset(place for p in signature if p in witnesses for place in witnesses[p])
            self._budget.spend(_BYTES_PER_TUPLE + _BYTES_PER_PLACE * len(found))
            self._candidates[column][signature] = found
            return found

        return candidates

    def _generate_match(self) -> Callable[[Fields], Rules]:
        """Write the hot path: one dictionary look-up per field, one for the tuple."""
        scope: dict[str, Any] = {"known": self._known, "ABSENT": ABSENT, "slow": self.match_any}
        parts = []
        for number, (table, name) in enumerate(self.columns):
            scope[f"m{number}"] = table.remembered
            scope[f"n{number}"] = reader(name) if "." in name else name
            value = f"n{number}(fields)" if "." in name else f"get(n{number}, ABSENT)"
            parts.append(f"m{number}[{value}], ")
        return compile_function(
            f"def match(fields):\n    get = fields.get\n    try:\n        return known[({''.join(parts)})]\n"
            "    except TypeError:  # a list or an object is no key\n        return slow(fields)\n",
            scope,
        )

    def match_any(self, fields: Fields) -> Rules:
        """Return the rules that hold, whatever the kinds of the values; UNDECIDED where `finish` must say."""
        return self._known[self.signatures(fields)]

    def signatures(self, fields: Fields) -> tuple[Signature, ...]:
        """Return each column's signature."""
        return tuple([table.signature(read(fields, name)) for table, name in self.columns])

    def _decide(self, signatures: tuple[Signature, ...]) -> Rules:
        candidates = self._always.union(*[self._candidates[c][s] for c, s in enumerate(signatures) if s])
        if self._undecided and not candidates.isdisjoint(self._undecided):
            found = UNDECIDED
        else:
            found = self._holding(candidates, signatures, {}, _NO_KEYWORDS)
        self._budget.spend(_BYTES_PER_TUPLE + _BYTES_PER_PLACE * len(signatures))
        self._known[signatures] = found
        return found

    def finish(self, fields: Fields, keywords: Keywords, suspected: Iterable[tuple[int, int]]) -> Rules:
        """Return the rules that hold, with keywords and relations of fields. `suspected`: the keyword witnesses that may hold."""
        signatures = self.signatures(fields)
        candidates = set(self._always)
        for column, signature in enumerate(signatures):
            candidates |= self._candidates[column][signature]
        for witness in suspected:
            candidates.update(self.keyword_witnesses.get(witness, ()))
        return self._holding(candidates, signatures, fields, keywords)

    def _holding(
        self, candidates: Iterable[int], signatures: tuple[Signature, ...], fields: Fields, keywords: Keywords
    ) -> Rules:
        functions = self._functions
        found = []
        for place in candidates:
            function = functions[place] or self._compile(place)
            if function(signatures, fields, keywords):
                found.append(self.rules[place].number)
        found.sort()
        return tuple(found)

    def _compile(self, place: int) -> Function:
        rule = self.rules[place]
        function = compile_tree(rule.condition, self._columns_of[place], self._references, rule.field_names)
        self._functions[place] = function
        return function


class _NoKeywords:
    """Stands where no keyword can be asked for."""

    def any(self, table: int, predicates: Any) -> bool:
        raise AssertionError(table, predicates)


_NO_KEYWORDS = _NoKeywords()


def compile_function(source: str, scope: dict[str, Any]) -> Any:
    """Return the one function of our own template; what comes from rules is bound as a value, never written into it."""
    exec(source, scope)  # noqa: S102 - see above
    return scope["match"]

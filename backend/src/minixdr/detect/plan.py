"""A plan: the rules that records of one route meet, and the quick way through them.

value -> signature (the field's table) -> tuple of signatures -> rules (remembered). Only an unseen tuple is
evaluated, and of its rules only those with a *witness* that holds: a set of predicates without which the condition
cannot be true.

What a tuple of signatures does not decide (keywords, relations between two fields) is what is left of a condition
when all else is folded in: `match` then answers `Pending`, and `finish` decides it for each record.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from minixdr.detect.condition import (
    Decide,
    Function,
    Keywords,
    Tree,
    Witness,
    compile_rest,
    compile_tree,
    fold,
    leaves,
    witness_of,
)
from minixdr.detect.generated import compile_function
from minixdr.detect.keywords import KeywordTests
from minixdr.detect.memory import Budget, Remembered
from minixdr.detect.program import KEYWORDS
from minixdr.detect.rule import FieldRef
from minixdr.detect.table import FieldTable, Signature
from minixdr.detect.values import ABSENT, read, reader

Fields = Mapping[str, Any]
Rules = tuple[int, ...]
_BYTES_PER_ENTRY = 300
_BYTES_PER_PLACE = 8


class Prepared(msgspec.Struct, frozen=True):
    """A condition, and what a plan asks about it."""

    condition: Tree
    """With the route's constants folded in."""
    tables: tuple[int, ...]
    """Tables it asks."""
    decided: bool
    """Whether signatures decide it: it has no keywords and no relations of fields."""
    witness: Witness | None


def prepare(condition: Tree, table: Callable[[int], FieldTable]) -> Prepared:
    """Return what a plan asks about the condition."""
    nodes = list(leaves(condition))
    tables = tuple({node[1]: None for node in nodes if node[0] != "ref"})
    decided = len(nodes) == 0 or not any(node[0] == "ref" or table(node[1]).field == KEYWORDS for node in nodes)
    return Prepared(condition, tables, decided, witness_of(condition, lambda number: table(number).costs))


class PlannedRule(msgspec.Struct, frozen=True):
    """A rule as the records of one route meet it."""

    number: int
    prepared: Prepared
    field_names: Mapping[str, str]
    """Rule author's field name -> the record's, where they differ."""


class Pending(msgspec.Struct, frozen=True, gc=False):
    """Rules that hold, and what each record must decide."""

    rules: Rules
    rest: tuple[tuple[int, Function], ...]
    """(rule, what is left of its condition)."""


Answer = Rules | Pending


class Plan:
    """Matches the fields of one record."""

    def __init__(
        self,
        rules: Sequence[PlannedRule],
        table: Callable[[int], FieldTable],
        references: Sequence[FieldRef],
        budget: Budget,
        keywords: KeywordTests,
    ) -> None:
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
        self._always = self._place_witnesses()
        self.finder, untold = keywords.finder(self.keyword_witnesses)
        self._always |= {place for keyword in untold for place in self.keyword_witnesses[keyword]}
        self._functions: list[Decide | None] = [None] * len(rules)
        self._candidates = [
            budget.remembered(self._candidate_finder(column), of_plan=True) for column in range(len(self.columns))
        ]
        self._known: Remembered[tuple[Signature, ...], Answer] = budget.remembered(self._decide, of_plan=True)
        self.match: Callable[[Fields], Answer] = self._generate_match()

    def _place_columns(self, table: Callable[[int], FieldTable]) -> None:
        columns: dict[tuple[int, str], int] = {}
        for place, rule in enumerate(self.rules):
            if not rule.prepared.decided:
                self._undecided.add(place)
            mine: dict[int, int | None] = {}
            for number in rule.prepared.tables:
                name = table(number).field
                mine[number] = (
                    None
                    if name == KEYWORDS
                    else columns.setdefault((number, rule.field_names.get(name, name)), len(columns))
                )
            self._columns_of.append(mine)
        self.columns = [(table(number), name) for number, name in columns]

    def _place_witnesses(self) -> frozenset[int]:
        """Note of which rules a predicate is a witness, and return the places of rules that have none."""
        always: set[int] = set()
        for place, rule in enumerate(self.rules):
            witness = rule.prepared.witness
            if witness is None:
                always.add(place)
                continue
            for number, predicate in witness:
                column = self._columns_of[place][number]
                if column is None:
                    self.keyword_witnesses.setdefault((number, predicate), []).append(place)
                else:
                    self._witnesses[column].setdefault(predicate, []).append(place)
        return frozenset(always)

    def _candidate_finder(self, column: int) -> Callable[[Signature], frozenset[int]]:
        witnesses = self._witnesses[column]

        def candidates(signature: Signature) -> frozenset[int]:
            found = frozenset(place for p in signature if p in witnesses for place in witnesses[p])
            self._budget.spend(found.__sizeof__() + _BYTES_PER_ENTRY)
            self._candidates[column][signature] = found
            return found

        return candidates

    def _generate_match(self) -> Callable[[Fields], Answer]:
        """Write the hot path: one dictionary look-up per field, one for the tuple."""
        scope: dict[str, Any] = {"known": self._known, "ABSENT": ABSENT, "slow": self.match_any}
        parts = []
        for number, (table, name) in enumerate(self.columns):
            scope[f"m{number}"] = table.remembered
            scope[f"n{number}"] = reader(name) if "." in name else name
            value = f"n{number}(fields)" if "." in name else f"get(n{number}, ABSENT)"
            parts.append(f"m{number}[{value}], ")
        match: Callable[[Fields], Answer] = compile_function(
            f"def match(fields):\n    get = fields.get\n    try:\n        return known[({''.join(parts)})]\n"
            "    except TypeError:  # a list or an object is no key\n        return slow(fields)\n",
            scope,
        )
        return match

    def match_any(self, fields: Fields) -> Answer:
        """Return the rules that hold, whatever the kinds of the values."""
        return self._known[self.signatures(fields)]

    def signatures(self, fields: Fields) -> tuple[Signature, ...]:
        """Return each column's signature."""
        return tuple([table.signature(read(fields, name)) for table, name in self.columns])

    def _decide(self, signatures: tuple[Signature, ...]) -> Answer:
        found = self._answer(self._candidates_of(signatures), signatures)
        self._budget.spend(_BYTES_PER_ENTRY + _BYTES_PER_PLACE * len(signatures))
        self._known[signatures] = found
        return found

    def _candidates_of(self, signatures: tuple[Signature, ...]) -> set[int]:
        candidates = set(self._always)
        for of_signature, signature in zip(self._candidates, signatures, strict=True):
            if signature:
                candidates |= of_signature[signature]
        return candidates

    def _answer(self, candidates: set[int], signatures: tuple[Signature, ...]) -> Answer:
        functions = self._functions
        found: list[int] = []
        rest: list[tuple[int, Function]] = []
        for place in candidates:
            if place in self._undecided:
                self._fold_rest(place, signatures, found, rest)
            elif (functions[place] or self._compile(place))(signatures):
                found.append(self.rules[place].number)
        found.sort()
        return Pending(tuple(found), tuple(rest)) if rest else tuple(found)

    def _fold_rest(
        self, place: int, signatures: tuple[Signature, ...], found: list[int], rest: list[tuple[int, Function]]
    ) -> None:
        columns = self._columns_of[place]
        known = {table: signatures[column] for table, column in columns.items() if column is not None}
        rule = self.rules[place]
        left = fold(rule.prepared.condition, known)
        if left[0] == "true":
            found.append(rule.number)
        elif left[0] != "false":
            rest.append((rule.number, compile_rest(left, self._references, rule.field_names)))

    def finish(
        self, answer: Answer, fields: Fields, keywords: Keywords, suspected: Collection[tuple[int, int]]
    ) -> Rules:
        """Return the rules that hold, with keywords and relations of fields. `suspected`: the keyword witnesses that may hold."""
        places = {place for keyword in suspected for place in self.keyword_witnesses.get(keyword, ())}
        if places:
            signatures = self.signatures(fields)
            answer = self._answer(self._candidates_of(signatures) | places, signatures)
        if not isinstance(answer, Pending):
            return answer
        found = [number for number, holds in answer.rest if holds(fields, keywords)]
        return tuple(sorted([*answer.rules, *found])) if found else answer.rules

    def _compile(self, place: int) -> Decide:
        function = compile_tree(self.rules[place].prepared.condition, self._columns_of[place])
        self._functions[place] = function
        return function

"""A plan: the rules that records of one route meet, and the quick way through them.

value -> signature (the field's table) -> tuple of signatures -> rules (remembered). Only an unseen tuple is evaluated, and of its rules only those
with a *witness* that holds: a set of predicates without which the condition cannot be true.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minixdr.detect.condition import Evaluate, Tree, compile_tree, tables_of, witness_of
from minixdr.detect.table import NOTHING, Budget, FieldTable, Signature
from minixdr.detect.values import ABSENT, read

Fields = Mapping[str, Any]
Rules = tuple[int, ...]
_BYTES_PER_TUPLE = 150


class Plan:
    """Matches the fields of one record; keyword signatures come from the engine."""

    def __init__(
        self,
        rules: Sequence[tuple[int, Tree, Mapping[str, str]]],
        tables: Callable[[int], FieldTable],
        keyword_table: int | None,
        references: Sequence[Any],
        budget: Budget,
    ) -> None:
        """`rules` are (rule number, condition, rule author's field name -> record's where they differ)."""
        self._rules = rules
        self._budget = budget
        self._references = references
        columns: dict[tuple[int, str], int] = {}
        self._columns_of: list[dict[int, int]] = []
        names = {}
        for _, tree, field_names in rules:
            mine = {}
            for table in tables_of(tree):
                if table == keyword_table:
                    continue
                name = names.setdefault(table, tables(table).field)
                column = (table, field_names.get(name, name))
                mine[table] = columns.setdefault(column, len(columns))
            self._columns_of.append(mine)
        self._columns = [(tables(table), name) for table, name in columns]
        self.keyword_column = len(self._columns)
        self.keywords: frozenset[int] = frozenset()
        if keyword_table is not None:
            self.keywords = self._keywords(keyword_table)
        self._keyword_table = keyword_table
        self._compiled: list[Evaluate | None] = [None] * len(rules)
        self._always: list[int] = []
        self._witnesses: list[dict[int, list[int]]] = [{} for _ in range(self.keyword_column + 1)]
        self._index(tables)
        self._known: dict[Any, Rules] = budget.memory()
        self.match: Callable[[Fields], Rules] = self._generate()

    def _keywords(self, keyword_table: int) -> frozenset[int]:
        found: set[int] = set()
        for _, tree, _ in self._rules:
            stack = [tree]
            while stack:
                node = stack.pop()
                if node[0] in ("any", "all"):
                    if node[1] == keyword_table:
                        found.update(node[2])
                elif node[0] == "not":
                    stack.append(node[1])
                elif node[0] in ("and", "or"):
                    stack.extend(node[1])
        return frozenset(found)

    def _index(self, tables: Callable[[int], FieldTable]) -> None:
        for place, (_, tree, _) in enumerate(self._rules):
            witness = witness_of(tree, tables)
            if witness is None:
                self._always.append(place)
                continue
            for table, predicate in witness:
                column = self._columns_of[place].get(table, self.keyword_column)
                self._witnesses[column].setdefault(predicate, []).append(place)

    def _generate(self) -> Callable[[Fields], Rules]:
        """Write the hot path: one dictionary look-up per field, one for the tuple."""
        scope: dict[str, Any] = {"known": self._known, "slow": self.slow, "read": read, "ABSENT": ABSENT, "NOTHING": NOTHING}
        parts = []
        for number, (table, name) in enumerate(self._columns):
            scope[f"m{number}"] = table.memory
            scope[f"n{number}"] = name
            table.memory.setdefault(None, table.signature(None))
            table.memory.setdefault(ABSENT, table.signature(ABSENT))
            if "." in name:
                parts.append(f"m{number}[read(fields, n{number})]")
            elif table.has_presence:
                parts.append(f"m{number}[get(n{number}, ABSENT)]")
            else:
                parts.append(f"m{number}[get(n{number})]")
        parts.append("NOTHING")
        body = f"known[{', '.join(parts)}]"
        source = (
            "def match(fields):\n    get = fields.get\n    try:\n"
            f"        return {body}\n    except (KeyError, TypeError):\n        return slow(fields, NOTHING)\n"
        )
        exec(source, scope)  # noqa: S102 - our own template; names of fields are bound as values, not written into it
        match: Callable[[Fields], Rules] = scope["match"]
        return match

    def slow(self, fields: Fields, keywords: Signature) -> Rules:
        """Return the rules that hold, testing what is not remembered."""
        values = [read(fields, name) for _, name in self._columns]
        signatures = tuple(
            [table.signature(value) for (table, _), value in zip(self._columns, values, strict=True)] + [keywords]
        )
        found = self._known.get(signatures)
        if found is None:
            found, lasting = self._evaluate(signatures, fields)
            if lasting:
                self._budget.spend(_BYTES_PER_TUPLE + 8 * len(signatures))
                self._known[signatures] = found
            for table, _ in self._columns:
                if None not in table.memory:  # the budget was spent, and everything forgotten
                    table.memory[None] = table.signature(None)
                    table.memory[ABSENT] = table.signature(ABSENT)
        return found

    def _evaluate(self, signatures: tuple[Signature, ...], fields: Fields) -> tuple[Rules, bool]:
        candidates = set(self._always)
        for column, signature in enumerate(signatures):
            if signature:
                index = self._witnesses[column]
                for predicate in signature:
                    places = index.get(predicate)
                    if places is not None:
                        candidates.update(places)
        found = []
        lasting = True
        for place in sorted(candidates):
            evaluate = self._compiled[place]
            if evaluate is None:
                evaluate = self._compile(place)
            holds, depends = evaluate(signatures, fields), evaluate.depends_on_fields
            lasting = lasting and not depends
            if holds:
                found.append(self._rules[place][0])
        return tuple(found), lasting

    def _compile(self, place: int) -> Evaluate:
        _, tree, field_names = self._rules[place]
        columns = dict(self._columns_of[place])
        if self._keyword_table is not None:
            columns[self._keyword_table] = self.keyword_column
        compiled = compile_tree(tree, columns, self._references, field_names)
        self._compiled[place] = compiled
        return compiled

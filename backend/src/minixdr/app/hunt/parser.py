"""Tokens -> the query's tree. Grammar:

    query   = [ or ] { "|" stage }
    or      = and { "or" and }            and = not { "and" not }            not = "not" not | primary
    primary = "(" or ")" | [ "cased" ] TEXT | NAME test
    test    = ("=" | "!=") ["cased"] values | ("<" | "<=" | ">" | ">=") value | "exists" | "matches" values
            | ["not"] ("in" | "contains" | "startswith" | "endswith" | "like") ["cased"] values | ["not"] "in" "cidr" values
    values  = value | "(" value { "," value } ")"        value = TEXT | NUMBER | "true" | "false"
    stage   = "count" ["by" names] | "top" NUMBER ["by" names] | "distinct" names | "sort" name ["asc" | "desc"] {"," ...} | "limit" NUMBER
            | "fields" names | "timechart" ["span" SPAN] ["by" name]

Keywords are written in any case. `a != b` is `not a = b`, and `a in (...)` is `a = (...)`.
"""

from collections.abc import Callable
from difflib import get_close_matches

from minixdr.app.hunt.error import QueryError
from minixdr.app.hunt.lexer import Token, TokenKind, tokens
from minixdr.schema.hunt import (
    And,
    Attribute,
    Comparison,
    Count,
    Distinct,
    EntityIs,
    Expression,
    Fields,
    Limit,
    Literal,
    Not,
    Operator,
    Or,
    Query,
    RawText,
    Sort,
    SortKey,
    Stage,
    Timechart,
    Top,
)

ENTITY = "entity"
"""The name that stands for all entities of an event."""
DEEPEST = 40
"""Brackets and `not` inside each other; people stop at four."""
MOST_VALUES = 1_000
"""Of one test."""
MOST_TESTS = 200
"""Of one query."""
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_TEXT_OPERATORS = {
    "in": Operator.EQUAL,
    "contains": Operator.CONTAINS,
    "startswith": Operator.STARTS_WITH,
    "endswith": Operator.ENDS_WITH,
    "like": Operator.LIKE,
    "matches": Operator.MATCHES,
}
_WORDS = (*_TEXT_OPERATORS, "exists", "not in")
RESERVED = frozenset({"and", "or", "not"})


def parse(text: str) -> Query:
    """Return the query's tree; names and types are not looked at. Raises QueryError."""
    return _Parser(tokens(text)).query()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._place = 0
        self._tests = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place += token.kind is not TokenKind.END
        return token

    def _sign(self, sign: str) -> bool:
        """Take the sign where it comes next."""
        if self._now.kind is TokenKind.SIGN and self._now.value == sign:
            self._place += 1
            return True
        return False

    def _keyword(self, word: str) -> bool:
        """Take the word where it comes next."""
        if self._now.word == word:
            self._place += 1
            return True
        return False

    def _unexpected(self, what: str, suggestions: tuple[str, ...] = ()) -> QueryError:
        token = self._now
        shown = "the query ends" if token.kind is TokenKind.END else f"there is {str(token.value)[:60]!r}"
        return QueryError(f"{what} is expected here; {shown}", token.start, token.end, suggestions)

    def query(self) -> Query:
        """Return the whole query."""
        where = None
        if self._now.kind is not TokenKind.END and not self._peek("|"):
            where = self._or(0)
        stages: list[Stage] = []
        while self._sign("|"):
            stages.extend(self._stage())
        if self._now.kind is not TokenKind.END:
            raise self._unexpected("`and`, `or`, `|` or the end", ("and", "or"))
        return Query(where, tuple(stages))

    def _peek(self, sign: str) -> bool:
        return self._now.kind is TokenKind.SIGN and self._now.value == sign

    def _or(self, depth: int) -> Expression:
        return _joined(Or, self._several("or", lambda: self._and(depth)))

    def _and(self, depth: int) -> Expression:
        return _joined(And, self._several("and", lambda: self._not(depth)))

    def _several(self, word: str, part: Callable[[], Expression]) -> list[Expression]:
        items = [part()]
        while self._keyword(word):
            items.append(part())
        return items

    def _not(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise QueryError(f"brackets and `not` go deeper than {DEEPEST}", self._now.start, self._now.end)
        if self._keyword("not"):
            return Not(self._not(depth + 1))
        if self._sign("("):
            inner = self._or(depth + 1)
            if not self._sign(")"):
                raise self._unexpected("`and`, `or` or `)`", (")",))
            return inner
        self._tests += 1
        if self._tests > MOST_TESTS:
            raise QueryError(
                f"a query has at most {MOST_TESTS} tests; a list after `in` is one test", self._now.start, self._now.end
            )
        return self._test()

    def _test(self) -> Expression:
        start = self._now.start
        cased = self._now.word == "cased" and self._tokens[self._place + 1].kind is TokenKind.TEXT
        self._place += cased
        if self._now.kind is TokenKind.TEXT:
            return RawText(str(self._next().value), cased=cased, start=start)
        if self._now.kind is not TokenKind.NAME or self._now.word in RESERVED:
            raise self._unexpected("an attribute or a text in quotes")
        attribute = self._attribute()
        if attribute.path.lower() == ENTITY:
            return self._entity()
        negated, test = self._relation(attribute)
        return Not(test) if negated else test

    def _relation(self, attribute: Attribute) -> tuple[bool, Comparison]:
        for sign in ("=", "!="):
            if self._sign(sign):
                return sign == "!=", self._valued(attribute, Operator.EQUAL)
        for operator in (Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL):
            if self._sign(operator):
                start = self._now.start
                return False, Comparison(attribute, operator, (self._value(),), starts=(start,))
        if self._keyword("exists"):
            return False, Comparison(attribute, Operator.EXISTS)
        negated = self._keyword("not")
        operator_ = _TEXT_OPERATORS.get(self._now.word or "")
        if operator_ is None:
            close = get_close_matches(self._now.word or "", _WORDS, n=1)
            raise self._unexpected(
                f"a comparison of {attribute.path} (=, !=, <, <=, >, >=, {', '.join(_WORDS)})", tuple(close)
            )
        self._place += 1
        if operator_ is Operator.EQUAL and self._keyword("cidr"):
            operator_ = Operator.CIDR
        return negated, self._valued(attribute, operator_)

    def _valued(self, attribute: Attribute, operator: Operator) -> Comparison:
        cased = operator not in {Operator.MATCHES, Operator.CIDR} and self._keyword("cased")
        values, starts = self._values()
        return Comparison(attribute, operator, values, cased, starts)

    def _entity(self) -> Expression:
        negated = self._keyword("not")
        for sign in ("!=",) if negated else ("=", "!="):
            if self._sign(sign):
                negated = sign == "!="
                break
        else:
            if not self._keyword("in"):
                raise self._unexpected('`=`, `!=` or `in` after `entity`: entity = "user:alice"', ("=",))
        values, starts = self._values()
        for value, start in zip(values, starts, strict=True):
            if not isinstance(value, str):
                raise QueryError('an entity is a text: entity = "user:alice"', start)
        found = EntityIs(tuple(map(str, values)), starts)
        return Not(found) if negated else found

    def _values(self) -> tuple[tuple[Literal, ...], tuple[int, ...]]:
        if not self._sign("("):
            start = self._now.start
            return (self._value(),), (start,)
        values: list[Literal] = []
        starts: list[int] = []
        while True:
            starts.append(self._now.start)
            values.append(self._value())
            if len(values) > MOST_VALUES:
                raise QueryError(f"a list has at most {MOST_VALUES:,} values", self._now.start)
            if self._sign(")"):
                return tuple(values), tuple(starts)
            if not self._sign(","):
                raise self._unexpected("`,` or `)`", (",", ")"))

    def _value(self) -> Literal:
        token = self._now
        if token.kind in {TokenKind.TEXT, TokenKind.NUMBER}:
            return self._next().value
        if token.word in {"true", "false"}:
            self._place += 1
            return token.word == "true"
        if token.kind is TokenKind.NAME:
            raise QueryError(f'texts stand in quotes: "{token.value}"', token.start, token.end, (f'"{token.value}"',))
        raise self._unexpected('a value: "a text", a number, true or false')

    def _attribute(self) -> Attribute:
        token = self._now
        if token.kind is not TokenKind.NAME:
            raise self._unexpected("an attribute")
        self._place += 1
        return Attribute(str(token.value), token.start)

    def _attributes(self) -> tuple[Attribute, ...]:
        found = [self._attribute()]
        while self._sign(","):
            found.append(self._attribute())
        return tuple(found)

    def _by(self) -> tuple[Attribute, ...]:
        return self._attributes() if self._keyword("by") else ()

    def _stage(self) -> tuple[Stage, ...]:
        token = self._now
        stages: dict[str, Callable[[], tuple[Stage, ...]]] = {
            "count": lambda: (Count(self._by()),),
            "top": lambda: self._top(token.start),
            "distinct": lambda: (Distinct(self._attributes()),),
            "sort": lambda: (self._sort(),),
            "limit": lambda: (Limit(self._whole("a number of rows"), token.start),),
            "fields": lambda: (Fields(self._attributes()),),
            "timechart": lambda: (self._timechart(token.start),),
        }
        stage = stages.get(token.word or "")
        if stage is None:
            close = get_close_matches(token.word or "", stages, n=1)
            raise self._unexpected(f"what to make of the events ({', '.join(stages)})", tuple(close))
        self._place += 1
        return stage()

    def _top(self, start: int) -> tuple[Stage, ...]:
        count = Top(self._whole("a number of rows"), start)
        by = self._by()
        return (Count(by), count) if by else (count,)

    def _sort(self) -> Sort:
        keys = [self._key()]
        while self._sign(","):
            keys.append(self._key())
        return Sort(tuple(keys))

    def _key(self) -> SortKey:
        attribute = self._attribute()
        descending = self._keyword("desc")
        if not descending:
            self._keyword("asc")
        return SortKey(attribute, descending)

    def _timechart(self, start: int) -> Timechart:
        seconds = None
        if self._keyword("span"):
            token = self._now
            if token.kind is not TokenKind.SPAN:
                raise self._unexpected("a span of time: 5m, 1h, 1d", ("1h",))
            text = str(self._next().value)
            seconds = int(text[:-1]) * _UNITS[text[-1]] if len(text) <= _LONGEST_SPAN else 0
            if not seconds:
                raise QueryError("a span is 1s to 99999999w", token.start, token.end)
        return Timechart(seconds, self._attribute() if self._keyword("by") else None, start)

    def _whole(self, what: str) -> int:
        token = self._now
        if token.kind is not TokenKind.NUMBER or not isinstance(token.value, int) or token.value < 1:
            raise self._unexpected(f"{what}, 1 or more")
        self._place += 1
        return token.value


_LONGEST_SPAN = 9


def _joined(kind: type[And] | type[Or], items: list[Expression]) -> Expression:
    """Return the items as one; what is of the same kind inside becomes part of it, as it means the same."""
    if len(items) == 1:
        return items[0]
    flat: list[Expression] = []
    for item in items:
        flat.extend(item.items if isinstance(item, kind) else (item,))
    return kind(tuple(flat))

"""A Sigma rule after parsing: one condition tree of our own types, all modifiers resolved.

Source: Sigma specification 2.1 (sigma-rules, modifiers appendix). The meaning below is what both the engine and the
naive evaluator of the tests implement.

**The text of a value**: a string is itself; true/false are `true`/`false`; a number is its shortest decimal text; an
object is its compact JSON. A list holds where any element (lists inside it flattened) holds. None and an absent field
have no text: every test on them is false but `IsNull` and `Exists(present=False)`.
**Case**: `str.lower()` of both sides, unless `cased`.
"""

from collections.abc import Mapping

import msgspec

from minixdr.schema.event import LogSource
from minixdr.schema.finding import Analytic


class Node(msgspec.Struct, frozen=True, tag=True):
    """A node of a condition."""


class Wildcard(msgspec.Struct, frozen=True):
    """The wildcards of a text pattern: `many` is `*` (any text, line breaks too), else `?` (one character)."""

    many: bool


class Text(Node, frozen=True):
    """The field's whole text matches the pattern: literals and wildcards in turn. `contains x` is (*, x, *)."""

    field: str
    pattern: tuple[str | Wildcard, ...]
    cased: bool = False


class Regex(Node, frozen=True):
    """`re.search(pattern, text)` finds something. Flags: any of "i", "m", "s"."""

    field: str
    pattern: str
    flags: str = ""


class Number(Node, frozen=True):
    """Equal to the number, or the text of the number."""

    field: str
    value: int | float


class Bool(Node, frozen=True):
    """Equal to the boolean, or its text in any case."""

    field: str
    value: bool


class IsNull(Node, frozen=True):
    """The field is absent or None."""

    field: str


class Exists(Node, frozen=True):
    """The record has the field (None counts as present), or has it not."""

    field: str
    present: bool


class Compare(Node, frozen=True):
    """The value as a number is `lt`, `lte`, `gt` or `gte` the number. A text that is no number: false."""

    field: str
    operator: str
    value: int | float


class Cidr(Node, frozen=True):
    """The text is an address in the network (IPv4 or IPv6, canonical text)."""

    field: str
    network: str


class FieldRef(Node, frozen=True):
    """The text stands to the other field's text as `equals`, `startswith`, `endswith` or `contains`."""

    field: str
    other: str
    relation: str
    cased: bool = False


class TimePart(Node, frozen=True):
    """A part (`minute`, `hour`, `day`, `week`, `month`, `year`) of the timestamp in the field equals the number."""

    field: str
    part: str
    value: int


class Keyword(Node, frozen=True):
    """Some scalar value of the record (at any depth, keys excluded) contains the pattern, as in `Text`."""

    pattern: tuple[str | Wildcard, ...]
    cased: bool = False


class KeywordRegex(Node, frozen=True):
    """Some scalar value of the record is found by the regular expression, as in `Regex`."""

    pattern: str
    flags: str = ""


class And(Node, frozen=True):
    """All hold."""

    items: tuple["Condition", ...]


class Or(Node, frozen=True):
    """One or more hold."""

    items: tuple["Condition", ...]


class Not(Node, frozen=True):
    """Does not hold."""

    item: "Condition"


Test = Text | Regex | Number | Bool | IsNull | Exists | Compare | Cidr | FieldRef | TimePart
Condition = Test | Keyword | KeywordRegex | And | Or | Not


class Rule(msgspec.Struct, frozen=True):
    """A detection that one event can satisfy."""

    analytic: Analytic
    log_source: LogSource
    condition: Condition
    names: tuple[str, ...] = ()
    """What correlation rules may call it: its id and its `name`."""
    reported: bool = True
    """False where it only feeds correlation rules (`generate` is not set)."""


class Refusal(msgspec.Struct, frozen=True):
    """A rule, or a file, that cannot be run."""

    path: str
    line: int | None
    rule_id: str | None
    reason: str


class CorrelationSpec(msgspec.Struct, frozen=True):
    """A Sigma correlation rule after parsing."""

    analytic: Analytic
    type: str
    """event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile, value_median."""
    rules: tuple[str, ...]
    """Names or ids of the rules (or correlation rules) it relates, in the order written."""
    timespan_seconds: int
    group_by: tuple[str, ...] = ()
    aliases: Mapping[str, Mapping[str, str]] = {}
    """Alias -> (rule name or id -> field)."""
    operator: str = "gte"
    """lt, lte, gt, gte, eq, neq."""
    threshold: int | float = 1
    bounds: tuple[tuple[str, int | float], ...] = ()
    """Further comparisons that must hold too (a range: `gt: 100`, `lte: 200`)."""
    fields: tuple[str, ...] = ()
    """Fields that value_* types read."""
    percentile: int | None = None
    """None for value_percentile: the share of each value among all, in percent, is compared."""
    expression: "Expression | None" = None
    """Extended condition of temporal types; None where all rules must occur."""
    names: tuple[str, ...] = ()
    generate: bool = False
    """True where the rules it relates are reported on their own too."""
    reported: bool = True


class Reference(msgspec.Struct, frozen=True, tag=True):
    """A rule occurred within the timespan."""

    rule: str


class AllOf(msgspec.Struct, frozen=True, tag=True):
    """All parts of an extended condition hold."""

    items: tuple["Expression", ...]


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """One or more parts of an extended condition hold."""

    items: tuple["Expression", ...]


class NoneOf(msgspec.Struct, frozen=True, tag=True):
    """The part of an extended condition does not hold."""

    item: "Expression"


Expression = Reference | AllOf | AnyOf | NoneOf

"""`minixdr rules list`: the rules, one row each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from minixdr.detect.loading import Loaded
from minixdr.detect.rule import CorrelationSpec, Rule
from minixdr.schema.event import LogSource
from minixdr.schema.finding import LEVELS, Analytic

RANKS = {level: rank for rank, level in enumerate(LEVELS)}


class Row(msgspec.Struct, frozen=True):
    """A rule."""

    analytic: Analytic
    log_sources: tuple[str, ...]
    """`product/category/service` of what it reads, `*` for what it leaves open; a correlation rule's are those of the rules it relates."""
    reported: bool
    """False where it only feeds correlation rules."""


def rows(loaded: Loaded) -> list[Row]:
    """Return the rules: most severe first, then by title."""
    found = [*(_row(rule) for rule in loaded.rules), *_correlation_rows(loaded)]
    return sorted(found, key=lambda row: (-RANKS.get(row.analytic.level, 0), row.analytic.title, row.analytic.rule_id))


def _row(rule: Rule) -> Row:
    return Row(rule.analytic, (named(rule.log_source),), rule.reported)


def _correlation_rows(loaded: Loaded) -> Iterator[Row]:
    by_name: dict[str, Rule | CorrelationSpec] = {}
    for rule in loaded.rules:
        by_name.update(dict.fromkeys(rule.names, rule))
    for spec in loaded.correlations:
        by_name.update(dict.fromkeys(spec.names, spec))
    for spec in loaded.correlations:
        sources = sorted({named(rule.log_source) for rule in related_rules(spec, by_name)})
        yield Row(spec.analytic, tuple(sources), spec.reported)


def related_rules(spec: CorrelationSpec, by_name: Mapping[str, Rule | CorrelationSpec]) -> Iterator[Rule]:
    """Yield the rules that a correlation rule rests on, through others too. Rules in a circle were refused when they were loaded."""
    for name in spec.rules:
        found = by_name.get(name)
        if isinstance(found, Rule):
            yield found
        elif found is not None:
            yield from related_rules(found, by_name)


def named(source: LogSource) -> str:
    """Return a log source in one word."""
    return "/".join(part or "*" for part in (source.product, source.category, source.service))


def of_level(found: Iterable[Row], least: str) -> Sequence[Row]:
    """Return the rows of at least this level."""
    return [row for row in found if RANKS.get(row.analytic.level, 0) >= RANKS[least]]

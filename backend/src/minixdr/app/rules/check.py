"""`minixdr rules check`: which rules can run, which cannot and why, and what is missing in those that can."""

from collections.abc import Iterator, Sequence

import msgspec

from minixdr.app import canary
from minixdr.detect.loading import Loaded
from minixdr.detect.rule import CorrelationSpec, Refusal, Rule
from minixdr.normalize.catalog import all_sources
from minixdr.schema.event import LogSource


class Checked(msgspec.Struct, frozen=True):
    """The account of some rule files: every rule is in one of the numbers, or refused."""

    rules: int
    correlations: int
    filters: int
    refusals: Sequence[Refusal]
    warnings: Sequence[Refusal]
    """Rules that run, and what a reader would miss in them."""

    @property
    def refused(self) -> bool:
        """Whether something cannot run."""
        return bool(self.refusals)


def check(loaded: Loaded) -> Checked:
    """Return the account of the loaded rules."""
    warnings = [*loaded.warnings, *_unread(loaded.rules), *_untold((*loaded.rules, *loaded.correlations))]
    return Checked(
        rules=len(loaded.rules),
        correlations=len(loaded.correlations),
        filters=loaded.filters,
        refusals=loaded.refusals,
        warnings=sorted(warnings, key=lambda warning: (warning.path, warning.line or 0, warning.reason)),
    )


def _warning(rule: Rule | CorrelationSpec, reason: str) -> Refusal:
    path, _, line = rule.analytic.path.rpartition(":")
    return Refusal(path, int(line), rule.analytic.rule_id, reason)


def _unread(rules: Sequence[Rule]) -> Iterator[Refusal]:
    """Yield the first rule of each product that no log source of ours writes: such rules run, and never meet a record."""
    products = _products()
    unread: dict[str, list[Rule]] = {}
    for rule in rules:
        product = rule.log_source.product
        if product is not None and product.lower() not in products:
            unread.setdefault(product, []).append(rule)
    for product, theirs in unread.items():
        more = f" (nor for {len(theirs) - 1:,} more rules)" if len(theirs) > 1 else ""
        yield _warning(theirs[0], f"no log source of product `{product}` is read yet{more}")


def _products() -> set[str]:
    """Return the products that the log sources write records of, as far as their names tell."""
    known = {"aws", "linux", "windows", "kubernetes", "okta", "github", "azure", "m365", "gcp", "zeek", "suricata"}
    for source in all_sources():
        known.update(source.name.split("_"))
        for found in source.routing.log_sources(tuple(None for _ in source.routing.keys)):
            if isinstance(found, LogSource) and found.product:
                known.add(found.product.lower())
    return known


def _untold(rules: Sequence[Rule | CorrelationSpec]) -> Iterator[Refusal]:
    for rule in rules:
        if rule.analytic.rule_id == canary.RULE_ID:
            continue  # it finds our own event, and claims no attack
        if rule.reported and not rule.analytic.techniques and not rule.analytic.tactics:
            yield _warning(rule, "no ATT&CK tag: incidents cannot place its findings")

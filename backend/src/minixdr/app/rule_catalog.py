"""The platform's rules, to be looked at: what the api process knows of what the workers run.

In: a `Ruleset`, and the rule files for their texts. Out: a `RuleCatalog`. Rules are loaded at first use and stay: new rule files are seen by the
next process, as in the workers.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import PurePath

import msgspec

from minixdr.app.rule_needs import Needs
from minixdr.app.rules.catalog import RANKS, Row, named
from minixdr.app.ruleset import Ruleset
from minixdr.app.tuning import log_sources_of
from minixdr.detect.kinds.indicator.finding import analytics
from minixdr.detect.rule import CorrelationSpec, Refusal
from minixdr.ports.scan import RuleTexts
from minixdr.schema.event import LogSource
from minixdr.schema.finding import Analytic

_STATUS = re.compile(rb"^status:[ \t]*([a-z]+)", re.MULTILINE)
_NEXT_DOCUMENT = re.compile(r"^---", re.MULTILINE)


class CatalogRule(msgspec.Struct, frozen=True):
    """A rule of the platform."""

    row: Row
    status: str | None
    """What its author says of it: stable, test, experimental, deprecated, unsupported."""
    place: str
    """File and line, relative to the folder of rules."""

    @property
    def analytic(self) -> Analytic:
        """What its findings say of it."""
        return self.row.analytic


class RuleCatalog:
    """All rules of the platform."""

    def __init__(
        self,
        rules: Sequence[CatalogRule],
        log_sources: Mapping[str, LogSource],
        refusals: Sequence[Refusal],
        read: Callable[[str], bytes | None],
        needs: Callable[[], Needs],
        digest: str = "",
    ) -> None:
        """`read` gives the text of a rule file by its path."""
        self.rules = rules
        """The most severe first, then by title."""
        self.log_sources = log_sources
        """Of each rule that reads records, by id."""
        self.refusals = refusals
        """Rules that cannot run, and why."""
        self.digest = digest
        """Of the texts that it was made of: `Ruleset.digest`."""
        self._by_id = {rule.analytic.rule_id: rule for rule in rules}
        self._read = read
        self._make_needs = needs

    @cached_property
    def needs(self) -> Needs:
        """What each rule needs in order to fire: made at first use, a few tenths of a second."""
        return self._make_needs()

    @property
    def count(self) -> int:
        """How many rules run, lists of indicators left out: `Ruleset.count`."""
        return sum(rule.analytic.kind != "indicator" for rule in self.rules)

    def get(self, rule_id: str) -> CatalogRule | None:
        """Return one."""
        return self._by_id.get(rule_id)

    def text(self, rule_id: str) -> str | None:
        """Return the rule's YAML; None where it has none (an indicator list), or its file is gone."""
        rule = self._by_id.get(rule_id)
        if rule is None or rule.analytic.kind == "indicator":
            return None
        path, _, line = rule.analytic.path.rpartition(":")
        content = self._read(path)
        if content is None or not line.isdecimal():
            return None
        lines = content.decode("utf-8-sig", "replace").splitlines(keepends=True)
        rest = "".join(lines[int(line) - 1 :])
        following = _NEXT_DOCUMENT.search(rest, 3)
        return rest if following is None else rest[: following.start()]

    def file_text(self, rule_id: str) -> str | None:
        """Return all of the rule's file: a correlation rule stands beside those that it relates; None as for `text`."""
        rule = self._by_id.get(rule_id)
        if rule is None or rule.analytic.kind == "indicator":
            return None
        content = self._read(rule.analytic.path.rpartition(":")[0])
        return None if content is None else content.decode("utf-8-sig", "replace")


def catalog_of(ruleset: Ruleset, folders: Sequence[str], texts: RuleTexts) -> RuleCatalog:
    """Return the catalog of the rules below the folders. Raises OSError."""
    statuses = {path: _STATUS.findall(text) for path, text in texts.read(folders)}
    rows = [*_rules(ruleset), *_correlations(ruleset), *_indicators(ruleset)]
    rules = [CatalogRule(row, _status(row, statuses), _place(row.analytic.path, folders)) for row in rows]
    rules.sort(key=lambda rule: (-RANKS.get(rule.analytic.level, 0), rule.analytic.title, rule.analytic.rule_id))

    def read(path: str) -> bytes | None:
        try:
            return next((text for _, text in texts.read([path])), None)
        except OSError:
            return None  # it was taken away since: the rule still runs, its text cannot be shown

    program = ruleset.compiled.program
    needs = lambda: Needs(program, ruleset.correlations)  # noqa: E731
    return RuleCatalog(rules, log_sources_of(program), ruleset.refusals, read, needs, ruleset.digest)


class RuleCatalogLoader:
    """Gives the catalog; loads it at first use, in a thread."""

    def __init__(self, load: Callable[[], RuleCatalog]) -> None:
        self._load = load
        self._catalog: RuleCatalog | None = None
        self._lock = asyncio.Lock()

    @property
    def loaded(self) -> RuleCatalog | None:
        """The catalog, where somebody asked for it before."""
        return self._catalog

    async def get(self) -> RuleCatalog:
        """Return the catalog. Raises BadInput, OSError where rules cannot be read."""
        async with self._lock:
            if self._catalog is None:
                self._catalog = await asyncio.to_thread(self._load)
            return self._catalog


def _rules(ruleset: Ruleset) -> list[Row]:
    program = ruleset.compiled.program
    return [
        Row(program.analytic(number), (named(program.log_sources[rule.log_source]),), rule.reported)
        for number, rule in enumerate(program.rules)
    ]


def _correlations(ruleset: Ruleset) -> list[Row]:
    program = ruleset.compiled.program
    by_name: dict[str, str | CorrelationSpec] = {}
    for rule in program.rules:
        by_name.update(dict.fromkeys(rule.names, named(program.log_sources[rule.log_source])))
    for spec in ruleset.correlations:
        by_name.update(dict.fromkeys(spec.names, spec))
    return [Row(spec.analytic, tuple(sorted(_read_by(spec, by_name))), spec.reported) for spec in ruleset.correlations]


def _read_by(spec: CorrelationSpec, by_name: Mapping[str, "str | CorrelationSpec"]) -> set[str]:
    """Return the log sources below a correlation rule. Rules in a circle were refused when they were loaded."""
    found: set[str] = set()
    for name in spec.rules:
        related = by_name.get(name)
        if isinstance(related, str):
            found.add(related)
        elif related is not None:
            found |= _read_by(related, by_name)
    return found


def _indicators(ruleset: Ruleset) -> list[Row]:
    if ruleset.indicators is None:
        return []
    return [Row(analytic, ("*/*/*",), reported=True) for analytic in analytics(ruleset.indicators)]


def _status(row: Row, statuses: Mapping[str, Sequence[bytes]]) -> str | None:
    """Return the status of a rule in a file where all rules have the same; None where the file does not say so plainly."""
    found = set(statuses.get(row.analytic.path.rpartition(":")[0], ()))
    return found.pop().decode("ascii") if len(found) == 1 else None


def _place(path: str, folders: Sequence[str]) -> str:
    """Return the path below its folder: where the server keeps its files is nobody's business."""
    for folder in folders:
        if PurePath(path).is_relative_to(folder):
            return str(PurePath(path).relative_to(folder))
    return PurePath(path).name

"""What all parts together give: correlation rules' findings, incidents, the rules that found something."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from minixdr.app.scan.account import Account
from minixdr.app.scan.found import AllFound, Observed, in_order
from minixdr.app.scan.frames import decode_observation
from minixdr.app.scan.part import RANKS, PartResult
from minixdr.app.scan.request import ScanRequest
from minixdr.correlate.batch import correlate
from minixdr.correlate.key import FindingKey
from minixdr.detect.kinds.sigma_correlation import Correlator, Observation
from minixdr.detect.rule import CorrelationSpec
from minixdr.ports.scan import Spool, Spools
from minixdr.schema.finding import Analytic
from minixdr.schema.incident import Incident


class RuleCount(msgspec.Struct, frozen=True):
    """A rule and how often it found something."""

    analytic: Analytic
    findings: int


class Conclusion(msgspec.Struct):
    """What a scan found."""

    incidents: Sequence[Incident]
    """Most severe first, then most risk."""
    rules: Sequence[RuleCount]
    """Most severe first, then most frequent."""
    found: AllFound
    incident_ids: Mapping[str, str]
    """Finding id -> incident id."""
    account: Account
    rules_loaded: int
    notes: list[str]
    """What a person should know of how it was found: what was forgotten for want of room."""
    interrupted: bool
    unwritten: str | None = None
    """Why the outputs could not be written, where they could not."""


def relate(
    specs: Sequence[CorrelationSpec], observed: list[Observed], spools: Spools, spool: Spool, request: ScanRequest
) -> tuple[PartResult, list[str]]:
    """Return the findings of correlation rules, their frames in the spool, and what was forgotten on the way.

    All files are through, so everything is taken in the order of its time: nothing comes late.
    """
    correlator = Correlator(specs, lateness_seconds=0)
    result = PartResult.empty(spool.name)
    least = RANKS[request.least_level]
    for finding in correlator.run(_observations(observed, spools)):
        if RANKS.get(finding.analytic.level, 0) >= least:
            result.keep(finding, spool, with_event=request.report is not None)
    spool.flush()
    return result, correlator.notes()


def _observations(observed: list[Observed], spools: Spools) -> Iterator[Observation]:
    for _, spool, position in in_order(observed):
        yield decode_observation(spools.read(spool, position))


def gather(results: Iterable[PartResult], spools: Spools) -> tuple[AllFound, list[Incident]]:
    """Return all findings, and their incidents: most severe first, then most risk."""
    found = AllFound()

    def keys() -> Iterator[FindingKey]:
        for result in results:
            found.analytics |= result.analytics
            yield from found.take(result.found, spools)

    incidents = sorted(
        correlate(keys()),
        key=lambda incident: (-RANKS.get(incident.severity, 0), -incident.risk, incident.incident_id),
    )
    return found, incidents


def rule_counts(found: AllFound) -> list[RuleCount]:
    """Return the rules that found something."""
    rules = [RuleCount(found.analytics[rule_id], count) for rule_id, count in found.counts.items()]
    return sorted(rules, key=lambda rule: (-RANKS.get(rule.analytic.level, 0), -rule.findings, rule.analytic.title))

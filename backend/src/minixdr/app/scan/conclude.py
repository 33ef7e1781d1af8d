"""What all parts together give: correlation rules' findings, incidents, the rules that found something."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from minixdr.app.scan.account import Account
from minixdr.app.scan.frames import decode_observation
from minixdr.app.scan.part import RANKS, Found, Observed, PartResult, keep
from minixdr.app.scan.request import ScanRequest
from minixdr.correlate.batch import correlate
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
    """Most risk first."""
    rules: Sequence[RuleCount]
    """Most severe first, then most frequent."""
    found: Sequence[Found]
    """In the order of files and records; those of correlation rules last."""
    incident_ids: Mapping[str, str]
    """Finding id -> incident id."""
    account: Account
    rules_loaded: int
    notes: list[str]
    """What a person should know of how it was found: rules that cannot run, groups that were forgotten."""
    interrupted: bool


def correlation_findings(
    specs: Sequence[CorrelationSpec], observed: list[Observed], spools: Spools, spool: Spool, request: ScanRequest
) -> tuple[PartResult, list[str]]:
    """Return the findings of correlation rules, their frames in the spool, and what was forgotten on the way.

    All files are through, so everything is taken in the order of its time: nothing comes late.
    """
    observed.sort(key=lambda item: (item.seconds, item.spool, item.position))
    correlator = Correlator(specs, lateness_seconds=0)
    result = PartResult([])
    least = RANKS[request.least_level]
    for finding in correlator.run(_observations(observed, spools)):
        if RANKS.get(finding.analytic.level, 0) >= least:
            result.found.append(keep(finding, spool, with_event=request.report is not None))
            result.analytics[finding.analytic.rule_id] = finding.analytic
    spool.flush()
    return result, correlator.notes()


def _observations(observed: Iterable[Observed], spools: Spools) -> Iterator[Observation]:
    for item in observed:
        yield decode_observation(spools.read(item.spool, item.position))


def incidents_of(found: Sequence[Found]) -> tuple[list[Incident], dict[str, str]]:
    """Return the incidents, most risk first, and finding id -> incident id."""
    incidents = sorted(
        correlate(item.key for item in found),
        key=lambda incident: (-RANKS.get(incident.severity, 0), -incident.risk, incident.incident_id),
    )
    return incidents, {finding: incident.incident_id for incident in incidents for finding in incident.finding_ids}


def rule_counts(found: Iterable[Found], analytics: Mapping[str, Analytic]) -> list[RuleCount]:
    """Return the rules that found something."""
    counts = Counter(item.rule_id for item in found)
    rules = [RuleCount(analytics[rule_id], count) for rule_id, count in counts.items()]
    return sorted(rules, key=lambda rule: (-RANKS.get(rule.analytic.level, 0), -rule.findings, rule.analytic.title))

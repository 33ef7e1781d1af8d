"""What all parts together give."""

from datetime import timedelta

from minixdr.app.scan.conclude import gather, relate, rule_counts
from minixdr.app.scan.frames import encode_observation
from minixdr.app.scan.part import PartResult
from minixdr.detect.loading import load
from tests.integration.test_scan import MANY, RULE
from tests.unit.app.scan.scans import RULE as ANALYTIC
from tests.unit.app.scan.scans import START, Memory, make_finding, make_observation, make_request

SPECS = load([("a.yml", RULE.encode()), ("b.yml", MANY.encode())], {}).correlations


def _observed(spool: Memory, times: list[int]) -> PartResult:
    result = PartResult.empty(spool.name)
    for minutes in times:
        observation = make_observation(
            minutes,
            names=("access_key_created",),
            time=START + timedelta(minutes=minutes),
            fields={"userIdentity.arn": "arn"},
        )
        result.observed.seconds.append(observation.time.timestamp())
        result.observed.positions.append(spool.append(encode_observation(observation)))
    return result


def test_a_correlation_sees_the_files_of_all_processes_in_order() -> None:
    """Three keys within ten minutes are found whichever process read which, last first."""
    spool = Memory()
    parts = [_observed(spool, [7]), _observed(spool, [4, 1])]
    result, notes = relate(SPECS, [part.observed for part in parts], spool, spool, make_request())
    assert [analytic.title for analytic in result.analytics.values()] == ["Many Access Keys"]
    found, _ = gather([result], spool)
    assert len(found) == len(result.found.positions) == 1
    assert not notes


def test_a_level_holds_for_correlations_too() -> None:
    """What is below is not reported."""
    spool = Memory()
    observed = _observed(spool, [1, 4, 7]).observed
    result, _ = relate(SPECS, [observed], spool, spool, make_request(least_level="critical"))
    assert not result.found.positions


def test_findings_of_all_parts_join_incidents() -> None:
    """Each finding is in an incident; the rules that found something are counted."""
    spool = Memory()
    parts = []
    for number in (1, 2):
        part = PartResult.empty(spool.name)
        part.keep(make_finding(number), spool, with_event=False)
        parts.append(part)
    found, incidents = gather(parts, spool)
    assert [item.finding_id for item in found] == [f"{1:032x}", f"{2:032x}"]
    assert {name for incident in incidents for name in incident.finding_ids} == {item.finding_id for item in found}
    assert [(rule.analytic, rule.findings) for rule in rule_counts(found)] == [(ANALYTIC, 2)]


def test_nothing_found_is_nothing() -> None:
    """No part, no incident."""
    found, incidents = gather([], Memory())
    assert (len(found), incidents, rule_counts(found)) == (0, [], [])

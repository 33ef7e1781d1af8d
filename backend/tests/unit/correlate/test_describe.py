"""What an incident says of itself: why each finding is in it, how bad, how likely, what happened."""

from datetime import UTC, datetime

import msgspec

from minixdr.correlate import correlate, key_of
from minixdr.correlate.risk import RuleShare, risk_of, severity_of
from minixdr.correlate.runs import RuleFacts
from minixdr.schema.event import Entity
from minixdr.schema.finding import Analytic, Finding

from .stories import HOUR, MINUTE, Story, cloud_intrusion


def _share(
    level: str, title: str = "Rule", tactics: tuple[str, ...] = (), findings: int = 1, rareness: float = 1.0
) -> RuleShare:
    return RuleShare(RuleFacts(title, title, level, tactics, (), "test"), findings, findings, rareness)


def test_join_names_entity_and_time_apart() -> None:
    """A person reads what ties two findings and how far apart they are."""
    story = Story("story")
    first = story.tell(0, "Key used from abroad", "key:AKIAEXAMPLE0000000!")
    story.tell(4 * MINUTE, "Trail stopped", "key:AKIAEXAMPLE0000000!")
    (incident,) = correlate(story.keys)
    assert incident.joins[0].joined_finding_id is None
    join = incident.joins[1]
    assert join.reason == "access key AKIAEXAMPLE0000000 in both, 4 min apart"
    assert (join.joined_finding_id, join.gap_seconds) == (first.finding_id, 240.0)
    assert join.entities == (Entity("access_key", "AKIAEXAMPLE0000000", "actor"),)
    assert 0.9 < join.weight <= 1.0


def test_joins_name_each_finding_once() -> None:
    """No finding is in an incident without a reason."""
    story = cloud_intrusion()
    for number in range(200):
        story.tell(HOUR + number, "Denied call", "key:AKIAANA000000000! user:ana!", "medium")
    (incident,) = correlate(story.keys)
    named = [name for join in incident.joins for name in (join.finding_id, *join.repeats)]
    assert sorted(named) == sorted(incident.finding_ids)
    assert len(incident.joins) < 20


def test_findings_are_in_time_order() -> None:
    """First and last moment and the order of the findings are those of the story, not of arrival."""
    story = cloud_intrusion()
    (incident,) = correlate(reversed(story.keys))
    assert incident.finding_ids == tuple(key.finding_id for key in story.keys)
    assert incident.first_at and incident.last_at
    assert (incident.last_at - incident.first_at).total_seconds() == 6 * HOUR


def test_title_says_what_happened() -> None:
    """Several rules: the tactics that most speaks for; one rule: its name; who or where."""
    story = Story("story")
    story.tell(0, "Dump", "user:ana! host:a", "critical", "TA0006")
    story.tell(60, "Copy", "user:ana! host:a", "high", "TA0010")
    (incident,) = correlate(story.keys)
    assert incident.title == "Credential access and exfiltration by user ana on host a"
    alone = Story("alone")
    alone.tell(0, "Web shell written.", "host:web-1")
    assert [incident.title for incident in correlate(alone.keys)] == ["Web shell written on host web-1"]
    hosts = Story("hosts")
    for number in range(3):
        hosts.tell(number, "Service installed", f"host:h{number} user:ana!", "high")
    assert [incident.title for incident in correlate(hosts.keys)] == ["Service installed by user ana (3 hosts)"]


def test_title_counts_all_of_many() -> None:
    """A scan of 3,000 hosts says so, though an incident names its 1,000 most telling entities; many guests of one host are a number."""
    scan, guests = Story("scan"), Story("guests")
    for number in range(3_000):
        scan.tell(number * 0.1, "Port scan", f"ip:198.51.100.99! host:h{number}", "low")
        guests.tell(number * 0.1, "Unknown user", f"ip:203.0.{number // 200}.{number % 200}! host:gate", "low")
    assert [incident.title for incident in correlate(scan.keys)] == ["Port scan by address 198.51.100.99 (3,000 hosts)"]
    (incident,) = correlate(guests.keys)
    assert incident.title == "Unknown user by 3,000 addresses on host gate"
    assert len(incident.entities) == 1_000
    assert incident.entities[0].value == "gate"


def test_title_calls_an_instance_an_instance() -> None:
    """Buckets are not counted as machines."""
    story = Story("story")
    for number in range(3):
        story.tell(
            number,
            "Command sent",
            f"key:AKIAEXAMPLE0000000! resource:i-0123456789abcdef{number} resource:arn:aws:s3:::b{number}",
        )
    assert [incident.title for incident in correlate(story.keys)] == [
        "Command sent by access key AKIAEXAMPLE0000000 (3 instances)"
    ]


def test_title_of_hostile_length_stays_short() -> None:
    """What an attacker names himself does not fill the screen."""
    story = Story("story")
    story.tell(0, "Rule", f"user:{'x' * 100_000}!")
    assert len(correlate(story.keys)[0].title) < 200


def test_title_and_joins_write_out_what_draws_nothing() -> None:
    """A name that turns the direction of text round, or colours terminals, is read for what it is: titles go to terminals, mails and chats."""
    story = Story("story")
    entity = "host:gnp\u202eexe.\x1b[31m!"
    story.tell(0, "Dump", entity, "high", "TA0006")
    story.tell(60, "Copy", entity, "high", "TA0010")
    (incident,) = correlate(story.keys)
    assert incident.title.isprintable()
    assert incident.joins[1].reason.isprintable()
    assert "gnp\\u202eexe.\\x1b[31m" in incident.title


def test_risk_grows_with_level_and_kinds_and_little_with_repeats() -> None:
    """The hundredth repeat says nothing new; a second kind of finding does."""
    alone, _ = risk_of([_share("high")])
    often, _ = risk_of([_share("high", findings=1_000_000)])
    several, reasons = risk_of(
        [_share("high", "One", ("TA0001",)), _share("high", "Two", ("TA0006",)), _share("medium", "Three", ("TA0010",))]
    )
    assert 30 < alone < often < 60 < several < 100
    assert reasons == ("high `One`", "high `Two`", "medium `Three`", "3 tactics of the kill chain")
    assert (
        risk_of([_share("critical")])[0]
        > alone
        > risk_of([_share("medium")])[0]
        > risk_of([_share("informational")])[0]
        > 0
    )
    assert risk_of([_share("high", rareness=0.01)])[0] < 1


def test_severity_is_the_highest_level_and_more_for_an_intrusion_under_way() -> None:
    """Low findings stay low however many; four tactics by four rules are worse than each."""
    assert severity_of([_share("low"), _share("informational")]) == "low"
    tactics = ("TA0001", "TA0003", "TA0006", "TA0010")
    assert severity_of([_share("medium", tactic, (tactic,)) for tactic in tactics]) == "high"
    assert severity_of([_share("medium", "one", tactics)]) == "medium"
    assert severity_of([_share("low", tactic, (tactic,)) for tactic in tactics]) == "low"
    assert severity_of([_share("nonsense")]) == "informational"


def test_last_moment_of_the_calendar_is_a_time() -> None:
    """An absurd time in a log ends no scan."""
    finding = Finding(
        "0" * 32,
        Analytic("r", "Rule", "sigma", "high"),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC),
        (),
        "a.log",
        1,
        "test",
        {},
        (),
    )
    (incident,) = correlate(
        [key_of(finding), msgspec.structs.replace(key_of(finding), finding_id="1", seconds=-62_135_596_800.0)]
    )[1:]
    assert incident.first_at is not None
    assert incident.first_at.year == 9999

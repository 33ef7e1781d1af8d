"""Amazon S3 server access logs."""

from pathlib import Path

import pytest

from minixdr.normalize.sources.aws_s3_access import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    services_of,
    telemetry,
    unread,
)

_OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
_SESSION = "arn:aws:sts::111122223333:assumed-role/Web/i-0abc1234"


def _line(
    requester: str = _SESSION, agent: str = "aws-cli/2.15.0", referrer: str = "-", key: str = "ledger/2026.csv"
) -> dict[str, str]:
    return {
        "message": (
            f"{_OWNER} example-ledger [02/Mar/2026:08:15:30 +0000] 198.51.100.7 {requester} 3E57427F3EXAMPLE REST.GET.OBJECT {key} "
            f'"GET /example-ledger/{key}?versionId=1 HTTP/1.1" 200 - 2048 4096 70 10 "{referrer}" "{agent}" - s9lzHYrFp76ZVxRcpX9+ '
            "SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader example-ledger.s3.eu-central-1.amazonaws.com TLSV1.2 - Yes"
        )
    }


def test_an_access_says_who_read_what() -> None:
    """Requester, address, bucket and object are there."""
    event = event_of(_line(), "text")
    attributes = event.attributes
    assert (event.class_uid, attributes["activity_id"], attributes["status_id"]) == (6003, 2, 1)
    assert (attributes["http_response.body_length"], attributes["time"]) == (2048, 1772439330000)
    assert {
        ("session", _SESSION, "actor"),
        ("address", "198.51.100.7", "actor"),
        ("resource", "arn:aws:s3:::example-ledger", "target"),
        ("resource", "arn:aws:s3:::example-ledger/ledger/2026.csv", "target"),
    } <= entities(event)


def test_an_anonymous_request_names_nobody() -> None:
    """No requester, no user."""
    event = event_of(_line(requester="-"))
    assert "actor.user.uid" not in event.attributes
    assert not [entity for entity in event.entities if entity.type in ("user", "session")]


@pytest.mark.parametrize(
    "agent",
    [
        'x" - s9lz SigV4 c AuthHeader h TLSV1.2 - -',
        'x" 200 - "y',
        '" "-" - - - - - - -',
    ],
)
def test_a_quote_of_the_client_s_moves_nothing_that_is_believed(agent: str) -> None:
    """S3 does not escape quotes: where they moved the columns, those from the request on are left out, with a doubt."""
    event = event_of(_line(agent=agent))
    assert event.attributes["src_endpoint.ip"] == "198.51.100.7"
    assert "http_response.code" not in event.attributes
    assert "http_request.url.path" in {doubt.attribute for doubt in event.doubts}


def test_rules_see_the_request() -> None:
    """Rules of the category webserver find their fields."""
    fields = fields_of(_line())
    assert (fields["cs-method"], fields["sc-status"], fields["c-ip"]) == ("GET", 200, "198.51.100.7")
    assert services_of(_line()) == [("webserver", "aws", "s3"), (None, "aws", "s3_access")]


def test_a_cut_line_breaks_nothing() -> None:
    """Lines end anywhere."""
    line = _line()["message"]
    for end in range(0, len(line), 2):
        endure(SOURCE, {"message": line[:end]})


_NAMELESS = 1
"""A vector that holds nothing but a bucket's name."""


def test_real_records_become_events(shared_data: Path) -> None:
    """Every access of the collected samples is an event that OCSF allows."""
    count, problems = unread(
        "aws_s3_access", telemetry(shared_data, "panther_unit_events/rules/AWS.S3ServerAccess.jsonl")
    )
    assert count == 6
    assert len([problem for problem in problems if "[]" in problem]) == len(problems) == _NAMELESS


def test_a_time_in_the_user_agent_makes_no_other_log_of_it() -> None:
    """A stranger who writes what looks like a web server's line into the user agent does not choose who reads the record."""
    agent = 'x 203.0.113.66 - - [02/Mar/2026:08:15:30 +0000] "GET / HTTP/1.1" 200 5'
    event = event_of(_line(agent=agent))
    assert (event.source, event.attributes["src_endpoint.ip"]) == ("aws_s3_access", "198.51.100.7")

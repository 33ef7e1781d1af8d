"""A hunt becomes a rule that finds the same: a real database, a real lake, the engine that runs rules."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from minixdr.schema.role import Role
from tests.engines import TestDatabase
from tests.hunts import hunting_world, keep_events, trail
from tests.integration.hunting.test_api import DAY, Place


@pytest.fixture(scope="module")
def place(postgres: TestDatabase, lake_folder: Path) -> Iterator[Place]:
    """Return a world with events of one source."""
    with asyncio.Runner() as runner:
        entered = hunting_world(postgres, lake_folder)
        made = runner.run(entered.__aenter__())
        kept = [
            trail("alice", "CreateUser", "2026-03-01T10:00:00Z"),
            trail("alice", "AttachUserPolicy", "2026-03-01T10:05:00Z", "10.1.2.3"),
            trail("bob", "ListUsers", "2026-03-01T11:00:00Z", "2001:db8::5"),
            trail("star*", "ListUsers", "2026-03-01T12:00:00Z"),
            trail("starling", "ListUsers", "2026-03-01T13:00:00Z"),
        ]
        events = runner.run(keep_events(made, made.ours, kept, commit=True))
        yield Place(made, runner, [row.event.event_id for row in events])
        runner.run(entered.__aexit__(None, None, None))


def _draft(place: Place, query: str) -> Any:
    answer = place.ask("POST", "/hunt-rules", json={"query": query, **DAY})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('source = "aws_cloudtrail" and api.operation in ("CreateUser", "AttachUserPolicy")', 2),
        ('api.operation = "ListUsers" and not actor.user.name = "bob"', 2),
        ('actor.user.name = "star*"', 1),
        ('src_endpoint.ip in cidr "10.0.0.0/8" or actor.user.name startswith "bo"', 2),
        ('(api.operation endswith "users" or api.operation matches "^Attach") and src_endpoint.ip exists', 4),
        ('"made-by-alice" and api.operation contains cased "User"', 2),
        ('unmapped.requestParameters.userName = "made-by-bob" | count by actor.user.name', 1),
    ],
)
def test_the_rule_finds_what_the_hunt_finds_and_nothing_else(place: Place, query: str, found: int) -> None:
    """It is tried on both kinds of records, and passes as a rule of one's own with the samples that come with it."""
    draft = _draft(place, query)
    assert draft["problems"] == []
    assert (draft["records"], draft["found"], draft["others"], draft["others_found"]) == (found, found, 5 - found, 0)
    rule = yaml.safe_load(draft["rule"])
    assert rule["logsource"] == {"product": "aws", "service": "cloudtrail"}
    assert bool(draft["notes"]) == ("|" in query)
    samples = [{"kind": "positive", "record": record} for record in draft["samples"]]
    checked = place.ask("POST", "/own-rule-checks", json={"text": draft["rule"], "samples": samples}).json()
    assert checked["runs"]
    assert checked["problems"] == []
    assert samples
    assert checked["samples"] == [None] * len(samples)


def test_the_rule_has_the_records_own_names(place: Place) -> None:
    """As people write rules."""
    draft = _draft(place, 'source = "aws_cloudtrail" and api.operation = "CreateUser" and actor.user.name = "alice"')
    assert {each["attribute"]: each["field"] for each in draft["names"]} == {
        "api.operation": "eventName",
        "actor.user.name": "userIdentity.userName",
    }
    assert yaml.safe_load(draft["rule"])["detection"] == {
        "selection": {"eventName": "CreateUser", "userIdentity.userName": "alice"},
        "condition": "selection",
    }


@pytest.mark.parametrize(
    ("query", "word", "marked"),
    [
        ("", "write a condition", ""),
        ('source = "aws_cloudtrail"', "add a condition", ""),
        ('entity = "user:alice"', "name the attribute", '"user:alice"'),
        ('api.operation = "CreateUser" and class_uid = 3001', "No field of these records", "class_uid"),
        ('api.operation = "Nothing"', "No event in this time range", ""),
        ('not (source = "aws_cloudtrail" and actor.user.name = "bob")', "reads one source", "source"),
        ('cased "made-by-alice"', "leave out `cased`", ""),
    ],
)
def test_what_a_rule_cannot_say_is_said_and_where(place: Place, query: str, word: str, marked: str) -> None:
    """No rule is made that means something else."""
    draft = _draft(place, query)
    assert draft["rule"] is None
    problem = draft["problems"][0]
    assert word in problem["message"]
    assert query[problem["start"] : problem["end"]] == marked


def test_a_wrong_query_is_refused_and_viewers_write_no_rules(place: Place) -> None:
    """As everywhere."""
    body = {"query": "actr.user.name = 1", **DAY}
    assert place.ask("POST", "/hunt-rules", json=body).status_code == 422
    assert place.ask("POST", "/hunt-rules", role=Role.VIEWER, json={**body, "query": '"a"'}).status_code == 403

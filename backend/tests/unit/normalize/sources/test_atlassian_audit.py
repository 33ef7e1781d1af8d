"""Atlassian Data Center audit log."""

import json
from typing import Any

import pytest

from minixdr.normalize.sources.atlassian_audit import SOURCE
from tests.contract.samples import SAMPLES
from tests.unit.normalize.sources.saas_events import endure, entities, event_of, fields_of, services_of, value_at


def _samples() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / SOURCE.name / "audit.log").read_text().splitlines()]


def test_an_administrators_act_names_author_address_and_object() -> None:
    """Who deleted which project, from where."""
    event = event_of(_samples()[0])
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["time"]) == (6003, 4, 1772439330125)
    assert entities(event) >= {
        ("user", "ada.kern", "actor"),
        ("address", "198.51.100.7", "actor"),
        ("resource", "PAY", "target"),
    }


def test_a_failed_login_has_no_actor_and_two_addresses_no_client() -> None:
    """The name is what a stranger typed, the first address what a client claimed."""
    event = event_of(_samples()[1])
    assert (event.class_uid, event.attributes["status_id"]) == (3002, 2)
    assert "src_endpoint.ip" not in event.attributes
    assert not any(role == "actor" for _, _, role in entities(event))


def test_rules_find_category_and_action() -> None:
    """SigmaHQ's rules for Bitbucket, whichever way the record names its type."""
    body = _samples()[0]
    rest = {**body, "type": body["auditType"]}
    del rest["auditType"]
    for shape in (body, rest):
        assert value_at(fields_of(shape), "auditType.action") == "Project deleted"
        assert services_of(shape) == [(None, "bitbucket", "audit")]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("User added to group", (3006, 3)),
        ("Global permission granted", (3005, 1)),
        ("Secret scanning rule deleted", (6003, 4)),
    ],
)
def test_actions_have_their_class(action: str, expected: tuple[int, int]) -> None:
    """An action is told by its words."""
    body = _samples()[0]
    body["auditType"]["action"] = action
    body["affectedObjects"] = [{"name": "bob", "type": "USER"}, {"name": "devs", "type": "GROUP"}]
    event = event_of(body)
    assert (event.class_uid, event.attributes["activity_id"]) == expected


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    for body in _samples():
        endure(SOURCE, body)

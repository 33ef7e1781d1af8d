"""OneLogin events."""

import json
from pathlib import Path
from typing import Any

from minixdr.normalize.sources.onelogin_events import SOURCE
from tests.contract.samples import SAMPLES
from tests.unit.normalize.sources.saas_events import endure, entities, event_of, services_of, telemetry, unread


def _samples() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / SOURCE.name / "events.jsonl").read_text().splitlines()]


def test_a_sign_in_names_user_and_address() -> None:
    """Who, from where."""
    event = event_of(_samples()[0])
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["time"]) == (3002, 1, 1772439330125)
    assert {("user", "ada.kern@example.com", "actor"), ("address", "198.51.100.7", "actor")} <= entities(event)
    assert services_of(_samples()[0]) == [(None, "onelogin", "onelogin.events")]


def test_a_locked_account_names_both_sides() -> None:
    """Who locked whom."""
    event = event_of(_samples()[1])
    assert (event.class_uid, event.attributes["activity_id"]) == (3001, 9)
    assert {("user", "ada.kern@example.com", "actor"), ("user", "bob@example.com", "target")} <= entities(event)


def test_a_failed_sign_in_has_no_actor() -> None:
    """The name is what a stranger typed."""
    event = event_of(_samples()[2])
    assert event.attributes["status_id"] == 2
    assert ("user", "ada.kern@example.com", "actor") not in entities(event)


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    for body in _samples():
        endure(SOURCE, body)


def test_real_records_become_events(shared_data: Path) -> None:
    """Every OneLogin record of the corpus becomes an event that OCSF allows."""
    real = (
        item
        for item in telemetry(shared_data, "panther_unit_events/rules/OneLogin.Events.jsonl")
        if "event_type_id" in item[1]
    )
    count, found = unread(SOURCE.name, real)
    assert count == 15
    assert found == []

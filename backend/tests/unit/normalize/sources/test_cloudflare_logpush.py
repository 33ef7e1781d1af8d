"""Cloudflare Logpush."""

import json
from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.cloudflare_logpush import SOURCE
from tests.contract.samples import SAMPLES
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    services_of,
    telemetry,
    unread,
    value_at,
)


def _samples() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / SOURCE.name / "logs.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("place", "expected", "category"),
    [
        (0, (4002, 3), "webserver"),
        (1, (4002, 6), "webserver"),
        (2, (4003, 6), "dns"),
        (3, (4001, 6), "firewall"),
        (4, (3002, 1), None),
        (5, (6003, 1), None),
        (6, (4002, 3), "proxy"),
    ],
)
def test_each_data_set_has_its_class(place: int, expected: tuple[int, int], category: str | None) -> None:
    """A data set is told by its fields, and met by its category's rules."""
    body = _samples()[place]
    event = event_of(body)
    assert (event.class_uid, event.attributes["activity_id"]) == expected
    assert event.time is not None
    assert services_of(body)[0][0] == category


def test_a_blocked_request_names_client_rule_and_target() -> None:
    """What the firewall stopped, and why."""
    event = event_of(_samples()[0])
    assert ("address", "203.0.113.9", "actor") in entities(event)
    assert (event.attributes["disposition_id"], event.attributes["firewall_rule.uid"]) == (2, "100016")
    assert event.attributes["http_request.url.url_string"] == "https://example.com/.env?x=1"
    assert value_at(fields_of(_samples()[0]), "cs-uri-stem") == "/.env"


def test_queries_and_connections_name_user_and_domain() -> None:
    """Gateway knows the person behind an address."""
    event = event_of(_samples()[2])
    assert {("user", "ada.kern@example.com", "actor"), ("domain", "seed.example.net", "related")} <= entities(event)
    assert fields_of(_samples()[2])["query"] == "seed.example.net"
    assert event.attributes["disposition_id"] == 2
    assert ("address", "198.51.100.7", "target") in entities(event_of(_samples()[3]))


def test_who_was_refused_did_not_act() -> None:
    """Access said no: the name is who was tried."""
    event = event_of(_samples()[4])
    assert ("user", "ada.kern@example.com", "actor") not in entities(event)
    assert event.attributes["status_id"] == 2


def test_an_audit_entry_names_the_actor() -> None:
    """An address that is IPv4 in IPv6 is IPv4."""
    event = event_of(_samples()[5])
    assert event.attributes["src_endpoint.ip"] == "203.0.113.9"
    assert {("user", "ada.kern@example.com", "actor"), ("address", "203.0.113.9", "actor")} <= entities(event)


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    for body in _samples():
        endure(SOURCE, body)


def test_real_records_become_events(shared_data: Path) -> None:
    """Every Cloudflare record of the corpus becomes an event that OCSF allows."""
    folder = "normalisation/sekoia_ecs_nolicence/Cloudflare/"
    names = ("audit_logs", "dns_logs", "firewall_events", "gateway_dns", "gateway_http", "gateway_network")
    count, found = unread(
        SOURCE.name,
        telemetry(
            shared_data,
            "panther_unit_events/rules/Cloudflare.Firewall.jsonl",
            "panther_unit_events/rules/Cloudflare.HttpRequest.jsonl",
            *(f"{folder}{name}.jsonl" for name in names),
        ),
    )
    assert count == 24
    assert found == []

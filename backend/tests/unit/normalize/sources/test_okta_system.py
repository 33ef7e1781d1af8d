"""Okta System Log."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.okta_system import SOURCE
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


def _event(**changes: Any) -> dict[str, Any]:
    return {
        "uuid": "5c1a33aa-0000-11ef-b6b0-000000000001",
        "published": "2026-03-02T08:15:30.125Z",
        "eventType": "user.session.start",
        "legacyEventType": "core.user_auth.login_success",
        "version": "0",
        "severity": "INFO",
        "displayMessage": "User login to Okta",
        "actor": {
            "id": "00u1ada",
            "type": "User",
            "alternateId": "Ada.Kern@example.com",
            "displayName": "Ada Kern",
            "detailEntry": None,
        },
        "client": {
            "userAgent": {"rawUserAgent": "Mozilla/5.0", "os": "Linux", "browser": "FIREFOX"},
            "ipAddress": "198.51.100.7",
            "geographicalContext": {"city": "Bern", "country": "Switzerland", "geolocation": {"lat": 46.9, "lon": 7.4}},
        },
        "outcome": {"result": "SUCCESS", "reason": None},
        "target": [],
        "transaction": {"type": "WEB", "id": "tx1", "detail": {}},
        "debugContext": {"debugData": {"requestUri": "/api/v1/authn", "behaviors": "{New IP=POSITIVE}"}},
        "authenticationContext": {"externalSessionId": "trsAda1", "authenticationStep": 0},
        "securityContext": {"asNumber": 64500, "asOrg": "example net", "isp": "example net", "isProxy": False},
        "request": {"ipChain": [{"ip": "198.51.100.7"}]},
        **changes,
    }


_ROLE = {"id": "00u2bob", "type": "User", "alternateId": "bob@example.com", "displayName": "Bob"}


def test_a_sign_in_names_user_session_and_address() -> None:
    """What incidents join on is there: who, in which session, from where."""
    event = event_of(_event())
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["status_id"]) == (3002, 1, 1)
    assert event.attributes["time"] == 1772439330125
    assert entities(event) >= {
        ("user", "ada.kern@example.com", "actor"),
        ("email", "ada.kern@example.com", "actor"),
        ("session", "trsAda1", "actor"),
        ("address", "198.51.100.7", "actor"),
    }
    assert event.attributes["src_endpoint.autonomous_system.number"] == 64500


def test_a_failed_sign_in_names_nobody_as_actor() -> None:
    """Anybody may type a name: it is who was tried, not who acted."""
    event = event_of(_event(outcome={"result": "FAILURE", "reason": "INVALID_CREDENTIALS"}))
    assert event.attributes["status_id"] == 2
    assert "actor.user.name" not in event.attributes
    assert ("user", "ada.kern@example.com", "target") in entities(event)
    assert any(doubt.attribute == "actor.user.name" for doubt in event.doubts)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("user.account.lock", (3001, 9)),
        ("user.mfa.factor.reset_all", (3001, 11)),
        ("user.lifecycle.create", (3001, 1)),
        ("user.account.privilege.grant", (3005, 1)),
        ("application.user_membership.add", (3005, 1)),
        ("group.user_membership.add", (3006, 3)),
        ("policy.lifecycle.create", (3004, 1)),
        ("policy.rule.update", (3004, 3)),
        ("zone.delete", (3004, 4)),
        ("security.threat.detected", (2004, 1)),
        ("system.api_token.create", (6003, 1)),
        ("system.api_token.revoke", (6003, 4)),
        ("user.session.impersonation.grant", (3002, 7)),
        ("user.authentication.auth_via_mfa", (3002, 6)),
        ("something.okta.has.not.invented", (6003, 99)),
    ],
)
def test_event_types_have_their_class(kind: str, expected: tuple[int, int]) -> None:
    """An event type is told by its longest known prefix."""
    event = event_of(_event(eventType=kind, target=[_ROLE]))
    assert (event.class_uid, event.attributes["activity_id"]) == expected


def test_a_granted_privilege_names_both_sides() -> None:
    """An administrator who makes an administrator: both are entities, told apart by role."""
    event = event_of(
        _event(
            eventType="user.account.privilege.grant",
            target=[_ROLE, {"id": "r1", "type": "ROLE", "displayName": "Super Administrator"}],
        )
    )
    assert {("user", "ada.kern@example.com", "actor"), ("user", "bob@example.com", "target")} <= entities(event)
    assert event.attributes["resources.name"] == ["Super Administrator"]


def test_okta_itself_is_no_user() -> None:
    """The system principal acts in every organization: it joins nothing."""
    event = event_of(_event(eventType="user.lifecycle.create", actor={"id": "sys", "type": "SystemPrincipal",
                     "alternateId": "system@okta.com", "displayName": "Okta System"}, target=[_ROLE]))  # fmt: skip
    assert not {("user", "system@okta.com", "actor"), ("email", "system@okta.com", "actor")} & entities(event)
    assert event.attributes["actor.user.type_id"] == 3


def test_all_shapes_say_the_same() -> None:
    """The same event through EventBridge or in a table with lower-case columns is the same event."""
    plain = _event()
    bridge = {"detail-type": "SystemLog", "source": "aws.partner/okta.com/x", "detail": plain}
    lower = {name.lower(): value for name, value in plain.items()}
    events = [event_of(body) for body in (plain, bridge, lower)]
    assert len({event.event_id for event in events}) == 1
    assert events[0].attributes == events[1].attributes == events[2].attributes
    for body in (plain, bridge, lower):
        fields = fields_of(body)
        assert value_at(fields, "eventType") == "user.session.start"
        assert value_at(fields, "debugContext.debugData.behaviors") == "{New IP=POSITIVE}"
        assert value_at(fields, "securityContext.isProxy") is False
        assert services_of(body) == [(None, "okta", "okta")]


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    endure(SOURCE, _event(target=[_ROLE], eventType="group.user_membership.add"))
    endure(SOURCE, _event(target=[_ROLE], eventType="security.threat.detected"))
    endure(SOURCE, _event())


def test_real_records_become_events(shared_data: Path) -> None:
    """Every Okta record of the corpus becomes an event that OCSF allows."""
    count, found = unread(
        SOURCE.name,
        telemetry(
            shared_data,
            "panther_unit_events/rules/Okta.SystemLog.jsonl",
            "normalisation/sekoia_ecs_nolicence/Okta/okta_system_logs.jsonl",
        ),
    )
    assert count == 41
    assert found == []

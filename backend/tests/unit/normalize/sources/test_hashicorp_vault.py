"""HashiCorp Vault audit logs."""

from pathlib import Path
from typing import Any

import orjson

from minixdr.normalize.sources.hashicorp_vault import SOURCE
from tests.unit.normalize.sources.saas_events import endure, entities, event_of, services_of

SAMPLES = Path(__file__).parents[3] / "data/samples/hashicorp_vault/audit.jsonl"
ENTRIES: list[dict[str, Any]] = [orjson.loads(line) for line in SAMPLES.read_bytes().splitlines()]
LOGIN_ASKED, LOGIN, LOGIN_FAILED, READ_ASKED, READ, REFUSED, AUDIT_OFF = ENTRIES


def test_an_answered_login_is_an_authentication() -> None:
    """Who came in, from where, by which method; the request before it is a call whose end nobody knows yet."""
    event = event_of(LOGIN)
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["status_id"]) == (3002, 1, 1)
    assert event.attributes["auth_protocol"] == "userpass"
    assert event.attributes["service.uid"] == "auth/userpass"
    assert {("user", "alice", "target"), ("address", "192.0.2.10", "actor")} < entities(event)
    asked = event_of(LOGIN_ASKED)
    assert asked.class_uid == 6003
    assert "status_id" not in asked.attributes


def test_a_failed_login_names_nobody_who_acts() -> None:
    """The name in the path of a login that failed is a stranger's text: the target, never the actor."""
    event = event_of(LOGIN_FAILED)
    assert event.attributes["status_id"] == 2
    assert entities(event) == {("user", "bob", "target"), ("address", "198.51.100.7", "actor")}
    assert "actor.user.name" in {doubt.attribute for doubt in event.doubts}


def test_a_read_names_secret_workload_and_token() -> None:
    """What was read, and the service account and the token it was read with."""
    event = event_of(READ)
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["api.operation"]) == (6003, 2, "read")
    assert entities(event) == {
        ("resource", "secret/data/prod/payments/database", "target"),
        ("service_account", "shop/payments", "actor"),
        ("access_key", READ["auth"]["accessor"], "actor"),
        ("address", "10.0.3.17", "actor"),
    }
    assert event.event_id != event_of(READ_ASKED).event_id


def test_a_refusal_is_a_failure_with_its_words() -> None:
    """Permission denied is told as such."""
    event = event_of(REFUSED)
    assert event.attributes["status_id"] == 2
    assert "permission denied" in str(event.attributes["api.response.error"])


def test_a_root_token_and_a_namespace_are_told() -> None:
    """The root policy makes an administrator; two namespaces may have one path each."""
    body = {**AUDIT_OFF, "request": {**AUDIT_OFF["request"], "namespace": {"id": "x1", "path": "team-a/"}}}
    event = event_of(body)
    assert event.attributes["actor.user.type_id"] == 2
    assert event.attributes["resources.uid"] == ["team-a/sys/audit/file"]
    assert services_of(body) == [(None, "vault", "audit")]


def test_a_method_s_name_is_no_user() -> None:
    """`approle` and `token` are shared by all who came in that way: they must not join strangers."""
    for shown in ("approle", "token"):
        body = {**READ, "auth": {**READ["auth"], "display_name": shown, "metadata": {"role_name": "ci"}}}
        assert not [entity for entity in entities(event_of(body)) if entity[0] == "user"]


def test_no_value_breaks_it() -> None:
    """Any field may hold anything."""
    for entry in ENTRIES:
        endure(SOURCE, entry)

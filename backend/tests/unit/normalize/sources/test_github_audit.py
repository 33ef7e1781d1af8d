"""GitHub audit log and webhooks."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.github_audit import SOURCE
from tests.unit.normalize.sources.saas_events import endure, entities, event_of, services_of, telemetry, unread


def _entry(**changes: Any) -> dict[str, Any]:
    return {
        "@timestamp": 1772439330125,
        "_document_id": "doc-0001",
        "action": "git.clone",
        "actor": "ada-kern",
        "actor_id": 4711,
        "actor_ip": "198.51.100.7",
        "actor_location": {"country_code": "CH"},
        "external_identity_nameid": "ada.kern@example.com",
        "hashed_token": "b64tokenhash=",
        "programmatic_access_type": "Personal access token (classic)",
        "org": "example-org",
        "org_id": 99,
        "repo": "example-org/payments",
        "repository_id": 1,
        "user_agent": "git/2.50.0",
        "transport_protocol_name": "http",
        **changes,
    }


def test_a_clone_names_person_token_address_and_repository() -> None:
    """A stolen token is followed by the token, the address and the repositories."""
    event = event_of(_entry())
    assert (event.class_uid, event.attributes["activity_id"]) == (6003, 2)
    assert event.attributes["api.operation"] == "git.clone"
    assert event.attributes["time"] == 1772439330125
    assert entities(event) == {
        ("access_key", "b64tokenhash=", "actor"),
        ("user", "ada-kern", "actor"),
        ("email", "ada.kern@example.com", "actor"),
        ("address", "198.51.100.7", "actor"),
        ("resource", "example-org/payments", "target"),
    }
    assert "programmatic_access_type" in event.unmapped


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("org.add_member", (3006, 3)),
        ("org.remove_member", (3006, 4)),
        ("repo.add_member", (3005, 1)),
        ("business.add_admin", (3005, 3)),
        ("repo.destroy", (6003, 4)),
        ("repo.create", (6003, 1)),
        ("hook.create", (6003, 1)),
        ("protected_branch.destroy", (6003, 4)),
        ("org.disable_two_factor_requirement", (6003, 3)),
        ("two_factor_authentication.disabled", (3001, 11)),
        ("secret_scanning_alert.create", (2004, 1)),
        ("user.failed_login", (3002, 1)),
        ("a.name_nobody_knows", (6003, 99)),
    ],
)
def test_actions_have_their_class(action: str, expected: tuple[int, int]) -> None:
    """An action is told by its whole name, else by its last verb."""
    event = event_of(_entry(action=action, user="bob"))
    assert (event.class_uid, event.attributes["activity_id"]) == expected


def test_a_new_member_is_the_target() -> None:
    """Who invites and who is invited are told apart."""
    event = event_of(_entry(action="org.invite_member", user="mallory-7"))
    assert {("user", "ada-kern", "actor"), ("user", "mallory-7", "target")} <= entities(event)
    assert event.attributes["group.name"] == "example-org"


def test_a_failed_sign_in_has_no_actor() -> None:
    """The name in a failed sign-in is what somebody typed."""
    event = event_of(_entry(action="user.failed_login"))
    assert ("user", "ada-kern", "actor") not in entities(event)
    assert event.attributes["status_id"] == 2


def test_webhooks_are_named_by_their_objects() -> None:
    """A delivery does not carry its event's name; its objects tell it, and their text is doubted."""
    repository = {"id": 1, "full_name": "example-org/payments", "private": True}
    opened = event_of({
        "action": "opened", "repository": repository, "sender": {"login": "mallory-7", "id": 5},
        "pull_request": {"title": "`id`", "created_at": "2026-03-02T08:15:30Z", "user": {"login": "mallory-7"}},
    })  # fmt: skip
    assert opened.attributes["api.operation"] == "pull_request.opened"
    assert ("user", "mallory-7", "actor") in entities(opened)
    assert any(doubt.attribute == "message" for doubt in opened.doubts)
    pushed = event_of({"ref": "refs/heads/main", "repository": repository, "pusher": {"name": "ada-kern"}})
    assert pushed.attributes["api.operation"] == "push"


def test_rules_meet_audit_entries_and_webhooks_apart() -> None:
    """A webhook's `action` (opened, created) is no audit action."""
    assert services_of(_entry()) == [(None, "github", "audit")]
    webhook = {"action": "created", "repository": {"full_name": "a/b"}, "member": {"login": "x"}}
    assert services_of(webhook) == [(None, "github", "webhook")]


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    for action in ("git.clone", "org.add_member", "user.login", "secret_scanning_alert.create", "repo.add_member"):
        endure(SOURCE, _entry(action=action, user="bob"))
    endure(SOURCE, {"action": "opened", "repository": {"full_name": "a/b"}, "sender": {"login": "x", "id": 1},
                    "pull_request": {"title": "t", "created_at": "2026-03-02T08:15:30Z", "user": {"login": "y"}}})  # fmt: skip


def test_real_records_become_events(shared_data: Path) -> None:
    """Every GitHub record of the corpus becomes an event that OCSF allows."""
    count, found = unread(
        SOURCE.name,
        telemetry(
            shared_data,
            "panther_unit_events/rules/GitHub.Audit.jsonl",
            "panther_unit_events/rules/GitHub.Webhook.jsonl",
            "normalisation/sekoia_ecs_nolicence/Github/github_audit_logs.jsonl",
        ),
    )
    assert count == 81
    assert found == []

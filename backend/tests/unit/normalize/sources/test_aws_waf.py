"""AWS WAF web ACL logs."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.aws_waf import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    services_of,
    telemetry,
    unread,
)


def _request(**changes: Any) -> dict[str, Any]:
    return {
        "clientIp": "198.51.100.7",
        "country": "CH",
        "headers": [
            {"name": "Host", "value": "shop.example.com"},
            {"name": "User-Agent", "value": "sqlmap/1.8"},
            {"name": "X-Forwarded-For", "value": "203.0.113.9, not-an-address"},
        ],
        "uri": "/login.php",
        "args": "id=1' OR 1=1--",
        "httpVersion": "HTTP/1.1",
        "httpMethod": "POST",
        "requestId": "1-abc",
        **changes,
    }


def _line(**changes: Any) -> dict[str, Any]:
    return {
        "timestamp": 1772439330000,
        "formatVersion": 1,
        "webaclId": "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/shop/1",
        "terminatingRuleId": "SQLi",
        "terminatingRuleType": "REGULAR",
        "action": "BLOCK",
        "terminatingRuleMatchDetails": [
            {
                "conditionType": "SQL_INJECTION",
                "sensitivityLevel": "HIGH",
                "location": "QUERY_STRING",
                "matchedData": ["1", "OR"],
            }
        ],
        "httpSourceName": "ALB",
        "httpSourceId": "111122223333-app/shop/1",
        "ruleGroupList": [],
        "rateBasedRuleList": [],
        "httpRequest": _request(),
        "ja3Fingerprint": "71912442e2cef8ae6f8ea3aba3fc0da9",
        "labels": [{"name": "awswaf:shop:sqli"}],
        **changes,
    }


def test_a_blocked_request_says_who_asked_for_what_and_which_rule_stopped_it() -> None:
    """Client, request and rule are there."""
    event = event_of(_line())
    attributes = event.attributes
    assert (event.class_uid, attributes["activity_id"], attributes["disposition_id"]) == (4002, 6, 2)
    assert (attributes["firewall_rule.uid"], attributes["firewall_rule.condition"]) == ("SQLi", "SQL_INJECTION")
    assert (attributes["http_request.url.path"], attributes["http_request.url.hostname"]) == (
        "/login.php",
        "shop.example.com",
    )
    assert {("address", "198.51.100.7", "actor"), ("account", "111122223333", "related")} <= entities(event)


def test_a_forwarded_address_is_the_client_s_word() -> None:
    """X-Forwarded-For is kept with a doubt, and is nobody's entity."""
    event = event_of(_line())
    assert event.attributes["http_request.x_forwarded_for"] == ["203.0.113.9"]
    assert "http_request.x_forwarded_for" in {doubt.attribute for doubt in event.doubts}
    assert "203.0.113.9" not in {entity.value for entity in event.entities}


def test_rules_see_the_request() -> None:
    """Rules of the categories webserver and proxy find their fields."""
    fields = fields_of(_line())
    assert "id=1' OR 1=1--" in str(fields["cs-uri-query"])
    assert (fields["cs-method"], fields["c-ip"], fields["cs-user-agent"]) == ("POST", "198.51.100.7", "sqlmap/1.8")
    assert services_of(_line()) == [("webserver", "aws", "waf"), ("proxy", "aws", "waf")]


@pytest.mark.parametrize(("action", "disposition"), [("ALLOW", 1), ("COUNT", 20), ("CAPTCHA", 22), ("CHALLENGE", 23)])
def test_every_action_is_told(action: str, disposition: int) -> None:
    """What WAF did with the request."""
    assert event_of(_line(action=action)).attributes["disposition_id"] == disposition


def test_no_value_breaks_it() -> None:
    """Any field may hold anything."""
    endure(SOURCE, _line())


def test_real_records_become_events(shared_data: Path) -> None:
    """Every request of the collected samples is an event that OCSF allows."""
    count, problems = unread(
        "aws_waf",
        telemetry(
            shared_data,
            "panther_unit_events/rules/AWS.WAFWebACL.jsonl",
            "normalisation/sekoia_ecs_nolicence/AWS/aws_waf.jsonl",
        ),
    )
    assert count == 42
    assert problems == []

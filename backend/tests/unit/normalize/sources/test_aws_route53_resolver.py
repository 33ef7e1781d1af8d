"""Route 53 Resolver query logs."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.aws_route53_resolver import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    services_of,
    telemetry,
    unread,
)


def _query(**changes: Any) -> dict[str, Any]:
    return {
        "version": "1.100000",
        "account_id": "111122223333",
        "region": "eu-central-1",
        "vpc_id": "vpc-0abc",
        "query_timestamp": "2026-03-02T08:15:30Z",
        "query_name": "C2.example.net.",
        "query_type": "TXT",
        "query_class": "IN",
        "rcode": "NOERROR",
        "answers": [
            {"Rdata": "203.0.113.9", "Type": "A", "Class": "IN"},
            {"Rdata": "ok", "Type": "TXT", "Class": "IN"},
        ],
        "srcaddr": "10.0.1.5",
        "srcport": "52000",
        "transport": "UDP",
        "srcids": {"instance": "i-0abc1234"},
        **changes,
    }


def test_a_query_names_instance_and_domain() -> None:
    """Who asked for what, and what was answered."""
    event = event_of(_query())
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["rcode_id"]) == (4003, 6, 0)
    assert event.attributes["answers.rdata"] == ["203.0.113.9", "ok"]
    assert entities(event) == {
        ("address", "10.0.1.5", "actor"),
        ("resource", "i-0abc1234", "actor"),
        ("domain", "c2.example.net", "related"),
        ("account", "111122223333", "related"),
    }


def test_rules_see_the_name_without_its_last_dot() -> None:
    """Rules of the category dns end names without the root's dot."""
    fields = fields_of(_query())
    assert (fields["query"], fields["record_type"]) == ("C2.example.net", "TXT")
    assert fields["answer"] == ["203.0.113.9", "ok"]
    assert services_of(_query()) == [("dns", "aws", "route53"), (None, "aws", "route53_resolver")]


@pytest.mark.parametrize(("action", "expected"), [("BLOCK", (2, 2, 2)), ("ALERT", (1, 19, 2)), ("ALLOW", (1, 1, 1))])
def test_dns_firewall_s_action_is_said(action: str, expected: tuple[int, int, int]) -> None:
    """What the firewall blocked or flagged stands out."""
    event = event_of(
        _query(firewall_rule_action=action, firewall_rule_group_id="rslvr-frg-1", firewall_domain_list_id="l1")
    )
    found = tuple(event.attributes[name] for name in ("action_id", "disposition_id", "severity_id"))
    assert found == expected


def test_no_value_breaks_it() -> None:
    """Any field may hold anything."""
    endure(SOURCE, _query(firewall_rule_action="BLOCK"))


_IN_OCSF = 2
"""Vectors that are OCSF already, not as Route 53 writes them."""


def test_real_records_become_events(shared_data: Path) -> None:
    """Every query of the collected samples is an event that OCSF allows."""
    count, problems = unread(
        "aws_route53_resolver", telemetry(shared_data, "panther_unit_events/rules/AWS.VPCDns.jsonl")
    )
    assert count == 10
    assert len([problem for problem in problems if "[]" in problem]) == len(problems) == _IN_OCSF

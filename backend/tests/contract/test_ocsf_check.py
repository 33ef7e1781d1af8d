"""The check itself: it finds what is wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from minixdr.normalize.draft import Draft
from minixdr.schema.event import Event
from minixdr.schema.record import Record
from tests.contract.ocsf_check import gaps, violations

TIME = datetime(2026, 3, 2, tzinfo=UTC)


def _event(attributes: Mapping[str, Any], class_uid: int = 4001, activity_id: int = 6) -> Event:
    draft = Draft(Record("file", 1, b"{}", {}, "json"), "test")
    draft.attributes.update({"metadata.product.name": "Test", "src_endpoint.ip": "192.0.2.1", **attributes})
    return draft.event(class_uid, activity_id, TIME)


def test_a_good_event_has_no_violation() -> None:
    """Nothing is found where nothing is wrong."""
    event = _event({"dst_endpoint.ip": "192.0.2.2", "dst_endpoint.port": 443, "connection_info.protocol_name": "tcp"})
    assert violations(event) == []
    assert gaps(event) == []


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"src_endpoint.address": "x"}, "no attribute address"),
        ({"dst_endpoint.port": "443"}, "is no port_t"),
        ({"dst_endpoint.port": 70_000}, "outside port_t"),
        ({"src_endpoint.ip": "300.1.1.1"}, "is no ip_t"),
        ({"message.text": "x"}, "not an object"),
        ({"src_endpoint": "192.0.2.1"}, "should be an object"),
        ({"status_id": 7}, "not in its enumeration"),
        ({"status_id": 1, "status": "Failure"}, "means 'Success'"),
        ({"message": ["a"]}, "is a list, but no array"),
        ({"answers.rdata": "192.0.2.1"}, "no attribute answers"),
        ({"traffic.bytes": True}, "is no long_t"),
        ({"message": ""}, "is no string_t"),
    ],
)
def test_what_ocsf_does_not_allow_is_found(attributes: dict[str, Any], reason: str) -> None:
    """A name, a type, an enumeration, a list in the wrong place are each said with their path."""
    found = violations(_event(attributes))
    assert any(
        reason in violation and violation.startswith(next(iter(attributes)).split(".")[0]) for violation in found
    ), found


def test_lists_under_one_array_have_one_length() -> None:
    """An array is one list for each of its attributes: item by item they belong together."""
    event = _event({"answers.rdata": ["192.0.2.1", "192.0.2.2"], "answers.type": ["A"]}, 4003, 2)
    assert any("different lengths" in violation for violation in violations(event))


def test_an_activity_of_another_class_is_found() -> None:
    """Network Activity has seven activities."""
    assert any("activity_id" in violation for violation in violations(_event({}, 4001, 42)))


def test_an_unknown_class_is_found() -> None:
    """4999 is no class."""
    assert violations(_event({}, 4999)) == ["class_uid: OCSF has no class 4999"]


def test_what_is_required_and_lacking_is_named() -> None:
    """A process event needs its process, device and actor."""
    assert {"process", "device", "actor"} <= set(gaps(_event({}, 1007, 1)))

"""Values against the types of their attributes."""

import pytest

from minixdr.normalize.draft import Draft
from minixdr.normalize.kinds import misfit
from minixdr.normalize.values import mail_address
from minixdr.schema.record import Record


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("process.pid", 4),
        ("src_endpoint.port", 65_535),
        ("src_endpoint.ip", "2001:db8::1"),
        ("file.hashes.value", ["ab", None]),
        ("email.from", "a.b+c@example.com"),
        ("src_endpoint.mac", "00:11:22:aa:BB:cc"),
        ("no.such.attribute_of_ours", {"anything": 1}),
    ],
)
def test_a_value_of_its_type_fits(attribute: str, value: object) -> None:
    """What OCSF allows passes; what OCSF does not know is not judged here."""
    assert misfit(attribute, value) is None


@pytest.mark.parametrize(
    ("attribute", "value", "kind"),
    [
        ("process.pid", True, "integer_t"),
        ("process.pid", "4", "integer_t"),
        ("process.pid", 2**63, "integer_t"),
        ("src_endpoint.port", 65_536, "port_t"),
        ("src_endpoint.ip", "192.0.2.1:80", "ip_t"),
        ("answers.rdata", ["x", 5], "string_t"),
        ("email.from", "Name <a@example.com>", "email_t"),
        ("src_endpoint.mac", "00:11:22", "mac_t"),
    ],
)
def test_a_value_of_another_type_is_named(attribute: str, value: object, kind: str) -> None:
    """A column of the lake has one type, whatever a record says."""
    assert misfit(attribute, value) == kind


def test_a_draft_doubts_what_it_refuses() -> None:
    """A refused value is said, not dropped in silence."""
    draft = Draft(Record("file", 1, b"{}", {}, "json"), "test")
    draft.put("process.pid", "many")
    event = draft.event(1007, 1, None)
    assert "process.pid" not in event.attributes
    assert ("process.pid", "integer_t") in {(doubt.attribute, doubt.reason.split()[-1]) for doubt in event.doubts}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("a@example.com", "a@example.com"),
        ("<a@example.com>", "a@example.com"),
        ('"Doe, Jan" <a@example.com>', "a@example.com"),
        ("a@example.com (Jan Doe)", "a@example.com"),
        ("a@example.com b@example.com", None),
        ("<a@example.com> <b@example.com>", None),
        ("a@localhost", None),
        ("x a@example.com y", None),
        ("a@example.com" * 100, None),
    ],
)
def test_a_mailbox_gives_its_one_address(written: str, address: str | None) -> None:
    """A display name is not part of an address; two addresses are none."""
    assert mail_address(written) == address

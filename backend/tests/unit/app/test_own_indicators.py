"""Own indicators: from what somebody types, through the database's columns, to what a worker finds."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from minixdr.app.own_indicators import new_indicator, own_indicators
from minixdr.detect.kinds.indicator import Indicators, findings, own_analytics
from minixdr.normalize.entities import entities_of
from minixdr.ports.stores.indicators import ActiveIndicator, IndicatorText
from minixdr.schema.event import Event
from minixdr.schema.finding import Finding
from minixdr.schema.record import Record

AT = datetime(2026, 3, 2, tzinfo=UTC)
MD5 = "0123456789abcdef0123456789abcdef"


def _event(attribute: str, value: str) -> Event:
    attributes: dict[str, Any] = {attribute: value}
    record = Record("x.log", 1, json.dumps(attributes).encode(), attributes, "json")
    return Event("0" * 32, "zeek", 4001, AT, attributes, {}, entities_of(attributes), (), record)


def _kept(value: str, expires_at: datetime | None = None) -> tuple[str, Indicators]:
    new = new_indicator(value, None, IndicatorText(level="low", title="from the bulletin", expires_at=expires_at))
    row = ActiveIndicator(new.indicator_id, new.kind, new.value, new.title, new.level, new.expires_at)
    return new.indicator_id, own_indicators([row])


def _found(indicators: Indicators, event: Event) -> list[Finding]:
    return list(findings(indicators, event))


@pytest.mark.parametrize(
    ("typed", "attribute", "value"),
    [
        ("192.0.2[.]1", "src_endpoint.ip", "192.0.2.1"),
        ("2001:DB8:0::1", "dst_endpoint.ip", "2001:db8::1"),
        ("192.0.2.77/24", "src_endpoint.ip", "192.0.2.200"),
        ("2001:db8::/32", "src_endpoint.ip", "2001:db8:1::5"),
        ("192.0.2.10 - 192.0.2.20", "src_endpoint.ip", "192.0.2.15"),
        ("2001:db8::1-2001:db8::9", "src_endpoint.ip", "2001:db8::5"),
        ("*.Evil[.]example", "query.hostname", "a.b.evil.example"),
        ("bücher.example", "query.hostname", "xn--bcher-kva.example"),
        ("hxxp://evil[.]example/a.php?x=1", "url.url_string", "https://EVIL.example:443/a.php?x=1#top"),
        ("http://evil.example:8080/%41%20b", "url.url_string", "http://evil.example:8080/A b"),
        ("https://[2001:db8::1]:8443/x", "url.url_string", "https://[2001:db8::1]:8443/x/"),
        ("http://evil.example/100%25", "url.url_string", "http://evil.example/100%25"),
        ("http://evil.example/%2541", "url.url_string", "http://evil.example/%2541"),
        (MD5.upper(), "file.hashes.value", MD5),
        ("Bad@Evil.example", "actor.user.email_addr", "bad@evil.example"),
    ],
)
def test_what_is_typed_is_found(typed: str, attribute: str, value: str) -> None:
    """The finding has the indicator's level and title, and names it by the id under which it is kept."""
    name, indicators = _kept(typed)
    event = _event(attribute, value)
    assert indicators.candidates([b"nothing of it", event.record.raw]) == [1]
    (finding,) = _found(indicators, event)
    assert finding.matched["indicator_id"] == name
    assert finding.matched["description"] == "from the bulletin"
    assert "list" not in finding.matched
    assert (finding.analytic.kind, finding.analytic.level) == ("indicator", "low")
    assert finding.analytic.rule_id in {analytic.rule_id for analytic in own_analytics()}


def test_one_that_ended_is_not_compared_with_what_happens_later() -> None:
    """In a worker that still has it loaded."""
    for ended, count in ((AT - timedelta(seconds=1), 0), (AT + timedelta(seconds=1), 1), (None, 1)):
        assert len(_found(_kept("192.0.2.1", ended)[1], _event("src_endpoint.ip", "192.0.2.1"))) == count


def test_a_file_of_any_name_is_another_list() -> None:
    """An organization's own and a list of all find the same value as two findings with different rules."""
    listed = Indicators.load([("own", b"192.0.2.1\n")])
    event = _event("src_endpoint.ip", "192.0.2.1")
    (one,), (other,) = _found(listed, event), _found(_kept("192.0.2.1")[1], event)
    assert one.finding_id != other.finding_id
    assert (one.analytic.rule_id, other.analytic.rule_id) == ("indicator:own:address", "own-indicator:address")
    assert one.matched["list"] == "own"
    restored = Indicators.restore(_kept("192.0.2.1")[1].save())
    assert _found(restored, event)[0].analytic.level == "low"

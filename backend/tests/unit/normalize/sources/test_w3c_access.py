"""W3C extended access logs."""

from pathlib import Path
from typing import Any

from tools.telemetry import records

from minixdr.normalize.sources.w3c_access import SOURCE
from minixdr.schema.record import Issue
from tests.contract.samples import SAMPLES
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    services_of,
    value_at,
)


def _bodies(name: str) -> list[dict[str, Any]]:
    path: Path = SAMPLES / SOURCE.name / name
    found = list(records(path))
    assert not any(isinstance(record, Issue) for record in found)
    return [record.body for record in found if not isinstance(record, Issue)]


def test_an_iis_request_says_who_asked_for_what() -> None:
    """Client, target, status; `+` in a user agent is a blank."""
    event = event_of(_bodies("u_ex260302.log")[0], "w3c")
    attributes = event.attributes
    assert (event.class_uid, attributes["activity_id"], attributes["time"]) == (4002, 3, 1772439330000)
    assert attributes["http_request.url.path"] == "/autodiscover/autodiscover.json"
    assert attributes["http_request.user_agent"] == "Mozilla/5.0 (Windows NT 10.0)"
    assert (attributes["dst_endpoint.port"], attributes["http_response.code"], attributes["duration"]) == (443, 302, 15)
    assert ("address", "203.0.113.9", "actor") in entities(event)
    assert ("user", "ada.kern", "actor") in entities(event_of(_bodies("u_ex260302.log")[1], "w3c"))


def test_rules_find_path_query_and_agent_as_they_write_them() -> None:
    """Sigma's webserver names, with the query alone and after its path."""
    body = _bodies("u_ex260302.log")[0]
    fields = fields_of(body)
    assert "/autodiscover/autodiscover.json?a=..../owa/&Email=x@example.com" in value_at(fields, "cs-uri-query")
    assert value_at(fields, "cs-uri-stem") == "/autodiscover/autodiscover.json"
    assert "Mozilla/5.0 (Windows NT 10.0)" in value_at(fields, "cs-user-agent")
    assert services_of(body) == [("webserver", None, None)]
    assert services_of({**body, "s-action": "TCP_HIT"}) == [("proxy", None, None)]


def test_cloudfront_names_the_viewer_not_whom_it_claims_to_be() -> None:
    """The address that connected; X-Forwarded-For is a claim."""
    event = event_of(_bodies("cloudfront.log")[0], "w3c")
    assert event.attributes["metadata.product.name"] == "CloudFront"
    assert event.attributes["http_request.url.url_string"] == "https://d111111abcdef8.cloudfront.net/.env?x=1"
    assert event.attributes["duration"] == 12
    assert ("address", "203.0.113.9", "actor") in entities(event)
    assert not any(value == "192.0.2.1" for _, value, _ in entities(event))


def test_iis_own_format_is_read_under_the_same_names() -> None:
    """Fixed columns; a request with a comma too many is nobody's."""
    line = "203.0.113.9, -, 3/2/2026, 08:15:30, W3SVC1, WEB1, 192.0.2.80, 15, 120, 512, 404, 2, GET, /owa/x.aspx, a=1,"
    event = event_of({"message": line}, "text")
    assert (event.attributes["time"], event.attributes["http_response.code"]) == (1772439330000, 404)
    assert ("address", "203.0.113.9", "actor") in entities(event)
    assert value_at(fields_of({"message": line}), "cs-uri-stem") == "/owa/x.aspx"
    assert not any(shape.fits({"message": line.replace("/owa", "/o, wa")}) for shape in SOURCE.shapes)


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    for body in (*_bodies("u_ex260302.log"), *_bodies("cloudfront.log")):
        endure(SOURCE, body)

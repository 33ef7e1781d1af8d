"""Squid's access log."""

import json
from pathlib import Path

from minixdr.normalize.sources.squid_access import SOURCE
from tests.contract.ocsf_check import violations
from tests.contract.samples import SAMPLES
from tests.unit.normalize.sources.saas_events import entities, event_of, fields_of, record_of, services_of, value_at

_LINES = (SAMPLES / SOURCE.name / "access.log").read_text().splitlines()


def test_a_tunnel_says_who_went_where() -> None:
    """Client, user, host and port, bytes."""
    event = event_of({"message": _LINES[0]}, "text")
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["time"]) == (4002, 1, 1772439330125)
    assert event.attributes["http_request.url.port"] == 443
    assert entities(event) >= {
        ("address", "192.0.2.10", "actor"),
        ("address", "198.51.100.7", "target"),
        ("domain", "files.example.net", "related"),
        ("user", "ada.kern", "actor"),
    }


def test_proxy_rules_find_their_names() -> None:
    """URL, host, extension, agent, method, status as Sigma's proxy rules write them."""
    body = {"message": _LINES[1]}
    fields = fields_of(body)
    assert "http://files.example.net/a/update.exe?id=1" in value_at(fields, "c-uri")
    assert (fields["c-uri-extension"], fields["cs-host"], fields["c-useragent"], fields["sc-status"]) == (
        "exe",
        "files.example.net",
        "Mozilla/4.0 (compatible)",
        200,
    )
    assert services_of(body) == [("proxy", "squid", None)]


def test_a_denied_request_was_blocked() -> None:
    """What the proxy refused did not reach anybody."""
    event = event_of({"message": _LINES[2]}, "text")
    assert (event.attributes["disposition_id"], event.attributes["status_id"]) == (2, 2)
    assert "dst_endpoint.ip" not in event.attributes


def test_a_cut_or_changed_line_stops_nothing() -> None:
    """Any text may stand in a line."""
    for line in _LINES:
        for end in range(len(line)):
            for bad in (line[:end], line[:end] + " " + line[end:], line[:end] + '"\x00' + line[end:]):
                body = {"message": bad}
                if SOURCE.shapes[0].fits(body):
                    assert violations(SOURCE.normalize(record_of(body, "text"))) == []


def test_real_lines_become_events(shared_data: Path) -> None:
    """The corpus' native lines are recognised; a site's own format is not."""
    path = shared_data / "normalisation" / "sekoia_ecs_nolicence" / "Squid" / "squid.jsonl"
    lines = [json.loads(line)["message"].strip() for line in path.read_text("utf-8").splitlines()]
    read = [event_of({"message": line}, "text") for line in lines if line.split()[0].count(".") == 1]
    assert len(read) == 6
    assert all("src_endpoint.ip" in event.attributes for event in read)

"""Web servers' access and error logs."""

import json
from pathlib import Path
from typing import Any

import pytest
from tools.telemetry import claims, records

from minixdr.normalize.sources.web_access import SOURCE
from minixdr.normalize.web.access_line import parse_access_line
from minixdr.schema.record import Issue
from tests.contract.ocsf_check import violations
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    record_of,
    services_of,
    value_at,
)

_COMBINED = (
    '203.0.113.9 - - [02/Mar/2026:08:15:30 +0000] "GET /a/b.php?x=1%27 HTTP/1.1" 404 153 '
    '"https://example.com/start" "sqlmap/1.9"'
)
_NGINX_ERROR = (
    '2026/03/02 08:15:30 [error] 991#991: *17 open() "/srv/x" failed (2: No such file or directory), client: 203.0.113.9, '
    'server: example.com, request: "GET /x HTTP/1.1", host: "example.com"'
)
_APACHE_ERROR = (
    "[Mon Mar 02 08:15:30.125000 2026] [core:error] [pid 17:tid 4] [client 203.0.113.9:50123] AH00037: link not allowed"
)
_NGINX_JSON = {
    "time_iso8601": "2026-03-02T08:15:30+00:00", "remote_addr": "203.0.113.9", "remote_user": "-", "request": "POST /login HTTP/2.0",
    "status": "401", "body_bytes_sent": "12", "http_user_agent": "curl/8", "http_referer": "-", "http_x_forwarded_for": "192.0.2.1",
    "host": "example.com",
}  # fmt: skip
_TRAEFIK = {
    "ClientHost": "203.0.113.9", "ClientPort": "50123", "RequestMethod": "GET", "RequestPath": "/.env", "RequestHost": "example.com",
    "DownstreamStatus": 404, "StartUTC": "2026-03-02T08:15:30.125Z", "RequestProtocol": "HTTP/1.1", "request_User-Agent": "zgrab",
}  # fmt: skip
_CADDY = {
    "level": "info", "ts": 1772439330.125, "logger": "http.log.access", "status": 404, "size": 5,
    "request": {"remote_ip": "203.0.113.9", "remote_port": "50123", "method": "GET", "uri": "/.env", "host": "example.com",
                "proto": "HTTP/2.0", "headers": {"User-Agent": ["zgrab"], "X-Forwarded-For": ["192.0.2.1"]}},
}  # fmt: skip


def _line(message: str) -> dict[str, Any]:
    return {"message": message}


def test_an_access_line_says_who_asked_for_what() -> None:
    """Address, method, target, status, size."""
    event = event_of(_line(_COMBINED), "text")
    attributes = event.attributes
    assert (event.class_uid, attributes["activity_id"], attributes["time"]) == (4002, 3, 1772439330000)
    assert (attributes["http_request.url.path"], attributes["http_request.url.query_string"]) == ("/a/b.php", "x=1%27")
    assert (attributes["http_response.code"], attributes["status_id"]) == (404, 2)
    assert attributes["http_request.user_agent"] == "sqlmap/1.9"
    assert ("address", "203.0.113.9", "actor") in entities(event)


def test_rules_find_w3cs_names() -> None:
    """SigmaHQ's authors write `cs-uri-query` for the query alone and for the path with it: both are there."""
    fields = fields_of(_line(_COMBINED))
    assert set(fields["cs-uri-query"]) == {"/a/b.php?x=1%27", "x=1%27"}  # type: ignore[arg-type]
    assert fields["cs-uri-stem"] == "/a/b.php"
    assert (fields["cs-method"], fields["sc-status"], fields["cs-user-agent"], fields["cs-referer"]) == (
        "GET",
        404,
        "sqlmap/1.9",
        "https://example.com/start",
    )
    assert services_of(_line(_COMBINED)) == [("webserver", None, None)]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("203.0.113.9 - ada", {"c-ip": "203.0.113.9", "cs-username": "ada"}),
        ("203.0.113.9 - john doe", {"c-ip": "203.0.113.9", "cs-username": "john doe"}),
        ("www.example.com 203.0.113.9 - -", {"c-ip": "203.0.113.9", "cs-host": "www.example.com"}),
        ("2001:DB8::9 - -", {"c-ip": "2001:db8::9"}),
        ("host.example.net - -", {"c-dns": "host.example.net"}),
    ],
)
def test_the_head_is_client_and_user(head: str, expected: dict[str, str]) -> None:
    """A virtual host before the client, names with blanks, IPv6, names in place of addresses."""
    fields = fields_of(_line(f'{head} [02/Mar/2026:08:15:30 +0000] "GET / HTTP/1.1" 200 5'))
    assert {name: fields.get(name) for name in expected} == expected


def test_two_addresses_in_the_head_name_no_client() -> None:
    """A Host header may be an address: nobody is blamed for it."""
    event = event_of(_line('192.0.2.1 203.0.113.9 - - [02/Mar/2026:08:15:30 +0000] "GET / HTTP/1.1" 200 5'), "text")
    assert "src_endpoint.ip" not in event.attributes
    assert any(doubt.attribute == "src_endpoint.ip" for doubt in event.doubts)


@pytest.mark.parametrize(
    "request_text",
    [
        'GET / HTTP/1.1\\" 200 5 \\"-\\" \\"x',
        "\\x16\\x03\\x01",
        'x] \\" [02/Mar/2020:08:15:30 +0000] \\"GET /forged HTTP/1.1',
    ],
)
def test_a_request_cannot_forge_a_line(request_text: str) -> None:
    """Quotes, brackets and times inside a request stay inside it."""
    event = event_of(_line(f'203.0.113.9 - - [02/Mar/2026:08:15:30 +0000] "{request_text}" 400 0 "-" "agent"'), "text")
    assert event.attributes["time"] == 1772439330000
    assert event.attributes["src_endpoint.ip"] == "203.0.113.9"
    assert event.attributes["http_response.code"] == 400
    assert event.attributes["http_request.user_agent"] == "agent"


def test_a_user_whom_the_server_refused_is_nobody() -> None:
    """Basic authentication: the name is the client's, and counts only where the server answered."""
    refused = event_of(_line('203.0.113.9 - admin [02/Mar/2026:08:15:30 +0000] "GET / HTTP/1.1" 401 5'), "text")
    served = event_of(_line('203.0.113.9 - admin [02/Mar/2026:08:15:30 +0000] "GET / HTTP/1.1" 200 5'), "text")
    assert "actor.user.name" not in refused.attributes
    assert served.attributes["actor.user.name"] == "admin"
    assert any(doubt.attribute == "actor.user.name" for doubt in served.doubts)


@pytest.mark.parametrize("body", [_NGINX_JSON, _TRAEFIK, _CADDY])
def test_json_logs_say_the_same(body: dict[str, Any]) -> None:
    """nginx, Traefik, Caddy: the peer is the client; X-Forwarded-For names nobody."""
    event = event_of(body)
    assert event.class_uid == 4002
    assert entities(event) >= {("address", "203.0.113.9", "actor"), ("domain", "example.com", "related")}
    assert ("address", "192.0.2.1", "actor") not in entities(event)
    assert event.attributes["status_id"] == 2
    assert value_at(fields_of(body), "cs-uri-stem") in ("/login", "/.env")


@pytest.mark.parametrize(("line", "service"), [(_NGINX_ERROR, "nginx"), (_APACHE_ERROR, "apache")])
def test_error_lines_name_their_client(line: str, service: str) -> None:
    """What the server complained of, and who caused it."""
    event = event_of(_line(line), "text")
    assert ("address", "203.0.113.9", "actor") in entities(event)
    assert services_of(_line(line)) == [(None, service, service)]
    assert event.time is not None


def test_a_second_client_in_an_error_line_is_a_doubt() -> None:
    """The text of an error may hold what a client sent: two clients, none believed."""
    forged = _NGINX_ERROR.replace("/srv/x", "/srv/x, client: 192.0.2.1, ")
    event = event_of(_line(forged), "text")
    assert "src_endpoint.ip" not in event.attributes


_HAPROXY = (
    "203.0.113.9:50123 [02/Mar/2026:08:15:30.125] https-in~ app/node1 170/0/0/3/173 200 739 - - --NN 0/0/0/0/0 0/0 {example.com|curl/8} "
    '"GET /a/b.php?x=1 HTTP/1.1"'
)
_MANAGER = (
    '[02/Mar/2026:08:15:30 +0000] - 404 404 - GET https example.com "/.env" [Client 203.0.113.9] [Length 192] [Gzip -] '
    '[Sent-to app] "zgrab" "-"'
)


@pytest.mark.parametrize("line", [_HAPROXY, _MANAGER])
def test_balancers_say_who_asked_for_what(line: str) -> None:
    """HAProxy and Nginx Proxy Manager: client, method, target, status."""
    event = event_of(_line(line), "text")
    assert event.class_uid == 4002
    assert ("address", "203.0.113.9", "actor") in entities(event)
    assert event.attributes["http_request.http_method"] == "GET"
    assert event.attributes["http_request.url.path"] in ("/a/b.php", "/.env")
    assert event.attributes["http_response.code"] in (200, 404)
    assert services_of(_line(line)) == [("webserver", None, None)]


def test_a_failed_handshake_has_a_client_and_no_request() -> None:
    """HAProxy's error line."""
    event = event_of(_line("203.0.113.9:50123 [02/Mar/2026:08:15:30.125] https-in/1: SSL handshake failure"), "text")
    assert ("address", "203.0.113.9", "actor") in entities(event)
    assert event.attributes["message"] == "SSL handshake failure"


def test_syslog_carries_access_lines() -> None:
    """A line that came by syslog is the same event, with the host that sent it."""
    body = {"message": _COMBINED, "hostname": "web1", "program": "nginx", "timestamp": "Mar  2 08:15:30"}
    event = event_of(body, "syslog")
    assert (event.class_uid, event.attributes["device.hostname"]) == (4002, "web1")


def test_hostile_values_stop_nothing() -> None:
    """Any field, and any text, may hold anything."""
    for body in (_NGINX_JSON, _TRAEFIK, _CADDY, _line(_COMBINED)):
        endure(SOURCE, body)
    for line in (_COMBINED, _NGINX_ERROR, _APACHE_ERROR, _HAPROXY, _MANAGER):
        for end in range(0, len(line), 3):
            for bad in (line[:end], line[:end] + '"' + line[end:], line[:end] + "\x00\\" + line[end:]):
                body = _line(bad)
                if any(shape.fits(body) for shape in SOURCE.shapes):
                    assert violations(SOURCE.normalize(record_of(body, "text"))) == []


def test_a_long_line_is_read_once() -> None:
    """A request of a megabyte costs what its length costs, whatever it holds."""
    for base in (_COMBINED, _HAPROXY, _MANAGER):
        body = _line(base.replace("/", "/" * 500_000, 5) if base is _COMBINED else base + " x" * 500_000)
        for shape in SOURCE.shapes:
            shape.fits(body)
    for filler in ("\\", '] "', "[02/Mar/2026:08:15:30 +0000", ", client: "):
        body = _line(_COMBINED.replace("/a/b.php", filler * (1_000_000 // len(filler))))
        assert any(shape.fits(body) for shape in SOURCE.shapes)
        SOURCE.normalize(record_of(body, "text"))


def test_real_lines_become_events(shared_data: Path) -> None:
    """Every line that the corpus says is nginx's or Apache's is recognised and becomes an event that OCSF allows."""
    folder = shared_data / "linux_web_saas" / "crowdsec_hub"
    count = 0
    for label in map(json.loads, (folder / "labels.jsonl").read_text().splitlines()):
        if label["log_type"] not in (
            "nginx",
            "apache2",
            "caddy",
            "bunkerweb",
            "modsecurity",
            "haproxy",
            "nginx-proxy-manager",
        ):
            continue
        for record in records(folder / label["log"]):
            assert not isinstance(record, Issue), record
            assert [source.name for source, _ in claims(record)] == ["web_access"], record.raw[:200]
            assert violations(SOURCE.normalize(record)) == []
            count += 1
    assert count > 250


def test_a_user_name_that_holds_a_request_is_not_believed() -> None:
    """A server that escapes no quotes lets a client write a line of its own into its user name: rules still see the true request."""
    forged = '[01/Jan/2020:00:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-"'
    line = f'203.0.113.9 - x {forged} [04/Mar/2026:05:00:06 +0000] "GET /?f=../../etc/passwd HTTP/1.1" 200 1 "-" "x"'
    fields = parse_access_line(line)
    assert fields["c-ip"] == "203.0.113.9"
    assert "etc/passwd" in fields["cs-uri-query"]
    assert "doubt-request" in fields
    assert "time" not in fields


@pytest.mark.parametrize("user", ['a"b', '"', '"a', 'a"', 'a"b"c'])
def test_a_quote_in_the_user_name_hides_no_request(user: str) -> None:
    """Where a server escapes nothing, a client cannot make its lines unreadable by a quote in its name."""
    fields = parse_access_line(f'203.0.113.9 - {user} [04/Mar/2026:05:00:06 +0000] "GET /x HTTP/1.1" 200 1 "-" "x"')
    assert (fields["c-ip"], fields["target"]) == ("203.0.113.9", "/x")
    assert parse_access_line('203.0.113.9 - "a b" [04/Mar/2026:05:00:06 +0000] "GET /x HTTP/1.1" 200 1') == {}

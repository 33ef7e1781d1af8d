"""Elastic Load Balancing access and connection logs."""

import pytest

from minixdr.normalize.sources.aws_alb import SOURCE
from tests.unit.normalize.sources.saas_events import endure, entities, event_of, fields_of, services_of

_GROUP = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/shop/73e2d6bc24d8a067"


def _application(
    request: str = "GET https://shop.example.com:443/a.php?x=%27 HTTP/1.1",
    client: str = "198.51.100.7:49152",
    agent: str = "curl/8.5",
) -> dict[str, str]:
    return {
        "message": (
            f"https 2026-03-02T08:15:30.125000Z app/shop/50dc6c495c0c9188 {client} 10.0.0.1:80 0.086 0.048 0.037 200 200 34 366 "
            f'"{request}" "{agent}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 {_GROUP} "Root=1-58337281-1d84f3d7" "shop.example.com" '
            '"arn:aws:acm:eu-central-1:111122223333:certificate/1" 1 2026-03-02T08:15:29.954000Z "waf,forward" "-" "-" '
            '"10.0.0.1:80" "200" "-" "-" TID_1'
        )
    }


_NETWORK = {
    "message": (
        "tls 2.0 2026-03-02T08:15:30 net/edge/c6e77e28c25b2234 g3d4b5e8bb8464cd 198.51.100.7:51341 10.0.0.9:443 5 2 98 246 - "
        "arn:aws:acm:eu-central-1:111122223333:certificate/2 - ECDHE-RSA-AES128-SHA tlsv12 - edge.example.com h2 h2 "
        '"h2","http/1.1" 2026-03-02T08:15:25'
    )
}
_CLASSIC = {
    "message": (
        "2026-03-02T08:15:30.945958Z old-shop 198.51.100.7:2817 10.0.0.1:80 0.000086 0.001048 0.001337 404 404 0 57 "
        '"GET http://shop.example.com:80/.env HTTP/1.1" "curl/7.38.0" - -'
    )
}
_CONNECTION = {
    "message": (
        "2026-03-02T08:15:30.514108Z 198.51.100.7 36280 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "
        '"C=CH,O=Example" "NotBefore=2025-09-21T22:43:21Z;NotAfter=2026-06-17T22:43:21Z" FEF257372D5C14D4 '
        "Failed:ClientCertUntrusted TID_3180a73013c8ca4bac2f731159d4b0fe"
    )
}


def test_a_request_says_who_asked_for_what() -> None:
    """Client, request, answer and target are there."""
    event = event_of(_application(), "text")
    attributes = event.attributes
    assert (event.class_uid, attributes["activity_id"], attributes["http_response.code"]) == (4002, 3, 200)
    assert (attributes["http_request.url.path"], attributes["http_request.url.query_string"]) == ("/a.php", "x=%27")
    assert (attributes["duration"], attributes["traffic.bytes_out"], attributes["time"]) == (171, 366, 1772439330125)
    assert {
        ("address", "198.51.100.7", "actor"),
        ("address", "10.0.0.1", "target"),
        ("account", "111122223333", "related"),
    } <= entities(event)


def test_an_ipv6_client_in_brackets_is_read() -> None:
    """Brackets do not shift the columns."""
    attributes = event_of(_application(client="[2001:db8::5]:49152")).attributes
    assert (attributes["src_endpoint.ip"], attributes["src_endpoint.port"]) == ("2001:db8::5", 49152)
    assert attributes["http_response.code"] == 200


def test_the_host_is_the_client_s_word() -> None:
    """The name in the request is shown with a doubt."""
    event = event_of(_application())
    assert "http_request.url.hostname" in {doubt.attribute for doubt in event.doubts}


def test_a_request_that_is_none_is_kept() -> None:
    """Garbage sent to the port gives an event without method and URL."""
    event = event_of(_application(request="- http://shop.example.com:443- -"))
    assert "http_request.http_method" not in event.attributes
    assert event.attributes["src_endpoint.ip"] == "198.51.100.7"
    method = event_of(_application(request="EVIL https://shop.example.com:443/ HTTP/1.1"))
    assert "http_request.http_method" in {doubt.attribute for doubt in method.doubts}


@pytest.mark.parametrize("agent", ['x\\x22 200 200 "y', "a] [b", 'q\\" 500 500'])
def test_a_user_agent_cannot_move_the_columns(agent: str) -> None:
    """What the client sent stays in its column."""
    attributes = event_of(_application(agent=agent)).attributes
    assert attributes["http_request.user_agent"] == agent
    assert attributes["tls.version"] == "TLSv1.2"
    assert attributes["cloud.account.uid"] == "111122223333"


def test_rules_see_the_request() -> None:
    """Rules of the categories webserver and proxy find their fields."""
    fields = fields_of(_application())
    assert (fields["cs-method"], fields["sc-status"], fields["cs-user-agent"]) == ("GET", 200, "curl/8.5")
    assert "/a.php?x=%27" in str(fields["cs-uri-query"])
    assert services_of(_application()) == [("webserver", "aws", "elb"), ("proxy", "aws", "elb")]


def test_classic_network_and_connection_logs_are_read() -> None:
    """All kinds of load balancers give the client and what it did."""
    classic = event_of(_CLASSIC)
    assert (classic.attributes["http_request.url.path"], classic.attributes["http_response.code"]) == ("/.env", 404)
    network = event_of(_NETWORK)
    assert (network.class_uid, network.attributes["dst_endpoint.ip"]) == (4001, "10.0.0.9")
    connection = event_of(_CONNECTION)
    assert (connection.attributes["activity_id"], connection.attributes["status_id"]) == (4, 2)
    for event in (classic, network, connection):
        assert ("address", "198.51.100.7", "actor") in entities(event)
    assert services_of(_NETWORK) == [(None, "aws", "elb")]


def test_a_table_s_row_is_read() -> None:
    """Athena's columns give the same request."""
    event = event_of(
        {
            "type": "https",
            "time": "2026-03-02T08:15:30.125000Z",
            "elb": "app/shop/50dc6c495c0c9188",
            "client_ip": "198.51.100.7",
            "client_port": 49152,
            "target_ip": "10.0.0.1",
            "elb_status_code": "200",
            "request_verb": "GET",
            "request_url": "https://shop.example.com:443/a.php?x=1",
        }
    )
    assert event.attributes["http_request.url.query_string"] == "x=1"
    assert ("address", "198.51.100.7", "actor") in entities(event)


@pytest.mark.parametrize("body", [_application(), _NETWORK, _CLASSIC, _CONNECTION])
def test_a_cut_line_breaks_nothing(body: dict[str, str]) -> None:
    """Lines end anywhere."""
    line = body["message"]
    for end in range(0, len(line), 3):
        endure(SOURCE, {"message": line[:end]})


def test_a_time_in_the_user_agent_makes_no_other_log_of_it() -> None:
    """A stranger who writes a web server's time into the user agent does not choose who reads the record."""
    event = event_of(_application(agent="x [02/Mar/2026:08:15:30 +0000] "))
    assert (event.source, event.attributes["src_endpoint.ip"]) == ("aws_alb", "198.51.100.7")

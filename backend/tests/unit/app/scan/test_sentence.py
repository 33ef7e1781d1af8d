"""What happened, in one line."""

from typing import Any

import pytest

from minixdr.app.scan.sentence import sentence_of
from tests.unit.app.scan.scans import make_event, make_finding


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        (
            {"class_uid": 6003, "actor__user__name": "alice", "api__service__name": "s3.amazonaws.com", "api__operation": "GetObject",
             "src_endpoint__ip": "192.0.2.1", "resources__uid": ["arn:1", "arn:2"], "api__response__error": "AccessDenied"},
            "alice called s3:GetObject on arn:1 (+1) from 192.0.2.1 and got AccessDenied",
        ),
        ({"class_uid": 3002, "user__name": "bob", "status_id": 2, "src_endpoint__ip": "192.0.2.1", "device__hostname": "web"},
         "bob failed to sign in to web from 192.0.2.1"),
        ({"class_uid": 1007, "process__cmd_line": "whoami /all", "device__hostname": "ws"}, "whoami /all on ws"),
        ({"class_uid": 4001, "src_endpoint__ip": "192.0.2.1", "dst_endpoint__ip": "198.51.100.2", "dst_endpoint__port": 22},
         "192.0.2.1 → 198.51.100.2:22"),
        ({"class_uid": 4003, "src_endpoint__ip": "192.0.2.1", "query__hostname": "example.com", "query__type": "TXT"},
         "192.0.2.1 asked for example.com TXT"),
        ({"class_uid": 4002, "http_request__http_method": "GET", "http_request__url__path": "/a", "http_response__code": 404},
         "someone GET /a → 404"),
        ({"class_uid": 1001, "file__path": "/etc/passwd", "actor__user__name": "bob"}, "bob touched /etc/passwd"),
        ({"class_uid": 2004, "finding_info__title": "Port probe"}, "Port probe"),
        ({"class_uid": 9999}, "eventName: GetObject"),
    ],
)  # fmt: skip
def test_a_class_has_its_sentence(attributes: dict[str, Any], sentence: str) -> None:
    """Who did what to whom, from where; the matched fields where the class says nothing."""
    assert sentence_of(make_finding(event=make_event(**attributes))) == sentence


@pytest.mark.parametrize("value", [None, [], "", {"a": 1}, [[]], 3.5, ["x" * 10_000], "a\n\x00\tb" * 1_000])
@pytest.mark.parametrize("class_uid", [1001, 1007, 2004, 3002, 4001, 4002, 4003, 6003, None])
def test_any_value_gives_one_short_line(class_uid: Any, value: Any) -> None:
    """Whatever type or length an attacker gave an attribute."""
    names = ("actor__user__name", "api__operation", "process__cmd_line", "user__name", "src_endpoint__ip", "query__hostname",
             "http_request__url__path", "file__path", "finding_info__title")  # fmt: skip
    event = make_event(**{"class_uid": class_uid, **dict.fromkeys(names, value)})
    sentence = sentence_of(make_finding(event=event, matched={"field": value}))
    assert len(sentence) <= 240
    assert "\n" not in sentence

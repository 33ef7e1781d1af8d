"""Records inside another product's records."""

import json
from typing import Any

import pytest

from minixdr.normalize.carried import carried
from minixdr.normalize.catalog import all_sources
from tests.contract.samples import SAMPLES
from tests.unit.normalize.sources.saas_events import HOSTILE, event_of, fields_of, record_of, services_of, shape_of

_FILES = (
    "okta_system/events.jsonl", "github_audit/events.jsonl", "google_workspace/activities.jsonl", "google_cloud_audit/audit.jsonl",
    "microsoft_entra/logs.jsonl", "azure_activity/activity.jsonl", "microsoft_365/unified.jsonl", "cloudflare_logpush/logs.jsonl",
    "onelogin_events/events.jsonl", "atlassian_audit/audit.log", "suricata_eve/eve.jsonl", "zeek/json_streaming.jsonl",
)  # fmt: skip


def _carriers(record: dict[str, Any]) -> list[dict[str, Any]]:
    text = json.dumps(record)
    return [
        {
            "@timestamp": "2026-03-02T08:15:31Z",
            "event": {"original": text, "module": "x"},
            "tags": ["a"],
            "agent": {"type": "filebeat"},
        },
        {"@timestamp": "2026-03-02T08:15:31Z", "message": text, "host": "collector"},
        {"_raw": text, "_time": "2026-03-02T08:15:31Z", "sourcetype": "x"},
        {"time": 1772439331, "host": "h", "sourcetype": "x", "event": record},
    ]


@pytest.mark.parametrize("name", _FILES)
def test_a_carried_record_is_the_same_event(name: str) -> None:
    """Filebeat, Logstash and Splunk only carry: source, attributes, rules' fields and log sources are the record's own."""
    for line in (SAMPLES / name).read_text("utf-8").splitlines():
        record = json.loads(line)
        plain = event_of(record)
        for body in _carriers(record):
            event = event_of(body)
            assert event.attributes == plain.attributes
            assert fields_of(body) == fields_of(record)
            assert services_of(body) == services_of(record)


def test_what_carries_nothing_is_left_alone() -> None:
    """Texts that are no JSON object, and events of other products, carry nothing."""
    for body in ({"message": "{"}, {"_raw": "[1]"}, {"event": {"code": "1"}, "winlog": {}}, {"message": '{"a":1}'}, {}):
        assert carried(body) is None


def test_hostile_carriers_stop_nothing() -> None:
    """Whatever stands where a record should be: no traceback, and no event of it."""
    for bad in HOSTILE:
        for body in (
            {"event": {"original": bad}},
            {"_raw": bad},
            {"@timestamp": 1, "message": bad},
            {"event": bad, "time": 1},
        ):
            for source in all_sources():
                assert not any(shape.fits(body) for shape in source.shapes)


def test_the_record_itself_goes_before_what_it_carries() -> None:
    """A record of a source's own that also holds a text is read as what it is."""
    lines = (SAMPLES / "okta_system" / "events.jsonl").read_text("utf-8").splitlines()
    record = {**json.loads(lines[0]), "_raw": lines[-1]}
    source, shape = shape_of(record)
    assert not shape.name.startswith("carried")
    assert source.normalize(record_of(record)).attributes["metadata.uid"] == json.loads(lines[0])["uuid"]

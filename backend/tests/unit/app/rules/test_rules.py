"""Check, list, test and cover: what a person is told about rules."""

import io
import json
from dataclasses import dataclass, field

import pytest

from minixdr.app.rules.catalog import of_level, rows
from minixdr.app.rules.check import check
from minixdr.app.rules.coverage import layer, techniques
from minixdr.app.rules.loaded import load_rules
from minixdr.app.rules.samples import test as run_samples
from minixdr.app.scan.request import BadInput
from minixdr.detect.loading import load
from minixdr.ports.scan import InputFile

RULE = """title: Trail stopped
id: 11111111-1111-4111-8111-111111111111
name: stopped
level: high
tags: [attack.defense-impairment, attack.t1562.008]
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: StopLogging}, condition: selection}
"""
TWICE = """title: Trail stopped twice
id: 22222222-2222-4222-8222-222222222222
level: critical
tags: [attack.t1562.008, attack.t1070]
correlation: {type: event_count, rules: [stopped], timespan: 1h, condition: {gte: 2}, generate: true}
"""


def event(name, number):
    """A CloudTrail record."""
    record = {
        "eventVersion": "1.11",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "eventID": f"{number}",
        "eventTime": f"2026-03-02T10:00:0{number}Z",
        "awsRegion": "eu-central-1",
        "userIdentity": {"type": "Root"},
    }
    return json.dumps(record) + "\n"


@dataclass
class FakeServices:
    """Files in memory."""

    files: dict[str, str] = field(default_factory=dict)
    own_rules: str = "own"

    def rule_texts(self):
        """Return itself: it reads rule files, too."""
        return self

    texts = input_files = rule_texts

    def read(self, paths):
        """Return the rule files below the paths."""
        found = [(name, text.encode()) for name, text in self.files.items() if name.startswith(tuple(paths))]
        return [(name, text) for name, text in found if name.endswith(".yml")]

    def find(self, paths):
        """Return the files below the paths."""
        return [InputFile(name, len(text)) for name, text in self.files.items() if name.startswith(f"{paths[0]}/")], []

    def open(self, path):
        """Return a file's bytes."""
        return io.BytesIO(self.files[path].encode())


def loaded(*documents, path="rules/r.yml"):
    """Return the rules of the documents, of one file."""
    return load([(path, "---\n".join(documents).encode())], {})


def run(samples, *documents):
    """Return what the rules of one file do with its samples."""
    services = FakeServices({f"rules/r/{name}": text for name, text in samples.items()})
    return run_samples(loaded(*documents), services)


def test_check_accounts_for_every_rule():
    """A rule that cannot run is listed with file, line and reason; those that can are counted."""
    checked = check(loaded(RULE, TWICE, "title: broken\nlogsource: {product: aws}\ndetection: {condition: nothing}\n"))
    assert (checked.rules, checked.correlations, checked.refused) == (1, 1, True)
    [refusal] = checked.refusals
    assert (refusal.path, refusal.line) == ("rules/r.yml", 15)
    assert refusal.reason


def test_check_warns():
    """A product nobody reads and a missing ATT&CK tag are said, and the rule runs all the same."""
    text = "title: x\nlogsource: {product: nonesuch}\ndetection: {s: {a: 1}, condition: s}\n"
    checked = check(loaded(text))
    assert checked.rules == 1
    assert [warning.reason for warning in checked.warnings] == [
        "no ATT&CK tag: incidents cannot place its findings",
        "no log source of product `nonesuch` is read yet",
    ]


def test_load_rules_takes_our_own_where_none_are_named():
    """Without a path the rules that come along are taken; a path without rules is bad input."""
    services = FakeServices({"own/r.yml": RULE})
    assert len(load_rules([], services).rules) == 1
    with pytest.raises(BadInput, match="no rules"):
        load_rules(["elsewhere"], services)


def test_list_is_by_level_and_names_log_sources():
    """Most severe first; a correlation rule reads what the rules it relates read."""
    found = rows(loaded(RULE, TWICE))
    assert [row.analytic.title for row in found] == ["Trail stopped twice", "Trail stopped"]
    assert [row.log_sources for row in found] == [("aws/*/cloudtrail",), ("aws/*/cloudtrail",)]
    assert [row.analytic.level for row in of_level(found, "critical")] == ["critical"]


def test_coverage_is_a_navigator_layer():
    """A technique has the number of its rules as score, and the log sources it needs."""
    found = techniques(rows(loaded(RULE, TWICE)))
    assert [(each.technique_id, len(each.rules), each.level) for each in found] == [
        ("T1070", 1, "critical"),
        ("T1562.008", 2, "critical"),
    ]
    written = layer(found, "Rules")
    assert (written["domain"], written["versions"]["layer"]) == ("enterprise-attack", "4.5")
    entry = written["techniques"][1]
    assert (entry["techniqueID"], entry["score"], entry["enabled"]) == ("T1562.008", 2, True)
    assert {"name": "log source", "value": "aws/*/cloudtrail"} in entry["metadata"]
    assert written["gradient"]["maxValue"] == 2


def test_silent_rules_are_not_coverage():
    """A rule that only feeds a correlation covers nothing by itself."""
    silent = loaded(RULE, TWICE.replace("generate: true", "generate: false"))
    assert [len(each.rules) for each in techniques(rows(silent))] == [1, 1]


def test_samples_that_pass():
    """A positive sample that is found and a negative one that is not."""
    samples = {
        "positive.json": event("StopLogging", 1),
        "negative.json": event("StartLogging", 2),
        "notes.txt": "no sample",
    }
    tested = run(samples, RULE)
    assert tested.passed
    assert [(result.kind, len(result.fired)) for result in tested.results] == [("positive", 1), ("negative", 0)]
    assert list(tested.without) == []


def test_samples_of_correlations():
    """A correlation rule sees the sample as a scan would."""
    both = event("StopLogging", 1) + event("StopLogging", 2)
    tested = run({"positive.json": both, "negative.json": event("StartLogging", 1)}, RULE, TWICE)
    assert tested.passed
    assert len(tested.results[0].fired) == 2


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        ({"positive.json": event("StartLogging", 1)}, "no rule of the file found anything"),
        ({"negative.json": event("StopLogging", 1)}, "found by 11111111"),
        ({"negative.json": '{"a": 1}\n'}, "not all of it could be read"),
        ({"negative.json": event("StartLogging", 1) + "{broken\n"}, "not all of it could be read"),
    ],
)
def test_samples_that_fail(samples, problem):
    """What a sample proves wrong is said, and a sample that cannot be read proves nothing."""
    tested = run(samples, RULE)
    assert not tested.passed
    assert problem in (tested.results[0].problem or "")


def test_a_rule_without_samples_is_named():
    """A rule file without samples, or without one kind, is listed; it is no failure."""
    assert list(run({}, RULE).without) == ["rules/r.yml"]
    assert run({}, RULE).passed
    assert list(run({"positive.json": event("StopLogging", 1)}, RULE).without) == ["rules/r.yml"]


def test_a_rule_that_no_sample_fires_is_silent():
    """In a file of two rules each must find something."""
    other = RULE.replace("StopLogging", "DeleteTrail").replace("1111-1111", "3333-3333").replace("name: stopped\n", "")
    tested = run({"positive.json": event("StopLogging", 1), "negative.json": event("StartLogging", 1)}, RULE, other)
    assert [analytic.title for analytic in tested.silent] == ["Trail stopped"]
    assert not tested.passed

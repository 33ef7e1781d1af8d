"""SigmaHQ's rules for AWS and Kubernetes meet our log sources: their fields are found, and they find what they should."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson

from minixdr.detect.engine import Engine
from minixdr.detect.loading.collection import Loaded, load
from minixdr.detect.program import build
from minixdr.normalize.catalog import all_sources
from minixdr.schema.record import Batch

_CLOUDTRAIL = frozenset({
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
    "errorMessage", "requestParameters", "responseElements", "additionalEventData", "eventType", "readOnly", "resources", "src_ip",
})  # fmt: skip
_AUDIT = frozenset({
    "verb", "user", "objectRef", "requestURI", "requestObject", "responseStatus", "sourceIPs", "userAgent", "apiGroup", "hostPath",
    "capabilities", "annotations",
})  # fmt: skip
_MISSED_BY_THE_REFERENCE = {"aws.persistence.lambda-layer-extension": {"AWS New Lambda Layer Attached [low]": 1}}
"""`requestParameters.layers` is a list: its elements contain the pattern, which the reference did not look at."""
_UNKNOWN_TO_CLOUDTRAIL = frozenset({"status"})
"""A word of one rule that CloudTrail does not have."""


def _rules(shared_data: Path, folder: str) -> Loaded:
    root = shared_data / "rules" / "sigmahq" / "rules"
    paths = sorted((root / folder).rglob("*.yml"))
    return load([(str(path), path.read_bytes()) for path in paths], {})


def _fields(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("field", "other") and isinstance(value, str):
                yield value
            yield from _fields(value)
    elif isinstance(node, list):
        for item in node:
            yield from _fields(item)


def _first_names(loaded: Loaded) -> set[str]:
    return {field.partition(".")[0] for rule in loaded.rules for field in _fields(msgspec.to_builtins(rule.condition))}


def _hits(loaded: Loaded, bodies: list[Any]) -> set[tuple[int, str]]:
    engine = Engine(build(loaded.rules), all_sources())
    matched = engine.match(Batch("trail", "json", 1, [orjson.dumps(body) for body in bodies]))
    return {(match.index, loaded.rules[number].analytic.rule_id) for match in matched.matches for number in match.rules}


def test_every_field_of_the_rules_is_a_field_of_the_log_source(shared_data: Path) -> None:
    """No rule waits for a name that never comes."""
    assert _first_names(_rules(shared_data, "cloud/aws")) <= _CLOUDTRAIL | _UNKNOWN_TO_CLOUDTRAIL
    assert _first_names(_rules(shared_data, "application/kubernetes")) <= _AUDIT


def test_a_real_intrusion_s_trail_gives_the_reference_s_hits(shared_data: Path) -> None:
    """2,900 records of an intrusion: the same rules on the same records as an independent matcher found."""
    story = shared_data / "story_aws_invictus"
    bodies = [orjson.loads(line) for line in (story / "timeline.jsonl").read_bytes().splitlines()]
    expected = {
        (item["eventID"], item["rule_id"])
        for item in map(json.loads, (story / "sigma_hits_reference.jsonl").read_text("utf-8").splitlines())
    }
    found = {(bodies[index]["eventID"], rule) for index, rule in _hits(_rules(shared_data, "cloud/aws"), bodies)}
    assert found == expected


def test_detonations_give_the_reference_s_hits(shared_data: Path) -> None:
    """Single techniques: as many hits of each rule as an independent matcher found."""
    folder = shared_data / "aws" / "stratus_detonation"
    loaded = _rules(shared_data, "cloud/aws")
    titles = {rule.analytic.rule_id: f"{rule.analytic.title} [{rule.analytic.level}]" for rule in loaded.rules}
    for line in (folder / "sigma_hits_reference.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        bodies = orjson.loads((folder / f"{item['technique_id']}.json").read_bytes())
        found = Counter(titles[rule] for _, rule in _hits(loaded, bodies))
        expected = {**item["sigma_hits"], **_MISSED_BY_THE_REFERENCE.get(item["technique_id"], {})}
        assert dict(found) == expected, item["technique_id"]

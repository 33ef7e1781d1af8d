"""The engine on real telemetry with all SigmaHQ rules: equal to the naive evaluator, and what must fire fires."""

import gzip
import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from evtx import PyEvtxParser

from minixdr.detect import compiled
from minixdr.detect.compiled import Compiled
from minixdr.detect.engine import Engine
from minixdr.detect.loading import Loaded, load
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.normalize.catalog import all_sources
from minixdr.schema.record import Batch
from tests.unit.detect import naive

RULE_FOLDERS = ("rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting")
EVENT_FOLDERS = (
    "windows/mordor", "sigma_regression", "windows/evtx_attack_samples/jsonl", "windows/whole_host_capattack", "story_aws_invictus",
    "aws/stratus_detonation", "network/wrccdc_zeek_json", "network/apt29_zeek", "network/stratosphere_labelled", "k8s_audit", "panther_unit_events",
    "story_log4shell",
)  # fmt: skip
LINE_FOLDERS = ("linux_web_saas/crowdsec_hub", "linux/loghub", "story_log4shell")
PLACEHOLDER_VALUES = ("192.0.2.1", "example", "administrator")


class _AnyPlaceholder(dict[str, tuple[str, ...]]):
    """Values for whatever name a rule asks for."""

    def get(self, name: str, default: Any = None) -> Any:
        return self[name]

    def __missing__(self, name: str) -> tuple[str, ...]:
        return PLACEHOLDER_VALUES


@pytest.fixture(scope="module")
def loaded(shared_data: Path) -> Loaded:
    folder = shared_data / "rules" / "sigmahq"
    paths = sorted(path for name in RULE_FOLDERS for path in (folder / name).rglob("*.yml"))
    return load([(str(path), path.read_bytes()) for path in paths], _AnyPlaceholder())


@pytest.fixture(scope="module")
def ready(loaded: Loaded) -> Compiled:
    return compiled.decode(compiled.encode(compiled.compile_rules(loaded.rules)))


def test_nearly_all_sigmahq_rules_run(loaded: Loaded) -> None:
    """Of all SigmaHQ rules, given values for their placeholders, at least 99.5 % run; the others are refused with a reason."""
    assert len(loaded.rules) >= 3700
    assert len(loaded.rules) / (len(loaded.rules) + len(loaded.refusals)) >= 0.995, loaded.refusals


def _content(path: Path) -> bytes:
    if path.suffix == ".zst":
        with path.open("rb") as file:
            return zstandard.ZstdDecompressor().stream_reader(file).read()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _bodies(path: Path) -> Iterator[dict[str, Any]]:
    content = _content(path)
    try:
        found = parse_json(content)
        items = found if isinstance(found, list) else found.get("Records", [found]) if isinstance(found, dict) else []
    except Malformed:
        items = []
        for line in content.splitlines():
            try:
                items.append(parse_json(line))
            except Malformed:
                continue
    for item in items:
        if isinstance(item, dict):
            yield item["event"] if isinstance(item.get("event"), dict) and "expect" in item else item


def _sample(shared_data: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (format, body): of each kind of record of each folder, the first ones and then every hundredth."""
    for folder in EVENT_FOLDERS:
        seen: Counter[Any] = Counter()
        for path in sorted((shared_data / folder).rglob("*.json*")):
            for body in _bodies(path):
                kind = (
                    body.get("EventID"),
                    body.get("Channel"),
                    body.get("eventName"),
                    body.get("_path"),
                    frozenset(body) if "EventID" not in body else 0,
                )
                seen[kind] += 1
                most = 60 if body.get("EventID") in (1, 4688, "1", "4688") else 220
                if seen[kind] <= most or (seen[kind] % 100 == 0 and most > 60):
                    yield "json", body
    for folder in LINE_FOLDERS:
        for path in sorted((shared_data / folder).rglob("*.log")):
            for line in path.read_text("utf-8", "replace").splitlines()[:40]:
                yield "text", {"message": line}


def test_equal_to_the_naive_evaluator_on_real_events(shared_data: Path, loaded: Loaded, ready: Compiled) -> None:
    """On at least 20,000 real events of every kind, all rules give exactly what they give one by one: zero differences."""
    engine = Engine(ready.program, all_sources(), ready.databases)
    rules, sources = list(loaded.rules), list(all_sources())
    prefilter: dict[Any, list[int]] = {}
    compared, hits, differences = Counter(), 0, []
    pending: dict[str, list[dict[str, Any]]] = {"json": [], "text": []}

    def compare(name: str) -> None:
        nonlocal hits
        bodies = pending[name]
        pending[name] = []
        raws = [json.dumps(body).encode() for body in bodies]
        matched = engine.match(Batch("f", name, 1, raws, None if name == "json" else bodies))
        found = {match.index: list(match.rules) for match in matched.matches}
        unknown = {index for index, _ in matched.skipped}
        for index, body in enumerate(bodies):
            expected = naive_matches(rules, [s for s in sources if name in s.formats], body, prefilter)
            if expected is None:
                assert index in unknown
                continue
            compared[expected[0]] += 1
            hits += len(expected[1])
            if found.get(index, []) != expected[1]:
                differences.append((body, found.get(index, []), expected[1]))

    for name, body in _sample(shared_data):
        pending[name].append(body)
        if len(pending[name]) == 256:
            compare(name)
    for name in pending:
        compare(name)
    logging.getLogger(__name__).info("%d events, %d hits, %s", sum(compared.values()), hits, dict(compared))
    assert not differences, (len(differences), differences[0])
    assert sum(compared.values()) >= 20_000


def naive_matches(rules: Any, sources: Any, body: Any, prefilter: dict[Any, list[int]]) -> tuple[str, list[int]] | None:
    """Return (source, rules) by the naive evaluator, asked only for rules whose log source a record of this route can have."""
    for source in sources:
        for shape in source.shapes:
            if shape.fits(body):
                fields = shape.fields(body) if shape.fields else body
                key = tuple(naive.lookup(fields, shape.field_names.get(name, name)) for name in source.routing.keys)
                mine = source.routing.log_sources(tuple(None if value is naive.MISSING else value for value in key))
                group = (source.name, shape.name, tuple((s.category, s.product, s.service) for s in mine))
                if group not in prefilter:
                    prefilter[group] = [n for n, rule in enumerate(rules) if any(naive.applies(rule, s) for s in mine)]
                return source.name, [
                    number
                    for number in prefilter[group]
                    if naive.meets(rules[number], mine, shape.field_names, fields, body)
                ]
    return None


@pytest.mark.parametrize("kind", ["evtx", "json"])
def test_what_sigmahq_says_must_fire_fires(shared_data: Path, loaded: Loaded, ready: Compiled, kind: str) -> None:
    """Each of SigmaHQ's regression tests fires at least as often as it says on its EVTX file and on its JSON."""
    folder = shared_data / "sigma_regression"
    tests = [json.loads(line) for line in (folder / "index.jsonl").read_text("utf-8").splitlines()]
    numbers = {rule.analytic.rule_id: number for number, rule in enumerate(loaded.rules)}
    engine = Engine(ready.program, all_sources(), ready.databases)
    silent = []
    for test in tests:
        path = folder / test[kind]
        if kind == "evtx":
            raws = [record["data"].encode() for record in PyEvtxParser(str(path)).records_json()]
        else:
            raws = [json.dumps(body).encode() for body in _bodies(path)]
        matched = engine.match(Batch(str(path), kind, 1, raws))
        fired = sum(numbers[test["rule_id"]] in match.rules for match in matched.matches)
        if fired < (test["match_count"] or 1):
            silent.append((test["rule_id"], fired, test["match_count"]))
    assert len(tests) == 101
    assert not silent

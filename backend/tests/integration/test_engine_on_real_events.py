"""The engine on real telemetry with all SigmaHQ rules: equal to the naive evaluator, and what must fire fires."""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from minixdr.detect import compiled
from minixdr.detect.aho_corasick_matcher import AhoCorasickMatcher
from minixdr.detect.compiled import Compiled
from minixdr.detect.engine import Engine
from minixdr.detect.loading import Loaded, load
from minixdr.ingest.reading import read
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.normalize.catalog import all_sources
from minixdr.schema.record import Batch
from tests.unit.detect import naive

RULE_FOLDERS = ("rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting")
EVENT_FOLDERS = (
    "windows/mordor", "windows/evtx_to_mitre", "windows/whole_host_capattack", "sigma_regression", "story_aws_invictus", "aws", "network",
    "k8s_audit", "linux", "linux_web_saas", "panther_unit_events", "story_log4shell",
)  # fmt: skip
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


def _batches(path: Path) -> Iterator[Batch]:
    with path.open("rb") as stream:
        yield from (item for item in read(stream, str(path)) if isinstance(item, Batch))


def _parsed(batch: Batch) -> list[Any]:
    if batch.bodies is not None:
        return list(batch.bodies)
    bodies = []
    for raw in batch.raws:
        try:
            bodies.append(orjson.loads(raw))
        except orjson.JSONDecodeError:
            try:
                bodies.append(parse_json(raw))
            except Malformed:
                bodies.append(None)
    return bodies


def _sample(shared_data: Path) -> Iterator[Batch]:
    """Yield batches of real records: of each kind of record of each folder the first ones, then every hundredth."""
    for folder in EVENT_FOLDERS:
        seen: Counter[Any] = Counter()
        for path in sorted((shared_data / folder).rglob("*")):
            if not path.is_file() or path.suffix in (".md", ".yml", ".yaml", ".csv", ".pcap", ".tsv"):
                continue
            for batch in _batches(path):
                places = [
                    place for place, body in enumerate(_parsed(batch)) if isinstance(body, dict) and _wanted(body, seen)
                ]
                if places:
                    yield Batch(
                        batch.file,
                        batch.format,
                        1,
                        [batch.raws[place] for place in places],
                        None if batch.bodies is None else [batch.bodies[place] for place in places],
                    )


def _wanted(body: dict[str, Any], seen: Counter[Any]) -> bool:
    number = body.get("EventID")
    kind = (
        number if isinstance(number, int | str) else None,
        *(str(body.get(name))[:80] for name in ("Channel", "eventName", "_path", "event_type")),
        None if number is not None else tuple(sorted(body))[:12],
    )
    seen[kind] += 1
    most = 50 if number in (1, 4688, "1", "4688") else 200
    return seen[kind] <= most or seen[kind] % 400 == 0


def test_equal_to_the_naive_evaluator_on_real_events(shared_data: Path, loaded: Loaded, ready: Compiled) -> None:
    """On 20,000 and more real events of every kind all rules give what they give one by one, by both matchers: no difference."""
    engines = [
        Engine(ready.program, all_sources(), ready.databases),
        Engine(ready.program, all_sources(), choose=lambda patterns, _, texts: AhoCorasickMatcher(patterns, texts)),
    ]
    prefilter: dict[Any, list[int]] = {}
    compared: Counter[str] = Counter()
    hits = 0
    for batch in _sample(shared_data):
        sources = [source for source in all_sources() if batch.format in source.formats]
        answers = [engine.match(batch) for engine in engines]
        found = [{match.index: list(match.rules) for match in answer.matches} for answer in answers]
        unknown = {index for index, _ in answers[0].skipped}
        for index, body in enumerate(_parsed(batch)):
            expected = naive_matches(loaded.rules, sources, body, prefilter)
            assert (expected is None) == (index in unknown)
            if expected is not None:
                compared[expected[0]] += 1
                hits += len(expected[1])
                for rules in found:
                    assert rules.get(index, []) == expected[1], (batch.file, body)
    logging.getLogger(__name__).info("%d events, %d hits, %s", sum(compared.values()), hits, dict(compared))
    assert sum(compared.values()) >= 20_000
    assert hits >= 1_500


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
        batches = list(_batches(folder / test[kind]))
        matches = [match for batch in batches for match in engine.match(batch).matches]
        fired = sum(numbers[test["rule_id"]] in match.rules for match in matches)
        if fired < (test["match_count"] or 1):
            silent.append((test["rule_id"], fired, test["match_count"]))
    assert len(tests) == 101
    assert not silent

"""What happens to a batch of records."""

import json
from typing import Any

import pytest

from minixdr.detect.engine import Engine
from minixdr.detect.kinds.indicator import Indicators
from minixdr.detect.loading import load
from minixdr.detect.program import build
from minixdr.normalize.source import NotAnEvent, Routing, Shape, Source
from minixdr.pipeline import Detection, Outcome, run
from minixdr.schema.event import LogSource
from minixdr.schema.record import Batch

RULE = b"""
title: Any
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0101
logsource: {product: made_up}
detection: {selection: {kind: heartbeat}, condition: selection}
level: low
"""


def _refuse(record: Any) -> Any:
    raise NotAnEvent("a heartbeat")


SOURCE = Source(
    "made_up", "Made up", frozenset({"json"}), (Shape("plain", lambda body: "kind" in body),),
    Routing((), lambda _: (LogSource(product="made_up"),)), _refuse,
)  # fmt: skip


def _run(*records: Any, indicators: bytes | None = None) -> Outcome:
    engine = Engine(build(load([("a.yml", RULE)], {}).rules), [SOURCE])
    known = None if indicators is None else Indicators.load([("list.txt", indicators)])
    raws = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    outcome = run(Batch("a.json", "json", 1, raws), Detection(engine, known, {}, "local"))
    receipt = outcome.receipt
    assert receipt.received == receipt.events + receipt.skipped + receipt.malformed == len(records)
    assert sum(outcome.sources.values()) == receipt.events
    assert min(receipt.events, receipt.skipped, receipt.malformed, *outcome.sources.values()) >= 0
    return outcome


@pytest.mark.parametrize("indicators", [None, b"192.0.2.66\n"])
def test_a_record_is_counted_once(indicators: bytes | None) -> None:
    """One that is no event is skipped once, though a rule and an indicator both ask for it."""
    outcome = _run({"kind": "heartbeat", "ip": "192.0.2.66"}, {"kind": "heartbeat"}, indicators=indicators)
    assert outcome.receipt.skipped == 2
    assert [(issue.number, issue.kind, issue.reason) for issue in outcome.issues] == [
        (1, "skipped", "a heartbeat"), (2, "skipped", "a heartbeat"),
    ]  # fmt: skip


def test_each_record_has_its_reason() -> None:
    """What is no JSON, no object, of no known source; runs of the same reason are one issue."""
    outcome = _run(b"{", b"[1]", b'"192.0.2.66"', {"a": 1}, {"a": 2}, {"kind": "other"}, indicators=b"192.0.2.66\n")
    assert (outcome.receipt.malformed, outcome.receipt.skipped, outcome.receipt.events) == (3, 2, 1)
    assert [(issue.number, issue.last, issue.kind) for issue in outcome.issues] == [
        (1, None, "malformed"), (2, 3, "malformed"), (4, 5, "skipped"),
    ]  # fmt: skip

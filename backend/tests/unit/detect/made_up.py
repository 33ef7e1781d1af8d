"""A log source that takes every object, and rules written in a test."""

from typing import Any

import yaml

from minixdr.detect.engine import Engine, Match
from minixdr.detect.loading import Loaded, load
from minixdr.detect.program import build
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Batch, Record


def _no_event(record: Record) -> Event:
    raise AssertionError(record)


SOURCE = Source(
    name="made_up",
    title="Made up",
    formats=frozenset({"json"}),
    shapes=(Shape("plain", lambda _: True),),
    routing=Routing((), lambda _: (LogSource(None, "up", None),)),
    normalize=_no_event,
)


def rules_of(*documents: str | dict[str, Any], placeholders: dict[str, list[str]] | None = None) -> Loaded:
    """Return what the documents of one file hold."""
    texts = [document if isinstance(document, str) else yaml.safe_dump(document) for document in documents]
    return load([("rules/made_up.yml", "\n---\n".join(texts).encode())], placeholders or {})


def rule(detection: str | dict[str, Any], number: int = 1, **more: Any) -> dict[str, Any]:
    """Return a rule around a detection."""
    return {
        "title": f"Rule {number}",
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "logsource": {"product": "up"},
        "detection": yaml.safe_load(detection) if isinstance(detection, str) else detection,
        "level": "low",
        **more,
    }


def engine_of(loaded: Loaded) -> Engine:
    """Return an engine of the rules; a rule that was refused fails the test."""
    assert not loaded.refusals, loaded.refusals
    return Engine(build(loaded.rules), [SOURCE])


def matches(engine: Engine, *bodies: Any) -> list[Match]:
    """Return the matches of records."""
    return engine.match(Batch("made_up.jsonl", "json", 1, [b"{}"] * len(bodies), list(bodies))).matches


def holds(detection: str, body: Any, placeholders: dict[str, list[str]] | None = None) -> bool:
    """Return whether a detection holds on a record."""
    return bool(matches(engine_of(rules_of(rule(detection), placeholders=placeholders)), body))

"""A finding as one JSON line of `--output`."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from minixdr.schema.finding import Finding


def iso(time: datetime | None) -> str | None:
    """Return RFC 3339 in UTC with microseconds only where there are any."""
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def encode(finding: Finding) -> bytes:
    """Return the finding as a JSON object without its incident, which is known only when everything was read."""
    analytic = finding.analytic
    line: dict[str, Any] = {
        "finding_id": finding.finding_id,
        "rule_id": analytic.rule_id,
        "rule_title": analytic.title,
        "kind": analytic.kind,
        "level": analytic.level,
        "tactics": analytic.tactics,
        "techniques": analytic.techniques,
        "file": printable(finding.file),
        "record": finding.record,
        "source": finding.source,
        "time": iso(finding.time),
        "event_id": finding.event_ids[-1],
        "event_ids": finding.event_ids,
        "matched": finding.matched,
        "entities": [{"type": e.type, "value": e.value, "role": e.role} for e in finding.entities],
    }
    try:
        return harmless(orjson.dumps(line, option=_OPTIONS, default=str))
    except TypeError:  # lone surrogates, integers beyond 64 bits or deep nesting in what the record held
        return harmless(orjson.dumps(plain(line), option=_OPTIONS))


_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]|\x7f|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
"""DEL, C1 controls (U+009B is a terminal's escape), line separators, bidirectional controls, in UTF-8."""


def harmless(line: bytes) -> bytes:
    """Return a JSON text of the same meaning that does nothing to a terminal: JSON itself asks only for C0 controls to be escaped."""
    return _CONTROLS.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), line)


def with_incident(line: bytes, incident_id: str | None) -> bytes:
    """Return the line with its incident as first key."""
    return b'{"incident_id":' + orjson.dumps(incident_id) + b"," + line[1:] + b"\n"


def printable(text: str) -> str:
    """Return the text with what is not Unicode (bytes of file names, lone surrogates) written as escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


_OPTIONS = orjson.OPT_NON_STR_KEYS
_LARGEST = 2**63


_DEEPEST = 60
"""Levels of a value that outputs show: encoders and readers have limits (orjson 254), and what logs write stays far below."""
_TOO_DEEP = "… (nested deeper than is shown)"


def plain(value: Any, levels: int = _DEEPEST) -> Any:
    """Return the value with nothing in it that JSON or MessagePack cannot carry: lone surrogates are escapes, integers beyond 64 bits texts,
    what is nested too deep is cut."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (dict, list, tuple)) and not levels:
        return _TOO_DEEP
    if isinstance(value, dict):
        return {printable(str(key)): plain(item, levels - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, levels - 1) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    return value if isinstance(value, (int, float, bool, type(None))) else printable(str(value))

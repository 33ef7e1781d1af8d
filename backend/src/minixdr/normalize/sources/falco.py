"""Falco: its alerts as JSON (file, standard output, HTTP, falcosidekick, CloudEvents).

Source: falco.org, `Falco Alerts`, `json_output`. Attributes: OCSF Detection Finding. Rules read `output_fields` by Falco's
names (`proc.cmdline`, `k8s.pod.name`). Command lines, file and process names are the observed process's own choice. Alerts as
plain text are not read: their fields are in a free sentence.
"""

import re
from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.kubernetes.falco_evidence import evidence_of, objects_of
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import mapping, text, texts
from minixdr.schema.attack import BY_TAG
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "falco"
_FINDING, _CREATE = 2004, 1
_RULE = 1
_PRIORITIES = {
    "emergency": 6, "alert": 5, "critical": 5, "error": 4, "warning": 3, "notice": 2, "informational": 1, "info": 1, "debug": 1,
}  # fmt: skip
"""Falco's priority (syslog's severities) -> OCSF severity."""
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?\Z")
_TACTIC = "mitre_"


def _is_alert(body: JsonObject) -> bool:
    return (
        "rule" in body
        and "priority" in body
        and "output" in body
        and ("output_fields" in body or "source" in body or "time" in body)
    )


def _is_cloudevent(body: JsonObject) -> bool:
    data = body.get("data")
    return "specversion" in body and isinstance(data, dict) and _is_alert(data)


def _fields(body: JsonObject) -> JsonObject:
    """Return the alert with its output fields beside it."""
    return {**body, **mapping(body.get("output_fields"))}


def _cloudevent(body: JsonObject) -> JsonObject:
    return _fields(mapping(body.get("data")))


def _normalize(record: Record) -> Event:
    body = record.body if _is_alert(record.body) else mapping(record.body.get("data"))
    draft = Draft(record, _NAME, body)
    draft.put("metadata.product.name", "Falco")
    draft.put("metadata.product.vendor_name", "CNCF")
    source = text(draft.take("source")) or "syscall"
    draft.put("metadata.log_name", source)
    _put_finding(draft)
    fields = mapping(draft.take("output_fields"))
    host = text(draft.take("hostname"))
    if host is not None:
        draft.put("device.hostname", host)
        draft.put("device.type_id", 0)
    for name, value in evidence_of(fields).items():
        draft.put(f"evidences.{name}", [value])
    found = objects_of(fields)
    draft.put("resources.uid", [uid for uid, _ in found])
    draft.put("resources.type", [kind for _, kind in found])
    time = parse_time(draft.take("time")) or parse_time(fields.get("evt.time"))
    native_id = text(draft.take("uuid"))
    severity = _PRIORITIES.get((text(draft.take("priority")) or "").lower(), 0)
    return draft.event(_FINDING, _CREATE, time, native_id=native_id, severity_id=severity)


def _put_finding(draft: Draft) -> None:
    rule = text(draft.take("rule")) or "Falco alert"
    draft.put("finding_info.title", rule)
    draft.put("finding_info.desc", text(draft.take("output")))
    draft.put("finding_info.uid", text(draft.fields.get("uuid")) or rule)
    draft.put("finding_info.analytic.name", rule)
    draft.put("finding_info.analytic.type_id", _RULE)
    draft.put("message", text(draft.fields.get("output")))
    draft.put("is_alert", value=True)
    tags = texts(draft.take("tags"))
    draft.put("metadata.labels", tags)
    _put_attacks(draft, tags)


def _put_attacks(draft: Draft, tags: list[str]) -> None:
    techniques = [tag for tag in tags if _TECHNIQUE.match(tag)]
    named = (tag.removeprefix(_TACTIC).replace("_", "-") for tag in tags if tag.startswith(_TACTIC))
    tactics = [BY_TAG[name] for name in named if name in BY_TAG]
    if techniques and len(tactics) in (0, len(techniques)):  # lists under one array pair up
        draft.put("finding_info.attacks.technique.uid", list(techniques))
    if tactics:
        draft.put("finding_info.attacks.tactic.uid", list(tactics))


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    source: Any = key[0]
    return (LogSource("application", "falco", source if isinstance(source, str) else None),)


SOURCE = Source(
    name=_NAME,
    title="Falco",
    formats=frozenset({"json"}),
    shapes=(Shape("alert", _is_alert, _fields), Shape("cloudevent", _is_cloudevent, _cloudevent)),
    routing=Routing(("source",), _log_sources),
    normalize=_normalize,
)

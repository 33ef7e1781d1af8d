"""Security Hub's findings in OCSF (its second version, and Amazon Security Lake) -> the attributes of a finding.

In: an OCSF finding as nested objects, of any 1.x version. Out: those of its attributes that detection and incidents read,
checked again: a producer may have written anything. The rest stays in `unmapped`. Source: Security Hub user guide, `OCSF
findings`; OCSF 1.9.
"""

from collections.abc import Callable
from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import address, mapping, objects, text, texts, whole
from minixdr.schema.record import JsonObject

CLASSES = frozenset({2002, 2003, 2004, 2006, 2007})
_DETECTION, _VULNERABILITY, _COMPLIANCE, _POSTURE = 2004, 2002, 2003, 2007
_VENDORS = frozenset({"AWS", "Amazon"})
_MOST = 64
_TEXTS = (
    "finding_info.uid", "finding_info.title", "finding_info.desc", "finding_info.src_url", "finding_info.analytic.name",
    "finding_info.analytic.uid", "message", "metadata.uid", "metadata.product.name", "metadata.product.vendor_name",
    "metadata.product.uid", "metadata.product.feature.name", "cloud.provider", "cloud.region", "cloud.account.uid", "status_code",
    "status_detail",
)  # fmt: skip
_TIMES = (
    "finding_info.created_time", "finding_info.modified_time", "finding_info.first_seen_time", "finding_info.last_seen_time",
)  # fmt: skip
_EVIDENCES: dict[str, Callable[[Any], Any]] = {
    "src_endpoint.ip": address, "dst_endpoint.ip": address, "src_endpoint.svc_name": text, "actor.user.name": text,
    "actor.user.uid": text, "actor.user.credential_uid": text, "actor.session.uid": text, "actor.session.issuer": text,
    "api.operation": text, "api.service.name": text, "query.hostname": text, "process.name": text, "process.cmd_line": text,
    "container.uid": text,
}  # fmt: skip


def is_finding(body: JsonObject) -> bool:
    """Return whether the body is an OCSF finding of AWS's."""
    kind = body.get("class_uid")
    if not isinstance(kind, int) or kind not in CLASSES or not isinstance(body.get("finding_info"), dict):
        return False
    product = mapping(mapping(body.get("metadata")).get("product"))
    return text(product.get("vendor_name")) in _VENDORS or text(mapping(body.get("cloud")).get("provider")) in _VENDORS


def put_ocsf(draft: Draft) -> int:
    """Set the attributes and return the class."""
    class_uid = whole(draft.take("class_uid")) or _DETECTION
    for path in _TEXTS:
        draft.put(path, text(draft.take(path)))
    for path in _TIMES:
        draft.put(path, _milliseconds(draft.take(path)))
    draft.put("finding_info.types", texts(draft.take("finding_info.types")))
    if "finding_info.analytic.name" in draft.attributes or "finding_info.analytic.uid" in draft.attributes:
        draft.put("finding_info.analytic.type_id", 0)
    attacks = objects(draft.take("finding_info.attacks"))
    _put_array(draft, "finding_info.attacks", attacks, {"technique.uid": text, "tactic.uid": text})
    resources = objects(draft.take("resources"))
    _put_array(draft, "resources", resources, {"uid": text, "type": text, "name": text, "region": text})
    if class_uid in (_DETECTION, _COMPLIANCE):
        _put_array(draft, "evidences", objects(draft.take("evidences")), _EVIDENCES)
    if class_uid in (_DETECTION, _VULNERABILITY, _POSTURE):
        _put_array(draft, "vulnerabilities", objects(draft.take("vulnerabilities")), {"cve.uid": text})
    if class_uid == _COMPLIANCE:
        draft.put("compliance.control", text(draft.take("compliance.control")))
        draft.put("compliance.status_id", _enumerated(draft.take("compliance.status_id"), 3))
    if class_uid == _DETECTION:
        draft.put("is_alert", value=draft.take("is_alert") is not False)
    draft.put("status_id", _enumerated(draft.take("status_id"), 6))
    return class_uid


def _put_array(draft: Draft, array: str, items: list[JsonObject], readers: dict[str, Callable[[Any], Any]]) -> None:
    """Set the attributes that every item has: lists under one array have one length."""
    items = items[:_MOST]
    for path, read in readers.items():
        values = [read(_at(item, path)) for item in items]
        if values and all(value is not None for value in values):
            draft.put(f"{array}.{path}", values)


def _at(node: Any, path: str) -> Any:
    for key in path.split("."):
        node = mapping(node).get(key)
    return node


def _milliseconds(value: Any) -> int | None:
    number = whole(value)
    return number if number is not None and 0 < number < 2**63 else None


def _enumerated(value: Any, last: int) -> int | None:
    """Return a value of an enumeration of 1 to `last`, with 0 for unknown and 99 for other."""
    number = whole(value)
    return number if number is not None and (0 <= number <= last or number == 99) else None  # noqa: PLR2004 - OCSF: Other


def severity(draft: Draft) -> int:
    """Return the severity, 0 where there is none."""
    return _enumerated(draft.take("severity_id"), 6) or 0


def activity(draft: Draft) -> int:
    """Return the activity: created, updated or closed."""
    return _enumerated(draft.take("activity_id"), 3) or 0

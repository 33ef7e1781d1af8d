"""Published mappings of AWS and Kubernetes records, beside ours.

Vectors: the OCSF project's examples (written by AWS, OCSF 1.0.0-rc.2 to 1.5.0) and Tenzir's tests (1.8.0). Compared are who,
what, when, where and how it ended; names that OCSF gives beside numbers are not. Where we differ, `REASONS` says why; a reason
that nothing needs any more fails the test.
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from minixdr.normalize.catalog import all_sources
from minixdr.normalize.source import NotAnEvent
from minixdr.schema.event import Event
from minixdr.schema.record import Record

_COMPARED = (
    "class_uid", "activity_id", "time", "status_id", "action_id", "disposition_id", "rcode_id", "query_time", "actor.", "user.", "api.",
    "cloud.", "src_endpoint.", "dst_endpoint.", "http_request.", "query.", "answers.", "traffic.", "connection_info.", "resources.",
    "resource.", "finding_info.", "compliance.", "severity_id", "firewall_rule.", "tls.",
)  # fmt: skip
_CAPTIONS = re.compile(r"(?:_dt|_name|\.type|\.boundary|\.direction|\.protocol_ver|\.algorithm)\Z")
"""Texts that stand beside a number and repeat it, and times written twice."""

_WHOLE = "request and response stay in `unmapped`, whole and under the record's own names"
_ARN = "1.0.0-rc.2 had no uid_alt: since 1.1 the ARN is uid and the principal uid_alt"
_MASKED = "the vector's expected values were masked by hand after its record was mapped"
_YEAR = "the vector's expected time is not its record's"
_DOT = "a name is written without the root's dot, as rules write it"
_UNIT = "the same instant, written in another unit"

REASONS: tuple[tuple[str, str, str], ...] = (
    (r".*", r"api\.(request|response)\.data.*", _WHOLE),
    (r".*WAF", r"http_request\.http_headers\..*", "headers stay in `unmapped`; those that rules read have attributes"),
    (r".*v1\.0\.0-rc\.2.*", r"(actor\.)?user\.(account_uid|uuid|uid)", _ARN),
    (r".*v1\.0\.0-rc\.2.*", r"actor\.session\.mfa", "is_mfa since 1.0.0"),
    (r".*v1\.0\.0-rc\.2.*", r"class_uid", "API Activity was 3005 before 1.0.0"),
    (r".*Authentication.*", r"api\.request\.uid", "the record has no request id"),
    (r".*[Rr]oute53.*|.*rc\.2.*VPC.*", r"cloud\.account_uid", "cloud.account.uid since 1.1"),
    (r".*bloblang.*CloudTrail.*", r"actor\.session\.created_time|time", _YEAR),
    (r".*bloblang.*CloudTrail.*", r"(actor\.)?user\..*|api\.request\.uid", _MASKED),
    (r".*bloblang.*Api Activity.*", r"status_id", "the record has no error: it succeeded"),
    (r".*bloblang.*route53.*", r"answers\..*|src_endpoint\.port", "an array and a number since 1.0.0"),
    (r".*bloblang.*route53.*", r"time", _UNIT),
    (r".*bloblang.*route53.*|.*rc\.2.*Route53.*", r"activity_id", "question and answer in one record are Traffic"),
    (r".*[Rr]oute53.*", r"query\.hostname", _DOT),
    (r".*[Rr]oute53.*", r"severity_id", "DNS Firewall's alert makes it low"),
    (r".*rc\.2.*Route53.*", r"disposition_id", "19, Alert, did not exist"),
    (r"tenzir.*", r"time|query_time", _UNIT),
    (r"tenzir.*route53.*", r"dst_endpoint\.uid", "instance_uid, as AWS's own mapping has it"),
    (r"tenzir.*vpc_flow.*", r"activity_id", "a rejected connection was refused (5), not closed (2)"),
    (
        r".*(eks|EKS).*",
        r"actor\.session\.uid",
        "the session's ARN, which CloudTrail has too; the session's name is not unique",
    ),
    (r".*(eks|EKS).*", r"cloud\.account\.uid", "an ARN is no account"),
    (r".*(eks|EKS).*", r"actor\.user\.type_id", "the record does not say"),
    (r".*(eks|EKS).*", r"src_endpoint\.ip", "`12.000.22.33` is no address"),
    (r".*(eks|EKS).*", r"time", "rounded to the millisecond, not cut"),
    (r".*EKS.*", r"action_id", "the record says that the authorizer allowed it"),
    (r".*v1\.5\.0.*WAF.*", r"(action|disposition)_id", "the record's action is ALLOW"),
    (r".*VPC.*", r"connection_info\.boundary_id", "1.0.0 had no numbers for AWS's traffic paths"),
    (r".*rc\.2.*VPC.*|.*v1\.1\.0.*VPC.*", r"dst_endpoint\.interface_uid", _MASKED),
    (r"dataprepper.*", r"time", _UNIT),
    (r"dataprepper.*", r"status_id", "a flow record that is complete does not say that a connection failed"),
    (r".*Security Hub.*", r"resource\.(uid|region|cloud_partition)", "`resource` became the array `resources`"),
    (r".*Security Hub.*", r"compliance\.status", "the number, 3 (Fail), is enough"),
    (r".*v1\.1\.0.*WAF.*", r"severity_id", "a rule of the owner's stopped the request: low"),
    (r".*v1\.5\.0.*WAF.*", r"firewall_rule\.name", "a rate-based rule that was looked at, not the rule that decided"),
)
"""Vector, attribute (both as regular expressions), why ours differs."""


class Vector(NamedTuple):
    """A record and what somebody maps it to."""

    name: str
    body: dict[str, Any]
    expected: dict[str, Any]


def _parsed(text: Any) -> Any:
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", text)) if isinstance(text, str) else text


def _bodies(raw: Any) -> list[dict[str, Any]]:
    if isinstance(raw, dict):
        return [raw]
    if isinstance(raw, list):
        return raw
    if raw.startswith("account_id,"):
        return list(csv.DictReader(raw.splitlines()))
    return [json.loads(line) for line in raw.splitlines() if line.strip()]


def _vectors(shared_data: Path) -> Iterator[Vector]:
    folder = shared_data / "normalisation"
    for line in (folder / "ocsf_examples" / "vectors.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        if not re.search(r"AWS|aws|eks|EKS", item["source"]):
            continue
        try:
            expected = _parsed(item["expected"])
        except ValueError:  # written by hand, not all of it is JSON
            continue
        listed = expected if isinstance(expected, list) else [expected]
        for body, one in zip(_bodies(item["raw"]), listed, strict=False):
            yield Vector(item["source"], body, one)
    for line in (folder / "tenzir_ocsf_nolicence" / "vectors.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        if item["package"] == "amazon" and item["class_uids"]:
            by_time = sorted(
                item["expected"],
                key=lambda one: (
                    one["time"],
                    one["src_endpoint"].get("port") or 0,
                    one.get("status_code", ""),
                ),
            )
            bodies = sorted(_bodies(item["raw"]), key=_when)
            for body, one in zip(bodies, by_time, strict=True):
                yield Vector(f"tenzir {item['test']}", body, one)


def _when(body: dict[str, Any]) -> tuple[Any, ...]:
    words = str(body.get("message", "")).split()
    return (
        body.get("query_timestamp") or words[10],
        int(body.get("srcport") or words[5].replace("-", "0")),
        words[-1:] or [""],
    )


def _flat(node: Any, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(node, dict):
        for key, value in node.items():
            found.update(_flat(value, f"{path}.{key}" if path else key))
    elif isinstance(node, list) and node and all(isinstance(item, dict) for item in node):
        parts = [_flat(item) for item in node]
        for key in {key for part in parts for key in part}:
            found[f"{path}.{key}"] = [part[key] for part in parts if key in part]
    elif node not in (None, "", [], "-"):
        found[path] = node
    return found


def _event(body: dict[str, Any]) -> Event | None:
    fitting = [source for source in all_sources() if any(shape.fits(body) for shape in source.shapes)]
    assert len(fitting) == 1, body
    try:
        return fitting[0].normalize(Record("vector", 1, b"", body, "json"))
    except NotAnEvent:
        return None


def _differences(shared_data: Path) -> Iterator[tuple[str, str, Any, Any]]:
    for vector in _vectors(shared_data):
        event = _event(vector.body)
        if event is None:
            assert vector.expected["status_code"] in ("NODATA", "SKIPDATA")  # a flow log's word for: nothing happened
            continue
        for path, value in _flat(vector.expected).items():
            if path.startswith(_COMPARED) and not _CAPTIONS.search(path) and event.attributes.get(path) != value:
                yield vector.name, path, value, event.attributes.get(path)


def test_where_we_differ_from_a_published_mapping_we_say_why(shared_data: Path) -> None:
    """No difference is an accident, and no excuse outlives its difference."""
    unexplained, used = [], set()
    for name, path, theirs, ours in _differences(shared_data):
        reason = next((r for r in REASONS if re.fullmatch(r[0] + r".*", name) and re.fullmatch(r[1], path)), None)
        if reason is None:
            unexplained.append((name, path, theirs, ours))
        else:
            used.add(reason)
    assert unexplained == []
    assert [reason for reason in REASONS if reason not in used] == []

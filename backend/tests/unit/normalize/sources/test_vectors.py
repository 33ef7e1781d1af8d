"""Results beside those of other normalizers: Sekoia's intakes (ECS), Tenzir's library and OCSF's examples.

Compared is what detection and incidents use: when, who, from where, whether it succeeded, and OCSF's class. Where a result differs on purpose the
vector is in the table, with the reason.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.catalog import all_sources
from minixdr.normalize.source import NotAnEvent
from minixdr.schema.event import Event
from tests.unit.normalize.sources.saas_events import record_of

_INTAKES = (
    "Okta/okta_system_logs", "Github/github_audit_logs", "Google_Cloud/google_report", "Google_Cloud/Google_Cloud_Audit", "Azure/azure_ad",
    "Azure/azure_activity_logs", "Azure/azure_key_vault", "Microsoft/microsoft_entraid_graphapi", "Office_365/o365", "NGINX/nginx",
    "Apache/apache", "Suricata/suricata",
)  # fmt: skip
_ADDRESSES = ("source.ip", "destination.ip")
_PEOPLE = ("user.email", "user.target.email")
_OTHERS = ("http.request.method", "http.response.status_code", "dns.question.name", "user_agent.original", "rule.id")
_OUTCOMES = {"success": 1, "failure": 2}
_SYSTEM = "Okta itself acts: its system principal is no user"
_QUOTED = "the name ends in a backslash in the record, and is no e-mail address: it is kept as written"
_HAPPENED = "the record says when it happened; the vector takes when it was handed on"
_UNSAID = "the record does not say whether it succeeded"
_DIFFERENT = {
    "Okta/okta_system_logs:1 user.email": _SYSTEM,
    "Okta/okta_system_logs:3 user.email": _QUOTED,
    "Okta/okta_system_logs:3 user.target.email": _QUOTED,
    "Google_Cloud/google_report:10 outcome": _UNSAID,
    "Google_Cloud/google_report:18 user.target.email": "of several events in one record the first names the user it is about",
    "Google_Cloud/google_report:20 source.ip": "0.0.0.0 is nobody's address",
    "Google_Cloud/google_report:20 user.target.email": "`redacted` is no e-mail address",
    "Azure/azure_ad:13 time": _HAPPENED,
    "Azure/azure_ad:14 time": _HAPPENED,
    "Azure/azure_ad:15 time": _HAPPENED,
    "Azure/azure_ad:16 time": _HAPPENED,
    "Azure/azure_ad:16 user_agent.original": "in a text of additionalInfo; a client's word and no part of the finding",
    "Azure/azure_key_vault:8 outcome": "the response's status is 409: the call failed",
    "Office_365/o365:13 source.ip": "0.0.0.0 is nobody's address",
    "NGINX/nginx:6 destination.ip": "the upstream behind the server, in the record's leftovers",
    "Apache/apache:5 outcome": "a message of ModSecurity says nothing of the response",
    "Apache/apache:6 outcome": "a message of the TLS module says nothing of the response",
    "Suricata/suricata:4": "a record of Metricbeat's, none of Suricata's",
    **{f"Office_365/o365:{n} outcome": _UNSAID for n in (2, 3, 4, 7, 10, 12, 13, 15, 16, 17, 27, 28)},
}  # fmt: skip


def _event(message: str) -> Event | None:
    text = message.strip()
    body: dict[str, Any] = json.loads(text) if text.startswith("{") else {"message": text.partition("\n")[0]}
    kind = "json" if text.startswith("{") else "text"
    for source in all_sources():
        if kind in source.formats and any(shape.fits(body) for shape in source.shapes):
            try:
                return source.normalize(record_of(body, kind))
            except NotAnEvent:
                return None
    return None


def _at(node: Any, path: str) -> Any:
    for key in path.split("."):
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _values(event: Event) -> set[str]:
    found: set[str] = set()
    for value in event.attributes.values():
        found |= {str(item).lower() for item in (value if isinstance(value, list) else [value])}
    return found


def _differences(event: Event, expected: dict[str, Any]) -> Iterator[str]:
    time = parse_time(expected.get("@timestamp"))
    if time is not None and (event.time is None or abs((time - event.time).total_seconds()) > 0.001):
        yield "time"
    values = _values(event)
    for path in (*_ADDRESSES, *_PEOPLE, *_OTHERS):
        wanted = _at(expected, path)
        if wanted is not None and str(wanted).lower() not in values:
            yield path
    outcome = _at(expected, "event.outcome")
    if outcome in _OUTCOMES and event.attributes.get("status_id") != _OUTCOMES[outcome]:
        yield "outcome"


@pytest.mark.parametrize("intake", _INTAKES)
def test_results_agree_with_sekoias(shared_data: Path, intake: str) -> None:
    """When, who, from where and whether it succeeded are as another normalizer has them, or the difference has a reason."""
    path = shared_data / "normalisation" / "sekoia_ecs_nolicence" / f"{intake}.jsonl"
    found: set[str] = set()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        vector = json.loads(line)
        event = _event(vector["message"])
        if event is None:
            found.add(f"{intake}:{number}")
        else:
            found |= {f"{intake}:{number} {what}" for what in _differences(event, vector["expected_ecs"])}
    assert found == {name for name in _DIFFERENT if name.startswith(f"{intake}:")}


_OCSF_DIFFERENT = {
    "markdown/Zeek/v1.3.0/ssh_log/samples/ssh_log.raw": "the whole session is Traffic, its success is `status_id`",
    "suricata/tests/ocsf/dns.tql": "version 3 repeats the question in every response; the request has a record of its own",
    "suricata/tests/ocsf/ftp.tql": "a password is no Poll of a file",
    "suricata/tests/ocsf/krb5.tql": "an AS request that lacks preauthentication is a ticket request that failed",
    "suricata/tests/ocsf/sip.tql": "a message of a protocol that has no class of its own opens no connection",
    "zeek/tests/ocsf/ftp.tql": "PORT is a command, only none of the file commands: Other, not Unknown",
}


def _ocsf_vectors(shared_data: Path) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield name, raw record and expected event of OCSF's examples and of Tenzir's."""
    folder = shared_data / "normalisation"
    for line in (folder / "ocsf_examples" / "vectors.jsonl").read_text("utf-8").splitlines():
        vector = json.loads(line)
        if any(name in vector["source"] for name in ("Okta", "GitHub", "Zeek")) and isinstance(
            vector["expected"], dict
        ):
            raw = vector["raw"]
            yield vector["source"], json.loads(raw) if isinstance(raw, str) else raw, vector["expected"]
    for line in (folder / "tenzir_ocsf_nolicence" / "vectors.jsonl").read_text("utf-8").splitlines():
        vector = json.loads(line)
        known = vector["package"] in ("zeek", "suricata") or "risky-users" in vector["test"]
        if known and vector["class_uids"]:
            raws = list(_concatenated(vector["raw"]))
            if len(raws) == len(vector["expected"]):
                for raw, wanted in zip(raws, vector["expected"], strict=True):
                    yield vector["test"], raw, wanted


def _concatenated(text: str) -> Iterator[dict[str, Any]]:
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        rest = rest[end:].lstrip()
        yield from value if isinstance(value, list) else [value]


def test_classes_agree_with_ocsfs_examples(shared_data: Path) -> None:
    """Classes and activities are as OCSF's own examples and Tenzir's have them, or the difference has a reason.

    A vector of several records gives its events in an order of its own, so what is compared is how many there are of each kind.
    """
    has: dict[str, Counter[tuple[int, object]]] = defaultdict(Counter)
    for name, raw, wanted in _ocsf_vectors(shared_data):
        fitting = [source for source in all_sources() if any(shape.fits(raw) for shape in source.shapes)]
        event = fitting[0].normalize(record_of(raw))
        has[name][event.class_uid, event.attributes["activity_id"]] += 1
        has[name][wanted["class_uid"], wanted["activity_id"]] -= 1
    found = {name: {kind: count for kind, count in kinds.items() if count} for name, kinds in has.items()}
    assert sum(len(kinds) for kinds in has.values()) > 0
    assert {name for name, kinds in found.items() if kinds} == set(_OCSF_DIFFERENT), found

"""Every field that SigmaHQ's rules name for networks, web servers and hosted applications is one that records have."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from tools.telemetry import claims, files_below, records

from minixdr.normalize.catalog import all_sources
from minixdr.schema.event import LogSource
from minixdr.schema.record import Issue
from tests.contract.samples import SAMPLES
from tests.unit.normalize.sources.saas_events import telemetry, value_at

_PRODUCTS = frozenset({"okta", "github", "gcp", "azure", "m365", "zeek", "bitbucket", "onelogin"})
_CATEGORIES = frozenset({"webserver", "proxy", "dns", "firewall"})
_SOURCES = frozenset({
    "okta_system", "github_audit", "google_workspace", "microsoft_entra", "azure_activity", "microsoft_365", "zeek", "suricata_eve", "web_access",
    "google_cloud_audit", "aws_vpcflow", "w3c_access", "squid_access", "cloudflare_logpush", "atlassian_audit", "onelogin_events",
})  # fmt: skip
_VECTORS = (
    "panther_unit_events/rules/Okta.SystemLog.jsonl", "panther_unit_events/rules/GitHub.Audit.jsonl",
    "panther_unit_events/rules/GSuite.ActivityEvent.jsonl", "panther_unit_events/rules/Azure.Audit.jsonl",
    "panther_unit_events/rules/Azure.MonitorActivity.jsonl", "panther_unit_events/rules/Microsoft365.Audit.SharePoint.jsonl",
    "panther_unit_events/rules/Microsoft365.Audit.AzureActiveDirectory.jsonl", "panther_unit_events/rules/GCP.AuditLog.jsonl",
    "normalisation/sekoia_ecs_nolicence/Office_365/o365.jsonl", "normalisation/sekoia_ecs_nolicence/Azure/azure_ad.jsonl",
    "normalisation/sekoia_ecs_nolicence/Microsoft/microsoft_entraid_graphapi.jsonl",
    "normalisation/sekoia_ecs_nolicence/Google_Cloud/google_report.jsonl",
    "normalisation/sekoia_ecs_nolicence/Google_Cloud/Google_Cloud_Audit.jsonl",
)  # fmt: skip
_OTHERWISE = {
    ("firewall", None, None): {"blocked": "no firewall that is read here writes it: AWS and Suricata say `action`"},
    ("proxy", None, None): {"cs-cookie": "Zeek's cookie_vars, which a policy script must turn on"},
    (None, "azure", "auditlogs"): {
        "ConsentContext.IsAdminConsent": "a modified property's name: see test_microsoft_entra"
    },
    (None, "m365", "threat_management"): {"Payload": "operation and parameters: see test_microsoft_365"},
}
"""Fields that no record at hand has, and why the rules may meet them all the same."""
_OURS = re.compile(
    r"^\s+(?:product: (?:okta|github|gcp|azure|m365|zeek|bitbucket|onelogin)|category: (?:webserver|proxy|dns|firewall))\s*$",
    re.MULTILINE,
)
"""Rules worth parsing: YAML is slow."""
_PER_FILE = 40

Key = tuple[str | None, str | None, str | None]


def _fields_of_rule(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
                yield from _fields_of_rule(value)
            else:
                yield str(name).partition("|")[0]
    elif isinstance(node, list):
        for item in node:
            yield from _fields_of_rule(item)


def _asked(folder: Path) -> dict[Key, set[str]]:
    """Return the fields that rules name, by log source."""
    asked: dict[Key, set[str]] = defaultdict(set)
    for path in folder.glob("rules*/**/*.yml"):
        text = path.read_text("utf-8")
        if _OURS.search(text) is None:
            continue
        for rule in yaml.safe_load_all(text):
            source = rule.get("logsource") or {}
            if source.get("product") in _PRODUCTS or (
                source.get("category") in _CATEGORIES and source.get("product") is None
            ):
                key = (source.get("category"), source.get("product"), source.get("service"))
                for name, selection in rule["detection"].items():
                    if name not in ("condition", "timeframe"):
                        asked[key] |= {field for field in _fields_of_rule(selection) if field}
    return asked


def _meets(key: Key, source: LogSource) -> bool:
    return all(
        wanted is None or wanted == has
        for wanted, has in zip(key, (source.category, source.product, source.service), strict=True)
    )


def _records(shared_data: Path) -> Iterator[tuple[dict[str, Any], tuple[LogSource, ...]]]:
    """Yield each record as rules see it, with its log sources."""
    paths = [path for name in _SOURCES if (SAMPLES / name).is_dir() for path in files_below(SAMPLES / name)]
    paths += [path for path in files_below(shared_data / "network") if path.suffix not in (".pcap", ".xlsx", ".md")]
    for path in paths:
        for record in records(path, _PER_FILE):
            if not isinstance(record, Issue):
                for source, shape in claims(record):
                    yield _seen(record.body, source, shape)
    for _, body in telemetry(shared_data, *_VECTORS):
        for source in all_sources():
            for shape in source.shapes:
                if source.name in _SOURCES and shape.fits(body):
                    yield _seen(body, source, shape)


def _seen(body: dict[str, Any], source: Any, shape: Any) -> tuple[dict[str, Any], tuple[LogSource, ...]]:
    fields = dict(body if shape.fields is None else shape.fields(body))
    return fields, source.routing.log_sources(tuple(value_at(fields, name) for name in source.routing.keys))


def _has(fields: dict[str, Any], name: str) -> bool:
    found = value_at(fields, name)
    return found not in (None, []) or name in fields


def test_rules_name_what_records_have(shared_data: Path) -> None:
    """A rule whose field no record can have would never fire: each such field is known, with the reason."""
    asked = _asked(shared_data / "rules" / "sigmahq")
    lacking = {key: set(fields) for key, fields in asked.items()}
    for fields, sources in _records(shared_data):
        for key, names in [item for item in lacking.items() if item[1]]:
            meeting = next((source for source in sources if _meets(key, source)), None)
            if meeting is not None:
                names -= {name for name in names if _has(fields, meeting.field_names.get(name, name))}
    assert {key: names for key, names in lacking.items() if names} == {key: set(why) for key, why in _OTHERWISE.items()}

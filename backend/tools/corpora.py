"""Which telemetry belongs to which log source: what `coverage.py` reads, and whose it should be.

In: the folder of real public telemetry beside a development checkout. Out: units (a name, an open binary stream, the sources it may belong to). What
is no log of a source of ours (rules, labels, packet captures, products without a source) is in no unit, and listed in `LEFT_OUT` with its reason.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

SourceOf = Callable[[dict[str, object]], str | None]


@dataclass(frozen=True, slots=True)
class Unit:
    """A file, or a record that a file of test vectors holds."""

    corpus: str
    name: str
    sources: tuple[str, ...]
    """The sources it may belong to; the first is named where nobody recognises it."""
    path: Path | None = None
    content: bytes = b""

    def open(self) -> BinaryIO:
        """Return the bytes as a stream."""
        return BytesIO(self.content) if self.path is None else self.path.open("rb")


_WINDOWS, _LINUX = ("microsoft_windows",), ("linux_syslog", "openssh_sshd", "linux_auditd", "linux_sysmon")
_FILES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("aws/stratus_detonation/aws.*.json", ("aws_cloudtrail",)),
    ("story_aws_invictus/cloudtrail_raw/*.json", ("aws_cloudtrail",)),
    ("story_aws_invictus/demo_killchain/*killchain*", ("aws_cloudtrail",)),
    ("story_aws_invictus/timeline.jsonl", ("aws_cloudtrail",)),
    ("k8s_audit/falco/*.json", ("kubernetes_audit",)),
    ("linux/cowrie_honeypot_nolicence/*.gz", ("cowrie",)),
    ("linux/loghub/OpenSSH/*.log", ("openssh_sshd",)),
    ("linux/loghub/Linux/*.log", _LINUX),
    ("linux/loghub/Apache/*.log", ("web_access",)),
    ("linux/mordor_auditd/*.log*", ("linux_auditd",)),
    ("linux/mordor_auditd/*.zst", ("linux_auditd",)),
    ("network/apt29_zeek/**/*", ("zeek",)),
    ("network/ocsf_raw_zeek/**/*", ("zeek",)),
    ("network/wrccdc_zeek_json/**/*", ("zeek",)),
    ("network/stratosphere_labelled/port-scans/**/*.log", ("zeek",)),
    ("network/stratosphere_labelled/*zeek-dir/*.log", ("zeek",)),
    ("network/stratosphere_labelled/*.suricata.json", ("suricata_eve",)),
    ("sigma_regression/**/*.evtx", _WINDOWS),
    ("sigma_regression/**/*.json", _WINDOWS),
    ("story_log4shell/raw/sysmon_*.json", _WINDOWS),
    ("story_log4shell/raw/securityauditing_*.json", _WINDOWS),
    ("story_log4shell/raw/syslog_sysmon_*.json", ("linux_sysmon",)),
    ("story_log4shell/raw/syslog_auoms_*.json", ("linux_auditd",)),
    ("windows/evtx_*/**/*.evtx", _WINDOWS),
    ("windows/evtx_*/**/*.zst", _WINDOWS),
    ("windows/evtx_*/**/*.gz", _WINDOWS),
    ("windows/mordor/*.zst", _WINDOWS),
    ("windows/whole_host_capattack/*.zst", _WINDOWS),
)
_CROWDSEC: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"(ssh|sshd)[-_]|geoip-enrich", ("openssh_sshd",)),
    (r"pam-logs|segfault-logs|iptables-logs|proxmox-iptables-logs", ("linux_syslog",)),
    (r"auditd-", ("linux_auditd",)),
    (
        r"(nginx|apache2?)[-_](?!proxy-manager-logs|cve-2021-41773)|http-|CVE-20(17-9841|22-35914|22-41697)|cve-2021-42013|traefik_|caddy-",
        ("web_access",),
    ),
    (r"aws-(bf|nwo-login|cloudtrail-)", ("aws_cloudtrail",)),
    (r"aws-alb-", ("aws_alb",)),
    (r"k8s-audit-", ("kubernetes_audit",)),
    (r"suricata-logs-evelog", ("suricata_eve",)),
    (r"cowrie-logs", ("cowrie",)),
    (r"windows-bf", _WINDOWS),
    (r"iis-logs", ("w3c_access",)),
)
"""A test's folder -> source; the other tests are of products without a source here."""
# Log type of a vector -> the sources it may belong to, with blanks between them.
_PANTHER = {
    "AWS.CloudTrail": "aws_cloudtrail", "Amazon.EKS.Audit": "kubernetes_audit", "GSuite.ActivityEvent": "google_workspace",
    "GitHub.Audit": "github_audit", "GitHub.Webhook": "github_audit", "Okta.SystemLog": "okta_system", "AWS.WAFWebACL": "aws_waf",
    "Osquery.Differential": "osquery", "Azure.Audit": "microsoft_entra", "GCP.AuditLog": "google_cloud_audit google_workspace",
    "Azure.MonitorActivity": "azure_activity kubernetes_audit microsoft_entra", "AWS.SecurityFindingFormat": "aws_securityhub",
    "Microsoft365.Audit.SharePoint": "microsoft_365", "Microsoft365.Audit.General": "microsoft_365",
    "OneLogin.Events": "onelogin_events", "Cloudflare.Firewall": "cloudflare_logpush", "Cloudflare.HttpRequest": "cloudflare_logpush",
    "Atlassian.Audit": "atlassian_audit", "Microsoft365.Audit.AzureActiveDirectory": "microsoft_365", "Microsoft365.Audit.Exchange": "microsoft_365",
}  # fmt: skip
_SEKOIA = {
    "aws_cloudtrail": "aws_cloudtrail", "aws_flow_logs": "aws_vpcflow", "aws_guardduty": "aws_guardduty", "aws_waf": "aws_waf",
    "apache": "web_access", "nginx": "web_access", "azure_ad": "microsoft_entra", "azure_activity_logs": "azure_activity", "o365": "microsoft_365",
    "okta_system_logs": "okta_system", "github_audit_logs": "github_audit", "google_report": "google_workspace",
    "squid": "squid_access", "microsoft_iis": "w3c_access", "Google_Cloud_Audit": "google_cloud_audit google_workspace",
    "winlogbeat": "microsoft_windows", "windows": "microsoft_windows", "suricata": "suricata_eve",
}  # fmt: skip
_TENZIR = {
    "route53": "aws_route53_resolver", "vpc_flow": "aws_vpcflow", "microsoft/tests/ocsf": "microsoft_windows", "suricata": "suricata_eve",
    "sysmon": "microsoft_windows", "zeek": "zeek",
}  # fmt: skip
_EXAMPLES = {
    "CloudTrail": "aws_cloudtrail", "/eks/": "kubernetes_audit", "EKS Audit": "kubernetes_audit", "oute53": "aws_route53_resolver",
    "VPC Flow": "aws_vpcflow", "/WAF/": "aws_waf", "Falco": "falco", "GitHub": "github_audit", "Okta": "okta_system", "Zeek": "zeek",
}  # fmt: skip
LEFT_OUT = (
    ("Panther's tests of its own enrichment", "their records hold nothing of a log"),
    ("aws/s3_honeybucket", "a table that its author made of CloudTrail records; no AWS log"),
    ("alerts_ait_ads", "alerts of other products, for measuring how findings are joined"),
    ("packet captures, nfdump and Argus flow files", "not supported formats, said so when read"),
    ("vminsights_vmconnection", "Azure VM Insights: no source yet"),
    ("CrowdSec tests of mail, database, VPN, media and other servers", "no source yet"),
    (
        "Panther's tests of 90 other log types; its VPC flow and S3 access records",
        "no source yet; fields that Panther renamed",
    ),
    ("Sekoia's tests of 190 other formats", "no source yet"),
    ("Sekoia's OpenSSH vectors", "their syslog header was cut off: nothing says that sshd wrote them"),
    ("Windows event text as Splunk stores it", "no source yet"),
)


def units(root: Path) -> Iterator[Unit]:
    """Yield every unit below the folder, in a fixed order."""
    for pattern, sources in _FILES:
        for path in sorted(root.glob(pattern)):
            if path.is_file() and path.suffix not in (".md", ".pcap", ".xlsx") and path.name != "labels.jsonl":
                name = str(path.relative_to(root))
                yield Unit("/".join(name.split("/")[:2]) if "/" in name else name, name, sources, path)
    yield from _crowdsec(root)
    yield from _panther(root)
    yield from _vectors(root)


def _crowdsec(root: Path) -> Iterator[Unit]:
    for path in sorted((root / "linux_web_saas" / "crowdsec_hub").glob("*/*.log")):
        for pattern, sources in _CROWDSEC:
            if re.match(pattern, path.parent.name):
                yield Unit("linux_web_saas/crowdsec_hub", str(path.relative_to(root)), sources, path)
                break


def _panther(root: Path) -> Iterator[Unit]:
    for path in sorted((root / "panther_unit_events" / "rules").glob("*.jsonl")):
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            test = json.loads(line)
            source = _PANTHER.get(str(test.get("log_type")))
            event = test.get("event")
            if source is not None and isinstance(event, dict) and any(not name.startswith("p_") for name in event):
                content = json.dumps(event).encode()
                yield Unit(
                    "panther_unit_events", f"{path.relative_to(root)}:{number}", tuple(source.split()), content=content
                )


def _vectors(root: Path) -> Iterator[Unit]:
    folder = root / "normalisation"
    for path in sorted((folder / "sekoia_ecs_nolicence").rglob("*.jsonl")):
        source = _SEKOIA.get(path.stem)
        if source is not None:
            yield from _vector_lines(root, path, "message", _always(source))
    yield from _vector_lines(root, folder / "tenzir_ocsf_nolicence" / "vectors.jsonl", "raw", _by_text("test", _TENZIR))
    yield from _vector_lines(root, folder / "ocsf_examples" / "vectors.jsonl", "raw", _by_text("source", _EXAMPLES))


def _by_text(key: str, table: dict[str, str]) -> SourceOf:
    def source(vector: dict[str, object]) -> str | None:
        text = str(vector.get(key))
        return next((name for part, name in table.items() if part in text), None)

    return source


def _always(source: str) -> SourceOf:
    return lambda _: source


def _vector_lines(root: Path, path: Path, key: str, source_of: SourceOf) -> Iterator[Unit]:
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        vector = json.loads(line)
        source = source_of(vector)
        raw = vector.get(key)
        if source is None or raw is None:
            continue
        content = (raw if isinstance(raw, str) else json.dumps(raw)).encode("utf-8", "surrogatepass")
        yield Unit(f"normalisation/{path.parent.name}" if path.stem == "vectors" else "normalisation/sekoia_ecs_nolicence",
                   f"{path.relative_to(root)}:{number}", tuple(source.split()), content=content)  # fmt: skip

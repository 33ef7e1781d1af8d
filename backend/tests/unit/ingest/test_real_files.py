"""Real telemetry: each file is recognized as what it is, and read to its end."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from minixdr.ingest.reading import read
from minixdr.schema.record import Batch, Issue

UNREADABLE = {".pcap": "packet capture", ".pcapng": "packet capture", ".nfdump": "nfdump", ".xlsx": "Office"}
EXPECTED: tuple[tuple[str, set[str]], ...] = (
    ("alerts_ait_ads/*.csv.zst", {"csv"}),
    ("aws/s3_honeybucket/*.csv", {"csv"}),
    ("aws/stratus_detonation/*.json", {"json"}),
    ("story_aws_invictus/cloudtrail_raw/*.json", {"json"}),
    ("k8s_audit/falco/*.json", {"json"}),
    ("linux/cowrie_honeypot_nolicence/*.gz", {"json"}),
    ("linux/loghub/Apache/*.log", {"text"}),
    ("linux/loghub/Linux/*.log", {"syslog"}),
    ("linux/loghub/OpenSSH/*.log", {"syslog"}),
    ("linux/loghub/*/*.csv", {"csv"}),
    ("linux/mordor_auditd/*.log", {"auditd"}),
    ("linux_web_saas/crowdsec_hub/auditd-*/*.log", {"auditd"}),
    ("linux_web_saas/crowdsec_hub/nginx-*/*.log", {"text"}),
    ("linux_web_saas/crowdsec_hub/ssh-*/*.log", {"syslog"}),
    ("linux_web_saas/crowdsec_hub/aws-cloudtrail-*/*.log", {"json"}),
    ("network/ocsf_raw_zeek/*.log", {"json"}),
    ("network/apt29_zeek/*.log", {"json"}),
    ("network/wrccdc_zeek_json/*.gz", {"json"}),
    ("network/stratosphere_labelled/*.binetflow", {"csv"}),
    ("network/stratosphere_labelled/port-scans/horizontal/conn.log", {"zeek"}),
    ("network/stratosphere_labelled/*.suricata.json", {"json"}),
    ("windows/mordor/*.zst", {"json"}),
    ("windows/*/**/*.evtx", {"evtx"}),
    ("sigma_regression/**/*.evtx", {"evtx"}),
    ("sigma_regression/**/*.json", {"json"}),
    ("panther_unit_events/**/*.jsonl", {"json"}),
)


def _formats(path: Path) -> tuple[Counter[str], list[Issue]]:
    counts: Counter[str] = Counter()
    issues: list[Issue] = []
    with path.open("rb") as stream:
        for item in read(stream, str(path)):
            if isinstance(item, Batch):
                counts[item.format] += len(item.raws)
            else:
                issues.append(item)
    return counts, issues


@pytest.mark.parametrize(("pattern", "formats"), EXPECTED, ids=[pattern for pattern, _ in EXPECTED])
def test_files_are_recognized(shared_data: Path, pattern: str, formats: set[str]) -> None:
    """The format is found by content, and the whole file is read."""
    paths = sorted(shared_data.glob(pattern))
    assert paths
    for path in paths:
        counts, issues = _formats(path)
        assert set(counts) == formats, path
        assert not [issue for issue in issues if issue.kind == "file"], path


def test_every_file_is_read_or_named(shared_data: Path) -> None:
    """Of all files, only those that are no logs have an issue, which says what they are."""
    for path in sorted(shared_data.rglob("*")):
        if not path.is_file() or "rules" in path.parts:
            continue
        _, issues = _formats(path)
        reasons = [issue.reason for issue in issues if issue.kind == "file"]
        expected = UNREADABLE.get(path.suffix)
        if expected is None:
            assert not reasons, path
        else:
            assert expected in reasons[0], path


def _json_files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*.jsonl*")):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        elif path.suffix == ".zst":
            content = zstandard.ZstdDecompressor().decompressobj().decompress(content)
        yield path, content


def test_json_lines_lose_no_record(shared_data: Path) -> None:
    """As many records as lines that are not blank, each with its bytes."""
    for folder in ("panther_unit_events", "normalisation", "linux", "story_aws_invictus", "network/wrccdc_zeek_json"):
        for path, content in _json_files(shared_data / folder):
            lines = [line.strip() for line in content.split(b"\n") if line.strip()]
            with path.open("rb") as stream:
                raws = [bytes(raw) for item in read(stream, "x") if isinstance(item, Batch) for raw in item.raws]
            assert raws == lines, path


def test_cloudtrail_files_lose_no_record(shared_data: Path) -> None:
    """Each element of `Records` is one record that says the same."""
    for path in sorted((shared_data / "story_aws_invictus" / "cloudtrail_raw").glob("*.json")):
        with path.open("rb") as stream:
            raws = [raw for item in read(stream, "x") if isinstance(item, Batch) for raw in item.raws]
        assert [json.loads(raw) for raw in raws] == json.loads(path.read_bytes())["Records"], path

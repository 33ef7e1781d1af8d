"""`minixdr scan` as a person runs it: a process, files, exit status."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

MINIXDR = Path(sys.executable).with_name("minixdr")
RULE = """
title: Access Key Created
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0001
name: access_key_created
status: test
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateAccessKey
    condition: selection
level: medium
tags: [attack.persistence, attack.t1098]
"""
MANY = """
title: Many Access Keys
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0002
correlation:
    type: event_count
    rules: [access_key_created]
    group-by: [userIdentity.arn]
    timespan: 10m
    condition: {gte: 3}
    generate: true
level: high
tags: [attack.persistence]
"""


def cloudtrail(
    number: int, name: str = "GetCallerIdentity", source: str = "sts", user: str = "deploy"
) -> dict[str, Any]:
    """Return a made-up CloudTrail record."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::111122223333:user/{user}",
            "accountId": "111122223333", "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": user,
        },
        "eventTime": f"2026-03-04T05:{number // 60 % 60:02}:{number % 60:02}Z", "eventSource": f"{source}.amazonaws.com",
        "eventName": name, "awsRegion": "eu-central-1", "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli/2.15",
        "requestParameters": None, "responseElements": None, "requestID": f"r{number}",
        "eventID": f"00000000-0000-4000-8000-{number:012}", "eventType": "AwsApiCall", "recipientAccountId": "111122223333",
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with rules and logs: three keys created in three files among benign calls."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "keys.yml").write_text(RULE)
    (tmp_path / "rules" / "many.yml").write_text(MANY)
    (tmp_path / "logs").mkdir()
    for number in range(3):
        records = [cloudtrail(number * 20 + place) for place in range(10)]
        records[4] = cloudtrail(number * 20 + 4, "CreateAccessKey", "iam")
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (tmp_path / "logs" / f"{number}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return tmp_path


def scan(folder: Path, *arguments: str, check: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a scan in the folder, with a cache of its own."""
    result = subprocess.run(
        [MINIXDR, "scan", *arguments],
        cwd=folder, env={**os.environ, "MINIXDR_CACHE_DIR": str(folder / "cache")},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "Traceback" not in result.stderr, result.stderr
    if check is not None:
        assert result.returncode == check, result.stdout + result.stderr
    return result


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the JSON lines of a file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_findings_of_all_files_are_one_incident(folder: Path) -> None:
    """From gzipped logs to an incident; a correlation rule sees what three files hold; each line says where to look."""
    result = scan(folder, "logs", "-r", "rules", "-o", "out.jsonl", "--report", "report.html", "--stats", check=1)
    lines = lines_of(folder / "out.jsonl")
    assert [(line["rule_title"], line["file"], line["record"], line["level"]) for line in lines] == [
        ("Access Key Created", "logs/0.jsonl.gz", 5, "medium"),
        ("Access Key Created", "logs/1.jsonl.gz", 5, "medium"),
        ("Access Key Created", "logs/2.jsonl.gz", 5, "medium"),
        ("Many Access Keys", "logs/2.jsonl.gz", 5, "high"),
    ]
    assert lines[0]["matched"] == {"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey"}
    assert lines[0]["time"] == "2026-03-04T05:00:04Z"
    assert len({line["incident_id"] for line in lines}) == 1
    assert lines[0]["incident_id"]
    assert lines[3]["event_ids"] == [line["event_id"] for line in lines[:3]]
    assert "received 30 = events 30 + skipped 0 + malformed 0" in result.stdout
    assert "Access Key Created" in (folder / "report.html").read_text("utf-8")


def test_the_number_of_processes_changes_nothing(folder: Path) -> None:
    """One process or three: the same lines, in the same order."""
    for jobs in ("1", "3"):
        scan(folder, "logs", "-r", "rules", "-o", f"{jobs}.jsonl", "-j", jobs, check=1)
    assert (folder / "1.jsonl").read_bytes() == (folder / "3.jsonl").read_bytes()


def test_what_is_read_twice_counts_once(folder: Path) -> None:
    """A copy of a log adds lines that say where, but no findings: numbers in tables are of what happened."""
    (folder / "logs" / "copy.jsonl.gz").write_bytes((folder / "logs" / "1.jsonl.gz").read_bytes())
    result = scan(folder, "logs", "-r", "rules", "-o", "out.jsonl", "--stats", check=1)
    assert "findings 4 (and 1 again, in events that were read more than once)" in result.stdout
    lines = lines_of(folder / "out.jsonl")
    assert len(lines) == 5
    assert len({line["finding_id"] for line in lines}) == 4


def test_nothing_found_is_status_zero(folder: Path) -> None:
    """A clean log ends a pipeline quietly, and leaves an empty output."""
    (folder / "clean.jsonl").write_text(json.dumps(cloudtrail(1)) + "\n")
    result = scan(folder, "clean.jsonl", "-r", "rules", "-o", "out.jsonl", check=0)
    assert "Nothing found" in result.stdout
    assert (folder / "out.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.log", "-r", "rules"), "missing.log: No such file or directory"),
        (("logs", "-r", "missing"), "missing: No such file or directory"),
        (("logs", "-r", "logs"), "no rules"),
        (("logs", "-r", "bad.yml"), "none of the rules can run"),
        (("logs", "-r", "rules", "--format", "word"), "there is no format 'word'. There are:"),
        (("logs", "-r", "rules", "--source", "word"), "there is no log source 'word'. There are:"),
        (("logs", "-r", "rules", "-o", "missing/out"), "No such file or directory"),
        (("logs", "-r", "rules", "--indicators", "missing"), "missing: No such file or directory"),
        (("logs", "-r", "rules", "--placeholders", "bad.yml"), "bad.yml: not a mapping"),
        (("empty", "-r", "rules"), "no files below empty"),
    ],
)
def test_bad_input_is_said_before_anything_is_read(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    """Status 2, one line that says what to do, nothing written."""
    (folder / "bad.yml").write_text("[1, 2]")
    (folder / "empty").mkdir()
    result = scan(folder, *arguments, check=2)
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not list(folder.glob("out*"))


def test_what_cannot_be_read_does_not_stop_the_rest(folder: Path) -> None:
    """A truncated archive, a broken line, a foreign text: each is counted and named, what is around them is found."""
    whole = (folder / "logs" / "0.jsonl.gz").read_bytes()
    (folder / "logs" / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (folder / "logs" / "mixed.jsonl").write_text(
        json.dumps(cloudtrail(40, "CreateAccessKey", "iam"))
        + '\n{"broken\n{"foreign": 1}\n'
        + json.dumps(cloudtrail(41))
        + "\n"
    )
    result = scan(folder, "logs", "-r", "rules", "--stats", "--issues", "issues.jsonl", "-o", "out.jsonl", check=1)
    issues = lines_of(folder / "issues.jsonl")
    assert {(issue["file"], issue["record"], issue["kind"]) for issue in issues if "record" in issue} >= {
        ("logs/mixed.jsonl", 2, "malformed"), ("logs/mixed.jsonl", 3, "skipped"),
    }  # fmt: skip
    assert any(issue["file"] == "logs/cut.jsonl.gz" and issue["kind"] == "file" for issue in issues)
    assert "cut.jsonl.gz" in result.stderr
    assert ("logs/mixed.jsonl", 1) in {(line["file"], line["record"]) for line in lines_of(folder / "out.jsonl")}
    numbers = next(line for line in result.stdout.splitlines() if line.startswith("received "))
    received, events, skipped, malformed = (int(word.replace(",", "")) for word in numbers.split() if word[0].isdigit())
    assert received == events + skipped + malformed
    assert (skipped, malformed) == (1, 2)  # the broken line, and the record that the archive broke off in


def test_nothing_read_is_not_nothing_found(folder: Path) -> None:
    """A scan that could read nothing does not say that all is well."""
    (folder / "notes.txt").write_text("some words\nand more\n")
    result = scan(folder, "notes.txt", "-r", "rules", check=2)
    assert "No record is of a log source that is recognised" in result.stderr


def test_a_list_that_was_not_given_is_said_and_can_be_given(folder: Path) -> None:
    """A rule over a list of names runs without it, and the person is told how to give it."""
    (folder / "list.yml").write_text(
        RULE.replace("eventName: CreateAccessKey", "eventName: CreateAccessKey\n        awsRegion|expand: '%regions%'")
    )
    (folder / "regions.yml").write_text("regions: [us-east-1]\n")
    without = scan(folder, "logs", "-r", "list.yml", "-o", "out.jsonl", check=1)
    assert "1 rules ask for lists that were not given" in without.stderr
    assert "Findings: out.jsonl" in without.stdout
    given = scan(folder, "logs", "-r", "list.yml", "--placeholders", "regions.yml", check=0)
    assert "lists that were not given" not in given.stderr


def test_findings_can_be_piped(folder: Path) -> None:
    """`-o -` gives JSON lines only; tables go to standard error."""
    result = scan(folder, "logs", "-r", "rules", "-o", "-", check=1)
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == 4
    assert "Incidents" in result.stderr


def test_a_level_keeps_lesser_findings_out_but_not_from_correlation(folder: Path) -> None:
    """`--level high` still knows that three keys were created."""
    scan(folder, "logs", "-r", "rules", "-o", "out.jsonl", "--level", "high", check=1)
    assert [line["rule_title"] for line in lines_of(folder / "out.jsonl")] == ["Many Access Keys"]


def test_a_damaged_cache_is_made_anew(folder: Path) -> None:
    """A file of the cache that somebody cut or changed costs time, not findings."""
    scan(folder, "logs", "-r", "rules", "-o", "a.jsonl", check=1)
    (kept,) = (folder / "cache").iterdir()
    for content in (
        b"",
        kept.read_bytes()[:-100],
        b"\x00" * 10_000,
        kept.read_bytes()[:50] + b"\xff" + kept.read_bytes()[51:],
    ):
        kept.write_bytes(content)
        scan(folder, "logs", "-r", "rules", "-o", "b.jsonl", check=1)
        assert (folder / "a.jsonl").read_bytes() == (folder / "b.jsonl").read_bytes()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupted_it_says_what_it_found(folder: Path, jobs: str) -> None:
    """Ctrl-C ends cleanly: findings until then are written, and the tables say that it was interrupted."""
    first = gzip.compress(json.dumps(cloudtrail(40, "CreateAccessKey", "iam")).encode() + b"\n")
    benign = gzip.compress((json.dumps(cloudtrail(41)).encode() + b"\n") * 4_000)
    for number in range(
        2
    ):  # eight million records in a file of some megabytes: more than can be read before the interrupt
        (folder / "logs" / f"large{number}.jsonl.gz").write_bytes(first + benign * 2_000)
    with subprocess.Popen(
        [MINIXDR, "scan", "logs", "-r", "rules", "-o", "out.jsonl", "-j", jobs],
        cwd=folder, env={**os.environ, "MINIXDR_CACHE_DIR": str(folder / "cache")},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        until = time.monotonic() + 60
        while not list(folder.glob(".minixdr-*")) and time.monotonic() < until:  # its output is open: reading begins
            time.sleep(0.05)
        time.sleep(1.5)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the children hear it too
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 1, out + errors
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    assert "Access Key Created" in {line["rule_title"] for line in lines_of(folder / "out.jsonl")}

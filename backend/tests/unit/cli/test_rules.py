"""`minixdr rules` as a person types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from minixdr.cli.main import build
from minixdr.wiring import services

RULE = """title: Trail stopped
id: 11111111-1111-4111-8111-111111111111
level: high
tags: [attack.t1562.008]
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: StopLogging}, condition: selection}
"""
RECORD = (
    '{"eventVersion":"1.11","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","eventID":"1",'
    '"eventTime":"2026-03-02T10:00:00Z","awsRegion":"eu-central-1","userIdentity":{"type":"Root"}}\n'
)


@pytest.fixture
def run():
    """Return what runs the program."""
    return lambda *arguments: CliRunner().invoke(build(services, "0"), ["rules", *arguments])


@pytest.fixture
def rules(tmp_path: Path):
    """Return a folder with one rule and its samples."""
    (tmp_path / "r.yml").write_text(RULE)
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "positive.jsonl").write_text(RECORD)
    (tmp_path / "r" / "negative.jsonl").write_text(RECORD.replace("StopLogging", "StartLogging"))
    return tmp_path


def test_check(run, rules):
    """All that can run is 0; a rule that cannot is named with file, line and reason, and gives 2."""
    assert run("check", str(rules)).exit_code == 0
    (rules / "bad.yml").write_text("title: bad\nlogsource: {product: aws}\ndetection: {condition: nothing}\n")
    result = run("check", str(rules))
    assert result.exit_code == 2
    assert f"{rules / 'bad.yml'}:1: cannot run: " in result.stdout


def test_test(run, rules):
    """Samples that hold give 0, one that does not gives 1 and is named."""
    assert run("test", str(rules)).exit_code == 0
    (rules / "r" / "negative-2.jsonl").write_text(RECORD)
    result = run("test", str(rules))
    assert result.exit_code == 1
    assert (
        f"{rules / 'r' / 'negative-2.jsonl'}: negative: found by 11111111-1111-4111-8111-111111111111" in result.stdout
    )


def test_list(run, rules):
    """A table for people, JSON lines for programs, a level that does not exist is bad input."""
    assert "Trail stopped" in run("list", str(rules)).stdout
    line = json.loads(run("list", str(rules), "--json").stdout)
    assert line["analytic"]["rule_id"] == "11111111-1111-4111-8111-111111111111"
    assert run("list", str(rules), "--level", "critical", "--json").stdout == ""
    assert run("list", str(rules), "--level", "extreme").exit_code == 2


def test_coverage(run, rules):
    """Techniques in a table, and a Navigator layer where one is asked for."""
    path = rules / "layer.json"
    result = run("coverage", str(rules), "--layer", str(path))
    assert result.exit_code == 0
    assert "T1562.008" in result.stdout
    assert json.loads(path.read_text())["techniques"][0]["techniqueID"] == "T1562.008"
    assert run("coverage", str(rules), "--layer", str(rules / "absent" / "layer.json")).exit_code == 2


@pytest.mark.parametrize("command", ["check", "test", "list", "coverage"])
def test_a_path_that_is_not_there(run, tmp_path, command):
    """It is said, without a traceback."""
    result = run(command, str(tmp_path / "nowhere"))
    assert result.exit_code == 2
    assert result.exception is None or isinstance(result.exception, SystemExit)

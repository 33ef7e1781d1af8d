"""How much of each simulated story is found: steps with a finding, findings beside the attack, incidents.

    cd backend && ../.venv/bin/python -m benchmarks.stories [--events N] [--rules DIR]...

Simulates every scenario, scans its logs by the command a person uses (with the rules that come along, or those given), and only then reads the truth.
Writes docs/measurements/stories.md. The stories are made up: what is measured is whether nothing broke and how loud ordinary days are, not how
good rules are against attackers nobody here has seen.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from minixdr.app.simulate import DEFAULT_EVENTS, list_scenarios

REPOSITORY = Path(__file__).resolve().parents[2]
OUTPUT = REPOSITORY / "docs" / "measurements" / "stories.md"
COMMAND = Path(sys.executable).with_name("minixdr")
_LOUD = ("medium", "high", "critical")


@dataclass
class Result:
    """What a scan made of one scenario."""

    steps: dict[int, dict[str, str]] = field(default_factory=dict)
    found: dict[int, set[str]] = field(default_factory=dict)
    attack_findings: int = 0
    largest_incident: int = 0
    incidents: int = 0
    beside: Counter[str] = field(default_factory=Counter)
    """Rules that found something in ordinary records."""
    loud_beside: int = 0
    """Findings in ordinary records of at least medium level."""


def main(arguments: list[str]) -> int:
    """Measure every scenario and write the document."""
    parser = argparse.ArgumentParser(prog="stories")
    parser.add_argument("--events", type=int, default=DEFAULT_EVENTS)
    parser.add_argument("--rules", action="append", default=[])
    chosen = parser.parse_args(arguments)
    results = {scenario.name: _measure(scenario.name, chosen.events, chosen.rules) for scenario in list_scenarios()}
    rules = "the rules that come along" if not chosen.rules else ", ".join(Path(folder).name for folder in chosen.rules)
    OUTPUT.write_text(_document(results, chosen.events, rules), "utf-8")
    print(OUTPUT.read_text("utf-8"))
    return 0


def _measure(scenario: str, events: int, rules: list[str]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        out, findings = Path(folder) / "simulation", Path(folder) / "findings.jsonl"
        subprocess.run([COMMAND, "simulate", scenario, "--out", out, "--events", str(events), "--quiet"], check=True)
        options = [option for rule in rules for option in ("--rules", rule)]
        scan = subprocess.run(
            [COMMAND, "scan", out / "logs", "--output", findings, *options], check=False, capture_output=True, text=True
        )
        if scan.returncode not in (0, 1):
            raise RuntimeError(scan.stderr)
        return _compare(out, findings)


def _compare(out: Path, findings: Path) -> Result:
    result = Result()
    truth: dict[tuple[str, int], dict[str, str]] = {}
    truth_file = out / "truth.jsonl"
    for line in truth_file.read_text("utf-8").splitlines() if truth_file.is_file() else ():
        record = json.loads(line)
        truth[str(out / record["file"]), record["record"]] = record
        result.steps.setdefault(record["step"], record)
    incidents: Counter[str] = Counter()
    for line in findings.read_text("utf-8").splitlines():
        finding = json.loads(line)
        record = truth.get((finding["file"], finding["record"]))
        if record is None:
            result.beside[f"{finding['rule_title']} ({finding['level']})"] += 1
            result.loud_beside += finding["level"] in _LOUD
            continue
        incidents[finding["incident_id"]] += 1
        result.found.setdefault(record["step"], set()).add(finding["rule_title"])
    result.attack_findings = incidents.total()
    result.incidents = len(incidents)
    result.largest_incident = max(incidents.values(), default=0)
    return result


def _document(results: dict[str, Result], events: int, rules: str) -> str:
    lines = [
        "# Simulated stories",
        "",
        f"Each story among {events:,} ordinary records of two days, scanned with {rules}. Written by",
        "`cd backend && ../.venv/bin/python -m benchmarks.stories`. The stories are made up: these are no figures of how good the rules are against",
        "attackers nobody here has seen; they show that the whole way works, how findings are gathered, and how loud ordinary days are.",
        "",
        "| Scenario | Steps found | Findings on the attack | In the largest of incidents | Findings on ordinary records, medium or above |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, result in results.items():
        share = f"{result.largest_incident} of {result.attack_findings}, {result.incidents} in all"
        lines.append(
            f"| {name} | {len(result.found)} of {len(result.steps)} | {result.attack_findings} | {share} | {result.loud_beside} |"
        )
    for name, result in results.items():
        lines += ["", f"## {name}", ""]
        for number, record in sorted(result.steps.items()):
            rules_of_step = ", ".join(sorted(result.found.get(number, ()))) or "**nothing**"
            lines.append(f"{number}. {record['title']} ({record['technique']}): {rules_of_step}")
        beside = "; ".join(f"{count} {rule}" for rule, count in result.beside.most_common(8))
        lines += ["", f"On ordinary records: {beside or 'nothing'}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

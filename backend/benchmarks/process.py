"""Whole processes: their CPU seconds, peak memory, output; and the page a measurement is written to."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = REPOSITORY.parent / "shared" / "data"
MEASUREMENTS = REPOSITORY / "docs" / "measurements"
RULE_FOLDERS = ("rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting")


@dataclass(frozen=True)
class Run:
    """A process that ended."""

    cpu_seconds: float
    """User and system, of it and what it started."""
    wall_seconds: float
    peak_mib: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Run:
    """Return what the process took. Raises RuntimeError where it failed (status 1 of `minixdr scan` says that it found something)."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environment or {})},
    )
    output = process.stdout.read() if process.stdout is not None else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout is not None:
        process.stdout.close()
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}:\n{output[-2_000:]}")
    return Run(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024, output)


def child(name: str, *arguments: str) -> tuple[Run, dict[str, float]]:
    """Return a run of a function of `child.py`, and the figures it printed."""
    done = run([sys.executable, "-m", "benchmarks.child", name, *arguments])
    return done, json.loads(done.output.splitlines()[-1])


def scan(paths: Sequence[str], cache: Path, *options: str, rules: Sequence[str] | None = None) -> Run:
    """Return a run of `minixdr scan` with all SigmaHQ rules (or those named), in one process."""
    folders = rules or [str(DATA / "rules" / "sigmahq" / folder) for folder in RULE_FOLDERS]
    named = [argument for folder in folders for argument in ("--rules", folder)]
    program = str(Path(sys.executable).with_name("minixdr"))
    jobs = () if "--jobs" in options else ("--jobs", "1")
    done = run(
        [program, "scan", *paths, *named, *jobs, "--quiet", "--stats", *options], {"MINIXDR_CACHE_DIR": str(cache)}
    )
    if "received " not in done.output:
        raise RuntimeError(f"the scan did not end as it should:\n{done.output[-2_000:]}")
    return done


def write(name: str, title: str, text: Sequence[str], table: Sequence[Sequence[str]]) -> None:
    """Write docs/measurements/<name>.md, and print it."""
    head, *rows = table
    lines = [f"# {title}", "", *text, "", f"Command: `cd backend && ../.venv/bin/python -m benchmarks.{name}`.", ""]
    lines += [f"| {' | '.join(head)} |", f"|{'|'.join([' --- '] + [' ---: '] * (len(head) - 1))}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    page = "\n".join(lines) + "\n"
    MEASUREMENTS.mkdir(parents=True, exist_ok=True)
    (MEASUREMENTS / f"{name}.md").write_text(page, "utf-8")
    print(page, flush=True)

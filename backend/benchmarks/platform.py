"""The whole platform on one machine: what it takes for ten minutes, how soon it answers and finds, and what it weighs.

`MINIXDR_BENCH_SECONDS` (default 600) and `MINIXDR_BENCH_RATE` (default 20000) choose another length and rate.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil
import psycopg
from tests.soak.machine import Machine

from benchmarks.process import DATA, RULE_FOLDERS, write
from minixdr.local.installation import environment_here

_SETTLE_SECONDS = 20
_WORKERS = 2
_STEADY = 7_000.0
"""Events a second that the machine takes without falling behind."""
_SHARE = 0.001
"""Of records that are findings on ordinary days."""


def main() -> None:
    """Measure and write the page."""
    seconds = float(os.environ.get("MINIXDR_BENCH_SECONDS", "600"))
    rate = float(os.environ.get("MINIXDR_BENCH_RATE", "20000"))
    with tempfile.TemporaryDirectory(prefix="minixdr-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        folders = os.pathsep.join(str(DATA / "rules" / "sigmahq" / folder) for folder in RULE_FOLDERS)
        machine = Machine(
            Path(name) / "data", _WORKERS, {"MINIXDR_RULES": folders, "MINIXDR_CACHE_DIR": f"{name}/cache"}
        )
        try:
            cold = machine.start(240)
            machine.stop()
            warm = machine.start(240)
            time.sleep(_SETTLE_SECONDS)
            idle = weight(machine)
            with closing(machine.sign_in()) as session:
                token = machine.token(session)
            load(machine, token, _STEADY, _SETTLE_SECONDS, _SHARE)
            steady = load(machine, token, _STEADY, min(seconds, 180), _SHARE)
            loud = load(machine, token, _STEADY, min(seconds, 60), 1.0)
            full = load(machine, token, rate, seconds, _SHARE)
            on_disk = lake_bytes(machine)
        finally:
            machine.stop()
    rows = [["", "measured", "aim"]]
    rows += [
        ["ready after `minixdr up`, first start", f"{cold:.1f} s", ""],
        ["ready, warm", f"{warm:.1f} s", "10 s"],
        ["memory of all processes, idle (shared pages counted once)", f"{idle:.0f} MiB", "700 MB"],
        [f"offered {rate:,.0f} events/s for {seconds:.0f} s: taken", f"{full['taken_per_second']:,.0f}/s", "20,000/s"],
        ["... worked on meanwhile (matched, kept, staged)", f"{full['processed_per_second']:,.0f}/s", "20,000/s"],
        ["... left in the log at the end", f"{full['left']:,} events", ""],
        ["... answers", json.dumps(full["answers"]), "only 200, 429, 503"],
        ["... CPU of sender, api, workers, PostgreSQL, NATS", full["cpu"], ""],
        [f"at {_STEADY:,.0f} events/s: left in the log at the end", f"{steady['left']:,} events", ""],
        ["... acknowledgement p50, p99", f"{steady['p50'] * 1000:.0f} ms, {steady['p99'] * 1000:.0f} ms", "p99 250 ms"],
        ["... record to finding p50, p99", f"{steady['found_p50']:.2f} s, {steady['found_p99']:.2f} s", "p99 5 s"],
        [
            f"the same, {loud['findings'] / loud['records']:.1%} of the records findings: left; record to finding p50, p99",
            f"{loud['left']:,}; {loud['found_p50']:.2f} s, {loud['found_p99']:.2f} s",
            "",
        ],
        ["lost", f"{full['lost'] + steady['lost'] + loud['lost']:,}", "0"],
        ["the lake", f"{on_disk:.0f} bytes/event", "260"],
    ]
    write(
        "platform",
        "The platform on one machine",
        [
            f"`minixdr up --workers {_WORKERS}` with all SigmaHQ rules beside our own, one record in a thousand a finding. "  # noqa: ISC004
            f"Mixed records of CloudTrail, Windows and Zeek of {full['bytes_per_record']:.0f} bytes on average, "
            "sent by a process on the same two cores, 500 a request; all is synced.",
        ],
        rows,
    )


def load(machine: Machine, token: str, rate: float, seconds: float, share: float) -> dict[str, float]:
    """Send for a time; return what was taken, worked on, and how long it took."""
    before, cpu_before = counts(machine), cpu(machine)
    started = time.monotonic()
    sender = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", machine.url, token, str(rate), str(seconds), str(share)],
        stdout=subprocess.PIPE,
        text=True,
    )
    output, _ = sender.communicate()
    sent = json.loads(output.splitlines()[-1])
    took = time.monotonic() - started
    now, cpu_after = counts(machine), cpu(machine)
    left = sent["records"] - (now["received"] - before["received"])
    end = time.monotonic() + 1_200
    while counts(machine)["received"] - before["received"] < sent["records"] and time.monotonic() < end:
        time.sleep(1)
    after = counts(machine)
    with database(machine) as connection:
        p50, p99 = connection.execute(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY age), percentile_cont(0.99) WITHIN GROUP (ORDER BY age) FROM ("
            "SELECT extract(epoch FROM findings.created_at - receipts.received_at) AS age "
            "FROM findings JOIN receipts USING (organization_id, batch_id) "
            "WHERE findings.created_at > now() - make_interval(secs => %s)) AS ages",
            [seconds],
        ).fetchone() or (0, 0)
    parts = ", ".join(f"{name} {(cpu_after[name] - cpu_before.get(name, 0)) / took:.2f}" for name in sorted(cpu_after))
    result = {
        **sent,
        "taken_per_second": sent["records"] / sent["seconds"],
        "processed_per_second": (now["received"] - before["received"]) / took,
        "left": left,
        "lost": sent["records"] - (after["received"] - before["received"]),
        "found_p50": float(p50 or 0),
        "found_p99": float(p99 or 0),
        "cpu": f"sender {sent['sender_cpu_seconds'] / took:.2f}, {parts} cores",
        "findings": after["findings"] - before["findings"],
    }
    print(json.dumps(result), flush=True)
    return result


def database(machine: Machine) -> psycopg.Connection[tuple[object, ...]]:
    """Return a connection that sees the one organization."""
    connection = psycopg.connect(environment_here({}, machine.folder)["MINIXDR_DATABASE_URL"], autocommit=True)
    connection.execute("SELECT set_config('minixdr.system', 'on', false)")
    connection.execute(
        "SELECT set_config('minixdr.organization_id', (SELECT id::text FROM organizations LIMIT 1), false)"
    )
    return connection


def counts(machine: Machine) -> dict[str, int]:
    """Return what is kept."""
    with database(machine) as connection:
        received, events = connection.execute(
            "SELECT coalesce(sum(received), 0), coalesce(sum(events), 0) FROM sources"
        ).fetchone() or (0, 0)
        found = connection.execute("SELECT count(*) FROM findings").fetchone() or (0,)
    return {"received": int(received), "events": int(events), "findings": int(found[0])}  # type: ignore[call-overload]


def _processes(machine: Machine) -> dict[str, list[psutil.Process]]:
    found = {}
    for name, pid in {**machine.pids(), "up": machine.process.pid}.items():
        process = psutil.Process(pid)
        found[name] = [process] if name == "up" else [process, *process.children(recursive=True)]
    return found


def cpu(machine: Machine) -> dict[str, float]:
    """Return CPU seconds by part."""
    return {
        name: sum(sum(each.cpu_times()[:2]) for each in processes if each.is_running())
        for name, processes in _processes(machine).items()
    }


def weight(machine: Machine) -> float:
    """Return MiB of all processes; pages that several share are counted once (PSS)."""
    return sum(each.memory_full_info().pss for processes in _processes(machine).values() for each in processes) / 2**20


def lake_bytes(machine: Machine) -> float:
    """Return bytes on disk of an event in the table: data files of the current snapshot."""
    from minixdr.adapters.lake.lake import IcebergLake  # noqa: PLC0415

    environment = environment_here({}, machine.folder)
    time.sleep(_SETTLE_SECONDS)
    lake = IcebergLake(environment["MINIXDR_WAREHOUSE"], environment["MINIXDR_DATABASE_URL"])
    try:
        tasks = list(lake.table.load().scan().plan_files())
        return sum(task.file.file_size_in_bytes for task in tasks) / max(
            sum(task.file.record_count for task in tasks), 1
        )
    finally:
        lake.close()


if __name__ == "__main__":
    main()

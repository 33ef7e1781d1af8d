"""Many files in one process and in two: how much sooner a scan ends."""

import shutil
import tempfile
from pathlib import Path

from benchmarks import corpora
from benchmarks.process import scan, write

COPIES = 3
"""Of the captures: enough that the start and the end of a scan, which one process does, weigh as they do in a real one."""
ROUNDS = 3


def main() -> None:
    """Measure and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        cache, logs = Path(folder) / "cache", Path(folder) / "logs"
        for number in range(COPIES):
            (logs / str(number)).mkdir(parents=True)
            for path in corpora.mordor():
                shutil.copy(path, logs / str(number))
        scan([str(logs / "0")], cache)
        ratios, rows = [], [["", "wall s", "CPU-s", "times as fast", "peak MiB of one process"]]
        for _ in range(ROUNDS):
            one = scan([str(logs)], cache, "--jobs", "1")
            two = scan([str(logs)], cache, "--jobs", "2")
            ratios.append(one.wall_seconds / two.wall_seconds)
            rows.append(
                ["one process", f"{one.wall_seconds:.1f}", f"{one.cpu_seconds:.1f}", "1.00", f"{one.peak_mib:.0f}"]
            )
            rows.append(
                ["two", f"{two.wall_seconds:.1f}", f"{two.cpu_seconds:.1f}", f"{ratios[-1]:.2f}", f"{two.peak_mib:.0f}"]
            )
    text = [
        f"All captures of `windows/mordor`, {COPIES} times, all SigmaHQ rules, on two cores; one and two processes in turn."
    ]
    write("scan_processes", "Processes", text, rows)


if __name__ == "__main__":
    main()

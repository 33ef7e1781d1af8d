"""How long it takes until the first record is matched."""

import sys
import tempfile
from pathlib import Path

from benchmarks import corpora
from benchmarks.process import run, scan, write


def main() -> None:
    """Measure and write the page."""
    smallest = min(corpora.mordor(), key=lambda path: Path(path).stat().st_size)
    with tempfile.TemporaryDirectory() as folder:
        first = scan([smallest], Path(folder))
        again = min((scan([smallest], Path(folder)) for _ in range(3)), key=lambda done: done.cpu_seconds)
        kept = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    usage = min(
        (run([str(Path(sys.executable).with_name("minixdr")), "--help"]) for _ in range(3)),
        key=lambda done: done.cpu_seconds,
    )
    rows = [["", "CPU-s", "wall s", "peak MiB"]]
    for name, done in (
        ("scan, nothing in the cache", first),
        ("scan, rules in the cache", again),
        ("`minixdr --help`", usage),
    ):
        rows.append([name, f"{done.cpu_seconds:.2f}", f"{done.wall_seconds:.2f}", f"{done.peak_mib:.0f}"])
    write(
        "detect_start",
        "Start",
        [f"A scan of one small file with all SigmaHQ rules. The cache takes {kept / 1e6:.1f} MB."],
        rows,
    )


if __name__ == "__main__":
    main()

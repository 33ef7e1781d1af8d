"""EVTX files read directly, against the wheel `evtx` alone."""

import tempfile
from pathlib import Path

from benchmarks.process import DATA, child, scan, write


def main() -> None:
    """Measure and write the page."""
    paths = [str(path) for path in sorted((DATA / "windows").rglob("*.evtx"))]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        scan(paths[:1], cache)
        wheel, figures = child("evtx", *paths)
        done = scan(paths, cache)
        start = scan(paths[:1], cache)
    count = int(figures["records"])
    rows = [["", "records", "CPU-s", "records per CPU-s", "of the wheel alone", "peak MiB"]]
    for name, seconds, peak in (
        ("the wheel alone", wheel.cpu_seconds, wheel.peak_mib),
        ("whole scan, one pass", done.cpu_seconds, done.peak_mib),
        ("whole scan, less the start of the process", done.cpu_seconds - start.cpu_seconds, done.peak_mib),
    ):
        rows.append(
            [
                name,
                f"{count:,}",
                f"{seconds:.2f}",
                f"{count / seconds:,.0f}",
                f"{wheel.cpu_seconds / seconds:.2f}",
                f"{peak:.0f}",
            ]
        )
    write(
        "detect_evtx",
        "EVTX files",
        [
            f"{len(paths)} EVTX files of attacks, all SigmaHQ rules, one process. Every third record is a finding, and there are hundreds of kinds",
            "of events. Parsing the JSON of the wheel takes 2 us a record, naming its fields 4.5 us, matching 2.5 us; the wheel itself takes 3 us.",
        ],
        rows,
    )


if __name__ == "__main__":
    main()

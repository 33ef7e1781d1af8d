"""Process creations, the events that most rules apply to: as they are, and with values that nobody has seen (the attacker's case)."""

import tempfile
from pathlib import Path

from benchmarks.process import child, scan, write

EVENTS = 60_000
CASES = {
    "real values": ("-",),
    "two values new in each event": ("CommandLine", "ParentCommandLine"),
    "every value new in each event": (),
}


def main() -> None:
    """Measure and write the page."""
    rows = [["", "events", "CPU-s", "events per CPU-s", "of parse only", "peak MiB"]]
    with tempfile.TemporaryDirectory() as folder:
        path, cache = Path(folder) / "events.jsonl", Path(folder) / "cache"
        for name, new in CASES.items():
            child("process_creations", str(path), str(EVENTS), *new)
            scan([str(path)], cache)
            parse, _ = child("parse", str(path))
            done = scan([str(path)], cache, "--level", "critical")
            rows.append(_row(f"{name}: whole scan", done.cpu_seconds, parse.cpu_seconds, f"{done.peak_mib:.0f}"))
            _, figures = child("match", str(path))
            rows.append(_row(f"{name}: matching, first time", figures["first"], figures["parse"], ""))
    text = [
        f"{EVENTS:,} Sysmon process creations made of the 1,112 real ones of `windows/mordor`; a new value is the real one and a number.",
        "The whole scan also",
        "makes an event and a finding of every match: 27 % of the real events match a rule, and all of those with every value new (an original file",
        "name that is not the image's). It keeps those of level critical. Matching is parsing and matching in memory, with nothing remembered.",
    ]
    write("detect_process_creation", "Process creations", text, rows)


def _row(name: str, seconds: float, parse: float, peak: str) -> list[str]:
    return [name, f"{EVENTS:,}", f"{seconds:.2f}", f"{EVENTS / seconds:,.0f}", f"{parse / seconds:.3f}", peak]


if __name__ == "__main__":
    main()

"""CloudTrail with all SigmaHQ rules (those of AWS apply)."""

import tempfile
from pathlib import Path

from benchmarks.process import child, scan, write

ROUNDS = 60


def main() -> None:
    """Measure and write the page."""
    rows = [["", "records", "CPU-s", "records per CPU-s", "of parse only", "peak MiB"]]
    with tempfile.TemporaryDirectory() as folder:
        path, cache = Path(folder) / "records.jsonl", Path(folder) / "cache"
        count = int(child("cloudtrail", str(path), str(ROUNDS))[1]["records"])
        scan([str(path)], cache)
        parse, _ = child("parse", str(path))
        done = scan([str(path)], cache)
        _, figures = child("match", str(path))
    for name, seconds, floor, peak in (
        ("parse only", parse.cpu_seconds, parse.cpu_seconds, f"{parse.peak_mib:.0f}"),
        ("whole scan, one pass", done.cpu_seconds, parse.cpu_seconds, f"{done.peak_mib:.0f}"),
        ("matching in memory, first time", figures["first"], figures["parse"], ""),
        ("matching in memory, again", figures["again"], figures["parse"], ""),
    ):
        rows.append([name, f"{count:,}", f"{seconds:.2f}", f"{count / seconds:,.0f}", f"{floor / seconds:.2f}", peak])
    text = [
        f"The records of `story_aws_invictus`, {ROUNDS} times with new event ids. The whole scan makes an event and a finding of every match."
    ]
    write("detect_cloudtrail", "CloudTrail", text, rows)


if __name__ == "__main__":
    main()

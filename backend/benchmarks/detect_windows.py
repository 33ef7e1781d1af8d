"""Mixed Windows logs, all SigmaHQ rules: one pass of a whole scan from a warm disk cache, and with warm memories."""

import tempfile
from pathlib import Path

from benchmarks import corpora
from benchmarks.process import child, scan, write

COPIES = 4


def main() -> None:
    """Measure and write the page."""
    paths = corpora.mordor()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        scan(paths[:1], cache)
        rows = [["", "events", "CPU-s", "events per CPU-s", "of parse only", "of read and parse", "peak MiB"]]
        parse, figures = child("parse", *paths)
        events = int(figures["records"])
        ingest, _ = child("ingest", *paths)
        one_pass = scan(paths, cache)
        start = scan(paths[:1], cache)
        _, figures = child("match", *paths)
        large = cache / "large.jsonl"
        corpora.joined(paths, large, COPIES)
        large_parse, _ = child("parse", str(large))
        large_scan = scan([str(large)], cache)
    for name, done in (
        ("parse only: decompress, split, orjson", parse),
        ("read as a scan does, orjson", ingest),
        ("scan, one pass", one_pass),
    ):
        rows.append(_row(name, events, done.cpu_seconds, parse.cpu_seconds, ingest.cpu_seconds, f"{done.peak_mib:.0f}"))
    beyond = one_pass.cpu_seconds - start.cpu_seconds
    rows.append(
        _row("scan, one pass, less the start of the process", events, beyond, parse.cpu_seconds, ingest.cpu_seconds, "")
    )
    for name, key in (
        ("match in memory, first time", "first"),
        ("match in memory, again", "again"),
        ("orjson in memory", "parse"),
    ):
        rows.append(
            [
                name,
                f"{events:,}",
                f"{figures[key]:.2f}",
                f"{events / figures[key]:,.0f}",
                f"{figures['parse'] / figures[key]:.2f} of orjson",
                "",
                "",
            ]
        )
    many = events * COPIES
    rows.append(
        _row("one file of all, four times: parse only", many, large_parse.cpu_seconds, large_parse.cpu_seconds, 0, "")
    )
    rows.append(
        _row(
            "one file of all, four times (5 GB): scan, one pass",
            many,
            large_scan.cpu_seconds,
            large_parse.cpu_seconds,
            0,
            f"{large_scan.peak_mib:.0f}",
        )
    )
    text = [
        "All captures of `windows/mordor` (70 files, 1.26 GB decompressed), all SigmaHQ rules that load,",
        "one process. The rules are in the cache on the disk.",
        "CPU seconds are of whole processes, user and system, start included; ratios are to processes measured in the same minutes.",
    ]
    write("detect_windows", "Mixed Windows logs", text, rows)


def _row(name: str, events: int, seconds: float, parse: float, ingest: float, peak: str) -> list[str]:
    return [
        name,
        f"{events:,}",
        f"{seconds:.2f}",
        f"{events / seconds:,.0f}",
        f"{parse / seconds:.2f}",
        f"{ingest / seconds:.2f}" if ingest else "",
        peak,
    ]


if __name__ == "__main__":
    main()

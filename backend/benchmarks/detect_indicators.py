"""What indicators cost: to load a million, and per record."""

import gc
import sys
from collections.abc import Callable
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from time import process_time

from benchmarks import corpora
from benchmarks.process import write
from minixdr.detect.kinds.indicator import Indicators

_NUMBER = 1_000_000
_BATCH = 1_000
_RECORDS = 100_000
_LETTERS = "abcdefghijklmnop"


def _name(random: Random) -> str:
    return "".join(random.choices(_LETTERS, k=14)) + ".example.net"


_LINES: dict[str, Callable[[Random], str]] = {
    "addresses": lambda random: ".".join(str(random.randrange(1, 224)) for _ in range(4)),
    "domains": _name,
    "SHA-256": lambda random: sha256(random.randbytes(8)).hexdigest(),
    "URLs": lambda random: f"http://{_name(random)}/{''.join(random.choices(_LETTERS, k=10))}",
}


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4 / 1024


def main() -> None:
    """Measure and write the page. Linux only: it reads /proc."""
    if not sys.platform.startswith("linux"):
        raise SystemExit("this benchmark reads /proc, which only Linux has")
    rows = [["a million", "load, CPU-s", "memory, MiB", "scan of Windows events, µs / record"]]
    records = _records()
    for kind, line in _LINES.items():
        random = Random(7)
        content = "\n".join(line(random) for _ in range(_NUMBER)).encode()
        gc.collect()
        before, start = _resident_mib(), process_time()
        indicators = Indicators.load([("list.txt", content)])
        loaded, memory = process_time() - start, _resident_mib() - before
        indicators.candidates([b"x"])
        start = process_time()
        for first in range(0, len(records), _BATCH):
            indicators.candidates(records[first : first + _BATCH])
        cost = (process_time() - start) / len(records) * 1e6
        rows.append([kind, f"{loaded:.1f}", f"{memory:.0f}", f"{cost:.1f}"])
        del indicators, content
    size = sum(map(len, records)) / len(records)
    text = f"Lists of made-up indicators, one a line. The scan is of {len(records):,} records of {size:,.0f} bytes, none of which holds one."
    write("detect_indicators", "Indicators", [text], rows)


def _records() -> list[bytes]:
    return list(islice(corpora.lines_of(corpora.mordor()), _RECORDS))


if __name__ == "__main__":
    main()

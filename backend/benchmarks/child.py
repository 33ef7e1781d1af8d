"""What runs in a process of its own; each function prints its figures as one line of JSON."""

# ruff: noqa: PLC0415 - each process imports only what it measures

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import zstandard


def parse(*paths: str) -> dict[str, float]:
    """Read files of JSON lines and parse each line: the least that any reader does."""
    records = 0
    for path in paths:
        with Path(path).open("rb") as file:
            reader = zstandard.ZstdDecompressor().stream_reader(file) if path.endswith(".zst") else file
            rest = b""
            while block := reader.read(1 << 20):
                lines = (rest + block).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    orjson.loads(line)
                records += len(lines)
            if rest:
                orjson.loads(rest)
                records += 1
    return {"records": records}


def ingest(*paths: str) -> dict[str, float]:
    """Read files as `scan` does, and parse each record."""
    from minixdr.ingest.reading import read
    from minixdr.schema.record import Batch

    records = 0
    for path in paths:
        with Path(path).open("rb") as file:
            for item in read(file, path):
                if isinstance(item, Batch):
                    records += len(item.raws)
                    if item.bodies is None:
                        for raw in item.raws:
                            orjson.loads(raw)
    return {"records": records}


def evtx(*paths: str) -> dict[str, float]:
    """Read EVTX files with the wheel alone."""
    from evtx import PyEvtxParser

    return {"records": sum(1 for path in paths for _ in PyEvtxParser(path).records_json())}


def match(*paths: str) -> dict[str, float]:
    """Match files twice, in this process: the second time everything is remembered. CPU seconds of parsing alone beside it."""
    engine = _engine(None)
    figures = {"records": 0.0, "parse": 0.0, "first": 0.0, "again": 0.0}
    for path in paths:
        raws = _lines(path)
        figures["records"] += len(raws)
        figures["parse"] += _seconds(_parse, raws)
        figures["first"] += _seconds(_match, engine, raws)
        figures["again"] += _seconds(_match, engine, raws)
    return figures


def rules(count: str, *paths: str) -> dict[str, float]:
    """Match files with so many rules, evenly chosen from all: twice, as `match`."""
    engine = _engine(int(count))
    figures = {"rules": float(len(engine.program.rules)), "records": 0.0, "first": 0.0, "again": 0.0}
    for path in paths:
        raws = _lines(path)
        figures["records"] += len(raws)
        figures["first"] += _seconds(_match, engine, raws)
        figures["again"] += _seconds(_match, engine, raws)
    return figures


def process_creations(path: str, count: str, *new: str) -> dict[str, float]:
    """Write process creations (`corpora.py`); no field named: all texts are new, `-`: none."""
    from benchmarks import corpora

    corpora.process_creations(Path(path), int(count), None if not new else () if new == ("-",) else new)
    return {"records": float(count)}


def cloudtrail(path: str, rounds: str) -> dict[str, float]:
    """Write CloudTrail records (`corpora.py`)."""
    from benchmarks import corpora

    return {"records": corpora.cloudtrail(Path(path), int(rounds))}


def _engine(count: int | None) -> Any:
    from benchmarks.process import DATA, RULE_FOLDERS
    from minixdr.detect import compiled
    from minixdr.detect.engine import Engine
    from minixdr.detect.loading import load
    from minixdr.normalize.catalog import all_sources

    files = [path for name in RULE_FOLDERS for path in sorted((DATA / "rules" / "sigmahq" / name).rglob("*.yml"))]
    found = load([(str(path), path.read_bytes()) for path in files], {}).rules
    if count is not None:
        found = tuple(found[place * len(found) // count] for place in range(min(count, len(found))))
    ready = compiled.compile_rules(found)
    engine = Engine(ready.program, all_sources(), ready.databases)
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # as `minixdr scan` does
    return engine


def _lines(path: str) -> list[bytes]:
    with Path(path).open("rb") as file:
        content = zstandard.ZstdDecompressor().stream_reader(file).read() if path.endswith(".zst") else file.read()
    return [line for line in content.split(b"\n") if line]


def _match(engine: Any, raws: list[bytes]) -> None:
    from minixdr.schema.record import Batch

    for start in range(0, len(raws), 512):
        engine.match(Batch("file", "json", start + 1, raws[start : start + 512]))


def _parse(raws: list[bytes]) -> None:
    for raw in raws:
        orjson.loads(raw)


def _seconds(work: Callable[..., None], *arguments: Any) -> float:
    start = time.process_time()
    work(*arguments)
    return time.process_time() - start


if __name__ == "__main__":
    functions = (parse, ingest, evtx, match, rules, process_creations, cloudtrail)
    chosen = next(function for function in functions if function.__name__ == sys.argv[1])
    print(json.dumps(chosen(*sys.argv[2:])))

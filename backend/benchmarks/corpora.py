"""What is read: real telemetry, and process creations made of it by changing values."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import zstandard

from benchmarks.process import DATA

_SYSMON = "Microsoft-Windows-Sysmon/Operational"
_ROUTES = frozenset({"Channel", "SourceName", "EventType", "SourceModuleType"})
"""They choose the rules; a new value there would be another kind of event."""


def mordor() -> list[str]:
    """Return the Windows captures, 549,127 events."""
    return [str(path) for path in sorted((DATA / "windows" / "mordor").glob("*.jsonl.zst"))]


def lines_of(paths: list[str]) -> Iterator[bytes]:
    """Yield the lines of .jsonl.zst and .jsonl files."""
    for path in paths:
        with Path(path).open("rb") as file:
            content = zstandard.ZstdDecompressor().stream_reader(file).read() if path.endswith(".zst") else file.read()
        yield from content.splitlines()


def process_creations(path: Path, count: int, new: tuple[str, ...] | None) -> None:
    """Write process creations of Sysmon, in which the fields `new` (None: all texts) hold in each event what no other has."""
    real = [
        body
        for line in lines_of(mordor())
        if b'"EventID":1,' in line and (body := orjson.loads(line))["Channel"] == _SYSMON
    ]
    with path.open("wb") as file:
        for number in range(count):
            body = dict(real[number % len(real)])
            for name in body if new is None else new:
                if isinstance(body.get(name), str) and name not in _ROUTES:
                    body[name] = f"{body[name]} x{number:07x}"
            file.write(orjson.dumps(body) + b"\n")


def cloudtrail(path: Path, rounds: int) -> int:
    """Write the records of the CloudTrail story as JSON lines, several times over with new ids and times; return how many."""
    records: list[dict[str, Any]] = []
    for file in sorted((DATA / "story_aws_invictus" / "cloudtrail_raw").glob("*.json")):
        records += json.loads(file.read_text("utf-8"))["Records"]
    with path.open("wb") as out:
        for turn in range(rounds):
            for record in records:
                out.write(orjson.dumps({**record, "eventID": f"{record.get('eventID')}-{turn}"}) + b"\n")
    return rounds * len(records)


def joined(paths: Sequence[str], target: Path, copies: int) -> None:
    """Write all compressed captures one after the other into one plain file, several times."""
    with target.open("wb") as file:
        for _ in range(copies):
            for path in paths:
                with Path(path).open("rb") as source:
                    zstandard.ZstdDecompressor().copy_stream(source, file)

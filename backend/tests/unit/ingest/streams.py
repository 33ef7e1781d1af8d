"""What the tests of ingest share: bytes -> what was read of them."""

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from minixdr.ingest.reading import read
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.schema.record import Batch, Issue


class Result(NamedTuple):
    """What was read of a file."""

    records: list[tuple[str, int, str, bytes, Any]]
    """(file, number, format, raw, body)"""
    issues: list[Issue]

    @property
    def raws(self) -> list[bytes]:
        """The raw records."""
        return [record[3] for record in self.records]

    @property
    def bodies(self) -> list[Any]:
        """The bodies; None where the raw is no JSON."""
        return [record[4] for record in self.records]

    @property
    def formats(self) -> set[str]:
        """The formats."""
        return {record[2] for record in self.records}

    @property
    def reasons(self) -> list[str]:
        """The reasons of the issues."""
        return [issue.reason for issue in self.issues]


class Trickle(io.RawIOBase):
    """A stream that gives its bytes in pieces of given sizes."""

    def __init__(self, content: bytes, sizes: Iterator[int]) -> None:
        super().__init__()
        self._content, self._sizes, self._at = content, sizes, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next piece."""
        step = min(next(self._sizes), size if size > 0 else len(self._content))
        piece = self._content[self._at : self._at + step]
        self._at += len(piece)
        return piece


def collect(stream: Any, path: str = "file", **options: Any) -> Result:
    """Return everything that is read of a stream; checks that numbers run through each file without a gap."""
    result = Result([], [])
    following: dict[str, int] = {}
    for item in read(stream, path, **options):
        if isinstance(item, Batch):
            assert item.raws
            assert item.bodies is None or len(item.bodies) == len(item.raws)
            assert item.first == following.get(item.file, 1)
            following[item.file] = item.first + len(item.raws)
            for index, raw in enumerate(item.raws):
                body = _parsed(raw) if item.bodies is None else item.bodies[index]
                result.records.append((item.file, item.first + index, item.format, raw, body))
        else:
            if item.kind != "file":
                assert item.number == following.get(item.file, 1)
                following[item.file] = item.number + 1
            result.issues.append(item)
    return result


def read_bytes(content: bytes, path: str = "file", **options: Any) -> Result:
    """Return everything that is read of these bytes."""
    return collect(io.BytesIO(content), path, **options)


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return parse_json(raw)
    except Malformed:
        return None

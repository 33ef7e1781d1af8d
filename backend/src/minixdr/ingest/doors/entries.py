"""What the decoders of the doors' protocols give: records as they were sent, and what the protocol said beside each."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

LONGEST_RECORD_BYTES = 2 << 20
"""Of one record in a request: it travels in one message of the log, which takes 8 MiB. CloudTrail's largest has 256 KB, an audit event of
Kubernetes 1.5 MB."""
MOST_RECORDS = 250_000
"""Of one request to a door whose protocol wraps each record: what is decoded of a small one weighs a hundred times as much as it does."""
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999: what Python's and Parquet's dates can say."""
_MOST_HOST_CHARACTERS = 253
"""Of a DNS name."""
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Entries:
    """Records of one request, in its order; the lists have one item a record."""

    raws: list[bytes] = field(default_factory=list)
    times: list[float | None] = field(default_factory=list)
    """Seconds since 1970, None where the protocol gave none, or none that can be."""
    hosts: list[str | None] = field(default_factory=list)
    sources: list[str | None] = field(default_factory=list)
    """What the sender says that wrote the record: not yet known to be the name of a log source."""

    def add(self, raw: bytes, time: float | None = None, host: str | None = None, source: str | None = None) -> None:
        """Take a record."""
        self.raws.append(raw)
        self.times.append(time)
        self.hosts.append(host)
        self.sources.append(source)

    def extend(self, other: "Entries") -> None:
        """Take the records of another request."""
        self.raws += other.raws
        self.times += other.times
        self.hosts += other.hosts
        self.sources += other.sources


def seconds(value: float) -> float | None:
    """Return the seconds since 1970, None for what no date can be (NaN, infinity, before 1970, after 9999)."""
    return float(value) if math.isfinite(value) and 0 < value <= _LAST_SECOND else None


def host_name(value: Any) -> str | None:
    """Return the host's name, None for what is no name: another type, empty, too long, with control characters."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > _MOST_HOST_CHARACTERS:
        return None
    return value.strip() or None


def text_bytes(text: str) -> bytes:
    """Return the text as UTF-8; surrogates without a partner, which UTF-8 cannot say, are U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE.sub("\ufffd", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")).encode()


def too_long(raws: Iterable[bytes]) -> int | None:
    """Return the place (from 0) of the first record that is longer than the log takes, None where there is none."""
    for place, raw in enumerate(raws):
        if len(raw) > LONGEST_RECORD_BYTES:
            return place
    return None

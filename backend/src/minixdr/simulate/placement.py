"""Where records lie: files as AWS, EKS, auditd, rsyslog and winlogbeat lay them out.

In: the records of one hour, sorted by time. Out: (path, bytes) to append, and each attack record's file and number. Sources: CloudTrail user
guide "Finding your CloudTrail log files", VPC user guide "Flow log files".
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from minixdr.simulate.logs.clock import compact_minute, day, day_path
from minixdr.simulate.logs.vpc_flow import HEADER
from minixdr.simulate.records import Item, Log
from minixdr.simulate.world import ACCOUNT

_CLOUDTRAIL_WINDOW_SECONDS = (
    900  # CloudTrail delivers about every five minutes; a quarter of an hour keeps the files few
)
_FLOW_WINDOW_SECONDS = 600  # a flow log's default aggregation interval
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Placed:
    """An item, its file and its number there (from 1)."""

    item: Item
    path: str
    number: int


class Placement:
    """Lays out one simulation; numbers go on from hour to hour."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._counts: dict[str, int] = {}

    @property
    def files(self) -> int:
        """Return how many files there are so far."""
        return len(self._counts)

    def place(self, items: Iterable[Item]) -> Iterator[tuple[str, bytes, list[Placed]]]:
        """Yield path, bytes to append, and the attack's records among them."""
        by_path: dict[str, list[Item]] = {}
        for item in items:
            by_path.setdefault(self._path(item.log, item.time), []).append(item)
        for path, group in by_path.items():
            first = self._counts.get(path, 0) + 1
            self._counts[path] = first + len(group) - 1
            attack = [Placed(item, path, first + at) for at, item in enumerate(group) if item.step is not None]
            yield path, _content(group[0].log.kind, [item.content for item in group]), attack

    def _path(self, log: Log, time: float) -> str:
        if log.kind == "cloudtrail":
            minute = compact_minute(time - time % _CLOUDTRAIL_WINDOW_SECONDS)
            name = f"{ACCOUNT}_CloudTrail_{log.name}_{minute}_{self._suffix(log, minute)}.json.gz"
            return f"aws/AWSLogs/{ACCOUNT}/CloudTrail/{log.name}/{day_path(time)}/{name}"
        if log.kind == "vpcflow":
            region, _, flow_log = log.name.partition("/")
            minute = compact_minute(time - time % _FLOW_WINDOW_SECONDS)
            name = f"{ACCOUNT}_vpcflowlogs_{region}_{flow_log}_{minute}_{self._suffix(log, minute)[:8]}.log.gz"
            return f"aws/AWSLogs/{ACCOUNT}/vpcflowlogs/{region}/{day_path(time)}/{name}"
        return _LINE_PATHS[log.kind].format(name=log.name, day=day(time))

    def _suffix(self, log: Log, minute: str) -> str:
        return blake2b(f"{self._seed}/{log.kind}/{log.name}/{minute}".encode(), digest_size=8).hexdigest()


_LINE_PATHS = {
    "kubernetes": "kubernetes/{name}/kube-apiserver-audit-{day}.jsonl",
    "auth": "hosts/{name}/auth.log",
    "audit": "hosts/{name}/audit.log",
    "windows": "hosts/{name}/winlogbeat-{day}.ndjson",
}
KINDS = ("cloudtrail", "vpcflow", *_LINE_PATHS)


def _content(kind: str, contents: list[bytes]) -> bytes:
    if kind == "cloudtrail":
        return _gzip(b'{"Records":[' + b",".join(contents) + b"]}")
    if kind == "vpcflow":
        return _gzip(HEADER + b"".join(contents))
    return b"".join(contents)


def _gzip(content: bytes) -> bytes:
    """Return the content as gzip without time or name: the same content gives the same bytes."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    return compressor.compress(content) + compressor.flush()

"""Amazon VPC and Transit Gateway flow logs as text -> {field: text}, by the names AWS gives, with dashes; "-" is kept.

Source: Amazon VPC User Guide, "Flow log records" (versions 2 to 10); AWS Transit Gateway guide, "Flow log records" (version 6). Files in S3
begin with a line of field names, in the order a customer chose; CloudWatch Logs has none, and there the default fields of version 2 are
taken where a line fits them.

Not covered: Parquet files; headerless lines in a custom order.
"""

import re
from collections.abc import Iterator

from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.ingest.line_records import decode_lines
from minixdr.schema.record import JsonObject

_DEFAULT_NAMES = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)
_OTHER_NAMES = """
    vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id sublocation-type sublocation-id
    pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path ecs-cluster-arn ecs-cluster-name
    ecs-container-instance-arn ecs-container-instance-id ecs-container-id ecs-second-container-id ecs-service-name
    ecs-task-definition-arn ecs-task-arn ecs-task-id reject-reason resource-id encryption-status resource-type tgw-id
    tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id
    tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id packets-lost-no-route
    packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired
"""
_DEFAULT = _DEFAULT_NAMES.split()
_NAMES = frozenset(_DEFAULT + _OTHER_NAMES.split())
_LEAST_NAMES = 2
_SEEN_LINES = 20
_ADDRESS = r"(?:-|[0-9A-Fa-f.:]+)"
_NUMBER = r"(?:-|\d+)"
_DEFAULT_LINE = re.compile(
    rf"\d+ (?:\d{{12}}|unknown) \S+ {_ADDRESS} {_ADDRESS} {_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER} \d+ \d+ (?:ACCEPT|REJECT|-) "
    r"(?:OK|NODATA|SKIPDATA)$"
)


def _header(words: list[str]) -> bool:
    return len(words) >= _LEAST_NAMES and _NAMES.issuperset(words)


class _Table:
    """The order of the fields, as the last header said."""

    def __init__(self) -> None:
        self._names: list[str] | None = None

    def decode(self, line: str) -> JsonObject | str | None:
        """Return the record of a line; None for a header."""
        words = line.split()
        if words and words[0] in _NAMES and _header(words):
            self._names = words
            return None
        if self._names is None:
            if _DEFAULT_LINE.match(line.strip()):
                return dict(zip(_DEFAULT, words, strict=True))
            return f"{len(words)} fields, which are not the default fields, and no header"
        if len(words) != len(self._names):
            return f"{len(words)} fields where the header has {len(self._names)}"
        return dict(zip(self._names, words, strict=True))


def _recognise(head: bytes) -> int:
    """Most of the first lines must fit: one line of such words may be anybody's."""
    seen = [line for line in head.split(b"\n")[:_SEEN_LINES] if line.strip()]
    decode = _Table().decode
    good = sum(1 for line in seen if not isinstance(decode(line.decode("utf-8", "replace")), str))
    return CERTAIN if seen and good * 2 > len(seen) else NO


def _read(content: Content) -> Iterator[Item]:
    return decode_lines(content, "vpcflow", _Table().decode)


FORMAT = Format("vpcflow", _recognise, _read)

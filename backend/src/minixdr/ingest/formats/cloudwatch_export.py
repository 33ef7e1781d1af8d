"""Lines of "<time> <message>" whose messages are records of their own -> those records, read by their own format.

In: lines `2026-03-02T08:15:30.000Z <message>`, where messages are JSON (CloudTrail, EKS audit), flow logs, auditd or syslog. The time is that of
the ingestion and is dropped: the event's own stands in the message. A line without a time goes on with the message before.

Sources: CloudWatch Logs user guide, `Export log data to Amazon S3`; `kubectl logs --timestamps`. Not covered: messages of other kinds, which
stay text with their time: a program's own log looks the same, and there the time stands nowhere else.
"""

import re
from collections.abc import Iterator

from minixdr.ingest.batching import Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.ingest.lines import LONGEST_RECORD_BYTES, TOO_LONG, lines
from minixdr.ingest.messages import Messages

_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (.*)$", re.DOTALL)
_RECORD = re.compile(
    rb'\{\s*"|\d{1,2} (?:\d{12}|unknown) eni-|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |(?:node=\S+ )?type=\w+ msg=audit\('
)
_SEEN_LINES = 20


def _recognise(head: bytes) -> int:
    seen = [line for line in head.split(b"\n")[:_SEEN_LINES] if line.strip()]
    stamped = [found[1] for line in seen if (found := _LINE.match(line))]
    good = sum(1 for message in stamped if _RECORD.match(message))
    return CERTAIN - 5 if stamped and good * 2 > len(seen) else NO


def _read(content: Content) -> Iterator[Item]:
    batcher = Batcher(content, "json")
    messages = Messages(content, batcher)
    event: list[bytes] = []
    size = 0
    for line in lines(content):
        if not line.whole:
            yield from messages.add(b"\n".join(event))
            event = []
            yield from messages.flush()
            yield from batcher.refuse(f"line {TOO_LONG}", line.offset_bytes)
            continue
        found = _LINE.match(line.text)
        if found is not None or size > LONGEST_RECORD_BYTES:
            yield from messages.add(b"\n".join(event))
            event, size = [], 0
        event.append(line.text if found is None else found[1])
        size += len(line.text)
    yield from messages.add(b"\n".join(event))
    yield from messages.flush()


FORMAT = Format("cloudwatch_export", _recognise, _read)

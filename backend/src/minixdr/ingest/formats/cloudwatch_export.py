"""What CloudWatch Logs writes when a log group is exported to S3: a time before each message.

In: lines `2026-03-02T08:15:30.000Z <message>`, where messages are JSON (CloudTrail, EKS audit), flow logs, auditd or syslog.
Out: the messages as texts to be read like files of their own: the time is CloudWatch's, the event's own stands in the message.
A line without a time goes on with the message before.

Source: CloudWatch Logs user guide, `Export log data to Amazon S3`. Not covered: messages of other kinds, which stay text with their time.
"""

import re
from collections.abc import Iterator

from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.ingest.lines import TOO_LONG, Run, runs
from minixdr.schema.record import Issue

_TIME = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
_STAMP = re.compile(rb"^" + _TIME, re.MULTILINE)
_MESSAGE = re.compile(
    _TIME
    + rb"(?:\{\s*\"|\d{1,2} (?:\d{12}|unknown) eni-|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |type=[A-Z_]+ msg=audit\()"
)
_SEEN_LINES = 20


def _recognise(head: bytes) -> int:
    seen = [line for line in head.split(b"\n")[:_SEEN_LINES] if line.strip()]
    return CERTAIN - 5 if seen and all(_MESSAGE.match(line) for line in seen[:-1] or seen) else NO


def _read(content: Content) -> Iterator[Item]:
    for run in runs(content):
        yield _messages(content, run)


def _messages(content: Content, run: Run) -> Content | Issue:
    if not run.whole:
        return Issue(content.file, content.numbering.take(1), run.offset_bytes, "malformed", f"line {TOO_LONG}")
    return content.embed(_STAMP.sub(b"", run.text))


FORMAT = Format("cloudwatch_export", _recognise, _read)

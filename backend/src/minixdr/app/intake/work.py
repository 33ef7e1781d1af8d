"""One batch of the log -> everything that is to be kept of it. Pure: the same batch gives the same, whoever works on it and how often.

read_delivered   batch of the log  -> records
pipeline.run     records           -> events, findings, observations
rule_on          finding           -> open, suppressed by a filter, or not kept (the organization's tuning)
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from minixdr.app.tuning import Tuning
from minixdr.correlate.key import key_of
from minixdr.ingest.delivered import read_delivered
from minixdr.pipeline import Detection, Outcome, run
from minixdr.ports.lake import LakeEvent
from minixdr.ports.log import LogBatch
from minixdr.ports.stores.intake import Account, BatchReceipt, KeptFinding, Reason, Signal
from minixdr.schema.event import Event
from minixdr.schema.finding import Finding
from minixdr.schema.record import Batch, Beside, Issue

_MOST_REASONS = 20
"""Different reasons kept on a receipt; the rest are counted together."""
_LONGEST_REASON = 300
_OTHER = "other reasons"
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class Worked(msgspec.Struct):
    """What a batch gave."""

    receipt: BatchReceipt
    events: list[LakeEvent]
    findings: list[KeptFinding]
    signals: list[Signal]


class _Sum:
    """Gathers over the parts of a batch."""

    def __init__(self, delivered: LogBatch, batch_id: str, now: datetime) -> None:
        self.delivered, self.batch_id, self.now = delivered, batch_id, now
        self.account = Account()
        self.sources: Counter[str] = Counter()
        self.repeats: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.events: list[LakeEvent] = []
        self.seen: set[str] = set()
        self.findings: dict[str, KeptFinding] = {}
        self.signals: list[Signal] = []

    def note(self, issue: Issue) -> None:
        kind, reason = issue.kind, issue.reason[:_LONGEST_REASON]
        if (kind, reason) not in self.reasons and len(self.reasons) >= _MOST_REASONS:
            reason = _OTHER
        self.reasons[kind, reason] += 1 if issue.last is None or issue.number is None else issue.last - issue.number + 1


def work_up(delivered: LogBatch, batch_id: str, detection: Detection, tuning: Tuning, now: datetime) -> Worked:
    """Return what is to be kept of a batch."""
    total = _Sum(delivered, batch_id, now)
    for part in read_delivered(delivered):
        if isinstance(part, Issue):
            total.note(part)
            count = 1 if part.last is None or part.number is None else part.last - part.number + 1
            total.account.received += count
            if part.kind == "skipped":
                total.account.skipped += count
            else:
                total.account.malformed += count
            continue
        _take(total, part, run(part, detection, every=True), tuning)
        if tuning.own.detection is not None:
            own = run(part, tuning.own.detection)
            _conclude(total, own, tuning)
    return _worked(total)


def _take(total: _Sum, part: Batch, outcome: Outcome, tuning: Tuning) -> None:
    account, receipt = total.account, outcome.receipt
    account.received += receipt.received
    account.skipped += receipt.skipped
    account.malformed += receipt.malformed
    for issue in outcome.issues:
        total.note(issue)
    for index, event in outcome.events:
        if event.event_id in total.seen:
            account.duplicates += 1
            total.repeats[event.source] += 1
            continue
        total.seen.add(event.event_id)
        account.events += 1
        total.sources[event.source] += 1
        beside = None if part.beside is None else part.beside[index]
        total.events.append(
            LakeEvent(
                _of_host(event, beside), _time(event.time, beside, total), total.delivered.received_at, total.batch_id
            )
        )
    _conclude(total, outcome, tuning)


def _conclude(total: _Sum, outcome: Outcome, tuning: Tuning) -> None:
    for finding in outcome.findings:
        if finding.finding_id in total.findings:
            continue
        ruling = tuning.rule_on(finding, total.now)
        if ruling.state != "disabled":
            kept = KeptFinding(
                ruling.finding,
                _time(finding.time, None, total),
                total.batch_id,
                ruling.state,
                ruling.filter_id,
            )
            total.findings[finding.finding_id] = kept
            if ruling.state == "open":
                total.signals.append(finding_signal(ruling.finding, kept.time))
    for observation in outcome.observations:
        time = observation.time or total.delivered.received_at
        seen = observation if observation.time else msgspec.structs.replace(observation, time=time)
        total.signals.append(Signal("observation", time, msgspec.msgpack.encode(seen)))


def finding_signal(finding: Finding, time: datetime) -> Signal:
    """Return what the correlator sees of a finding."""
    key = key_of(finding if finding.time else msgspec.structs.replace(finding, time=time))
    return Signal("finding", time, msgspec.msgpack.encode(key), finding.finding_id)


def _of_host(event: Event, beside: Beside | None) -> Event:
    """Return the event, with the host that the protocol named where the record names none."""
    if beside is None or not beside.host or "device.hostname" in event.attributes:
        return event
    return msgspec.structs.replace(event, attributes={**event.attributes, "device.hostname": beside.host})


def _time(own: datetime | None, beside: Beside | None, total: _Sum) -> datetime:
    if own is not None:
        return own
    if beside is not None and beside.seconds is not None and 0 <= beside.seconds < _LATEST.timestamp():
        return datetime.fromtimestamp(beside.seconds, UTC)
    return total.delivered.received_at


def _worked(total: _Sum) -> Worked:
    delivered = total.delivered
    times = [event.time for event in total.events]
    receipt = BatchReceipt(
        organization_id=delivered.organization_id,
        batch_id=total.batch_id,
        door=delivered.door,
        origin=delivered.origin,
        received_at=delivered.received_at,
        processed_at=total.now,
        account=total.account,
        sources=dict(total.sources),
        repeats=dict(total.repeats),
        reasons=list(_reasons(total.reasons)),
        token_id=delivered.token_id,
        first_at=min(times, default=None),
        last_at=max(times, default=None),
    )
    return Worked(receipt, total.events, list(total.findings.values()), total.signals)


def _reasons(reasons: "Counter[tuple[str, str]]") -> Iterator[Reason]:
    for (kind, reason), records in reasons.most_common():
        yield Reason(kind, reason, records)

"""One organization's correlation: signals in, findings of correlation rules and changed incidents out.

Correlation rules are decided on event time, so somebody must say when a time is over. A log that a service delivers in files (CloudTrail) comes
minutes late, a syslog line in a second; so rules wait by the kind of source they relate: `PROMPT_SECONDS` or `DELIVERED_SECONDS`. What comes later
still (a file of last week) is gathered until it has been quiet for `QUIET_SECONDS`, then related on its own, in its own order of time.

The same signals give the same findings, whoever relates them: ids are derived. State is plain bytes, saved with its effects.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from minixdr.app.tuning import Ruling
from minixdr.correlate.decisions import Decision
from minixdr.correlate.incidents import Changes, Incidents
from minixdr.correlate.key import FindingKey, key_of
from minixdr.detect.kinds.sigma_correlation import Correlator, Observation
from minixdr.detect.rule import CorrelationSpec
from minixdr.ports.stores.correlation import Assigned
from minixdr.ports.stores.intake import KeptFinding, Signal
from minixdr.schema.event import LogSource
from minixdr.schema.finding import Finding
from minixdr.schema.incident import Incident

PROMPT_SECONDS = 30.0
DELIVERED_SECONDS = 900.0
"""AWS delivers CloudTrail within about five minutes on average, some of it later; a queue between adds its own."""
QUIET_SECONDS = 8.0
_LONGEST_GATHERING_SECONDS = 120.0
_MOST_GATHERED = 200_000
"""Late observations that wait together; beyond it they are related at once."""
_DELIVERED = frozenset(
    {"aws", "azure", "gcp", "m365", "google_workspace", "okta", "onelogin", "github", "bitbucket", "cloudflare"}
)
"""Sigma products whose logs a service delivers in files or batches."""
_DECODE_KEY = msgspec.msgpack.Decoder(FindingKey)
_DECODE_OBSERVATION = msgspec.msgpack.Decoder(Observation)
RuleOn = Callable[[Finding, datetime], Ruling]


class Effects(msgspec.Struct):
    """What signals changed."""

    findings: list[KeptFinding]
    """Of correlation rules."""
    changed: list[Incident]
    gone: dict[str, str | None]
    """Incident that is no more -> the one that holds its first finding."""


class Saved(msgspec.Struct, array_like=True):
    """The state of the correlation rules."""

    lanes: list[bytes]
    late: list[Observation]
    late_first_at: datetime | None
    late_last_at: datetime | None


class Lane:
    """Correlation rules that wait equally long."""

    def __init__(self, specs: Sequence[CorrelationSpec], lateness_seconds: float) -> None:
        self.specs = specs
        self.lateness_seconds = lateness_seconds
        self.correlator = Correlator(specs, lateness_seconds=lateness_seconds)
        self.names = {name for spec in specs for name in spec.rules}

    def restore(self, content: bytes) -> None:
        """Go on from a saved state. Raises ValueError."""
        self.correlator = Correlator.restore(content, self.specs, lateness_seconds=self.lateness_seconds)


class Correlation:
    """The state. Not for several owners at once."""

    def __init__(self, specs: Sequence[CorrelationSpec], log_sources: Mapping[str, LogSource]) -> None:
        """`log_sources`: of the rules that are related, by id and name."""
        delivered = _delivered(specs, log_sources)
        self.specs = tuple(specs)
        self.lanes = [
            Lane([spec for spec in specs if spec not in delivered], PROMPT_SECONDS),
            Lane([spec for spec in specs if spec in delivered], DELIVERED_SECONDS),
        ]
        self.incidents = Incidents()
        self._late: dict[tuple[str, tuple[str, ...]], Observation] = {}
        self._late_first_at: datetime | None = None
        self._late_last_at: datetime | None = None

    def take(self, signals: Sequence[Signal], now: datetime, rule_on: RuleOn) -> Effects:
        """Return what the signals, and the time that passed, changed."""
        keys = [_DECODE_KEY.decode(signal.payload) for signal in signals if signal.kind == "finding"]
        observations = [
            _DECODE_OBSERVATION.decode(signal.payload) for signal in signals if signal.kind == "observation"
        ]
        found: dict[str, Finding] = {}
        for lane in self.lanes:
            if not lane.specs:
                continue
            conclusions = lane.correlator.advance(now)
            conclusions += lane.correlator.add(self._in_time(lane, observations, now))
            found.update((finding.finding_id, finding) for finding in conclusions)
        found.update((finding.finding_id, finding) for finding in self._gathered(now))
        kept = []
        for finding in found.values():
            ruling = rule_on(finding, now)
            if ruling.state == "disabled":
                continue
            kept.append(KeptFinding(ruling.finding, finding.time or now, "", ruling.state, ruling.filter_id))
            if ruling.state == "open":
                keys.append(key_of(ruling.finding))
        effects = Effects(kept, [], {})
        if keys:
            _note(effects, self.incidents.add(keys))
        return effects

    def _in_time(self, lane: Lane, observations: Iterable[Observation], now: datetime) -> list[Observation]:
        """Return the observations that a lane can still place; keep the others apart."""
        over = now - timedelta(seconds=lane.lateness_seconds)
        good = []
        for observation in observations:
            if lane.names.isdisjoint(observation.names):
                continue
            if observation.time is not None and observation.time < over:
                self._late[observation.event_id, observation.names] = observation
                self._late_first_at = self._late_first_at or now
                self._late_last_at = now
            else:
                good.append(observation)
        return good

    def _gathered(self, now: datetime) -> list[Finding]:
        """Return the findings of what came late, once no more of it comes."""
        if self._late_first_at is None or self._late_last_at is None:
            return []
        quiet = (now - self._late_last_at).total_seconds() >= QUIET_SECONDS
        long = (now - self._late_first_at).total_seconds() >= _LONGEST_GATHERING_SECONDS
        if not quiet and not long and len(self._late) < _MOST_GATHERED:
            return []
        in_order = sorted(self._late.values(), key=lambda observation: observation.time or now)
        self._late, self._late_first_at, self._late_last_at = {}, None, None
        return list(Correlator(self.specs, lateness_seconds=0).run(in_order))

    @property
    def restless(self) -> bool:
        """Whether time alone may change something soon."""
        return bool(self._late) or any(lane.correlator.waits for lane in self.lanes)

    def start(self, known: Sequence[Assigned], decisions: Sequence[Mapping[str, Any]]) -> Effects:
        """Make the incidents of their findings and of people's decisions; return where that differs from what is kept."""
        self.incidents.add(_key(each) for each in known)
        if decisions:
            state = self.incidents.save()
            made = [msgspec.convert(decision, Decision) for decision in decisions]
            self.incidents = Incidents.restore(msgspec.structs.replace(state, decisions=made))
        kept = {each.finding_id: each.incident_id for each in known}
        effects = Effects([], [], {})
        holders: dict[str, str] = {}
        for incident in self.incidents.incidents():
            if any(kept.get(finding_id) != incident.incident_id for finding_id in incident.finding_ids):
                effects.changed.append(incident)
            holders.update((finding_id, incident.incident_id) for finding_id in incident.finding_ids)
        present = {incident.incident_id for incident in self.incidents.incidents()}
        for each in known:
            if each.incident_id is not None and each.incident_id not in present:
                effects.gone.setdefault(each.incident_id, holders.get(each.finding_id))
        return effects

    def merge(self, one: str, two: str, reason: str) -> tuple[str, Effects]:
        """Join two incidents; return the decision's id in the state. Raises UnknownIncidentError."""
        name, changes = self.incidents.merge(one, two, reason)
        return name, _note(Effects([], [], {}), changes)

    def split(self, incident_id: str, finding_ids: Sequence[str], reason: str) -> tuple[str, Effects]:
        """Take findings out of their incident. Raises UnknownIncidentError, ValueError."""
        name, changes = self.incidents.split(incident_id, finding_ids, reason)
        return name, _note(Effects([], [], {}), changes)

    def undo(self, name: str) -> Effects:
        """Take a decision back. Raises KeyError."""
        return _note(Effects([], [], {}), self.incidents.undo(name))

    def save(self) -> bytes:
        """Return the state of the correlation rules; incidents are made anew of their findings."""
        return msgspec.msgpack.encode(
            Saved(
                [lane.correlator.save() for lane in self.lanes],
                list(self._late.values()),
                self._late_first_at,
                self._late_last_at,
            )
        )

    def restore(self, content: bytes) -> None:
        """Go on where `save` was called. Raises ValueError where the content is no state."""
        try:
            saved = msgspec.msgpack.decode(content, type=Saved)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of correlation rules: {error}") from error
        for lane, state in zip(self.lanes, saved.lanes, strict=True):
            lane.restore(state)
        self._late = {(observation.event_id, observation.names): observation for observation in saved.late}
        self._late_first_at, self._late_last_at = saved.late_first_at, saved.late_last_at


def _key(each: Assigned) -> FindingKey:
    return FindingKey(
        each.finding_id,
        each.time.timestamp(),
        each.rule_id,
        each.title,
        each.level,
        tuple(each.tactics),
        tuple(each.techniques),
        each.source,
        each.file,
        tuple(each.entities),
    )


def _note(effects: Effects, changes: Changes) -> Effects:
    effects.changed = list(changes.changed)
    effects.gone = dict(changes.gone)
    return effects


def _delivered(specs: Sequence[CorrelationSpec], log_sources: Mapping[str, LogSource]) -> list[CorrelationSpec]:
    """Return the rules that relate what is delivered late, and those that relate or are related by them."""
    slow = {name for name, log_source in log_sources.items() if log_source.product in _DELIVERED}
    chosen: list[CorrelationSpec] = []
    while True:
        more = [
            spec
            for spec in specs
            if spec not in chosen
            and (not slow.isdisjoint(spec.rules) or any(set(spec.names) & set(other.rules) for other in chosen))
        ]
        if not more:
            return chosen
        chosen += more
        slow.update(name for spec in more for name in spec.names)

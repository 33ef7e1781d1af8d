"""What the listeners count, for Prometheus, and what they say of it, once a minute at most for each peer."""

from collections.abc import Callable
from time import monotonic

import structlog
from prometheus_client import Counter, Gauge

from minixdr.app.metrics import Metrics
from minixdr.ingest.doors.syslog_frames import FrameCounts

_SAY_SECONDS = 60.0
_MOST_PEERS = 1_000

_log = structlog.get_logger(__name__)


class Counts:
    """The numbers of this door."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._said: dict[tuple[str, str], float] = {}
        registry = metrics.registry
        self.connections = Gauge("minixdr_syslog_connections", "Open connections, TCP and TLS.", registry=registry)
        self._frames = Counter(
            "minixdr_syslog_frames",
            "Frames that were not as they should be: truncated, out_of_step, incomplete.",
            ("trouble",),
            registry=registry,
        )
        self._dropped = Counter(
            "minixdr_syslog_dropped",
            "Messages that were lost: refused (no valid token), full (UDP: the log took nothing), kernel (UDP: received faster than read), "
            "stopped (the log was away when this process ended).",
            ("reason",),
            registry=registry,
        )

    def kept(self, messages: int, size_bytes: int) -> None:
        """Count messages that are on disk."""
        self._metrics.door_records.labels("syslog").inc(messages)
        self._metrics.door_bytes.labels("syslog").inc(size_bytes)
        self._metrics.door_answers.labels("syslog", "accepted").inc(messages)

    def busy(self, reason: str) -> None:
        """Count a batch that the log did not take yet."""
        self._metrics.door_answers.labels("syslog", "busy").inc()
        self.say("log", "syslog_senders_were_made_to_wait", reason=reason)

    def lost(self, reason: str, messages: int, peer: str, why: str) -> None:
        """Count messages that were lost."""
        self._dropped.labels(reason).inc(messages)
        if reason == "refused":
            self._metrics.door_answers.labels("syslog", "refused").inc(messages)
        self.say(peer, "syslog_messages_were_dropped", reason=reason, why=why)

    def framing(self, found: FrameCounts, peer: str) -> None:
        """Count a connection's troubles; take them off its account."""
        for trouble in ("truncated", "out_of_step", "incomplete"):
            number = getattr(found, trouble)
            if number:
                self._frames.labels(trouble).inc(number)
                setattr(found, trouble, 0)
                self.say(peer, "syslog_frames_were_not_as_they_should_be", trouble=trouble)

    def say(self, peer: str, what: str, **details: str) -> None:
        """Log it, unless the same was said of this peer within the minute."""
        now = self._clock()
        if now - self._said.get((peer, what), -_SAY_SECONDS) < _SAY_SECONDS:
            return
        if len(self._said) >= _MOST_PEERS:
            self._said = {key: at for key, at in self._said.items() if now - at < _SAY_SECONDS}
        if len(self._said) < _MOST_PEERS:
            self._said[peer, what] = now
            _log.warning(what, peer=peer, **details)

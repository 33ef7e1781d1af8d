"""What a process counts of itself, for Prometheus. Names follow its conventions: base units, `_total` for counters; labels take few values."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """One process's numbers, in a registry of its own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        self.requests = Counter(
            "minixdr_http_requests",
            "Answered requests; operation is the route's, `none` where there is no such address.",
            ("method", "operation", "status"),
            registry=registry,
        )
        self.request_seconds = Histogram(
            "minixdr_http_request_seconds",
            "How long answering took.",
            ("operation",),
            buckets=_QUICK,
            registry=registry,
        )
        self.door_records = Counter(
            "minixdr_door_records", "Records that clients were told are kept.", ("door",), registry=registry
        )
        self.door_bytes = Counter(
            "minixdr_door_bytes", "Size of those records as they arrived.", ("door",), registry=registry
        )
        self.door_answers = Counter(
            "minixdr_door_answers",
            "Requests (or messages) at the doors: accepted, busy, refused (not authorized), malformed.",
            ("door", "result"),
            registry=registry,
        )
        self.publish_seconds = Histogram(
            "minixdr_log_publish_seconds",
            "From a batch's sending to its being on disk.",
            buckets=_QUICK,
            registry=registry,
        )
        self.waiting_batches = Gauge(
            "minixdr_log_waiting_batches", "Batches that wait in the log or are being worked on.", registry=registry
        )
        self.receipt_records = Counter(
            "minixdr_receipt_records",
            "Records by what became of them: events, skipped, malformed, duplicates.",
            ("became",),
            registry=registry,
        )
        self.batches = Counter(
            "minixdr_worker_batches",
            "Batches by how they ended: done, repeated, again, dead.",
            ("result",),
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "minixdr_worker_batch_seconds", "How long a batch took a worker.", buckets=_SLOW, registry=registry
        )
        self.record_to_finding_seconds = Histogram(
            "minixdr_record_to_finding_seconds",
            "From a batch's being accepted to its findings being kept.",
            buckets=_SLOW,
            registry=registry,
        )
        self.findings = Counter("minixdr_findings", "New findings.", ("level",), registry=registry)
        self.incidents = Counter("minixdr_incidents", "Incidents opened and changed.", ("change",), registry=registry)
        self.sign_ins = Counter(
            "minixdr_sign_ins",
            "Attempts to sign in: accepted, refused, locked, limited.",
            ("result",),
            registry=registry,
        )

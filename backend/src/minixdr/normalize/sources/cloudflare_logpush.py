"""Cloudflare Logpush: requests and firewall events of sites, DNS, Zero Trust's Gateway and Access, audit logs.

Source: see `normalize/cloudflare/datasets.py`. Trusted: addresses and decisions as Cloudflare saw and made them; the
user, where Access let in. Not trusted: host, path, referrer and user agent of a request. Not covered: data sets that
are not in the list (Spectrum, Magic, Workers).
"""

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.cloudflare.datasets import DATASET, SHAPES, dataset_of
from minixdr.normalize.cloudflare.events import READERS, times
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import text
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record

_NAME = "cloudflare_logpush"
_CATEGORIES = {
    "http_requests": "webserver", "firewall_events": "webserver", "gateway_http": "proxy", "gateway_dns": "dns", "dns_logs": "dns",
    "gateway_network": "firewall",
}  # fmt: skip


def _normalize(record: Record) -> Event:
    dataset = dataset_of(record.body)
    if dataset is None:
        raise NotAnEvent("a record of no data set that is known")
    draft = Draft(record, _NAME)
    draft.put("metadata.product.name", "Cloudflare")
    draft.put("metadata.product.vendor_name", "Cloudflare")
    draft.put("metadata.log_name", dataset)
    ray = text(draft.take("RayID"))
    draft.put("metadata.correlation_uid", ray)
    reading = READERS[dataset](draft)
    time = next((time for time in map(parse_time, times(draft)) if time is not None), None)
    return draft.event(*reading[:2], time, native_id=text(draft.take("ID")), severity_id=reading.severity_id)


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    dataset = key[0] if isinstance(key[0], str) else None
    return (LogSource(_CATEGORIES.get(dataset or ""), "cloudflare", dataset),)


SOURCE = carrying(
    Source(
        name=_NAME,
        title="Cloudflare Logpush",
        formats=frozenset({"json"}),
        shapes=SHAPES,
        routing=Routing((DATASET,), _log_sources),
        normalize=_normalize,
    )
)

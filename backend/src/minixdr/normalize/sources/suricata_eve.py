"""Suricata EVE: alerts, flows and protocol logs. Source: Suricata user guide 8. Alerts are findings of Suricata's, not ours."""

from minixdr.normalize.carried import carrying
from minixdr.normalize.source import Routing, Source
from minixdr.normalize.suricata.events import normalize
from minixdr.normalize.suricata.shapes import KEYS, SHAPES, log_sources

SOURCE = carrying(
    Source(
        name="suricata_eve",
        title="Suricata EVE",
        formats=frozenset({"json"}),
        shapes=SHAPES,
        routing=Routing(KEYS, log_sources),
        normalize=normalize,
    )
)

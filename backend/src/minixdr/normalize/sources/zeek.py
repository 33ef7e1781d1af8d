"""Zeek network logs: conn, dns, http, ssl, ssh, files, notice, kerberos, smb, rdp and every other log.

Records come as TSV (format `zeek`) or JSON. Attributes: OCSF network classes, Authentication for kerberos, ntlm and radius, Detection Finding for
notice, intel and signatures. `plain` JSON does not name its log: see `normalize/zeek/shapes.py`.
"""

from minixdr.normalize.carried import carrying
from minixdr.normalize.source import Routing, Source
from minixdr.normalize.zeek.events import normalize
from minixdr.normalize.zeek.routing import KEYS, log_sources
from minixdr.normalize.zeek.shapes import SHAPES

SOURCE = carrying(
    Source(
        name="zeek",
        title="Zeek",
        formats=frozenset({"zeek", "json"}),
        shapes=SHAPES,
        routing=Routing(KEYS, log_sources),
        normalize=normalize,
    )
)

"""Windows event log: Security, Sysmon, PowerShell, System, Defender, Task Scheduler and every other channel.

Sources: Microsoft's event documentation, Sysmon's event schema. Attributes: OCSF, extension windows. Events of ids without a mapping are Base
Events with their fields in `unmapped`. Texts of command lines, user names of failed logons and paths are an attacker's.
"""

from minixdr.normalize.source import Routing, Source
from minixdr.normalize.windows.events import normalize
from minixdr.normalize.windows.routing import KEYS, log_sources
from minixdr.normalize.windows.shapes import SHAPES

SOURCE = Source(
    name="microsoft_windows",
    title="Windows event log",
    formats=frozenset({"json", "evtx", "windows_xml", "csv", "text", "syslog"}),
    shapes=SHAPES,
    routing=Routing(KEYS, log_sources),
    normalize=normalize,
)

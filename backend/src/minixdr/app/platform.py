"""What the platform's use cases need from outside, as one value. `wiring.py` fills it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from minixdr.app.build import Build, SchemaRange
from minixdr.app.hunt.running import Hunting
from minixdr.app.ingest_addresses import IngestAddresses
from minixdr.app.metrics import Metrics
from minixdr.app.models.load import Models
from minixdr.app.remembered import Remembered
from minixdr.app.rule_catalog import RuleCatalogLoader
from minixdr.app.startup import Startup
from minixdr.ports.database import Database
from minixdr.ports.lake import Lake
from minixdr.ports.log import Log, LogBatch
from minixdr.ports.notifier import Notifier
from minixdr.ports.oidc import Oidc, Provider
from minixdr.ports.stores.changes import ChangeListener


@dataclass(frozen=True, slots=True)
class Platform:
    """One process's connections and secrets. Made once, closed at its end."""

    database: Database
    log: Log
    secret_key: bytes
    public_url: str
    version: str
    now: Callable[[], datetime]
    """The time now, aware UTC."""
    metrics: Metrics = field(default_factory=Metrics)
    checks: Mapping[str, Callable[[], Awaitable[str | None]]] = field(default_factory=dict)
    """What must work besides database and log before the process says it is ready, by name (`schema`, `lake`). A check returns None, or what is
    wrong in words that anybody may read: no address, no secret."""
    rules: RuleCatalogLoader | None = None
    """The platform's rules, to be looked at; None where a process has no use for them."""
    changes: ChangeListener | None = None
    """Wakes readers of changes; None where a process has none: they look every few seconds."""
    unpack: Callable[[bytes], LogBatch] | None = None
    """Return the batch of a dead letter's payload; None where a process replays none."""
    lake: Lake | None = None
    """Events; None where a process reads none."""
    hunting: Hunting | None = None
    """Runs queries over the lake; None where a process hunts nothing."""
    remembered: Remembered = field(default_factory=Remembered)
    """What costs seconds to find out, for minutes."""
    oidc: Oidc | None = None
    """Talks to identity providers; None where a process signs nobody in."""
    identity_providers: Sequence[Provider] = ()
    """Those that the environment sets; others are in the database."""
    notifier: Notifier | None = None
    """Sends messages to the outside; None where a process sends none."""
    ingest: IngestAddresses = field(default_factory=lambda: IngestAddresses("http://127.0.0.1:8000"))
    """Where clients reach the doors."""
    models: Models | None = None
    """What scores events; None where the platform has none."""
    startup: Startup = field(default_factory=Startup)
    """What is still to be done before the process serves."""
    revision: str | None = None
    """Of the source that the program was built of; None where nobody told."""
    image_digest: str | None = None
    """Of the image that the program runs in; None where nobody told."""
    schema_range: SchemaRange | None = None
    """Revisions of the schema that the program serves."""

    @property
    def build(self) -> Build:
        """Which program this is."""
        return Build(self.version, self.revision, self.image_digest, self.schema_range)

"""How a process is, for whoever keeps it alive: from its first moment, when nothing is open yet, to its end."""

from dataclasses import dataclass, field

from minixdr.app.build import Build
from minixdr.app.health import Health, Part
from minixdr.app.metrics import Metrics
from minixdr.app.startup import Startup


@dataclass(slots=True)
class Vitals:
    """One process's."""

    build: Build
    startup: Startup
    metrics: Metrics = field(default_factory=Metrics)
    health: Health | None = None
    """None until the parts are there to be asked."""
    draining: bool = False
    """Set once the process was asked to end."""

    def drain(self) -> None:
        """Say that the process was asked to end."""
        self.draining = True

    async def parts(self) -> list[Part]:
        """Return each part's state; before the parts can be asked, what is being done."""
        if self.health is None:
            return [Part(name, words) for name, words in self.startup.pending.items()]
        return await self.health.parts()

"""What all parts of the collector work with."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar
from uuid import UUID

from minixdr.app.platform import Platform
from minixdr.ports.cloud import Cloud, CloudIdentity, ObjectStore, Queue, Spill
from minixdr.ports.database import Scope
from minixdr.ports.stores.collector import CollectorInput

P = ParamSpec("P")
T = TypeVar("T")

OBJECTS_AT_ONCE = 4
"""Of a process: reading is Python's work, so more would not be quicker."""
_CALLS_AT_ONCE = 32
"""Mostly waiting for queues: one an input."""


@dataclass
class Parts:
    """Shared by all inputs of a process."""

    platform: Platform
    cloud: Callable[[], Cloud]
    spill: Spill
    owner: str
    """Name of this process, for leases."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    reading: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(OBJECTS_AT_ONCE, "collect"))
    calling: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_CALLS_AT_ONCE, "cloud"))

    async def call(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Return what a blocking call of the cloud returns."""
        return await asyncio.get_running_loop().run_in_executor(self.calling, lambda: function(*arguments, **named))

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than the process is to work."""
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Let the threads end."""
        self.reading.shutdown(wait=False, cancel_futures=True)
        self.calling.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class Place:
    """One input, and how it is reached."""

    organization_id: UUID
    input: CollectorInput
    store: ObjectStore
    queue: Queue | None

    @classmethod
    def of(cls, organization_id: UUID, input_: CollectorInput, cloud: Cloud) -> "Place":
        """Return the place of an input. Raises CloudDeniedError."""
        identity = CloudIdentity(input_.region, input_.role_arn, input_.external_id)
        queue = None if input_.queue_url is None else cloud.queue(identity, input_.queue_url)
        return cls(organization_id, input_, cloud.objects(identity), queue)

    @property
    def scope(self) -> Scope:
        """On whose behalf its transactions run."""
        return Scope(self.organization_id, actor="worker:collector")

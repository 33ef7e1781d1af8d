"""A log in memory that can be full, and tokens that need no database."""

import asyncio
import hashlib
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

from minixdr.app.metrics import Metrics
from minixdr.ports.database import DatabaseAwayError
from minixdr.ports.log import LogFullError
from minixdr.ports.stores.access import ApiToken

FIRST, SECOND = UUID(int=1), UUID(int=2)


def now():
    """Return the time."""
    return datetime.now(UTC)


class FixedTokens:
    """Answers as IngestTokens does."""

    def __init__(self, organizations, **changes):
        self.organizations = organizations
        self.changes = changes
        self.away = False

    async def find(self, presented):
        """Return the token."""
        if self.away:
            raise DatabaseAwayError("away")
        organization_id = self.organizations.get(presented)
        if organization_id is None:
            return None
        fields = {
            "id": UUID(bytes=hashlib.blake2b(presented.encode(), digest_size=16).digest()), "organization_id": organization_id, "name": "t",
            "kind": "ingest", "role": None, "scopes": (), "prefix": "mxi", "source": None, "hec_ack": False, "created_by": None,
            "created_at": now(), "expires_at": None, "revoked_at": None, "last_used_at": None, "last_used_address": None,
        }  # fmt: skip
        return ApiToken(**{**fields, **self.changes})

    def use(self, token, address):
        """Note it."""


class MemoryLog:
    """A log that a test can fill up."""

    def __init__(self):
        self.batches = {}
        self.full = False
        self.published = 0

    async def publish(self, batch):
        """Keep it."""
        await asyncio.sleep(0.001)
        if self.full:
            raise LogFullError("full", retry_after_seconds=0.05)
        self.published += 1
        new = batch.batch_id not in self.batches
        self.batches[batch.batch_id] = batch
        return new

    def messages(self, organization_id=FIRST):
        """Return what an organization's batches hold."""
        return [
            raw
            for batch in self.batches.values()
            if batch.organization_id == str(organization_id)
            for raw in batch.raws
        ]


def platform(log):
    """Return what the listeners need of a platform."""
    return SimpleNamespace(log=log, now=now, metrics=Metrics())

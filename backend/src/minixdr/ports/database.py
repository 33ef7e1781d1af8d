"""The database: transactions of one organization, or of the platform itself."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar
from uuid import UUID

import msgspec

from minixdr.ports.stores.access import IdentityProviders, Sessions, Tokens
from minixdr.ports.stores.audit import AuditLog
from minixdr.ports.stores.changes import Changes
from minixdr.ports.stores.collector import CollectorStore
from minixdr.ports.stores.correlation import CorrelationStore
from minixdr.ports.stores.entities import CloudAssets, Entities
from minixdr.ports.stores.findings import Findings
from minixdr.ports.stores.incidents import Incidents
from minixdr.ports.stores.indicators import Indicators
from minixdr.ports.stores.intake import Intake
from minixdr.ports.stores.jobs import Jobs
from minixdr.ports.stores.lake_outbox import LakeOutbox
from minixdr.ports.stores.leases import Heartbeats, Leases
from minixdr.ports.stores.mentions import Mentions
from minixdr.ports.stores.notifications import NotificationChannels, NotificationDeliveries
from minixdr.ports.stores.organizations import Organizations
from minixdr.ports.stores.overview import Overview
from minixdr.ports.stores.people import Invitations, Members, Users
from minixdr.ports.stores.receipts import Receipts
from minixdr.ports.stores.rules import Rules
from minixdr.ports.stores.saved_hunts import SavedHunts
from minixdr.ports.stores.saved_views import SavedViews
from minixdr.ports.stores.setup_codes import SetupCodes

T = TypeVar("T")


class Scope(msgspec.Struct, frozen=True):
    """On whose behalf a transaction runs. The database itself shows it that organization's rows and no others."""

    organization_id: UUID | None = None
    """None: rows of no organization, only what belongs to the platform or to the person."""
    user_id: UUID | None = None
    """The person, where one acts: sees own memberships of all organizations."""
    actor: str = "system"
    """For the audit log: `user:<id>`, `token:<id>`, `worker:<name>`."""
    address: str | None = None
    """Where the request came from."""
    system: bool = False
    """The platform's own work: sees organizations, people and their sessions, and the queues (jobs, outbox, lake outbox, notifications) of all
    organizations; nothing else of theirs."""
    token_hash: bytes | None = None
    """Hash of the presented token (of a session, an API token, an invitation): shows the one row that has it."""
    email: str | None = None
    """Address of who signs in, in any case: shows that person's row."""


class Transaction(Protocol):
    """One transaction: all of it is kept at its end, or, where the block raises, nothing."""

    @property
    def scope(self) -> Scope:
        """On whose behalf it runs."""

    @property
    def correlation(self) -> CorrelationStore:
        """What the correlator reads and writes."""

    @property
    def collector(self) -> CollectorStore:
        """What is collected from buckets."""

    @property
    def intake(self) -> Intake:
        """What workers write."""

    @property
    def lake_outbox(self) -> LakeOutbox:
        """Staged files that are not part of the lake's table yet."""

    @property
    def incidents(self) -> Incidents:
        """The organization's incidents."""

    @property
    def mentions(self) -> Mentions:
        """Who was named in comments."""

    @property
    def notification_channels(self) -> NotificationChannels:
        """Where the organization wants to be told of things."""

    @property
    def notification_deliveries(self) -> NotificationDeliveries:
        """What is told there."""

    @property
    def saved_views(self) -> SavedViews:
        """Filters of lists that people keep."""

    @property
    def findings(self) -> Findings:
        """The organization's findings."""

    @property
    def rules(self) -> Rules:
        """Own rules and tuning."""

    @property
    def indicators(self) -> Indicators:
        """Own indicators."""

    @property
    def receipts(self) -> Receipts:
        """What came in."""

    @property
    def entities(self) -> Entities:
        """Who and what findings name."""

    @property
    def cloud_assets(self) -> CloudAssets:
        """What cloud accounts hold."""

    @property
    def changes(self) -> Changes:
        """What changed, for listeners."""

    @property
    def overview(self) -> Overview:
        """Counts for the first page."""

    async def enter(self, scope: Scope) -> None:
        """Go on on another's behalf: once a presented token has said whose it is."""

    @property
    def organizations(self) -> Organizations:
        """Organizations that the scope shows."""

    @property
    def users(self) -> Users:
        """People that the scope shows."""

    @property
    def members(self) -> Members:
        """Who belongs to the organization."""

    @property
    def invitations(self) -> Invitations:
        """Who is asked to join."""

    @property
    def sessions(self) -> Sessions:
        """The person's sessions."""

    @property
    def tokens(self) -> Tokens:
        """The organization's tokens."""

    @property
    def identity_providers(self) -> IdentityProviders:
        """The platform's OpenID Connect providers."""

    @property
    def audit(self) -> AuditLog:
        """Who did what."""

    @property
    def leases(self) -> Leases:
        """Who may do what there is one of."""

    @property
    def heartbeats(self) -> Heartbeats:
        """Which processes live."""

    @property
    def setup_codes(self) -> SetupCodes:
        """What the first owner must give."""

    @property
    def saved_hunts(self) -> SavedHunts:
        """Hunts that people keep."""

    @property
    def jobs(self) -> Jobs:
        """Work that takes longer than a request."""


class Database(Protocol):
    """The database."""

    def transaction(self, scope: Scope) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction. Raises DatabaseAwayError, DatabaseBusyError, DatabaseConflictError, from its block and its end too."""

    async def run(self, scope: Scope, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Return what `work` returned, in a transaction that is repeated from its begin where it met another on the same rows.

        Raises DatabaseAwayError, DatabaseBusyError, and DatabaseConflictError where it met others every time.
        """

    async def schema_state(self) -> "SchemaState":
        """Return where the database's schema stands. Raises DatabaseAwayError."""

    async def close(self) -> None:
        """Close all connections."""


class DatabaseAwayError(Exception):
    """The database does not answer now; nothing was changed, unless the connection broke at the very end: what is repeated then must bear it."""


class DatabaseBusyError(DatabaseAwayError):
    """The database answers, but not in time; nothing was changed."""


class DatabaseConflictError(Exception):
    """Another transaction changed the same rows; nothing was changed, the same may succeed when repeated."""


class SchemaState(msgspec.Struct, frozen=True):
    """Where a database's schema stands beside what this program serves. Revisions are numbered 1, 2, 3 ..."""

    revision: int | None
    """None: nothing was ever set up in this database."""
    usable_from: int | None
    """The oldest program, by its newest revision, that can serve this schema."""
    oldest_served: int
    newest_known: int

    @property
    def refusal(self) -> str | None:
        """Return why this program must not serve this database and what to do; None where it may."""
        if self.revision is None or self.usable_from is None:
            return "the database is empty: run `minixdr db upgrade`"
        if self.revision < self.oldest_served:
            return (
                f"the database's schema is at revision {self.revision}, this program needs {self.oldest_served} or later: "
                "run `minixdr db upgrade` with this program"
            )
        if self.newest_known < self.usable_from:
            return (
                f"the database's schema (revision {self.revision}) needs a program that knows revision {self.usable_from}, "
                f"this one knows {self.newest_known}: install the newer program"
            )
        return None

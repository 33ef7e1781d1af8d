"""A transaction over one connection, with a repository a noun."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Executable, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from minixdr.adapters.postgres.audit import PostgresAuditLog
from minixdr.adapters.postgres.changes import PostgresChanges
from minixdr.adapters.postgres.collector import PostgresCollector
from minixdr.adapters.postgres.correlation import PostgresCorrelation
from minixdr.adapters.postgres.entities import PostgresCloudAssets, PostgresEntities
from minixdr.adapters.postgres.findings import PostgresFindings
from minixdr.adapters.postgres.incidents import PostgresIncidents
from minixdr.adapters.postgres.indicators import PostgresIndicators
from minixdr.adapters.postgres.intake import PostgresIntake
from minixdr.adapters.postgres.jobs import PostgresJobs
from minixdr.adapters.postgres.lake_outbox import PostgresLakeOutbox
from minixdr.adapters.postgres.leases import PostgresHeartbeats, PostgresLeases
from minixdr.adapters.postgres.members import PostgresInvitations, PostgresMembers
from minixdr.adapters.postgres.mentions import PostgresMentions
from minixdr.adapters.postgres.notifications import PostgresNotificationChannels, PostgresNotificationDeliveries
from minixdr.adapters.postgres.organizations import PostgresOrganizations
from minixdr.adapters.postgres.overview import PostgresOverview
from minixdr.adapters.postgres.receipts import PostgresReceipts
from minixdr.adapters.postgres.rules import PostgresRules
from minixdr.adapters.postgres.saved_hunts import PostgresSavedHunts
from minixdr.adapters.postgres.saved_views import PostgresSavedViews
from minixdr.adapters.postgres.sessions import PostgresSessions
from minixdr.adapters.postgres.setup_codes import PostgresSetupCodes
from minixdr.adapters.postgres.tables.columns import storable
from minixdr.adapters.postgres.tokens import PostgresIdentityProviders, PostgresTokens
from minixdr.adapters.postgres.users import PostgresUsers
from minixdr.ports.database import Scope

_ENTER = text(
    "SELECT set_config('minixdr.organization_id', :organization_id, true), set_config('minixdr.user_id', :user_id, true), "
    "set_config('minixdr.token_hash', :token_hash, true), set_config('minixdr.email', :email, true), "
    "set_config('minixdr.system', :system, true)"
)


class PostgresTransaction:
    """Implements ports.database.Transaction. Repositories are made when first asked for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.scope = Scope()

    async def enter(self, scope: Scope) -> None:
        """Go on on another's behalf. The settings end with the transaction."""
        await self.connection.execute(
            _ENTER,
            {
                "organization_id": str(scope.organization_id or ""),
                "user_id": str(scope.user_id or ""),
                "token_hash": (scope.token_hash or b"").hex(),
                "email": storable(scope.email or "").strip().lower(),
                "system": "on" if scope.system else "",
            },
        )
        self.scope = scope

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run a statement (for each of the parameters, where there are several)."""
        return await self.connection.execute(statement, parameters)

    @cached_property
    def correlation(self) -> PostgresCorrelation:
        """What the correlator reads and writes."""
        return PostgresCorrelation(self)

    @cached_property
    def collector(self) -> PostgresCollector:
        """What is collected from buckets."""
        return PostgresCollector(self)

    @cached_property
    def intake(self) -> PostgresIntake:
        """What workers write."""
        return PostgresIntake(self)

    @cached_property
    def incidents(self) -> PostgresIncidents:
        """The organization's incidents."""
        return PostgresIncidents(self)

    @cached_property
    def mentions(self) -> PostgresMentions:
        """Who was named in comments."""
        return PostgresMentions(self)

    @cached_property
    def notification_channels(self) -> PostgresNotificationChannels:
        """Where the organization wants to be told of things."""
        return PostgresNotificationChannels(self)

    @cached_property
    def notification_deliveries(self) -> PostgresNotificationDeliveries:
        """What is told there."""
        return PostgresNotificationDeliveries(self)

    @cached_property
    def saved_views(self) -> PostgresSavedViews:
        """Filters of lists that people keep."""
        return PostgresSavedViews(self)

    @cached_property
    def findings(self) -> PostgresFindings:
        """The organization's findings."""
        return PostgresFindings(self)

    @cached_property
    def rules(self) -> PostgresRules:
        """Own rules and tuning."""
        return PostgresRules(self)

    @cached_property
    def indicators(self) -> PostgresIndicators:
        """Own indicators."""
        return PostgresIndicators(self)

    @cached_property
    def receipts(self) -> PostgresReceipts:
        """What came in."""
        return PostgresReceipts(self)

    @cached_property
    def entities(self) -> PostgresEntities:
        """Who and what findings name."""
        return PostgresEntities(self)

    @cached_property
    def cloud_assets(self) -> PostgresCloudAssets:
        """What cloud accounts hold."""
        return PostgresCloudAssets(self)

    @cached_property
    def changes(self) -> PostgresChanges:
        """What changed, for listeners."""
        return PostgresChanges(self)

    @cached_property
    def lake_outbox(self) -> PostgresLakeOutbox:
        """Staged files that are not part of the lake's table yet."""
        return PostgresLakeOutbox(self)

    @cached_property
    def overview(self) -> PostgresOverview:
        """Counts for the first page."""
        return PostgresOverview(self)

    @cached_property
    def organizations(self) -> PostgresOrganizations:
        """Organizations that the scope shows."""
        return PostgresOrganizations(self)

    @cached_property
    def users(self) -> PostgresUsers:
        """People that the scope shows."""
        return PostgresUsers(self)

    @cached_property
    def members(self) -> PostgresMembers:
        """Who belongs to the organization."""
        return PostgresMembers(self)

    @cached_property
    def invitations(self) -> PostgresInvitations:
        """Who is asked to join."""
        return PostgresInvitations(self)

    @cached_property
    def sessions(self) -> PostgresSessions:
        """The person's sessions."""
        return PostgresSessions(self)

    @cached_property
    def tokens(self) -> PostgresTokens:
        """The organization's tokens."""
        return PostgresTokens(self)

    @cached_property
    def identity_providers(self) -> PostgresIdentityProviders:
        """The platform's OpenID Connect providers."""
        return PostgresIdentityProviders(self)

    @cached_property
    def audit(self) -> PostgresAuditLog:
        """Who did what."""
        return PostgresAuditLog(self)

    @cached_property
    def leases(self) -> PostgresLeases:
        """Who may do what there is one of."""
        return PostgresLeases(self)

    @cached_property
    def heartbeats(self) -> PostgresHeartbeats:
        """Which processes live."""
        return PostgresHeartbeats(self)

    @cached_property
    def setup_codes(self) -> PostgresSetupCodes:
        """What the first owner must give."""
        return PostgresSetupCodes(self)

    @cached_property
    def saved_hunts(self) -> PostgresSavedHunts:
        """Hunts that people keep."""
        return PostgresSavedHunts(self)

    @cached_property
    def jobs(self) -> PostgresJobs:
        """Work that takes longer than a request."""
        return PostgresJobs(self)

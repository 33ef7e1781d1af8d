"""What a person did to the own account, in the audit log of every organization the person belongs to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from minixdr.ports.database import Scope, Transaction


async def note_everywhere(
    tx: Transaction, user_id: UUID, action: str, *, target: str, details: Mapping[str, Any], now: datetime
) -> None:
    """Add the entry to each organization's log. The transaction goes on as that person's, in no organization."""
    actor, address = tx.scope.actor, tx.scope.address
    await tx.enter(Scope(None, user_id, actor, address))
    memberships = await tx.members.of_user(user_id)
    for organization_id in sorted(organization_id for organization_id, _ in memberships):  # one order: no deadlock
        await tx.enter(Scope(organization_id, user_id, actor, address))
        await tx.audit.add(action, target, details, at=now)
    await tx.enter(Scope(None, user_id, actor, address))

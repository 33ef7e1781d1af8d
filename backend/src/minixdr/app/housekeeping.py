"""What must not grow for ever, and what must be signed now and then: run by one worker at a time, each part harmless when repeated."""

from datetime import timedelta

import msgspec

from minixdr.app.audit import sign_heads
from minixdr.app.platform import Platform
from minixdr.ports.database import Scope
from minixdr.ports.stores.organizations import Organization

SESSIONS_KEPT_FOR = timedelta(days=7)
"""After their end, for who asks what became of one."""
JOBS_KEPT_FOR = timedelta(days=30)
"""With their results, after they finished."""
CHANGES_KEPT_FOR = timedelta(days=3)
"""A listener that was away longer is told to read anew."""
DELIVERIES_KEPT_FOR = timedelta(days=30)
"""Notifications, after they were delivered or given up."""
HEARTBEATS_KEPT_FOR = timedelta(days=1)
_RECEIPTS_AT_ONCE = 5_000
_MOST_RECEIPTS = 500_000
"""Of one organization at a time; the rest is left for the next."""

_SYSTEM = Scope(system=True, actor="worker:housekeeping")


class Housekeeping(msgspec.Struct):
    """What was done."""

    sessions: int = 0
    jobs: int = 0
    changes: int = 0
    notifications: int = 0
    heartbeats: int = 0
    receipts: int = 0
    audit_logs_signed: int = 0


async def keep_house(platform: Platform) -> Housekeeping:
    """Delete what is kept for a time only, and sign the audit logs that grew. Raises DatabaseAwayError."""
    now, done = platform.now(), Housekeeping()
    async with platform.database.transaction(_SYSTEM) as tx:
        done.sessions = await tx.sessions.forget(now - SESSIONS_KEPT_FOR)
        done.jobs = await tx.jobs.forget(now - JOBS_KEPT_FOR)
        done.changes = await tx.changes.forget(now - CHANGES_KEPT_FOR)
        done.notifications = await tx.notification_deliveries.forget(now - DELIVERIES_KEPT_FOR)
        done.heartbeats = await tx.heartbeats.forget(now - HEARTBEATS_KEPT_FOR)
        organizations = await tx.organizations.all()
    for organization in organizations:
        done.receipts += await _forget_receipts(platform, organization)
    done.audit_logs_signed = await sign_heads(platform)
    return done


async def _forget_receipts(platform: Platform, organization: Organization) -> int:
    """Delete receipts of batches whose events the lake no longer keeps: a day later than those, so that none is without its receipt."""
    before, total = platform.now() - timedelta(days=organization.retention_days + 1), 0
    while total < _MOST_RECEIPTS:
        async with platform.database.transaction(Scope(organization.id, actor=_SYSTEM.actor)) as tx:
            deleted = await tx.receipts.forget(before, _RECEIPTS_AT_ONCE)
        total += deleted
        if deleted < _RECEIPTS_AT_ONCE:
            break
    return total

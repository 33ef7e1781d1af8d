"""The same change to many incidents: each by itself, with its own history and line in the audit log; one that cannot be changed stops no other."""

from collections.abc import Sequence

import msgspec

from minixdr.app.incidents import apply_change, locked, write_comment
from minixdr.app.platform import Platform
from minixdr.app.refusal import RefusedError
from minixdr.ports.database import DatabaseConflictError, Scope, Transaction
from minixdr.ports.stores.incidents import IncidentChange, IncidentWhole


class Wanted(msgspec.Struct, frozen=True):
    """One of the incidents."""

    incident_id: str
    version: int | None
    """As the caller saw it; None: whatever it is."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of it."""

    incident_id: str
    outcome: str
    """`changed`, `unchanged` (it was so already), `conflict` (somebody changed it since), `refused`."""
    reason: str | None
    version: int | None
    """As it is now; None: there is no such incident."""


class _ChangedSinceError(Exception):
    """It is not as the caller saw it."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


async def change_many(
    platform: Platform, scope: Scope, wanted: Sequence[Wanted], change: IncidentChange, comment: str | None
) -> Sequence[Outcome]:
    """Return what became of each, in their order. What was done stays done where the database goes away on the way. Raises DatabaseAwayError."""
    return [await _change(platform, scope, each, change, comment) for each in wanted]


async def _change(
    platform: Platform, scope: Scope, wanted: Wanted, change: IncidentChange, comment: str | None
) -> Outcome:
    async def work(tx: Transaction) -> tuple[bool, IncidentWhole]:
        before = await locked(tx, wanted.incident_id)
        if wanted.version is not None and wanted.version != before.version:
            raise _ChangedSinceError(before.version)
        changed = await apply_change(platform, tx, before, change)
        if comment is not None:
            await write_comment(platform, tx, before.incident_id, comment)
        return changed or comment is not None, await locked(tx, wanted.incident_id)

    try:
        changed, after = await platform.database.run(scope, work)
    except _ChangedSinceError as error:
        reason = "Somebody changed it since: look at it again."
        return Outcome(wanted.incident_id, "conflict", reason, error.version)
    except DatabaseConflictError:
        return Outcome(wanted.incident_id, "conflict", "Somebody changes it now: try again.", None)
    except RefusedError as error:
        return Outcome(wanted.incident_id, "refused", str(error), None)
    return Outcome(wanted.incident_id, "changed" if changed else "unchanged", None, after.version)

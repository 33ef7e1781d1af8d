"""`/audit`: who did what, in a chain of hashes."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import Field

from minixdr.api.caller import Caller, CallerDep, PlatformDep
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import LongLine, Shown, Time
from minixdr.app import audit
from minixdr.app.platform import Platform
from minixdr.ports.stores.audit import AuditEntry, AuditFilter
from minixdr.schema.role import Role

router = noun("audit")
_EXPORT_PART = 500


class Entry(Shown):
    """Something that was done."""

    seq: int = Field(description="1, 2, 3 ... within the organization.")
    at: datetime
    actor: str = Field(description="`user:<id>`, `token:<id>`, `worker:<name>`, `system`.", examples=["user:0199..."])
    action: str = Field(examples=["token.created"])
    target: str = Field(examples=["token:0199..."])
    details: dict[str, Any]
    address: str | None = Field(description="Where the request came from.", examples=["192.0.2.7"])
    hash: str = Field(description="SHA-256 of the entry before and this one, hex.")


class Verdict(Shown):
    """Whether the log is as it was written."""

    whole: bool
    entries: int
    checkpoints: int = Field(description="Signed heads of the chain that hold.")
    head: str = Field(description="Hash of the last entry: keep it elsewhere.")
    problems: list[str] = Field(description="Where it is not, the first hundred.")


@router.get("/audit", **operation("listAudit", "The audit log", least=Role.ADMIN))
async def list_audit(  # noqa: PLR0913, PLR0917 - one parameter a filter
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    actor: Annotated[LongLine | None, Query(description="Of this one.", examples=["user:0199..."])] = None,
    action: Annotated[
        LongLine | None, Query(description="This action; ending in a dot, all that begin so: `token.`.")
    ] = None,
    target: Annotated[LongLine | None, Query(description="To this thing.")] = None,
    first_at: Annotated[Time | None, Query(description="At this time or later.")] = None,
    before: Annotated[Time | None, Query(description="Before this time.")] = None,
) -> Page[Entry]:
    """Return entries, the newest first."""
    wanted = AuditFilter(actor=actor, action=action, target=target, first_at=first_at, before=before)
    position = page.after(tuple[int])
    async with platform.database.transaction(caller.scope) as tx:
        found = await tx.audit.entries(wanted, None if position is None else position[0], page.most)
    return page.page(found, lambda entry: (entry.seq,), _shown)


@router.get("/audit/verdict", **operation("verifyAudit", "Whether the audit log is whole", least=Role.ADMIN))
async def verify_audit(caller: CallerDep, platform: PlatformDep) -> Verdict:
    """Read the whole chain, and say whether anything in it was changed, left out or put in."""
    verdict = await audit.verify(platform, caller.scope)
    return Verdict(
        whole=not verdict.problems,
        entries=verdict.entries,
        checkpoints=verdict.checkpoints,
        head=verdict.head.hex(),
        problems=list(verdict.problems),
    )


@router.get(
    "/audit/export",
    response_class=StreamingResponse,
    **operation(
        "exportAudit",
        "The whole audit log as a file",
        least=Role.ADMIN,
        responses={
            200: {
                "description": "One entry a line, the oldest first.",
                "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
            }
        },
    ),
)
async def export_audit(caller: CallerDep, platform: PlatformDep) -> StreamingResponse:
    """Return all entries as JSON lines, the oldest first, with the hashes that make the chain."""
    name = f"audit-{caller.organization_id}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(platform, caller), media_type="application/x-ndjson", headers=headers)


async def _lines(platform: Platform, caller: Caller) -> AsyncIterator[bytes]:
    first = 1
    while True:
        async with platform.database.transaction(caller.scope) as tx:
            entries = await tx.audit.page(first, _EXPORT_PART)
        if not entries:
            return
        first = entries[-1].seq + 1
        yield b"".join(msgspec.json.encode(_exported(entry)) + b"\n" for entry in entries)


def _exported(entry: AuditEntry) -> dict[str, Any]:
    fields = msgspec.structs.asdict(entry)
    return {**fields, "previous_hash": entry.previous_hash.hex(), "hash": entry.hash.hex()}


def _shown(entry: AuditEntry) -> Entry:
    return Entry(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        target=entry.target,
        details=dict(entry.details),
        address=entry.address,
        hash=entry.hash.hex(),
    )

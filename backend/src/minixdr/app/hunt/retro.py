"""Retro-hunts: a Sigma rule over the events of the past, as a job. Its findings stay in the job; nothing live is changed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from minixdr.app.hunt.retro_rules import RetroRules, check, not_found
from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError, TooManyError
from minixdr.ports.database import Scope
from minixdr.ports.stores.jobs import Job
from minixdr.ports.stores.rules import OwnRuleRow

KIND = "retro_hunt"
MOST_OPEN = 5
"""Queued or running in an organization: they are long, and share the workers with all others'."""
_RETRY_SECONDS = 60.0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A retro-hunt that somebody asks for."""

    name: str
    text: str | None
    rule_id: str | None
    """One of the two: a text, or a rule of the organization or the platform."""
    first_at: datetime
    before: datetime
    sources: tuple[str, ...] = ()
    """Log sources to read; none: all."""


async def start(platform: Platform, scope: Scope, wanted: Wanted) -> Job:
    """Queue it; the rule stays as it is now. Raises InvalidError, NotFoundError, TooManyError."""
    rules = await _rules(platform, scope, wanted)
    ready = await asyncio.to_thread(check, rules)
    request = {
        "name": wanted.name or ready.wanted[0].title,
        "rules": msgspec.to_builtins(rules),
        "titles": [analytic.title for analytic in ready.wanted],
        "first_at": wanted.first_at.isoformat(),
        "before": wanted.before.isoformat(),
        "sources": list(wanted.sources),
    }
    async with platform.database.transaction(scope) as tx:
        if await tx.jobs.waiting(KIND) >= MOST_OPEN:
            raise TooManyError(
                f"{MOST_OPEN} retro-hunts of this organization wait or run: let one end.", _RETRY_SECONDS
            )
        job = await tx.jobs.add(KIND, request)
        details = {name: request[name] for name in ("name", "titles", "first_at", "before")}
        await tx.audit.add("retro_hunt.started", f"job:{job.id}", details, at=platform.now())
    return job


async def list_jobs(platform: Platform, scope: Scope, after: UUID | None, most: int) -> Sequence[Job]:
    """Return the organization's retro-hunts, the newest first."""
    async with platform.database.transaction(scope) as tx:
        return await tx.jobs.list(KIND, None, after, most)


async def get_job(platform: Platform, scope: Scope, job_id: UUID) -> Job:
    """Return one. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        job = await tx.jobs.get(job_id)
    if job is None or job.kind != KIND:
        raise NotFoundError("There is no such retro-hunt.")
    return job


async def cancel(platform: Platform, scope: Scope, job_id: UUID) -> Job:
    """Cancel one that waits or runs. Raises NotFoundError, ConflictError."""
    await get_job(platform, scope, job_id)
    async with platform.database.transaction(scope) as tx:
        if not await tx.jobs.cancel(job_id, platform.now()):
            raise ConflictError("The retro-hunt has ended already.")
        await tx.audit.add("retro_hunt.cancelled", f"job:{job_id}", {}, at=platform.now())
    return await get_job(platform, scope, job_id)


async def _rules(platform: Platform, scope: Scope, wanted: Wanted) -> RetroRules:
    if (wanted.text is None) == (wanted.rule_id is None):
        raise InvalidError("", "Send `rule` (a text) or `rule_id`, one of the two.")
    async with platform.database.transaction(scope) as tx:
        own = await tx.rules.own()
    if wanted.text is not None:
        return RetroRules(wanted.text, related=_related(wanted.text, own))
    rule_id = wanted.rule_id or ""
    mine = next((rule for rule in own if rule.rule_id == rule_id), None)
    if mine is not None:
        return RetroRules(mine.text, (rule_id,), _related(mine.text, [rule for rule in own if rule is not mine]))
    catalog = None if platform.rules is None else await platform.rules.get()
    known = None if catalog is None else catalog.get(rule_id)
    if catalog is None or known is None:
        raise not_found(rule_id)
    text = await asyncio.to_thread(
        catalog.file_text if known.analytic.kind == "sigma_correlation" else catalog.text, rule_id
    )
    if text is None:
        raise not_found(rule_id)
    return RetroRules(text, (rule_id,))


def _related(text: str, own: Sequence[OwnRuleRow]) -> tuple[str, ...]:
    """Return the rules that a correlation rule may relate."""
    return tuple(rule.text for rule in own) if "correlation:" in text else ()

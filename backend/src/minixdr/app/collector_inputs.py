"""Buckets that an organization lets the platform collect from.

A role of the organization's is assumed with an external id that is made of the organization's own: nobody can point the platform at another's role
(the confused deputy, AWS IAM User Guide).
"""

from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.collector import CollectorInput, InputChange, NewInput

_MOST_INPUTS = 100


def external_id(organization_id: UUID) -> str:
    """Return what the organization's roles must ask for in their trust policies."""
    return f"minixdr-{organization_id}"


async def add_input(platform: Platform, scope: Scope, new: NewInput) -> CollectorInput:
    """Begin to collect from a bucket. Raises InvalidError, ConflictError."""
    if new.since is not None and new.since > platform.now():
        raise InvalidError("/since", "The time has not come yet.")

    async def work(tx: Transaction) -> CollectorInput:
        known = await tx.collector.inputs()
        if len(known) >= _MOST_INPUTS:
            raise ConflictError(f"An organization takes {_MOST_INPUTS} inputs.")
        if any((each.bucket, each.prefix) == (new.bucket, new.prefix) for each in known):
            raise ConflictError("This bucket and prefix are collected already: change that input.")
        made = await tx.collector.add_input(_with_external_id(new, scope))
        await tx.audit.add("collector_input.added", f"collector_input:{made.id}", _details(made), at=platform.now())
        return made

    return await platform.database.run(scope, work)


def _with_external_id(new: NewInput, scope: Scope) -> NewInput:
    if new.role_arn is None or scope.organization_id is None:
        return new
    return msgspec.structs.replace(new, external_id=external_id(scope.organization_id))


async def change_input(
    platform: Platform, scope: Scope, input_id: UUID, change: InputChange, check: Callable[[CollectorInput], None]
) -> CollectorInput:
    """Change an input. Raises NotFoundError."""
    if isinstance(change.role_arn, str) and scope.organization_id is not None:
        change = msgspec.structs.replace(change, external_id=external_id(scope.organization_id))

    async def work(tx: Transaction) -> CollectorInput:
        before = await found(tx, input_id)
        check(before)
        changed = await tx.collector.change_input(input_id, change)
        if changed is None:
            raise _no_input()
        details = {"from": _details(before), "to": _details(changed)}
        await tx.audit.add("collector_input.changed", f"collector_input:{input_id}", details, at=platform.now())
        return changed

    return await platform.database.run(scope, work)


async def remove_input(platform: Platform, scope: Scope, input_id: UUID) -> None:
    """Stop to collect, and forget which objects were collected; their events stay. Raises NotFoundError."""

    async def work(tx: Transaction) -> None:
        before = await found(tx, input_id)
        await tx.collector.remove_input(input_id)
        target = f"collector_input:{input_id}"
        await tx.audit.add("collector_input.removed", target, _details(before), at=platform.now())

    await platform.database.run(scope, work)


async def retry_objects(platform: Platform, scope: Scope, input_id: UUID, keys: Sequence[str] | None) -> int:
    """Let failed objects (of these keys, or all) be tried again; return how many. Raises NotFoundError."""

    async def work(tx: Transaction) -> int:
        await found(tx, input_id)
        count = await tx.collector.retry(input_id, keys)
        details = {"objects": count, "keys": None if keys is None else list(keys[:100])}
        await tx.audit.add("collector_input.retried", f"collector_input:{input_id}", details, at=platform.now())
        return count

    return await platform.database.run(scope, work)


async def found(tx: Transaction, input_id: UUID) -> CollectorInput:
    """Return the input. Raises NotFoundError."""
    known = await tx.collector.input(input_id)
    if known is None:
        raise _no_input()
    return known


def _no_input() -> NotFoundError:
    return NotFoundError("There is no such input.")


def _details(kept: CollectorInput) -> dict[str, object]:
    return {
        "bucket": kept.bucket,
        "prefix": kept.prefix,
        "queue_url": kept.queue_url,
        "region": kept.region,
        "source": kept.source,
        "role_arn": kept.role_arn,
        "enabled": kept.enabled,
        "since": kept.since.isoformat(),
    }

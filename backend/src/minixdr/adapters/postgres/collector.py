"""What is collected from buckets, in PostgreSQL."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, DateTime, case, cast, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.selection import organization_of
from minixdr.adapters.postgres.tables.intake import collected_objects, collector_inputs
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.collector import (
    OBJECT_STATES,
    Collected,
    CollectedObject,
    CollectorInput,
    InputChange,
    NewInput,
    ObjectKey,
)

_SINCE = func.coalesce(
    cast(collector_inputs.c.settings["since"].astext, DateTime(timezone=True)), collector_inputs.c.created_at
)
_INPUT = [
    _SINCE.label("since") if name == "since" else collector_inputs.c[name] for name in CollectorInput.__struct_fields__
]
_OBJECT = columns(collected_objects, CollectedObject)
_LONGEST_REASON = 1_000
_KEYS = 500
"""Of one statement."""


class PostgresCollector:
    """Implements ports.stores.collector.CollectorStore."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add_input(self, new: NewInput) -> CollectorInput:
        """Create one."""
        row = msgspec.structs.asdict(new) | {"organization_id": organization_of(self._work)}
        since = row.pop("since")
        row["settings"] = {} if since is None else {"since": since.isoformat()}
        added = insert(collector_inputs).values(row).returning(*_INPUT)
        return read(CollectorInput, (await self._work.execute(added)).one())

    async def inputs(self, *, enabled: bool | None = None) -> Sequence[CollectorInput]:
        """Return all."""
        wanted = select(*_INPUT).where(collector_inputs.c.organization_id == organization_of(self._work))
        if enabled is not None:
            wanted = wanted.where(collector_inputs.c.enabled.is_(enabled))
        rows = await self._work.execute(wanted.order_by(collector_inputs.c.id.desc()))
        return [read(CollectorInput, row) for row in rows]

    async def input(self, input_id: UUID) -> CollectorInput | None:
        """Return one."""
        return read_optional(
            CollectorInput, (await self._work.execute(select(*_INPUT).where(self._input(input_id)))).first()
        )

    async def change_input(self, input_id: UUID, change: InputChange) -> CollectorInput | None:
        """Change one."""
        values = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        if not values:
            return await self.input(input_id)
        changed = update(collector_inputs).where(self._input(input_id)).values(values).returning(*_INPUT)
        return read_optional(CollectorInput, (await self._work.execute(changed)).first())

    async def remove_input(self, input_id: UUID) -> bool:
        """Remove one."""
        await self._work.execute(delete(collected_objects).where(self._objects_of(input_id)))
        removed = delete(collector_inputs).where(self._input(input_id)).returning(collector_inputs.c.id)
        return (await self._work.execute(removed)).first() is not None

    async def input_trouble(self, input_id: UUID, reason: str | None) -> None:
        """Say why the input could not be read."""
        kept = None if reason is None else reason[:_LONGEST_REASON]
        changed = update(collector_inputs).where(
            self._input(input_id), collector_inputs.c.last_error.is_distinct_from(kept)
        )
        await self._work.execute(changed.values(last_error=kept))

    async def reconciled(self, input_id: UUID, at: datetime) -> None:
        """Note a listing."""
        await self._work.execute(
            update(collector_inputs).where(self._input(input_id)).values(last_reconciled_at=at, last_error=None)
        )

    async def begin(self, input_id: UUID, key: ObjectKey, size_bytes: int) -> CollectedObject:
        """Return the object's row; count an attempt."""
        new = upsert(collected_objects).values(
            organization_id=organization_of(self._work),
            input_id=input_id,
            bucket=key.bucket,
            key=key.key,
            etag=key.etag,
            size_bytes=size_bytes,
            attempts=1,
        )
        attempts = case(
            (collected_objects.c.state == "seen", collected_objects.c.attempts + 1), else_=collected_objects.c.attempts
        )
        met = new.on_conflict_do_update(
            index_elements=_PRIMARY_KEY, set_={"attempts": attempts, "size_bytes": size_bytes}
        )
        return read(CollectedObject, (await self._work.execute(met.returning(*_OBJECT))).one())

    async def finish(self, input_id: UUID, key: ObjectKey, collected: Collected, at: datetime) -> None:
        """Note that it is done."""
        await self._work.execute(
            update(collected_objects)
            .where(self._object(input_id, key))
            .values(
                state="done",
                done_at=at,
                size_bytes=collected.size_bytes,
                received=collected.received,
                malformed=collected.malformed,
                reason=None if collected.reason is None else collected.reason[:_LONGEST_REASON],
            )
        )

    async def fail(self, input_id: UUID, key: ObjectKey, reason: str, *, most_attempts: int) -> bool:
        """Note why it could not be collected; what another did meanwhile stays."""
        table = collected_objects.c
        state = case((table.attempts >= most_attempts, "failed"), else_="seen")
        failed = update(collected_objects).where(self._object(input_id, key), table.state != "done")
        row = (
            await self._work.execute(failed.values(state=state, reason=reason[:_LONGEST_REASON]).returning(table.state))
        ).first()
        return row is None or row.state == "failed"

    async def forget(self, input_id: UUID, key: ObjectKey) -> None:
        """Forget the object."""
        undone = collected_objects.c.state != "done"
        await self._work.execute(delete(collected_objects).where(self._object(input_id, key), undone))

    async def known(self, input_id: UUID, keys: Iterable[ObjectKey]) -> set[ObjectKey]:
        """Return those that are done or failed."""
        wanted = list(keys)
        found: set[ObjectKey] = set()
        table = collected_objects.c
        for start in range(0, len(wanted), _KEYS):
            part = [(key.bucket, key.key, key.etag) for key in wanted[start : start + _KEYS]]
            rows = await self._work.execute(
                select(table.bucket, table.key, table.etag).where(
                    self._objects_of(input_id),
                    tuple_(table.bucket, table.key, table.etag).in_(part),
                    table.state.in_(("done", "failed")),
                )
            )
            found.update(ObjectKey(row.bucket, row.key, row.etag) for row in rows)
        return found

    async def waiting(self, input_id: UUID, before: datetime, most: int) -> Sequence[CollectedObject]:
        """Return those neither done nor failed."""
        return await self._seen(input_id, collected_objects.c.first_seen_at < before, most)

    async def retried(self, input_id: UUID, most: int) -> Sequence[CollectedObject]:
        """Return those to be tried again: no attempt is counted since."""
        return await self._seen(input_id, collected_objects.c.attempts == 0, most)

    async def _seen(self, input_id: UUID, condition: ColumnElement[bool], most: int) -> Sequence[CollectedObject]:
        table = collected_objects.c
        wanted = select(*_OBJECT).where(self._objects_of(input_id), table.state == "seen", condition)
        rows = await self._work.execute(wanted.order_by(table.first_seen_at, table.key).limit(most))
        return [read(CollectedObject, row) for row in rows]

    async def objects(
        self, input_id: UUID, state: str | None, after: tuple[float, str] | None, most: int
    ) -> Sequence[CollectedObject]:
        """Return objects."""
        table = collected_objects.c
        wanted = select(*_OBJECT).where(self._objects_of(input_id))
        if state is not None:
            wanted = wanted.where(table.state == state)
        if after is not None:
            seen_at, key = datetime.fromtimestamp(after[0], UTC), after[1]
            wanted = wanted.where(tuple_(table.first_seen_at, table.key) < tuple_(seen_at, key))
        rows = await self._work.execute(wanted.order_by(table.first_seen_at.desc(), table.key.desc()).limit(most))
        return [read(CollectedObject, row) for row in rows]

    async def counts(self, input_id: UUID) -> dict[str, int]:
        """Return how many objects are in each state."""
        table = collected_objects.c
        rows = await self._work.execute(
            select(table.state, func.count().label("number")).where(self._objects_of(input_id)).group_by(table.state)
        )
        return dict.fromkeys(OBJECT_STATES, 0) | {row.state: row.number for row in rows}

    async def retry(self, input_id: UUID, keys: Sequence[str] | None) -> int:
        """Let failed objects be tried again."""
        table = collected_objects.c
        again = update(collected_objects).where(self._objects_of(input_id), table.state == "failed")
        if keys is not None:
            again = again.where(table.key.in_(keys))
        rows = await self._work.execute(again.values(state="seen", attempts=0).returning(table.key))
        return len(rows.all())

    def _input(self, input_id: UUID) -> Any:
        table = collector_inputs.c
        return (table.organization_id == organization_of(self._work)) & (table.id == input_id)

    def _objects_of(self, input_id: UUID) -> ColumnElement[bool]:
        table = collected_objects.c
        return (table.organization_id == organization_of(self._work)) & (table.input_id == input_id)

    def _object(self, input_id: UUID, key: ObjectKey) -> ColumnElement[bool]:
        table = collected_objects.c
        return (
            self._objects_of(input_id)
            & (table.bucket == key.bucket)
            & (table.key == key.key)
            & (table.etag == key.etag)
        )


_PRIMARY_KEY = [collected_objects.c[name] for name in ("organization_id", "input_id", "bucket", "key", "etag")]

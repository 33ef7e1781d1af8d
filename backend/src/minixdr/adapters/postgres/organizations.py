"""Organizations in PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.people import organizations
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.organizations import Organization, OrganizationChange, SlugTakenError

_COLUMNS = columns(organizations, Organization)


class PostgresOrganizations:
    """Implements ports.stores.organizations.Organizations."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def create(self, organization_id: UUID, slug: str, name: str) -> Organization:
        """Create one."""
        added = upsert(organizations).values(id=organization_id, slug=slug, name=name).on_conflict_do_nothing()
        row = (await self._work.execute(added.returning(*_COLUMNS))).first()
        if row is None:
            raise SlugTakenError(slug)
        return read(Organization, row)

    async def get(self, organization_id: UUID, *, lock: bool = False) -> Organization | None:
        """Return one."""
        wanted = select(*_COLUMNS).where(organizations.c.id == organization_id)
        return read_optional(
            Organization, (await self._work.execute(wanted.with_for_update() if lock else wanted)).first()
        )

    async def all(self) -> Sequence[Organization]:
        """Return those that can be seen."""
        rows = await self._work.execute(select(*_COLUMNS).order_by(organizations.c.slug))
        return [read(Organization, row) for row in rows]

    async def change(self, organization_id: UUID, change: OrganizationChange) -> Organization | None:
        """Change one."""
        values = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not msgspec.UNSET}
        if not values:
            return await self.get(organization_id)
        changed = update(organizations).where(organizations.c.id == organization_id).values(values)
        try:
            async with self._work.connection.begin_nested():
                row = (await self._work.execute(changed.returning(*_COLUMNS))).first()
        except IntegrityError as error:
            if "slug" in values and getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION:
                raise SlugTakenError(values["slug"]) from error
            raise
        return read_optional(Organization, row)

    async def rules_changed(self) -> int:
        """Raise the rules_version."""
        raised = (
            update(organizations)
            .where(organizations.c.id == self._work.scope.organization_id)
            .values(rules_version=organizations.c.rules_version + 1)
            .returning(organizations.c.rules_version)
        )
        return int((await self._work.execute(raised)).scalar_one())


_UNIQUE_VIOLATION = "23505"

"""Setup codes in PostgreSQL."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.tables.work import setup_codes
from minixdr.adapters.postgres.work import Work


class PostgresSetupCodes:
    """Implements ports.stores.setup_codes.SetupCodes."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, code_hash: bytes, at: datetime, *, kept: int) -> None:
        """Add one."""
        row = {"code_hash": code_hash, "created_at": at}
        added = upsert(setup_codes).values(row).on_conflict_do_update(index_elements=["code_hash"], set_=row)
        await self._work.execute(added)
        other = setup_codes.c.code_hash != code_hash
        newest = select(setup_codes.c.code_hash).where(other).order_by(setup_codes.c.created_at.desc()).limit(kept - 1)
        await self._work.execute(delete(setup_codes).where(other, setup_codes.c.code_hash.not_in(newest)))

    async def holds(self, code_hash: bytes) -> bool:
        """Return whether this one is good."""
        wanted = select(setup_codes.c.code_hash).where(setup_codes.c.code_hash == code_hash)
        return (await self._work.execute(wanted)).first() is not None

    async def take(self, code_hash: bytes) -> bool:
        """Delete all."""
        deleted = await self._work.execute(delete(setup_codes).returning(setup_codes.c.code_hash))
        return code_hash in set(deleted.scalars())

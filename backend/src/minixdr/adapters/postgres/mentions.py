"""Mentions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from minixdr.adapters.postgres.changes import PostgresChanges
from minixdr.adapters.postgres.selection import organization_of, structs
from minixdr.adapters.postgres.tables.incidents import comments, incidents, mentions
from minixdr.adapters.postgres.tables.people import users
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.mentions import Mention, Mentioned

_MENTION = (
    mentions.c.comment_id,
    mentions.c.incident_id,
    incidents.c.number,
    func.coalesce(incidents.c.title_override, incidents.c.title).label("title"),
    comments.c.author,
    comments.c.text,
    mentions.c.created_at,
    mentions.c.read_at,
)


class PostgresMentions:
    """Implements ports.stores.mentions.Mentions."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._changes = PostgresChanges(work)

    async def replace(self, comment_id: UUID, incident_id: str, user_ids: Collection[UUID]) -> Sequence[UUID]:
        """Let the comment name these people; see the port."""
        left = delete(mentions).where(mentions.c.comment_id == comment_id, mentions.c.user_id.not_in(user_ids))
        await self._work.execute(left)
        if not user_ids:
            return ()
        row = {
            "organization_id": organization_of(self._work),
            "comment_id": comment_id,
            "incident_id": incident_id,
        }
        added = insert(mentions).values([{**row, "user_id": user_id} for user_id in user_ids]).on_conflict_do_nothing()
        new = [each.user_id for each in await self._work.execute(added.returning(mentions.c.user_id))]
        for user_id in new:
            told = {"incident_id": incident_id, "comment_id": str(comment_id), "user_id": str(user_id)}
            await self._changes.add("mention.created", told)
        return new

    async def of_comments(self, comment_ids: Collection[UUID]) -> Sequence[Mentioned]:
        """Return whom the comments name; see the port."""
        if not comment_ids:
            return ()
        name = func.coalesce(users.c.name, "").label("name")
        query = (
            select(mentions.c.comment_id, mentions.c.user_id, name)
            .join_from(mentions, users, users.c.id == mentions.c.user_id, isouter=True)
            .where(mentions.c.comment_id.in_(comment_ids))
            .order_by(name, mentions.c.user_id)
        )
        return structs(await self._work.execute(query), Mentioned)

    async def page(
        self, user_id: UUID, after: tuple[datetime, UUID] | None, most: int, *, unread: bool
    ) -> Sequence[Mention]:
        """Return the person's mentions; see the port."""
        query = (
            select(*_MENTION)
            .join_from(mentions, comments, comments.c.id == mentions.c.comment_id)
            .join(incidents, incidents.c.incident_id == mentions.c.incident_id)
            .where(mentions.c.user_id == user_id)
            .order_by(mentions.c.created_at.desc(), mentions.c.comment_id.desc())
            .limit(most)
        )
        if unread:
            query = query.where(mentions.c.read_at.is_(None))
        if after is not None:
            at, comment_id = after
            same = and_(mentions.c.created_at == at, mentions.c.comment_id < comment_id)
            query = query.where(or_(mentions.c.created_at < at, same))
        return structs(await self._work.execute(query), Mention)

    async def unread(self, user_id: UUID) -> int:
        """Return how many the person has not read."""
        query = select(func.count()).where(mentions.c.user_id == user_id, mentions.c.read_at.is_(None))
        return int((await self._work.execute(query)).scalar_one())

    async def read(self, user_id: UUID, comment_ids: Collection[UUID] | None, at: datetime) -> int:
        """Note that the person read these; see the port."""
        changed = update(mentions).where(mentions.c.user_id == user_id, mentions.c.read_at.is_(None)).values(read_at=at)
        if comment_ids is not None:
            changed = changed.where(mentions.c.comment_id.in_(comment_ids))
        return (await self._work.execute(changed)).rowcount

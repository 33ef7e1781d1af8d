"""Mentions: members named in comments.

A comment's text holds `@[<user id>]`, as the console writes it. `@ann@example.com`, typed by hand or sent by a program, is turned into that where
it is a member's address. What names no member of the organization stays text and tells nobody.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.refusal import ForbiddenError
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.incidents import Comment
from minixdr.ports.stores.mentions import Mention, Mentioned
from minixdr.ports.stores.notifications import Notice

_BY_ID = re.compile(r"@\[([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\]")
_BY_EMAIL = re.compile(r"(?<![\w@.])@([A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?)")

_MOST_TOLD = 300
"""Characters of a comment that a notification repeats."""


async def canonical(tx: Transaction, text: str) -> tuple[str, frozenset[UUID]]:
    """Return the text with addresses of members as `@[<user id>]`, and the members whom it names; who writes it is told nothing by it."""
    if "@" not in text:
        return text, frozenset()
    members = {member.user_id: member for member in await tx.members.all() if member.disabled_at is None}
    by_email = {member.email: member.user_id for member in members.values()}

    def named(found: re.Match[str]) -> str:
        user_id = by_email.get(found[1].lower())
        return found[0] if user_id is None else f"@[{user_id}]"

    kept = _BY_EMAIL.sub(named, text)
    return kept, frozenset(UUID(found) for found in _BY_ID.findall(kept)) & members.keys() - {tx.scope.user_id}


async def keep(tx: Transaction, comment: Comment, named: Collection[UUID]) -> None:
    """Keep whom the comment names, and let channels tell of those who are new."""
    new = set(await tx.mentions.replace(comment.comment_id, comment.incident_id, named))
    if new:
        names = {member.user_id: member.name for member in await tx.members.all()}
        said = _BY_ID.sub(lambda found: f"@{names.get(UUID(found[1]), 'somebody')}", comment.text)
        details = {
            "mentioned": sorted(names[user_id] for user_id in new),
            "text": said if len(said) <= _MOST_TOLD else f"{said[:_MOST_TOLD]}...",
        }
        await tx.notification_deliveries.queue(
            Notice("incident.mentioned", comment.incident_id, tx.scope.actor, details)
        )


async def named_in(tx: Transaction, comments: Sequence[Comment]) -> Mapping[UUID, Sequence[Mentioned]]:
    """Return whom each comment names."""
    found: dict[UUID, list[Mentioned]] = {comment.comment_id: [] for comment in comments}
    for each in await tx.mentions.of_comments([*found]):
        found[each.comment_id].append(each)
    return found


class Inbox(msgspec.Struct, frozen=True):
    """A page of a person's mentions."""

    rows: Sequence[Mention]
    unread: int


async def inbox(
    platform: Platform, scope: Scope, after: tuple[datetime, UUID] | None, most: int, *, unread: bool
) -> Inbox:
    """Return mentions of the person, newest first. Raises ForbiddenError for a token."""
    user_id = _person(scope)
    async with platform.database.transaction(scope) as tx:
        return Inbox(await tx.mentions.page(user_id, after, most, unread=unread), await tx.mentions.unread(user_id))


async def mark_read(platform: Platform, scope: Scope, comment_ids: Collection[UUID] | None) -> int:
    """Note that the person read these (None: all), and return how many are left unread. Raises ForbiddenError for a token."""
    user_id = _person(scope)
    async with platform.database.transaction(scope) as tx:
        await tx.mentions.read(user_id, comment_ids, platform.now())
        return await tx.mentions.unread(user_id)


def _person(scope: Scope) -> UUID:
    if scope.user_id is None:
        raise ForbiddenError("Only people are mentioned: sign in.")
    return scope.user_id

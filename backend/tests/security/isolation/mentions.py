"""Comments that name one."""

from typing import Any

from tests.api import World
from tests.security.isolation import Entry
from tests.security.isolation.detection import kept_incidents


async def _mention(world: World) -> dict[str, Any]:
    """Have a comment of our organization name everybody of it."""
    made = await kept_incidents(world)
    named = [person.user_id for person in world.ours.people.values()]
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        comment = await tx.incidents.add_comment(made["incident_id"], "user:1", "canary")
        await tx.mentions.replace(comment.comment_id, made["incident_id"], named)
    return {"comment_id": comment.comment_id}


ENTRIES = [
    Entry("listMentions", _mention, own=True),
    Entry("readMentions", _mention, own=True, body=lambda made: {"comment_ids": [str(made["comment_id"])]}),
]

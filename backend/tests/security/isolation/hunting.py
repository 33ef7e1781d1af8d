"""Hunts, saved hunts, events, retro-hunts."""

from typing import Any
from uuid import UUID

from minixdr.app.hunt import retro
from minixdr.ports.stores.saved_hunts import HuntContent
from minixdr.schema.role import Role
from tests.api import World
from tests.hunts import keep_events, trail
from tests.integration.test_scan import RULE
from tests.security.isolation import Entry

_RANGE = {"first_at": "2026-03-01T00:00:00Z", "before": "2026-03-03T00:00:00Z"}
_ANY = {"If-Match": "*"}


async def _events(world: World) -> str:
    """Keep an event of ours; return its id."""
    record = trail("canary", "CreateAccessKey", "2026-03-02T09:00:00Z")
    return (await keep_events(world, world.ours, [record], commit=True))[0].event.event_id


async def _hunt(world: World) -> UUID:
    content = HuntContent(name="canary", query='"canary"', description="canary", time_range={}, shared=True)
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        return (await tx.saved_hunts.add(world.ours.people[Role.ANALYST].user_id, content)).id


async def _job(world: World) -> UUID:
    wanted = retro.Wanted(
        name="canary", text=RULE, rule_id=None, first_at=world.clock.now().replace(hour=0), before=world.clock.now()
    )
    scope = world.ours.scope()
    async with world.platform.database.transaction(scope) as tx:
        for job in await tx.jobs.list(retro.KIND, None, None, 100):
            await tx.jobs.cancel(job.id, world.clock.now())
    return (await retro.start(world.platform, scope, wanted)).id


def _query(query: str, **more: Any) -> Any:
    return lambda _: {"query": query, **_RANGE, **more}


def _by(name: str) -> Any:
    return lambda made: {name: made}


ENTRIES = [
    Entry("runHunt", _events, body=_query(""), own=True),
    Entry("getHuntHistogram", _events, body=_query("", by="actor.user.name"), own=True),
    Entry("exportHunt", _events, body=_query("", format="jsonl"), own=True),
    Entry("draftHuntRule", _events, body=_query('source = "aws_cloudtrail" and actor.user.name = "canary"'), own=True),
    Entry("validateHunt", body=lambda _: {"query": "| count"}, own=True),
    Entry("listHuntFields", own=True),
    Entry("listHuntValues", _events, query=lambda _: {"attribute": "actor.user.name", **_RANGE}, own=True),
    Entry("getEvent", _events, path=_by("event_id")),
    Entry("getEventRaw", _events, path=_by("event_id")),
    Entry("listSavedHunts", _hunt, own=True),
    Entry("createSavedHunt", body=lambda _: {"name": "new", "query": "| count", "shared": True}, own=True),
    Entry("getSavedHunt", _hunt, path=_by("hunt_id")),
    Entry("changeSavedHunt", _hunt, path=_by("hunt_id"), body=lambda _: {"name": "new"}, headers=lambda _: _ANY),
    Entry("deleteSavedHunt", _hunt, path=_by("hunt_id")),
    Entry("startRetroHunt", _job, body=lambda _: {"rule": RULE, **_RANGE}, own=True),
    Entry("listRetroHunts", _job, own=True),
    Entry("getRetroHunt", _job, path=_by("job_id")),
    Entry("cancelRetroHunt", _job, path=_by("job_id")),
]

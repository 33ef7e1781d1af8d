"""The collector of a process: follows the inputs of all organizations as they are created, changed and removed.

Several processes may run it: a queue shares out its messages, a bucket is listed by one at a time, and an object collected twice is in the log once.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import structlog

from minixdr.app.platform import Platform
from minixdr.ports.cloud import Cloud, CloudError, Spill
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope
from minixdr.ports.stores.collector import CollectorInput
from minixdr.workers.collector.notified import follow
from minixdr.workers.collector.parts import Parts, Place
from minixdr.workers.collector.reconcile import reconcile_now_and_then

LOOK_SECONDS = 10.0
"""After which a new or changed input is seen."""

_log = structlog.get_logger(__name__)
_Key = tuple[UUID, UUID]


async def run_collector(
    platform: Platform, cloud: Callable[[], Cloud], spill: Spill, owner: str, stop: asyncio.Event
) -> None:
    """Collect until told to stop; objects being read are left for later, whole. `cloud` is called when there is something to collect."""
    parts = Parts(platform, cloud, spill, owner, stop)
    running: dict[_Key, tuple[CollectorInput, asyncio.Task[None]]] = {}
    try:
        while not stop.is_set():
            try:
                wanted = await _inputs(platform)
            except (DatabaseAwayError, DatabaseConflictError) as error:
                _log.warning("inputs_could_not_be_read", reason=str(error))
            else:
                await _adjust(parts, running, wanted)
            await parts.pause(LOOK_SECONDS)
    finally:
        stop.set()
        await asyncio.gather(*[task for _, task in running.values()], return_exceptions=True)
        parts.close()


async def _inputs(platform: Platform) -> dict[_Key, CollectorInput]:
    async with platform.database.transaction(Scope(system=True)) as opened:
        organizations = await opened.organizations.all()
    found: dict[_Key, CollectorInput] = {}
    for organization in organizations:
        async with platform.database.transaction(Scope(organization.id, actor="worker:collector")) as opened:
            for input_ in await opened.collector.inputs(enabled=True):
                found[organization.id, input_.id] = input_
    return found


async def _adjust(
    parts: Parts, running: dict[_Key, tuple[CollectorInput, asyncio.Task[None]]], wanted: dict[_Key, CollectorInput]
) -> None:
    """Let the tasks be those of the inputs: end what changed, is gone or failed, begin what is new."""
    for key, (input_, task) in list(running.items()):
        if task.done() or key not in wanted or _what_matters(wanted[key]) != _what_matters(input_):
            del running[key]
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            if isinstance(ended, Exception):
                _log.error("input_failed", input=str(key[1]), exc_info=ended)
    for key, input_ in wanted.items():
        if key not in running:
            running[key] = input_, asyncio.create_task(_work(parts, key[0], input_))


def _what_matters(input_: CollectorInput) -> tuple[object, ...]:
    return input_.queue_url, input_.region, input_.source, input_.role_arn, input_.external_id


async def _work(parts: Parts, organization_id: UUID, input_: CollectorInput) -> None:
    try:
        place = await parts.call(lambda: Place.of(organization_id, input_, parts.cloud()))
    except CloudError as error:
        async with parts.platform.database.transaction(Scope(organization_id, actor="worker:collector")) as opened:
            await opened.collector.input_trouble(input_.id, str(error))
        await parts.pause(60)
        return
    async with asyncio.TaskGroup() as group:
        if place.queue is not None:
            group.create_task(follow(parts, place, place.queue))
        group.create_task(reconcile_now_and_then(parts, place))

"""The processes of an incident: those that its findings name, and around them what the lake knows of who started them and what they started.

Bounded: the newest findings, a time range around them, a few rounds of look-ups, and so many nodes; what is left out is said.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from minixdr.app.hunt.use_case import Range, attribute_named, run_query
from minixdr.app.incidents import found
from minixdr.app.lake.read import attributes_of, events_by_id
from minixdr.app.platform import Platform
from minixdr.app.process_tree import (
    PROCESS_CLASS,
    Process,
    ProcessEvent,
    hosts_named,
    is_launch,
    process_trees,
    unique_id,
)
from minixdr.ports.database import Scope
from minixdr.ports.stores.findings import FindingEvidence
from minixdr.schema.hunt import And, Comparison, Expression, Fields, Operator, Or, Query, Sort, SortKey

MOST_FINDINGS = 500
MOST_NODES = 1_000
_MOST_EVENTS = 2_000
"""Read by their ids; then of each look-up."""
_BEFORE = timedelta(days=1)
"""Before the incident: shells and services live longer than what they start."""
_AFTER = timedelta(hours=1)
_ROUNDS = 4
"""Each goes a generation up and one down."""
_MOST_NAMES = 400
"""Of one look-up."""
_GENERATIONS_DOWN = 2
_SHOWN = (
    "event_id", "time", "class_uid", "activity_id", "device.hostname", "process.uid", "process.pid", "process.name", "process.cmd_line",
    "process.file.path", "process.user.name", "process.user.domain", "process.parent_process.name", "process.parent_process.pid",
    "process.parent_process.uid", "process.parent_process.cmd_line", "process.parent_process.file.path", "actor.process.name",
    "actor.process.pid", "actor.process.uid", "actor.user.name", "actor.user.domain",
)  # fmt: skip
_NO_FINDINGS = "The incident has no findings."
_NO_PROCESSES = "No event of its findings names a process by its number or unique id: they come from logs that do not tell of processes."


class Tree(msgspec.Struct, frozen=True):
    """The processes of a host."""

    host: str
    """Empty where the events name none."""
    nodes: Sequence[Process]


class IncidentProcesses(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an incident's processes."""

    trees: Sequence[Tree]
    reason: str | None
    """Why there are none."""
    truncated: bool
    """Findings, events or nodes were left out."""
    first_at: datetime | None
    """What was searched for parents and children."""
    before: datetime | None


async def incident_processes(platform: Platform, scope: Scope, incident_id: str) -> IncidentProcesses:
    """Return the trees. Raises NotFoundError, and what hunts raise."""
    organization_id = scope.organization_id
    if organization_id is None:
        raise ValueError("incidents are an organization's: the scope has none")
    async with platform.database.transaction(scope) as tx:
        await found(tx, incident_id)
        rows = await tx.findings.evidence(incident_id, MOST_FINDINGS + 1)
    truncated, rows = len(rows) > MOST_FINDINGS, rows[:MOST_FINDINGS]
    if not rows:
        return _none(_NO_FINDINGS)
    events, missing = await _own_events(platform, organization_id, rows)
    truncated |= missing
    named = await asyncio.to_thread(lambda: [event for event in events.values() if process_trees([event])])
    if not named:
        return _none(_NO_PROCESSES, truncated=truncated)
    within = Range(organization_id, min(event.time for event in named) - _BEFORE, max(e.time for e in named) + _AFTER)
    around, more = await _around(platform, within, named)
    trees = await asyncio.to_thread(process_trees, [*events.values(), *around])
    shown, cut = _bounded(trees)
    return IncidentProcesses(
        trees=shown, reason=None, truncated=truncated or more or cut, first_at=within.first_at, before=within.before
    )


def _none(reason: str, *, truncated: bool = False) -> IncidentProcesses:
    return IncidentProcesses(trees=[], reason=reason, truncated=truncated, first_at=None, before=None)


async def _own_events(
    platform: Platform, organization_id: UUID, rows: Sequence[FindingEvidence]
) -> tuple[dict[str, ProcessEvent], bool]:
    """Return the events of the findings by id, and whether some were left out: kept beside the finding, else read from the lake."""
    findings_of: dict[str, list[str]] = {}
    for row in rows:
        for event_id in row.event_ids:
            findings_of.setdefault(event_id, []).append(row.finding_id)
    events = {
        row.event_id: ProcessEvent(row.event_id, row.time, row.attributes, tuple(findings_of.get(row.event_id, ())))
        for row in rows
        if row.event_id is not None and row.attributes is not None
    }
    wanted = [event_id for event_id in findings_of if event_id not in events]
    if not wanted or platform.lake is None:
        return events, bool(wanted)
    between = min(row.time for row in rows) - _BEFORE, max(row.time for row in rows) + _AFTER
    read = await events_by_id(platform.database, platform.lake, organization_id, wanted[:_MOST_EVENTS], *between)
    for row_read in read:
        event_id, time = row_read["event_id"], _aware(row_read["time"])
        events[event_id] = ProcessEvent(event_id, time, attributes_of(row_read), tuple(findings_of[event_id]))
    return events, len(wanted) > _MOST_EVENTS


async def _around(platform: Platform, within: Range, named: Sequence[ProcessEvent]) -> tuple[list[ProcessEvent], bool]:
    """Return starts and ends of the processes' parents, of themselves and of what they started; and whether there are more."""
    hosts, found_events, truncated = hosts_named(named), dict[str, ProcessEvent](), False
    known = {event.event_id for event in named}
    if not hosts:
        return [], False
    asked_up, asked_down = set[tuple[str, Any]](), set[tuple[str, Any]]()
    up = {key for event in named for key in _keys(event.attributes)}
    down = {key for event in named for key in _acting(event.attributes)}
    for generation in range(_ROUNDS):
        up, down = up - asked_up, (down - asked_down if generation < _GENERATIONS_DOWN else set())
        if not up and not down:
            break
        truncated |= len(up) > _MOST_NAMES or len(down) > _MOST_NAMES
        asked_up |= up
        asked_down |= down
        where = _where(hosts, sorted(up, key=str)[:_MOST_NAMES], sorted(down, key=str)[:_MOST_NAMES])
        query = Query(where, (Fields(tuple(map(attribute_named, _SHOWN))), Sort((SortKey(attribute_named("time")),))))
        answer = await run_query(platform, within, query, _MOST_EVENTS)
        truncated |= answer.truncated
        new = [event for event in map(_event, answer.rows) if event.event_id not in known]
        known |= {event.event_id for event in new}
        found_events |= {event.event_id: event for event in new}
        started = [event for event in new if is_launch(event.attributes)]
        down = {
            key for event in started if _parents(event.attributes) & asked_down for key in _selves(event.attributes)
        }
        up = {key for event in started for key in _parents(event.attributes) | _selves(event.attributes)}
        if len(found_events) >= MOST_NODES:
            return list(found_events.values()), True
    return list(found_events.values()), truncated


def _where(hosts: Sequence[str], up: Sequence[tuple[str, Any]], down: Sequence[tuple[str, Any]]) -> Expression:
    """Return the condition: process activity on the hosts, of one of these processes or of a child of one of those."""
    items: list[Expression] = []
    for keys, prefix in ((up, "process"), (down, "process.parent_process")):
        for kind in ("uid", "pid"):
            values = tuple(value for each, value in keys if each == kind)
            if values:
                items.append(_equal(f"{prefix}.{kind}", values))
    return And(
        (
            _equal("class_uid", (PROCESS_CLASS,)),
            _equal("activity_id", (1, 2)),
            _equal("device.hostname", tuple(hosts)),
            Or(tuple(items)),
        )
    )


def _equal(path: str, values: tuple[Any, ...]) -> Comparison:
    return Comparison(attribute_named(path), Operator.EQUAL, values)


def _event(row: Sequence[Any]) -> ProcessEvent:
    attributes: Mapping[str, Any] = {
        name: value for name, value in zip(_SHOWN, row, strict=True) if value is not None and name != "time"
    }
    return ProcessEvent(attributes["event_id"], _aware(row[_SHOWN.index("time")]), attributes)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _keys(attributes: Mapping[str, Any]) -> set[tuple[str, Any]]:
    """Return what to look processes of the event up by: themselves, who acted, and their parents."""
    return _acting(attributes) | _parents(attributes)


def _acting(attributes: Mapping[str, Any]) -> set[tuple[str, Any]]:
    """Return the process that an event is about: the one that was started, else the one that acted."""
    return _selves(attributes) if is_launch(attributes) else _key(attributes, "actor.process")


def _selves(attributes: Mapping[str, Any]) -> set[tuple[str, Any]]:
    return _key(attributes, "process")


def _parents(attributes: Mapping[str, Any]) -> set[tuple[str, Any]]:
    return _key(attributes, "process.parent_process") if is_launch(attributes) else set()


def _key(attributes: Mapping[str, Any], prefix: str) -> set[tuple[str, Any]]:
    uid, pid = unique_id(attributes, prefix), attributes.get(f"{prefix}.pid")
    if uid is not None:
        return {("uid", uid)}
    return {("pid", pid)} if isinstance(pid, int) and pid > 0 else set()


def _bounded(trees: Mapping[str, Sequence[Process]]) -> tuple[list[Tree], bool]:
    """Return the nodes that matter most, and whether others were left out: those of findings, who is above them, then the others in time order."""
    nodes = [node for host in trees.values() for node in host]
    by_id = {node.id: node for node in nodes}
    kept: dict[str, None] = {}
    for node in nodes:
        if node.finding_ids:
            above: Process | None = node
            while above is not None and above.id not in kept:
                kept[above.id] = None
                above = None if above.parent_id is None else by_id[above.parent_id]
    related = _related(nodes, kept)
    for node in related:
        if len(kept) >= MOST_NODES:
            break
        if node.parent_id is None or node.parent_id in kept:
            kept.setdefault(node.id)
    shown = [Tree(host, [node for node in each if node.id in kept]) for host, each in trees.items()]
    return [tree for tree in shown if tree.nodes], any(node.id not in kept for node in related)


def _related(nodes: Sequence[Process], kept: Mapping[str, None]) -> list[Process]:
    """Return the nodes below those of findings, in an order that has parents first."""
    with_findings = {node.id for node in nodes if node.finding_ids}
    below, children = [], dict[str, list[Process]]()
    for node in nodes:
        if node.parent_id is not None:
            children.setdefault(node.parent_id, []).append(node)
    waiting = sorted(with_findings)
    seen = set(waiting)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child.id not in seen:
                seen.add(child.id)
                waiting.append(child.id)
                if child.id not in kept:
                    below.append(child)
    return below

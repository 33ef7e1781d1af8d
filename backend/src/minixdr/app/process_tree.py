"""The processes of some events, as trees: which process started which, on which host.

In: events (attributes by OCSF path) with the findings that rest on them. Out: nodes that name their parent. Pure.

A process is known by its unique id (Sysmon's GUID, an EDR's) where records give one. Else by its number on its host, which is used again after
a while: each start begins a new process, and what comes later is about the latest start before it. A process that starts another program
(`execve` without `fork`) is a node for each program.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from minixdr.normalize.entities import canonical_entity

PROCESS_CLASS = 1007
"""OCSF Process Activity."""
_LAUNCH, _TERMINATE = 1, 2
_SAME_START = timedelta(seconds=2)
"""Two logs of one host tell of the same start within this time."""
_LONGEST = 4_000


class ProcessEvent(msgspec.Struct, frozen=True):
    """An event that may name processes."""

    event_id: str
    time: datetime
    attributes: Mapping[str, Any]
    finding_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class Process:
    """A node."""

    id: str
    """The same for the same events; for this tree alone."""
    host: str
    order: int
    uid: str | None = None
    pid: int | None = None
    name: str | None = None
    path: str | None = None
    command_line: str | None = None
    user: str | None = None
    started_at: datetime | None = None
    """None where its start is in no event at hand."""
    ended_at: datetime | None = None
    seen_at: datetime | None = None
    """The earliest event that names it."""
    parent_id: str | None = None
    event_id: str | None = None
    """Its start, else the first event in which it acts; None where only its children name it."""
    finding_ids: list[str] = field(default_factory=list)


class _Named(msgspec.Struct, frozen=True):
    """A process as an event names it."""

    uid: str | None
    pid: int | None
    name: str | None
    path: str | None
    command_line: str | None
    user: str | None


def process_trees(events: Iterable[ProcessEvent]) -> dict[str, list[Process]]:
    """Return the processes by host, those that began first before others."""
    forest = _Forest()
    for event in sorted(events, key=_order):
        forest.take(event)
    hosts: dict[str, list[Process]] = {}
    for process in forest.finished():
        hosts.setdefault(process.host, []).append(process)
    return dict(sorted(hosts.items()))


def unique_id(attributes: Mapping[str, Any], prefix: str) -> str | None:
    """Return the id of a process where it is no other's at any time: Linux names a process by host and number, which come again."""
    uid, pid = attributes.get(f"{prefix}.uid"), attributes.get(f"{prefix}.pid")
    if not isinstance(uid, str) or not uid or (pid is not None and uid.endswith(f":{pid}")):
        return None
    return uid


def is_launch(attributes: Mapping[str, Any]) -> bool:
    """Return whether the event is the start of a process."""
    return attributes.get("class_uid") == PROCESS_CLASS and attributes.get("activity_id") == _LAUNCH


def _order(event: ProcessEvent) -> tuple[datetime, bool, str]:
    return event.time, not is_launch(event.attributes), event.event_id


class _Forest:
    def __init__(self) -> None:
        self._all: list[Process] = []
        self._by_uid: dict[tuple[str, str], Process] = {}
        self._by_pid: dict[tuple[str, int], Process] = {}
        """The latest process of a number."""

    def take(self, event: ProcessEvent) -> None:
        """Add what an event says."""
        attributes = event.attributes
        host = _host(attributes)
        actor = _named(attributes, "actor.process", "actor.user")
        process = _named(attributes, "process", "actor.user" if is_launch(attributes) else None)
        if is_launch(attributes) and process is not None:
            node = self._started(host, process, event)
            parent = _named(attributes, "process.parent_process") or actor
            if parent is not None and node.parent_id is None:
                self._adopt(node, self._met(host, parent, event.time))
            _tell(node, event)
            return
        if process is not None and attributes.get("class_uid") == PROCESS_CLASS:
            node = self._met(host, process, event.time)
            if attributes.get("activity_id") == _TERMINATE:
                node.ended_at = event.time
                self._by_pid.pop((host, process.pid or -1), None)
            if actor is None or attributes.get("activity_id") == _TERMINATE:
                _tell(node, event)
                return
        if actor is not None:
            _tell(self._met(host, actor, event.time), event)

    def finished(self) -> list[Process]:
        """Return all processes; a parent that is its own descendant is none."""
        by_id = {each.id: each for each in self._all}
        for each in self._all:
            seen, above = {each.id}, each.parent_id
            while above is not None:
                if above in seen:
                    each.parent_id = None
                    break
                seen.add(above)
                above = by_id[above].parent_id
        latest = datetime.max.replace(tzinfo=UTC)
        return sorted(self._all, key=lambda each: (each.started_at or each.seen_at or latest, each.order))

    def _started(self, host: str, named: _Named, event: ProcessEvent) -> Process:
        known = None if named.uid is None else self._by_uid.get((host, named.uid))
        if known is None and named.pid is not None:
            latest = self._by_pid.get((host, named.pid))
            if latest is not None and _is_same_start(latest, named, event.time):
                known = latest
        if known is None:
            known = self._made(host, named, event.time)
        _fill(known, named)
        if known.started_at is None:
            known.started_at, known.event_id = event.time, event.event_id
        self._remember(known)
        return known

    def _met(self, host: str, named: _Named, at: datetime) -> Process:
        """Return the process that an event of the time names."""
        known = None if named.uid is None else self._by_uid.get((host, named.uid))
        if known is None and named.pid is not None:
            latest = self._by_pid.get((host, named.pid))
            if latest is not None and (named.uid is None or latest.uid in (None, named.uid)):
                known = latest if _may_be(latest, named) else None
        if known is None:
            known = self._made(host, named, at)
        _fill(known, named)
        self._remember(known)
        return known

    def _made(self, host: str, named: _Named, at: datetime) -> Process:
        number = len(self._all)
        digest = blake2b(f"{host}\0{named.uid}\0{named.pid}\0{at.isoformat()}\0{number}".encode("utf-8", "replace"))
        made = Process(digest.hexdigest()[:32], host, number, seen_at=at)
        self._all.append(made)
        return made

    def _remember(self, process: Process) -> None:
        if process.uid is not None:
            self._by_uid[process.host, process.uid] = process
        if process.pid is not None:
            self._by_pid[process.host, process.pid] = process

    def _adopt(self, node: Process, parent: Process) -> None:
        if parent is not node:
            node.parent_id = parent.id


def _is_same_start(latest: Process, named: _Named, at: datetime) -> bool:
    """Return whether the start was told before, by another log of the host."""
    if latest.uid is not None and named.uid is not None:
        return False
    if latest.started_at is None:
        return latest.seen_at == at and _may_be(latest, named)
    if latest.uid is None and named.uid is None:
        return False  # one log: a number that starts again is another program, or another process
    return at - latest.started_at <= _SAME_START and _may_be(latest, named)


def _may_be(process: Process, named: _Named) -> bool:
    """Return whether nothing speaks against it that both are one."""
    return process.name is None or named.name is None or process.name.lower() == named.name.lower()


def _fill(process: Process, named: _Named) -> None:
    for name in ("uid", "pid", "name", "path", "command_line", "user"):
        if getattr(process, name) is None:
            setattr(process, name, getattr(named, name))


def _tell(process: Process, event: ProcessEvent) -> None:
    """Remember which findings are about the process."""
    if process.event_id is None:
        process.event_id = event.event_id
    process.finding_ids += [each for each in event.finding_ids if each not in process.finding_ids]


def _named(attributes: Mapping[str, Any], prefix: str, user: str | None = None) -> _Named | None:
    pid, path = attributes.get(f"{prefix}.pid"), _text(attributes.get(f"{prefix}.file.path"))
    uid = unique_id(attributes, prefix)
    number = pid if isinstance(pid, int) and not isinstance(pid, bool) else None
    if uid is None and number is None:
        return None  # a name alone is many processes
    name = _text(attributes.get(f"{prefix}.name")) or _text(attributes.get(f"{prefix}.file.name"))
    if name is None and path is not None:
        name = path.replace("\\", "/").rpartition("/")[2] or path
    return _Named(
        uid=uid,
        pid=number,
        name=name,
        path=path,
        command_line=_text(attributes.get(f"{prefix}.cmd_line")),
        user=_user(attributes, f"{prefix}.user") or (None if user is None else _user(attributes, user)),
    )


def _user(attributes: Mapping[str, Any], prefix: str) -> str | None:
    name, domain = _text(attributes.get(f"{prefix}.name")), _text(attributes.get(f"{prefix}.domain"))
    if name is None:
        return _text(attributes.get(f"{prefix}.uid"))
    return name if domain is None or "\\" in name else f"{domain}\\{name}"


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value else None


def _host(attributes: Mapping[str, Any]) -> str:
    for path in ("device.hostname", "device.uid", "device.ip", "container.uid"):
        value = attributes.get(path)
        if isinstance(value, str) and value:
            entity = canonical_entity("host", value) if path == "device.hostname" else None
            return value if entity is None else entity.value
    return ""


def hosts_named(events: Sequence[ProcessEvent]) -> list[str]:
    """Return the host names as the events write them."""
    found = (event.attributes.get("device.hostname") for event in events)
    return sorted({name for name in found if isinstance(name, str) and name})

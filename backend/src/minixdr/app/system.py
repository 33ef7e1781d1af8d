"""How the parts of the platform are, with versions, schema and rules side by side: for the page on which people look why something does not work.

What a viewer is told is of the caller's own organization, or says nothing of any: how much waits in the log is of all organizations together, so
that number is for admins.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

import msgspec
import structlog

from minixdr.app.platform import Platform
from minixdr.app.rule_catalog import RuleCatalog
from minixdr.app.scan.request import BadInput
from minixdr.app.signs_of_life import SILENT_SECONDS, Facts
from minixdr.ports.database import SchemaState, Scope
from minixdr.ports.lake import LakeAwayError
from minixdr.ports.log import LogFullError, LogState
from minixdr.ports.stores.lake_outbox import Backlog
from minixdr.ports.stores.leases import Heartbeat
from minixdr.schema.role import Role

State = Literal["ok", "degraded", "failed"]
_ASK_SECONDS = 3.0
"""A part that needs longer is said not to answer."""
_SHOWN_REFUSALS = 20
_KNOWN_FOR = timedelta(days=1)
_FULL, _NEARLY_FULL = 0.95, 0.7
_LATE = timedelta(minutes=5)
"""Staged events are committed within seconds; what waits longer is not in Athena or Trino, only in our own hunts."""

log = structlog.get_logger(__name__)


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """How a part is."""

    state: State = "ok"
    problem: str | None = None
    """What is wrong, in words that anybody may read."""
    advice: str | None = None
    """What to do about it."""


class Process(Condition, frozen=True, kw_only=True):
    """A process of the platform, by its last sign of life."""

    id: str
    """Changes when it is started again."""
    kind: str
    host: str
    version: str
    started_at: datetime
    seen_at: datetime
    stale: bool
    schema_oldest: int | None
    schema_newest: int | None
    rules_digest: str | None
    rules_count: int | None


class Workers(Condition, frozen=True, kw_only=True):
    """Those who match and relate."""

    heard: int
    stale: int


class DatabaseCondition(Condition, frozen=True, kw_only=True):
    """The schema, and the revisions that the answering api serves."""

    revision: int | None
    usable_from: int | None
    oldest_served: int
    newest_known: int
    in_range: bool


class LogCondition(Condition, frozen=True, kw_only=True):
    """The log; None: not told to this role, or not known."""

    pending_batches: int | None = None
    pending_bytes: int | None = None
    most_bytes: int | None = None


class LakeCondition(Condition, frozen=True, kw_only=True):
    """The lake, and what of the organization waits to become part of it."""

    last_commit_at: datetime | None = None
    staged_files: int = 0
    staged_events: int = 0
    oldest_staged_at: datetime | None = None
    damaged_files: int = 0


class RefusedRule(msgspec.Struct, frozen=True):
    """A rule of the platform that cannot run."""

    place: str
    reason: str


class RulesCondition(Condition, frozen=True, kw_only=True):
    """What is detected with."""

    platform_count: int | None = None
    own_count: int = 0
    own_enabled_count: int = 0
    digest: str | None = None
    refused_count: int | None = None
    refused: Sequence[RefusedRule] = ()


class System(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    state: State
    version: str
    processes: Sequence[Process]
    workers: Workers
    database: DatabaseCondition
    log: LogCondition
    lake: LakeCondition
    rules: RulesCondition


async def system(platform: Platform, scope: Scope, role: Role) -> System:
    """Return how everything is. Raises DatabaseAwayError."""
    now = platform.now()
    async with platform.database.transaction(scope) as tx:
        signs = await tx.heartbeats.all(now - _KNOWN_FOR)
        backlog = await tx.lake_outbox.backlog()
        damaged = len(await tx.lake_outbox.damaged())
        own = [rule.enabled for rule in await tx.rules.own()]
    schema = await platform.database.schema_state()
    rules, log_state, lake = await asyncio.gather(
        _rules(platform, own), _log(platform, role), _lake(platform, backlog, damaged, now)
    )
    processes = [_process(sign, platform.version, rules.digest, now) for sign in signs]
    workers, database = _workers(processes), _database(schema)
    parts: Sequence[Condition] = (*processes, workers, database, log_state, lake, rules)
    return System(
        state=_worst(part.state for part in parts if not (isinstance(part, Process) and part.stale)),
        version=platform.version,
        processes=processes,
        workers=workers,
        database=database,
        log=log_state,
        lake=lake,
        rules=rules,
    )


def _worst(states: Iterable[State]) -> State:
    seen = set(states)
    return "failed" if "failed" in seen else "degraded" if "degraded" in seen else "ok"


def _process(sign: Heartbeat, version: str, rules_digest: str | None, now: datetime) -> Process:
    facts = msgspec.convert(sign.details, Facts)
    silent = (now - sign.seen_at).total_seconds()
    problem = advice = None
    if silent > SILENT_SECONDS:
        problem = (
            f"It has not been heard for {_span(silent)}: it ended without saying so, or does not reach the database."
        )
        advice = "Where another took its place nothing is to be done; else look into its log."
    elif sign.version != version:
        problem = f"It runs version {sign.version}, the api that answers {version}."
        advice = "Finish the upgrade: start it again with the same version."
    elif facts.rules_digest and rules_digest and facts.rules_digest != rules_digest:
        problem = "It has loaded other rules than the api that answers."
        advice = "Rules are read when a process starts: start both again, with the same files."
    return Process(
        id=blake2b(f"{sign.name} {sign.started_at.isoformat()}".encode(), digest_size=6).hexdigest(),
        kind=sign.kind,
        host=sign.name.rpartition(":")[0],
        version=sign.version,
        started_at=sign.started_at,
        seen_at=sign.seen_at,
        stale=silent > SILENT_SECONDS,
        schema_oldest=facts.schema_oldest,
        schema_newest=facts.schema_newest,
        rules_digest=facts.rules_digest,
        rules_count=facts.rules_count,
        state="degraded" if problem else "ok",
        problem=problem,
        advice=advice,
    )


def _workers(processes: Sequence[Process]) -> Workers:
    workers = [process for process in processes if process.kind == "worker"]
    stale = sum(worker.stale for worker in workers)
    heard = len(workers) - stale
    if heard:
        return Workers(heard=heard, stale=stale)
    return Workers(
        heard=0,
        stale=stale,
        state="failed",
        problem="No worker is heard: what comes in is kept in the log, and not looked at.",
        advice="Start one, or look into its log (`minixdr status` where `minixdr up` runs it).",
    )


def _database(schema: SchemaState) -> DatabaseCondition:
    refusal = schema.refusal
    return DatabaseCondition(
        revision=schema.revision,
        usable_from=schema.usable_from,
        oldest_served=schema.oldest_served,
        newest_known=schema.newest_known,
        in_range=refusal is None,
        state="failed" if refusal else "ok",
        problem=refusal,
        advice="Upgrade the database before the programs (`minixdr db upgrade`)." if refusal else None,
    )


async def _log(platform: Platform, role: Role) -> LogCondition:
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            found = await platform.log.state()
    except (LogFullError, TimeoutError):
        return LogCondition(
            state="failed",
            problem="The log does not answer: records are refused, senders keep them.",
            advice="Look at NATS (`minixdr doctor`).",
        )
    full = found.size_bytes / found.most_bytes if found.most_bytes else 0.0
    shown = _numbers(found) if role.may(Role.ADMIN) else LogCondition()
    advice = "Workers do not keep up: look into their log, start more of them, or raise MINIXDR_LOG_MOST_BYTES."
    if full > _FULL:
        problem = "The log is full: records are refused, senders keep them."
        return msgspec.structs.replace(shown, state="failed", problem=problem, advice=advice)
    if full > _NEARLY_FULL:
        problem = "The log is nearly full: records that come in wait to be looked at."
        return msgspec.structs.replace(shown, state="degraded", problem=problem, advice=advice)
    return shown


def _numbers(found: LogState) -> LogCondition:
    return LogCondition(pending_batches=found.batches, pending_bytes=found.size_bytes, most_bytes=found.most_bytes)


async def _lake(platform: Platform, backlog: Backlog, damaged: int, now: datetime) -> LakeCondition:
    known = LakeCondition(
        staged_files=backlog.files,
        staged_events=backlog.rows,
        oldest_staged_at=backlog.oldest_at,
        damaged_files=damaged,
    )
    if platform.lake is None:
        return msgspec.structs.replace(known, state="failed", problem="This api reads no lake.", advice=None)
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            known = msgspec.structs.replace(known, last_commit_at=await asyncio.to_thread(platform.lake.last_commit_at))
    except (LakeAwayError, TimeoutError):
        problem = "The warehouse or its catalog does not answer: events cannot be read."
        return msgspec.structs.replace(known, state="failed", problem=problem, advice="Run `minixdr doctor`.")
    if damaged:
        problem = f"{damaged:,} files of events cannot be read and were put aside; the receipts of their batches say `damaged`."
        advice = "Put the files back from a backup: workers take them up within minutes. `minixdr doctor` names them."
        return msgspec.structs.replace(known, state="degraded", problem=problem, advice=advice)
    if backlog.oldest_at is not None and now - backlog.oldest_at > _LATE:
        problem = f"Events have waited for {_span((now - backlog.oldest_at).total_seconds())} to become part of the lake's table."
        advice = "Look into the worker's log for `committer`. Hunts see them meanwhile; Athena and Trino do not."
        return msgspec.structs.replace(known, state="degraded", problem=problem, advice=advice)
    return known


async def _rules(platform: Platform, own: Sequence[bool]) -> RulesCondition:
    known = RulesCondition(own_count=len(own), own_enabled_count=sum(own))
    if platform.rules is None:
        return known
    loading = asyncio.ensure_future(platform.rules.get())
    loading.add_done_callback(_heed)
    done, _ = await asyncio.wait({loading}, timeout=_ASK_SECONDS)
    if not done:
        return msgspec.structs.replace(
            known, state="degraded", problem="The api still loads the rules.", advice="Look again in a minute."
        )
    try:
        catalog = loading.result()
    except (BadInput, OSError):
        problem = "The api cannot load the platform's rules."
        return msgspec.structs.replace(
            known, state="failed", problem=problem, advice="The api's log says why (`rules_not_loaded`)."
        )
    return _loaded(known, catalog)


def _heed(loading: "asyncio.Future[RuleCatalog]") -> None:
    """Log why rules could not be loaded, also where nobody waits for them any more."""
    if not loading.cancelled() and (error := loading.exception()) is not None:
        log.warning("rules_not_loaded", reason=str(error))


def _loaded(known: RulesCondition, catalog: RuleCatalog) -> RulesCondition:
    refused = [
        RefusedRule(place=_named(refusal.path, refusal.line), reason=refusal.reason)
        for refusal in catalog.refusals[:_SHOWN_REFUSALS]
    ]
    found = msgspec.structs.replace(
        known,
        platform_count=len(catalog.rules),
        digest=catalog.digest or None,
        refused_count=len(catalog.refusals),
        refused=refused,
    )
    if not refused:
        return found
    return msgspec.structs.replace(
        found,
        state="degraded",
        problem=f"{len(catalog.refusals):,} rules of the platform cannot run.",
        advice="`minixdr rules check` names each with its reason: correct them or take them away.",
    )


def _named(path: str, line: int | None) -> str:
    """Return the file's name and line: where the server keeps its files is nobody's business."""
    name = path.replace("\\", "/").rpartition("/")[2]
    return name if line is None else f"{name}:{line}"


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < _LONG_MINUTES else f"{minutes // 60} h"


_LONG_MINUTES = 120

"""The correlator: makes incidents of findings, one owner for each organization at a time.

    lease (fenced) -> take signals -> Correlation.take (pure) -> findings of correlation rules, incidents, state: ONE transaction

An owner that slept past its lease finds out before it writes. What is in memory is made anew of the database whenever a transaction was not kept.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from uuid import UUID

import msgspec
import structlog

from minixdr.app.detections import Detections, Set
from minixdr.app.intake.correlation import Correlation, Effects
from minixdr.app.platform import Platform
from minixdr.correlate.incidents import UnknownIncidentError
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope, Transaction
from minixdr.ports.stores.correlation import Told
from minixdr.ports.stores.leases import Lease, LeaseLostError
from minixdr.schema.event import Entity

_CYCLE_SECONDS = 0.5
_LEASE_SECONDS = 20.0
_MOST_SIGNALS = 5_000
_HORIZON = timedelta(days=14)
"""Incidents that ended longer ago take no more findings: a later one is an incident of its own."""
_FORGET_SECONDS = 3_600.0
_RATE_SECONDS = 5.0
_MOST_RATED = 2_000
_STATE = "rules"

log = structlog.get_logger(__name__)


@dataclass
class _Owned:
    """One organization's correlation, in memory."""

    version: int
    correlation: Correlation
    names: dict[UUID, str]
    """Decision as people know it -> its id in the state."""
    forgotten_at: float = field(default_factory=monotonic)
    rated_at: float = 0.0
    to_rate: dict[tuple[str, str], Entity] = field(default_factory=dict)


@dataclass
class CorrelatorWorker:
    """One process's correlator: takes whichever organizations no other process holds."""

    platform: Platform
    detections: Detections
    owner: str
    """Names this process: host and process id."""
    _owned: dict[UUID, _Owned] = field(default_factory=dict)
    _leases: dict[UUID, Lease] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop."""
        while not stop.is_set():
            busy = False
            try:
                for organization_id in await self._organizations():
                    busy |= await self.step(organization_id)
            except DatabaseAwayError as error:
                log.warning("the correlator waits for the database", reason=str(error))
                self._owned.clear()
            if not busy:
                try:
                    await asyncio.wait_for(stop.wait(), _CYCLE_SECONDS)
                except TimeoutError:
                    continue
        await self._release()

    async def _organizations(self) -> list[UUID]:
        async with self.platform.database.transaction(Scope(system=True)) as opened:
            return [organization.id for organization in await opened.organizations.all()]

    async def step(self, organization_id: UUID) -> bool:
        """Work on one organization once; return whether there was something to do. Raises DatabaseAwayError."""
        scope = Scope(organization_id=organization_id, actor="worker:correlator")
        try:
            async with self.platform.database.transaction(scope) as opened:
                lease = await opened.leases.acquire(f"correlator:{organization_id}", self.owner, _LEASE_SECONDS)
            if lease is None:
                self._owned.pop(organization_id, None)
                return False
            before = self._leases.get(organization_id)
            if before is None or before.fence != lease.fence:
                self._owned.pop(organization_id, None)
            self._leases[organization_id] = lease
            loaded = await self.detections.of(str(organization_id))
            async with self.platform.database.transaction(scope) as opened:
                return await self._work(opened, organization_id, lease, loaded)
        except DatabaseAwayError:
            raise
        except (LeaseLostError, DatabaseConflictError) as error:
            log.warning("correlation starts anew", organization=str(organization_id), reason=str(error))
        except Exception:
            log.exception("correlation failed", organization=str(organization_id))
            await asyncio.sleep(_CYCLE_SECONDS)
        self._owned.pop(organization_id, None)
        return False

    async def _work(self, opened: Transaction, organization_id: UUID, lease: Lease, loaded: Set) -> bool:
        await opened.leases.hold(lease)
        owned = self._owned.get(organization_id)
        effects: list[Effects] = []
        if owned is None or owned.version != loaded.version:
            owned, first = await self._load(opened, loaded)
            self._owned[organization_id] = owned
            effects.append(first)
        pending = await opened.correlation.pending()
        await self._rate(opened, owned)
        if not pending and not owned.correlation.restless and not _any(effects):
            return False
        now = self.platform.now()
        if pending:
            waiting = await opened.correlation.decisions(all_applied=False)
            effects += [await self._decide(opened, owned, told) for told in waiting]
        signals = await opened.intake.take_signals(_MOST_SIGNALS) if pending else ()
        found = await asyncio.to_thread(owned.correlation.take, signals, now, loaded.tuning.rule_on)
        effects.append(found)
        if found.findings:
            new = set(await opened.intake.add_findings(found.findings))
            withheld = [each.suppressed_by for each in found.findings if each.finding.finding_id in new]
            hits = Counter(UUID(filter_id) for filter_id in withheld if filter_id is not None)
            if hits:
                await opened.rules.add_hits(hits, now)
        if signals or found.findings:
            await opened.correlation.save_state(_STATE, lease.fence, await asyncio.to_thread(owned.correlation.save))
        for each in effects:
            if _any([each]):
                await self._save(opened, owned, each)
        if monotonic() - owned.forgotten_at > _FORGET_SECONDS:
            owned.correlation.incidents.forget((now - _HORIZON).timestamp())
            owned.forgotten_at = monotonic()
        return len(signals) > 0

    async def _save(self, opened: Transaction, owned: _Owned, effects: Effects) -> None:
        assigned = {
            finding_id: incident.incident_id for incident in effects.changed for finding_id in incident.finding_ids
        }
        await opened.correlation.save_incidents(effects.changed, effects.gone, assigned, self.platform.now())
        for incident in effects.changed:
            self.platform.metrics.incidents.labels("changed").inc()
            owned.to_rate.update(((entity.type, entity.value), entity) for entity in incident.entities[:50])

    async def _rate(self, opened: Transaction, owned: _Owned) -> None:
        if not owned.to_rate or monotonic() - owned.rated_at < _RATE_SECONDS:
            return
        some = list(owned.to_rate.items())[:_MOST_RATED]
        await opened.correlation.rate_entities([entity for _, entity in some])
        for key, _ in some:
            del owned.to_rate[key]
        owned.rated_at = monotonic()

    async def _load(self, opened: Transaction, loaded: Set) -> tuple[_Owned, Effects]:
        correlation = Correlation(loaded.specs, self.detections.log_sources)
        state = await opened.correlation.load_state(_STATE)
        if state is not None:
            try:
                correlation.restore(state)
            except ValueError as error:
                log.warning("correlation rules start anew", reason=str(error))
        known = await opened.correlation.findings_since(self.platform.now() - _HORIZON)
        decisions = [
            told
            for told in await opened.correlation.decisions(all_applied=True)
            if told.applied is not None and not told.undone
        ]
        applied = [told.applied for told in decisions if told.applied is not None]
        effects = await asyncio.to_thread(correlation.start, known, applied)
        names = {told.decision_id: str((told.applied or {})["decision_id"]) for told in decisions}
        return _Owned(loaded.version, correlation, names), effects

    async def _decide(self, opened: Transaction, owned: _Owned, told: Told) -> Effects:
        """Apply or undo a decision; one that cannot be applied is refused with the reason."""
        correlation = owned.correlation
        try:
            if told.undone:
                effects = correlation.undo(owned.names.pop(told.decision_id))
                await opened.correlation.mark_undone(told.decision_id)
                return effects
            payload = told.payload
            if told.kind == "merge":
                name, effects = correlation.merge(str(payload["one"]), str(payload["two"]), told.reason)
            else:
                name, effects = correlation.split(
                    str(payload["incident_id"]), [str(each) for each in payload["finding_ids"]], told.reason
                )
        except UnknownIncidentError as error:
            await opened.correlation.mark_applied(
                told.decision_id, None, f"there is no incident {error} any more, or it ended too long ago"
            )
            return Effects([], [], {})
        except (KeyError, ValueError) as error:
            await opened.correlation.mark_applied(told.decision_id, None, str(error))
            return Effects([], [], {})
        decision = next(each for each in correlation.incidents.decisions() if each.decision_id == name)
        owned.names[told.decision_id] = name
        await opened.correlation.mark_applied(told.decision_id, msgspec.to_builtins(decision), None)
        return effects

    async def _release(self) -> None:
        for lease in self._leases.values():
            try:
                async with self.platform.database.transaction(Scope(actor="worker:correlator")) as opened:
                    await opened.leases.release(lease)
            except (DatabaseAwayError, DatabaseConflictError):
                return  # it runs out by itself


def _any(effects: list[Effects]) -> bool:
    return any(each.changed or each.gone for each in effects)

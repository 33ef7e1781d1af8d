"""What people decide reaches workers: a filter suppresses, a switch silences, merged incidents are one, on real engines."""

import asyncio
from pathlib import Path

from minixdr import wiring
from minixdr.app import incidents, own_rules, rule_tuning
from minixdr.app.detections import Detections
from minixdr.app.incidents import change_incident
from minixdr.app.platform import Platform
from minixdr.app.rule_catalog import RuleCatalogLoader, catalog_of
from minixdr.app.ruleset import Ruleset
from minixdr.ports.database import Scope
from minixdr.ports.stores.incidents import IncidentChange, IncidentFilter, IncidentWhole
from minixdr.ports.stores.rules import FilterText
from tests.engines import TestDatabase
from tests.integration.platform.conftest import World, world
from tests.integration.platform.records import LOGIN


def _scope(made: World) -> Scope:
    return Scope(made.organization_id, None, "user:test")


def _with_catalog(platform: Platform, ruleset: Ruleset) -> Platform:
    services = wiring.services()
    texts = services.rule_texts()
    object.__setattr__(platform, "rules", RuleCatalogLoader(lambda: catalog_of(ruleset, [services.own_rules], texts)))
    return platform


async def _whole(platform: Platform, scope: Scope, incident_id: str) -> IncidentWhole:
    async with platform.database.transaction(scope) as tx:
        return await incidents.found(tx, incident_id)


def _from(address: str, account: str, number: int) -> bytes:
    record = LOGIN % number
    return record.replace(b"198.51.100.7", address.encode()).replace(b"111122223333", account.encode())


def test_a_filter_suppresses_and_a_switch_silences(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """The same worker, without a restart: within seconds what was filtered is suppressed and in no incident, what was switched off is not kept."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            platform, scope = _with_catalog(made.platform, ruleset), _scope(made)
            matcher = made.matcher()
            await platform.log.publish(made.batch([LOGIN % 1], origin="before"))
            await made.drain(matcher)
            rule_ids = sorted(str(row[0]) for row in made.own("SELECT DISTINCT rule_id FROM findings"))
            assert rule_ids
            before = made.own("SELECT count(*) FROM findings")[0][0]
            new = FilterText(
                name="f",
                rule_ids=rule_ids,
                text="selection: {sourceIPAddress: 198.51.100.8}",
                reason="ours",
                expires_at=None,
            )
            entry = await rule_tuning.add_filter(platform, scope, new)
            matcher = made.matcher()
            detections: Detections = matcher.detections
            await platform.log.publish(made.batch([_from("198.51.100.8", "111122223333", 2)], origin="filtered"))
            await made.drain(matcher)
            assert made.own("SELECT count(*), max(suppressed_by::text) FROM findings WHERE state = 'suppressed'") == [
                (before, str(entry.id))
            ]
            assert made.own("SELECT hits FROM rule_filters") == [(before,)]
            correlator = made.correlator()
            for _ in range(3):
                await correlator.step(made.organization_id)
            assert made.own("SELECT sum(cardinality(finding_ids)) FROM incidents") == [(before,)]

            for rule_id in rule_ids:
                await rule_tuning.set_rule(platform, scope, rule_id, enabled=False, level=None, check=lambda _: None)
            detections._sets.clear()
            matcher = made.matcher()
            await platform.log.publish(made.batch([LOGIN % 3], origin="off"))
            await made.drain(matcher)
            assert made.own("SELECT count(*) FROM findings") == [(2 * int(str(before)),)]

    asyncio.run(run())


_BASE = """title: Root signs in
id: 0a1f0e5b-6a3f-4d0e-9a66-0d7d2a1f0101
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: ConsoleLogin, userIdentity.type: Root}, condition: selection}
level: low
"""
_OVER = """title: Root signs in often
id: 0a1f0e5b-6a3f-4d0e-9a66-0d7d2a1f0102
correlation:
    type: event_count
    rules: [0a1f0e5b-6a3f-4d0e-9a66-0d7d2a1f0101]
    group-by: [sourceIPAddress]
    timespan: 10m
    condition: {gte: 3}
level: high
"""


def test_own_correlation_rules_run_and_are_filtered(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """Rules that the organization wrote find, relate, and are filtered by what they group by; hits are counted once."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            platform, scope = _with_catalog(made.platform, ruleset), _scope(made)
            for text in (_BASE, _OVER):
                await own_rules.write_rule(platform, scope, None, own_rules.RuleText(text), lambda _: None)
            over = "0a1f0e5b-6a3f-4d0e-9a66-0d7d2a1f0102"
            new = FilterText(
                name="f",
                rule_ids=[over],
                text="selection: {sourceIPAddress: 198.51.100.8}",
                reason="ours",
                expires_at=None,
            )
            entry = await rule_tuning.add_filter(platform, scope, new)
            raws = [_from(f"198.51.100.{7 + number % 2}", "111122223333", number) for number in range(6)]
            await platform.log.publish(made.batch(raws))
            await made.drain()
            correlator = made.correlator()
            found = "SELECT state, suppressed_by::text, level FROM findings WHERE title = 'Root signs in often' ORDER BY state"
            async with asyncio.timeout(60):
                while len(made.own(found)) < 2:
                    await correlator.step(made.organization_id)
                    await asyncio.sleep(0.5)
            assert made.own(found) == [("open", None, "high"), ("suppressed", str(entry.id), "high")]
            assert made.own("SELECT hits FROM rule_filters") == [(1,)]

    asyncio.run(run())


def test_merged_incidents_are_one_until_it_is_taken_back(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """The correlator applies what people decided; what they set on the incident stays."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            platform, scope = made.platform, _scope(made)
            raws = [_from("198.51.100.7", "111122223333", number) for number in (1, 3)]
            raws.append(_from("203.0.113.9", "444455556666", 2))
            await platform.log.publish(made.batch(raws))
            await made.drain()
            correlator = made.correlator()

            async def listed() -> list[str]:
                for _ in range(3):
                    await correlator.step(made.organization_id)
                async with platform.database.transaction(scope) as tx:
                    return [row.incident_id for row in await tx.incidents.list(IncidentFilter(), "risk", None, 10)]

            one, two = await listed()
            changed = await change_incident(platform, scope, one, IncidentChange(state="triage"), lambda _: None)
            decision = await incidents.merge(platform, scope, one, two, "same intruder")
            (kept,) = await listed()
            gone = two if kept == one else one
            async with platform.database.transaction(scope) as tx:
                applied = await tx.incidents.decision(decision.decision_id)
                merged = await tx.incidents.get(gone)
            assert applied is not None
            assert applied.applied_at is not None
            assert applied.refusal is None
            assert merged is not None
            assert merged.redirect_to == kept
            whole = await _whole(platform, scope, kept)
            assert whole.responded_at == changed.responded_at is not None, "who took one on has taken on both"
            assert whole.respond_by is not None
            assert changed.respond_by is not None
            assert whole.respond_by <= max(merged.respond_by or whole.respond_by, changed.respond_by)
            await incidents.undo(platform, scope, decision.decision_id)
            assert sorted(await listed()) == sorted([one, two])
            async with platform.database.transaction(scope) as tx:
                again = await tx.incidents.get(one)
            assert again is not None
            assert (again.state, again.redirect_to) == (changed.state, None)
            assert again.responded_at == changed.responded_at
            assert (await _whole(platform, scope, two)).responded_at is None
            two_findings = again if len(again.finding_ids) > 1 else await _whole(platform, scope, two)
            await incidents.split(platform, scope, two_findings.incident_id, two_findings.finding_ids[:1], "a backup")
            assert len(await listed()) == 3

    asyncio.run(run())

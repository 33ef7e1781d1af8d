"""What the correlator makes is told, queued in the transaction that keeps it."""

import asyncio
from pathlib import Path
from uuid import uuid4

import msgspec

from minixdr.app.ruleset import Ruleset
from minixdr.ports.database import Scope
from minixdr.ports.stores.incidents import IncidentChange
from minixdr.ports.stores.notifications import ChannelContent
from tests.engines import TestDatabase
from tests.integration.platform.conftest import World, world
from tests.integration.platform.records import LOGIN


async def _channel(made: World, scope: Scope, name: str, least_severity: str, *events: str) -> None:
    content = ChannelContent(
        name=name,
        kind="webhook",
        destination_encrypted=b"-",
        shown="-",
        recipients=[],
        least_severity=least_severity,
        events=list(events),
        enabled=True,
    )
    async with made.platform.database.transaction(scope) as tx:
        await tx.notification_channels.add(uuid4(), content, None)


def test_a_new_incident_is_told_once(postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset) -> None:
    """When it is made, not when it grows."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            scope = Scope(made.organization_id, None, "user:test")
            await _channel(made, scope, "all", "informational", "incident.created", "incident.severity_raised")
            correlator = made.correlator()
            for number in (1, 2):
                await made.platform.log.publish(made.batch([LOGIN % number], origin=f"b{number}"))
                await made.drain()
                for _ in range(3):
                    await correlator.step(made.organization_id)
            async with made.platform.database.transaction(scope) as tx:
                told = await tx.notification_deliveries.page(None, None, None, 10)
            rows = made.own(
                "SELECT number, redirect_to, opened_at = created_at, created_at, counted_from FROM incidents"
            )
            assert all(row[2] for row in rows)
            first = min(row[3] for row in rows)
            assert {row[4] for row in rows if row[1] is None} == {first}, (
                "those merged into it count from their own beginning"
            )
            made_ones = [each for each in told if each.event == "incident.created"]
            assert sorted(each.payload["incident"]["number"] for each in made_ones) == sorted(row[0] for row in rows)
            assert {each.payload["actor"] for each in told} == {"system"}

    asyncio.run(run())


def test_a_severity_that_rises_is_told(postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset) -> None:
    """By new findings: to those whom the new severity concerns; not where a person said how bad it is."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            scope = Scope(made.organization_id, None, "user:test")
            await _channel(made, scope, "worst", "critical", "incident.severity_raised")
            await made.platform.log.publish(made.batch([LOGIN % 1], origin="b1"))
            await made.drain()
            correlator = made.correlator()
            for _ in range(3):
                await correlator.step(made.organization_id)
            (incident,) = (
                each for owned in correlator._owned.values() for each in owned.correlation.incidents.incidents()
            )
            worse = msgspec.structs.replace(incident, severity="critical")
            for saved in (worse, incident, worse):
                async with made.platform.database.transaction(scope) as tx:
                    await tx.correlation.save_incidents([saved], {}, {}, made.platform.now())
            async with made.platform.database.transaction(scope) as tx:
                told = await tx.notification_deliveries.page(None, None, None, 10)
            details = {"from": incident.severity, "to": "critical"}
            assert [each.payload["details"] for each in told] == [details, details]
            async with made.platform.database.transaction(scope) as tx:
                await tx.correlation.save_incidents([incident], {}, {}, made.platform.now())
                await tx.incidents.change(incident.incident_id, IncidentChange(severity="low"), made.platform.now())
                await tx.correlation.save_incidents([worse], {}, {}, made.platform.now())
                assert len(await tx.notification_deliveries.page(None, None, None, 10)) == 2

    asyncio.run(run())

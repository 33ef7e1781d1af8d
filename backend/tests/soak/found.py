"""What a platform found, and whether an organization with nothing in its way finds the same of the same records."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import duckdb
import httpx
from sqlalchemy import text

from minixdr.adapters.lake.lake import IcebergLake
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.lake.read import files_for
from minixdr.ports.database import Scope
from tests.integration.doors.server import create_token
from tests.soak.machine import Machine
from tests.soak.run import Account, Say, check, environment_of

Finding = tuple[str, str, tuple[str, ...]]


def undisturbed(machine: Machine, account: Account, say: Say = print) -> None:
    """Send the same requests again, to an organization of its own and with nothing hurt; findings and incidents are the same."""
    token, organization_id = asyncio.run(create_token(environment_of(machine)["MINIXDR_DATABASE_URL"]))
    again = Account(set(account.acknowledged))
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=machine.url, headers=headers, timeout=60, trust_env=False) as http:
        for body in account.bodies:
            while (status := http.post("/api/ingest", content=body).status_code) != httpx.codes.OK:
                assert status in {429, 503}, f"a door answered {status}"
                time.sleep(0.2)
    check(machine, again, organization_id=organization_id, say=say)
    end = time.monotonic() + 60
    while True:
        hurt, calm = asyncio.run(_both(machine, organization_id))
        if hurt == calm or time.monotonic() > end:
            break
        time.sleep(1)
    say(f"findings {hurt[0].total():,} and {calm[0].total():,}, incidents {len(hurt[1]):,} and {len(calm[1]):,}")
    assert hurt[0] == calm[0], f"findings differ: {(hurt[0] - calm[0])!r:.500} {(calm[0] - hurt[0])!r:.500}"
    assert hurt[1] == calm[1], "incidents differ"
    assert len(hurt[1]) > 1


Found = tuple[Counter[Finding], Counter[tuple[str, frozenset[Finding]]]]


async def _both(machine: Machine, calm: UUID) -> tuple[Found, Found]:
    environment = environment_of(machine)
    database = PostgresDatabase(environment["MINIXDR_DATABASE_URL"])
    lake = IcebergLake(environment["MINIXDR_WAREHOUSE"], environment["MINIXDR_DATABASE_URL"])
    try:
        async with database.transaction(Scope(system=True)) as opened:
            hurt = next(each.id for each in await opened.organizations.all() if each.id != calm)
        return await _found(database, lake, hurt), await _found(database, lake, calm)
    finally:
        lake.close()
        await database.close()


async def _found(database: PostgresDatabase, lake: IcebergLake, organization_id: UUID) -> Found:
    """Return an organization's findings and its incidents with theirs, by what does not depend on whose they are."""
    now = datetime.now(UTC)
    columns = ("event_id", "metadata_uid")
    given = await files_for(database, lake, organization_id, now - timedelta(days=2), now + timedelta(days=1), columns)
    names = dict(
        duckdb.connect().execute("SELECT event_id, metadata_uid FROM read_parquet($1)", [list(given.files)]).fetchall()
    )
    async with database.transaction(Scope(organization_id=organization_id)) as opened:
        findings = {
            row.finding_id: (row.rule_id, row.state, tuple(sorted(names.get(each, "?") for each in row.event_ids)))
            for row in await opened.execute(text("SELECT finding_id, rule_id, state, event_ids FROM findings"))
        }
        incidents = Counter(
            (row.severity, frozenset(findings[each] for each in row.finding_ids))
            for row in await opened.execute(
                text("SELECT severity, finding_ids FROM incidents WHERE redirect_to IS NULL")
            )
        )
    return Counter(findings.values()), incidents

"""An organization with findings of the real pipeline, and incidents of the real correlation, in a real database."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import orjson
import psycopg
from sqlalchemy import insert, text, update

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.adapters.postgres.tables import findings, incidents
from minixdr.correlate import correlate, key_of
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.detect.loading import load
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection, run
from minixdr.ports.database import Scope
from minixdr.ports.stores.intake import KeptFinding
from minixdr.schema.incident import Incident
from minixdr.schema.record import Batch
from tests.integration.test_scan import RULE, cloudtrail

KEY_CREATED = "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0001"
NOW = datetime(2026, 3, 5, tzinfo=UTC)
_COMPILED = compile_rules(load([("a.yml", RULE.encode())], {}).rules)


def add_organization(owner_url: str, name: str) -> UUID:
    """Return a new organization."""
    organization_id = uuid4()
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('minixdr.system', 'on', true)")
        connection.execute(
            "INSERT INTO organizations (id, slug, name) VALUES (%s, %s, %s)",
            (organization_id, f"{name}-{organization_id}", name),
        )
    return organization_id


def kept_findings(*bodies: dict[str, Any], organization_id: UUID) -> list[KeptFinding]:
    """Return the findings of the records."""
    engine = Engine(_COMPILED.program, all_sources(), _COMPILED.databases)
    detection = Detection(engine, None, {}, str(organization_id))
    raws = [orjson.dumps(body) for body in bodies]
    findings = run(Batch("x.jsonl", "json", 1, raws), detection).findings
    return [KeptFinding(finding, finding.time or NOW, "b1") for finding in findings]


def keys_created(*users: str) -> list[dict[str, Any]]:
    """Return records of access keys created by the users."""
    made = [cloudtrail(60 * number, "CreateAccessKey", "iam", user) for number, user in enumerate(users)]
    return [record | {"eventID": str(uuid4())} for record in made]


async def keep(database: PostgresDatabase, organization_id: UUID, kept: list[KeptFinding]) -> tuple[Incident, ...]:
    """Keep findings and the incidents that they make, as worker and correlator do. Return the incidents."""
    made = correlate(key_of(each.finding) for each in kept)
    async with database.transaction(Scope(organization_id)) as tx:
        await tx.intake.add_findings(kept)
        highest = (await tx.execute(text("SELECT coalesce(max(number), 0) FROM incidents"))).scalar_one()
        for number, incident in enumerate(made, highest + 1):
            await _add_incident(tx.connection, organization_id, number, incident)
    return made


async def _add_incident(connection: Any, organization_id: UUID, number: int, incident: Incident) -> None:
    plain = msgspec.to_builtins(incident, builtin_types=(datetime,))
    row = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
    await connection.execute(insert(incidents).values(organization_id=organization_id, number=number, **row))
    names = update(findings).where(findings.c.finding_id.in_(incident.finding_ids))
    await connection.execute(names.values(incident_id=incident.incident_id))

"""Process trees of an incident: findings of the real pipeline, parents and children out of a real lake."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.detect.loading import load
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection, run
from minixdr.ports.stores.intake import KeptFinding
from minixdr.schema.record import Batch
from minixdr.schema.role import Role
from tests.api import World
from tests.engines import TestDatabase
from tests.hunts import hunting_world, keep_events
from tests.integration.postgres.kept import keep, kept_findings, keys_created

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_RULE = """
title: Encoded shell
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0401
logsource: {product: windows, category: process_creation}
detection: {selection: {CommandLine|contains: ' -enc '}, condition: selection}
level: high
"""


def _sysmon(event_id: int, seconds: int, computer: str, **data: Any) -> bytes:
    at = (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": event_id,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": computer,
        "EventRecordID": seconds + event_id * 100_000,
        "TimeCreated": {"#attributes": {"SystemTime": at}},
    }
    return orjson.dumps({"Event": {"System": system, "EventData": data}})


def _guid(number: int) -> str:
    return f"{{A1B2C3D4-0000-0000-0000-{number:012X}}}"


def _started(seconds: int, number: int, parent: int, name: str, line: str = "", computer: str = "ws-1.corp") -> bytes:
    return _sysmon(
        1, seconds, computer, Image=f"C:\\{name}", ProcessGuid=_guid(number), ProcessId=number, CommandLine=line or name,
        User="CORP\\alice", ParentImage="C:\\parent.exe", ParentProcessGuid=_guid(parent), ParentProcessId=parent,
    )  # fmt: skip


def _ended(seconds: int, number: int) -> bytes:
    return _sysmon(5, seconds, "ws-1.corp", Image="C:\\x.exe", ProcessGuid=_guid(number), ProcessId=number)


async def _incident(made: World, *raws: bytes) -> str:
    """Keep the findings of the records, as one incident; return its id."""
    ours = made.ours.organization_id
    compiled = compile_rules(load([("a.yml", _RULE.encode())], {}).rules)
    detection = Detection(Engine(compiled.program, all_sources(), compiled.databases), None, {}, str(ours))
    findings = run(Batch("x.jsonl", "json", 1, list(raws)), detection).findings
    assert findings
    kept = [KeptFinding(finding, finding.time or START, "b1") for finding in findings]
    database = made.platform.database
    assert isinstance(database, PostgresDatabase)
    (incident,) = await keep(database, ours, kept)
    return incident.incident_id


def test_parents_and_children_come_out_of_the_lake(postgres: TestDatabase, tmp_path: Path) -> None:
    """Up to the root of what is known, two generations down, no siblings, nothing of other hosts; ends too; committed or staged."""

    async def test() -> None:
        async with hunting_world(postgres, tmp_path) as made:
            shell = _started(30, 30, 20, "powershell.exe", "powershell.exe -enc AAAA")
            before = [
                _started(10, 10, 5, "explorer.exe"),
                _started(20, 20, 10, "winword.exe"),
                _started(21, 21, 10, "sibling.exe"),
                _started(22, 30, 20, "elsewhere.exe", computer="ws-2.corp"),
            ]
            after = [
                shell,
                _started(40, 40, 30, "whoami.exe"),
                _started(50, 50, 40, "net.exe"),
                _ended(60, 30),
            ]
            await keep_events(made, made.ours, before, commit=True)
            await keep_events(made, made.ours, after, commit=False)
            incident_id = await _incident(made, shell)
            path = f"/api/v1/incidents/{incident_id}/processes"
            answer = await made.ask(made.ours.people[Role.VIEWER], "GET", path)
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert (found["reason"], found["truncated"]) == (None, False)
            (tree,) = found["trees"]
            assert tree["host"] == "ws-1"
            named = {node["name"]: node for node in tree["nodes"]}
            assert set(named) == {
                "parent.exe",
                "explorer.exe",
                "winword.exe",
                "powershell.exe",
                "whoami.exe",
                "net.exe",
            }
            above = {name: node["parent_id"] for name, node in named.items()}
            order = ["parent.exe", "explorer.exe", "winword.exe", "powershell.exe", "whoami.exe", "net.exe"]
            assert [above[name] for name in order[1:]] == [named[name]["id"] for name in order[:-1]]
            shown = named["powershell.exe"]
            assert len(shown["finding_ids"]) == 1
            assert (shown["user"], shown["pid"]) == ("CORP\\alice", 30)
            assert shown["command_line"] == "powershell.exe -enc AAAA"
            assert shown["started_at"] == "2026-03-02T09:00:30Z"
            assert shown["ended_at"] == "2026-03-02T09:01:00Z"
            assert named["net.exe"]["finding_ids"] == []

            read = await made.ask(
                made.ours.people[Role.VIEWER], "GET", f"/api/v1/events/{named['net.exe']['event_id']}"
            )
            assert read.status_code == 200

    asyncio.run(test())


def test_without_processes_there_is_a_reason(postgres: TestDatabase, tmp_path: Path) -> None:
    """CloudTrail tells of none."""

    async def test() -> None:
        async with hunting_world(postgres, tmp_path) as made:
            ours = made.ours.organization_id
            kept = kept_findings(*keys_created("alice"), organization_id=ours)
            (incident,) = await keep(made.platform.database, ours, kept)  # type: ignore[arg-type]
            path = f"/api/v1/incidents/{incident.incident_id}/processes"
            found = (await made.ask(made.ours.people[Role.VIEWER], "GET", path)).json()
            assert found["trees"] == []
            assert "names a process" in found["reason"]
            missing = await made.ask(made.ours.people[Role.VIEWER], "GET", "/api/v1/incidents/none/processes")
            assert missing.status_code == 404

    asyncio.run(test())

"""`/system`: versions and health of the parts, side by side."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Shown
from minixdr.app import system
from minixdr.schema.role import Role

router = noun("system")
State = Literal["ok", "degraded", "failed"]


class Condition(Shown):
    """How a part is."""

    state: State
    problem: str | None = Field(description="What is wrong; null: nothing.")
    advice: str | None = Field(description="What to do about it.")


class SystemProcess(Condition):
    """A process of the platform, by the last of the signs of life that it gives every few seconds; those of the last day are shown."""

    id: str = Field(description="Another one when it is started again.")
    kind: Literal["api", "worker"]
    host: str
    version: str = Field(examples=["0.1.0"])
    started_at: datetime
    seen_at: datetime
    stale: bool = Field(
        description="Not heard for half a minute. Where it was replaced that is no fault, and it does not count in `state`."
    )
    schema_oldest: int | None = Field(description="The oldest revision of the database that it serves.")
    schema_newest: int | None = Field(description="The newest revision of the database that it knows.")
    rules_digest: str | None = Field(
        description="Of the platform's rules that it has loaded; null: none yet. The same everywhere where all detect with the same."
    )
    rules_count: int | None


class SystemWorkers(Condition):
    """The processes that match and relate."""

    heard: int
    stale: int


class SystemDatabase(Condition):
    """The schema's revision, and those that the answering api serves."""

    revision: int | None
    usable_from: int | None = Field(
        description="The oldest program, by its newest revision, that this schema lets serve."
    )
    oldest_served: int
    newest_known: int
    in_range: bool


class SystemLog(Condition):
    """The log of all organizations together: its numbers are for admins and owners, null for others."""

    pending_batches: int | None
    pending_bytes: int | None
    most_bytes: int | None = Field(description="Beyond which records are refused.")


class SystemLake(Condition):
    """The lake; what waits is the organization's own."""

    last_commit_at: datetime | None = Field(description="When the table last changed, for whichever organization.")
    staged_files: int = Field(description="Not part of the table yet. Hunts read them.")
    staged_events: int
    oldest_staged_at: datetime | None
    damaged_files: int = Field(description="Put aside because they cannot be read.")


class RefusedRule(Shown):
    """A rule of the platform that cannot run."""

    place: str = Field(description="File and line.", examples=["example.yml:12"])
    reason: str


class SystemRules(Condition):
    """What is detected with."""

    platform_count: int | None = Field(description="Rules of the platform; null: not loaded.")
    own_count: int = Field(description="Rules that the organization wrote.")
    own_enabled_count: int
    digest: str | None
    refused_count: int | None = Field(description="Rules of the platform that cannot run.")
    refused: list[RefusedRule] = Field(description="The first 20 of them.")


class System(Shown):
    """All parts."""

    state: State = Field(description="The worst of the parts.")
    version: str = Field(description="Of the api that answers.", examples=["0.1.0"])
    processes: list[SystemProcess]
    workers: SystemWorkers
    database: SystemDatabase
    log: SystemLog
    lake: SystemLake
    rules: SystemRules
    models: list[str] = Field(description="Models that score events. There are none yet.")


@router.get("/system", **operation("getSystem", "Versions and health of the parts", least=Role.VIEWER))
async def get_system(caller: CallerDep, platform: PlatformDep) -> System:
    """Return how each part is, with versions, schema and rules side by side. The console knows its own version."""
    found = await system.system(platform, caller.scope, caller.role)
    return System(
        state=found.state,
        version=found.version,
        processes=[SystemProcess.model_validate(process) for process in found.processes],
        workers=SystemWorkers.model_validate(found.workers),
        database=SystemDatabase.model_validate(found.database),
        log=SystemLog.model_validate(found.log),
        lake=SystemLake.model_validate(found.lake),
        rules=SystemRules.model_validate(found.rules),
        models=[],
    )

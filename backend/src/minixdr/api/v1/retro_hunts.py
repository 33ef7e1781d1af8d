"""`/retro-hunts`: a Sigma rule over the events of the past. Jobs: started, looked at, cancelled."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Line, Shown, Time
from minixdr.app.hunt import retro
from minixdr.app.hunt.retro_rules import MOST_TEXT_BYTES
from minixdr.ports.stores.jobs import Job
from minixdr.schema.role import Role

router = noun("retro-hunts")
State = Literal["queued", "running", "done", "failed", "cancelled"]
_MOST_SECONDS = 400 * 86_400
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


class RetroFinding(Shown):
    """What a rule found in the past."""

    rule_id: str
    title: str
    level: str
    time: datetime | None
    source: str
    event_ids: list[str]
    origin: str = Field(description="Where its (last) record was: a file, an object, a host, or the door.")
    record: int = Field(description="1-based number of the record there.")
    matched: dict[str, Any] = Field(description="The rule's fields that decided.")
    entities: list[str] = Field(examples=[["user:alice"]])


class RetroResult(Shown):
    """What a retro-hunt found."""

    events: int = Field(description="Records that were read again.")
    unread: int = Field(description="Of them: records that this version no longer reads as events.")
    matches: int = Field(description="All of them, exactly.")
    by_rule: dict[str, int]
    by_source: dict[str, int]
    by_day: dict[str, int]
    findings: list[RetroFinding] = Field(description="The first 1,000.")
    truncated: bool
    elapsed_seconds: float


class RetroHunt(Shown):
    """A retro-hunt."""

    id: UUID
    name: str
    titles: list[str] = Field(description="Of its rules.")
    first_at: datetime
    before: datetime
    sources: list[str] = Field(description="Log sources it reads; empty: all.")
    state: State
    progress: float = Field(description="0 to 1.")
    error: str | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class WholeRetroHunt(RetroHunt):
    """A retro-hunt with its rule and its result."""

    rule: str = Field(description="The rule's text as it was when the retro-hunt was started.")
    result: RetroResult | None


class NewRetroHunt(Given):
    """A retro-hunt to start: of a text, or of a rule that is here."""

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    rule: Annotated[str, StringConstraints(max_length=MOST_TEXT_BYTES)] | None = Field(
        default=None, description="Sigma YAML: a rule, or a correlation rule with those that it relates."
    )
    rule_id: Line | None = Field(default=None, description="A rule of the organization or the platform.")
    first_at: Time
    before: Time
    sources: list[Line] = Field(default_factory=list, max_length=50, examples=[["aws_cloudtrail"]])

    @model_validator(mode="after")
    def _check(self) -> "NewRetroHunt":
        if not 0 < (self.before - self.first_at).total_seconds() <= _MOST_SECONDS:
            raise ValueError("first_at must be before `before`, by 400 days at most")
        if self.first_at.year < _FIRST_YEAR or self.before.year > _LAST_YEAR:
            raise ValueError(f"the years are {_FIRST_YEAR} to {_LAST_YEAR}")
        return self


@router.post("/retro-hunts", status_code=202, **operation("startRetroHunt", "Start a retro-hunt", least=Role.ANALYST))
async def start_retro_hunt(caller: CallerDep, platform: PlatformDep, given: NewRetroHunt) -> RetroHunt:
    """Queue a retro-hunt. Its findings stay in its result: nothing live is changed."""
    wanted = retro.Wanted(
        name=given.name,
        text=given.rule,
        rule_id=given.rule_id,
        first_at=given.first_at,
        before=given.before,
        sources=tuple(dict.fromkeys(given.sources)),
    )
    return RetroHunt.model_validate(_shown(await retro.start(platform, caller.scope, wanted)))


@router.get("/retro-hunts", **operation("listRetroHunts", "List retro-hunts", least=Role.VIEWER))
async def list_retro_hunts(caller: CallerDep, platform: PlatformDep, page: PageDep) -> Page[RetroHunt]:
    """Return retro-hunts, the newest first."""
    after = page.after(tuple[UUID])
    rows = await retro.list_jobs(platform, caller.scope, None if after is None else after[0], page.most)
    return page.page(rows, lambda row: (row.id,), lambda row: RetroHunt.model_validate(_shown(row)))


@router.get("/retro-hunts/{job_id}", **operation("getRetroHunt", "One retro-hunt", least=Role.VIEWER))
async def get_retro_hunt(caller: CallerDep, platform: PlatformDep, job_id: UUID) -> WholeRetroHunt:
    """Return how far it is, and at its end what it found."""
    return WholeRetroHunt.model_validate(_whole(await retro.get_job(platform, caller.scope, job_id)))


@router.post("/retro-hunts/{job_id}/cancel", **operation("cancelRetroHunt", "Cancel a retro-hunt", least=Role.ANALYST))
async def cancel_retro_hunt(caller: CallerDep, platform: PlatformDep, job_id: UUID) -> RetroHunt:
    """Cancel a retro-hunt that waits or runs; its worker ends it within seconds."""
    return RetroHunt.model_validate(_shown(await retro.cancel(platform, caller.scope, job_id)))


_OF_JOB = ("id", "state", "progress", "error", "created_by", "created_at", "started_at", "finished_at")


def _shown(job: Job) -> dict[str, Any]:
    of_request = {name: job.request[name] for name in ("name", "titles", "first_at", "before", "sources")}
    return {name: getattr(job, name) for name in _OF_JOB} | of_request


def _whole(job: Job) -> dict[str, Any]:
    return _shown(job) | {"rule": job.request["rules"]["text"], "result": job.result}

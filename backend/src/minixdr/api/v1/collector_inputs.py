"""`/collector-inputs`: buckets that logs are collected from, and what became of each object."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Shown, Time
from minixdr.app import collector_inputs
from minixdr.app.refusal import InvalidError
from minixdr.ports.stores.collector import CollectorInput, InputChange, NewInput
from minixdr.schema.role import Role

router = noun("intake")
Bucket = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", examples=["example-cloudtrail"])]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", examples=["eu-central-1"])]
RoleArn = Annotated[
    str,
    Field(
        pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$",
        examples=["arn:aws:iam::111122223333:role/minixdr"],
    ),
]
QueueUrl = Annotated[
    str,
    Field(
        pattern=r"^https://sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?$",
        description="The queue that the bucket's notifications go to.",
        examples=["https://sqs.eu-central-1.amazonaws.com/111122223333/logs"],
    ),
]
SourceName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$", examples=["aws_cloudtrail"])]
Prefix = Annotated[str, Field(max_length=512, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["AWSLogs/"])]
_SHARED = "null: the platform's own identity, which all organizations of this installation share."


class Input(Shown):
    """A bucket."""

    id: UUID
    bucket: str
    prefix: str = Field(description="Only keys that begin so.")
    queue_url: str | None = Field(description="null: the bucket is only listed.")
    region: str | None
    source: str | None = Field(description="Log source of all objects; null: recognised.")
    role_arn: str | None = Field(description=f"The role that reads them. {_SHARED}")
    external_id: str | None = Field(description="What the role's trust policy must ask for (`sts:ExternalId`).")
    enabled: bool
    since: datetime = Field(description="Objects written before then are not looked for.")
    created_at: datetime
    last_reconciled_at: datetime | None = Field(description="When the bucket was last listed to its end.")
    last_error: str | None = Field(description="Why queue or bucket could not be read the last time.")


class WholeInput(Input):
    """A bucket, and how many of its objects are in which state."""

    objects: dict[str, int] = Field(examples=[{"seen": 2, "done": 812, "failed": 1}])


class Inputs(Shown):
    """Newest first."""

    items: list[Input]
    external_id: str = Field(
        description="What the trust policies of this organization's roles must ask for (`sts:ExternalId`)."
    )


class WrittenInput(Given):
    """A bucket to collect from."""

    bucket: Bucket
    prefix: Prefix = ""
    queue_url: QueueUrl | None = None
    region: Region | None = None
    source: SourceName | None = None
    role_arn: RoleArn | None = Field(default=None, description=f"The role that reads it. {_SHARED}")
    enabled: bool = True
    since: Time | None = Field(
        default=None, description="Objects written before then are not looked for; null: from now on."
    )


class ChangedInput(Given):
    """What to change; what is left out stays."""

    queue_url: QueueUrl | None = None
    region: Region | None = None
    source: SourceName | None = None
    role_arn: RoleArn | None = None
    enabled: bool | None = None


class CollectedObject(Shown):
    """An object and what became of it. What became of its records: receipts of origin `s3://bucket/key`."""

    bucket: str
    key: str
    etag: str
    size_bytes: int
    state: Literal["seen", "done", "failed"] = Field(description="`seen`: being collected, or tried again.")
    attempts: int
    received: int = Field(description="Records in it.")
    malformed: int
    first_seen_at: datetime
    done_at: datetime | None
    reason: str | None = Field(description="Why it failed; of a `done` one, what could not be read.")


class Retry(Given):
    """Which failed objects."""

    keys: Annotated[list[Annotated[str, Field(max_length=1_024)]], Field(min_length=1, max_length=1_000)] | None = (
        Field(
            default=None,
            description="null: all.",
            examples=[["AWSLogs/123456789012/CloudTrail/eu-central-1/2026/03/02/a.json.gz"]],
        )
    )


class Retried(Shown):
    """How many are tried again."""

    objects: int


@router.get("/collector-inputs", **operation("listCollectorInputs", "Buckets collected from", least=Role.VIEWER))
async def list_inputs(caller: CallerDep, platform: PlatformDep) -> Inputs:
    """Return all inputs."""
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.collector.inputs()
    name = collector_inputs.external_id(caller.organization_id)
    return Inputs(items=[Input.model_validate(row) for row in rows], external_id=name)


@router.post(
    "/collector-inputs", status_code=201, **operation("createCollectorInput", "Collect from a bucket", least=Role.ADMIN)
)
async def create(caller: CallerDep, platform: PlatformDep, response: Response, given: WrittenInput) -> Input:
    """Begin to collect from a bucket: what its queue tells of, and what a listing finds beside."""
    made = await collector_inputs.add_input(platform, caller.scope, NewInput(**given.model_dump()))
    response.headers["ETag"] = _etag(made)
    return Input.model_validate(made)


@router.get("/collector-inputs/{input_id}", **operation("getCollectorInput", "One of them", least=Role.VIEWER))
async def get_input(caller: CallerDep, platform: PlatformDep, response: Response, input_id: UUID) -> WholeInput:
    """Return an input and the states of its objects."""
    async with platform.database.transaction(caller.scope) as tx:
        row = await collector_inputs.found(tx, input_id)
        counts = await tx.collector.counts(input_id)
    response.headers["ETag"] = _etag(row)
    return WholeInput(**Input.model_validate(row).model_dump(), objects=counts)


@router.patch("/collector-inputs/{input_id}", **operation("changeCollectorInput", "Change one", least=Role.ADMIN))
async def change(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    input_id: UUID,
    given: ChangedInput,
    if_match: IfMatch = None,
) -> Input:
    """Change queue, region, log source, role or switch. Another bucket is another input."""
    values: dict[str, Any] = given.model_dump(exclude_unset=True)
    if values.get("enabled", True) is None:
        raise InvalidError("/enabled", "cannot be null")
    changed = await collector_inputs.change_input(
        platform, caller.scope, input_id, InputChange(**values), lambda before: require_match(if_match, _etag(before))
    )
    response.headers["ETag"] = _etag(changed)
    return Input.model_validate(changed)


@router.delete(
    "/collector-inputs/{input_id}",
    status_code=204,
    **operation("removeCollectorInput", "Stop collecting", least=Role.ADMIN),
)
async def remove(caller: CallerDep, platform: PlatformDep, input_id: UUID) -> None:
    """Stop to collect, and forget which objects were collected. Their events stay."""
    await collector_inputs.remove_input(platform, caller.scope, input_id)


@router.get(
    "/collector-inputs/{input_id}/objects",
    **operation("listCollectedObjects", "Its objects, and what became of them", least=Role.VIEWER),
)
async def list_objects(
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    input_id: UUID,
    state: Annotated[Literal["seen", "done", "failed"] | None, Query(description="Left out: all.")] = None,
) -> Page[CollectedObject]:
    """Return objects, the newest first."""
    async with platform.database.transaction(caller.scope) as tx:
        await collector_inputs.found(tx, input_id)
        rows = await tx.collector.objects(input_id, state, page.after(tuple[float, str]), page.most)
    return page.page(rows, lambda row: (row.first_seen_at.timestamp(), row.key), CollectedObject.model_validate)


@router.post(
    "/collector-inputs/{input_id}/retry",
    status_code=202,
    **operation("retryCollectedObjects", "Try failed objects again", least=Role.ADMIN),
)
async def retry(caller: CallerDep, platform: PlatformDep, input_id: UUID, given: Retry) -> Retried:
    """Let failed objects be collected again."""
    return Retried(objects=await collector_inputs.retry_objects(platform, caller.scope, input_id, given.keys))


def _etag(row: CollectorInput) -> str:
    return etag(str(row.id), row.queue_url, row.region, row.source, row.role_arn, row.enabled)

"""`/hunts`: questions to all events of a time range. The language: docs/how-to/hunt.md."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Query as QueryParameter
from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import Field, StringConstraints, model_validator

from minixdr.api.caller import Caller, CallerDep, PlatformDep
from minixdr.api.problem import FieldError, ProblemError
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, LongLine, Shown, Time
from minixdr.app.hunt import use_case
from minixdr.app.hunt.check import MOST_ROWS
from minixdr.app.hunt.columns import hunt_attributes
from minixdr.app.hunt.error import QueryError
from minixdr.app.hunt.lexer import LONGEST_QUERY
from minixdr.app.hunt.print import printed
from minixdr.app.hunt.use_case import MOST_EXPORTED, MOST_VALUES, NoHuntingError, Range
from minixdr.app.lake.read import LakeBehindError
from minixdr.ports.hunting import ExportForm, HuntTooLargeError, HuntTooLongError
from minixdr.ports.lake import DamagedFileError, LakeAwayError
from minixdr.schema.role import Role

router = noun("hunts")
T = TypeVar("T")
_EXAMPLE = 'source = "aws_cloudtrail" and api.operation in ("CreateUser", "AttachUserPolicy") | count by actor.user.name | top 20'
_LOOK_SECONDS = 0.5
QueryText = Annotated[str, StringConstraints(max_length=LONGEST_QUERY), Field(examples=[_EXAMPLE])]
KindName = Literal["text", "number", "boolean", "time", "any"]


class Within(Given):
    """A query and the time range it is asked of."""

    query: QueryText = Field(description="Empty: all events.")
    first_at: Time = Field(description="Not before this time.", examples=["2026-03-01T00:00:00Z"])
    before: Time = Field(description="Before this time.", examples=["2026-03-08T00:00:00Z"])

    @model_validator(mode="after")
    def _forward(self) -> "Within":
        if self.first_at >= self.before:
            raise ValueError("first_at must be before `before`")
        return self


class RunHunt(Within):
    """A hunt to run."""

    limit: int = Field(default=100, ge=1, le=MOST_ROWS, description="Rows to show at most.")


class AskHistogram(Within):
    """A hunt to see over time."""

    span_seconds: int | None = Field(default=None, ge=1, le=366 * 86_400, description="null: about 60 spans.")
    by: LongLine | None = Field(
        default=None, description="An attribute: a series for each of its ten commonest values."
    )


class ExportHunt(Within):
    """A hunt to take away."""

    format: Literal["csv", "jsonl", "parquet"]
    limit: int = Field(default=100_000, ge=1, le=MOST_EXPORTED, description="Rows at most.")


class ValidateHunt(Given):
    """A query to look at."""

    query: QueryText


class Column(Shown):
    """A column of a result."""

    name: str = Field(examples=["actor.user.name"])
    kind: KindName = Field(description="`any`: a JSON object, a list, or whatever the record held.")


class HuntResult(Shown):
    """What a hunt found."""

    query: str = Field(description="The query as it was understood.")
    columns: list[Column]
    rows: list[list[Any]]
    truncated: bool = Field(description="There are more rows than `limit`.")
    elapsed_seconds: float
    files: int = Field(description="Files of the lake that were looked at.")
    events: int = Field(description="Events in them, and in what is not yet in a file.")
    size_bytes: int


class Histogram(Shown):
    """How many events in each span of time."""

    span_seconds: int
    starts: list[datetime] = Field(description="When each span begins; those without events are here too.")
    counts: dict[str, list[int]] = Field(
        description='By value of `by`; "" without it.', examples=[{"aws_cloudtrail": [0, 12, 3]}]
    )
    truncated: bool = Field(description="There are more values than ten.")
    elapsed_seconds: float


class QueryProblem(Shown):
    """Why a query cannot run."""

    message: str
    start: int = Field(description="0-based position of the first character concerned.")
    end: int
    suggestions: list[str] = Field(description="Texts to put there instead.")


class Validity(Shown):
    """Whether a query can run."""

    valid: bool
    query: str | None = Field(description="As it is understood.")
    error: QueryProblem | None


class FieldName(Shown):
    """An attribute that queries may name."""

    name: str = Field(examples=["actor.user.name"])
    kind: KindName | None = Field(description="null: an object with attributes below it.")
    column: bool = Field(description="It has a column of its own: quick to ask for.")


class FieldNames(Shown):
    """Attributes."""

    items: list[FieldName]


class ValueCount(Shown):
    """A value and how many events have it."""

    value: str
    count: int


class ValueCounts(Shown):
    """Values, the most frequent first."""

    items: list[ValueCount]


QUERY_ANSWERS: dict[int | str, dict[str, Any]] = {
    422: {
        "description": "The query (`urn:minixdr:problem:invalid-query`, with `position` and `suggestions`) or another value cannot be taken, or the "
        "hunt is too long (`hunt-too-long`) or too large (`hunt-too-large`).",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


@router.post("/hunts/run", **operation("runHunt", "Run a hunt", least=Role.VIEWER, responses=QUERY_ANSWERS))
async def run_hunt(request: Request, caller: CallerDep, platform: PlatformDep, given: RunHunt) -> HuntResult:
    """Return what the query finds. Without `fields`, `count` and the like a row is an event, newest first."""
    found = await asked(request, use_case.run_hunt(platform, _range(caller, given), given.query, given.limit))
    return HuntResult.model_validate(found)


@router.post(
    "/hunts/histogram",
    **operation("getHuntHistogram", "A hunt over time", least=Role.VIEWER, responses=QUERY_ANSWERS),
)
async def get_histogram(request: Request, caller: CallerDep, platform: PlatformDep, given: AskHistogram) -> Histogram:
    """Return how the events that satisfy the query's condition spread over time. What follows the first `|` is left out."""
    within = _range(caller, given)
    work = use_case.histogram(platform, within, given.query, given.span_seconds, given.by)
    return Histogram.model_validate(await asked(request, work))


_FILES = {
    ExportForm.CSV: ("text/csv; charset=utf-8", "hunt.csv"),
    ExportForm.JSONL: ("application/x-ndjson", "hunt.jsonl"),
    ExportForm.PARQUET: ("application/vnd.apache.parquet", "hunt.parquet"),
}
_EXPORT_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "headers": {
            "X-Minixdr-Rows": {"description": "Rows in it.", "schema": {"type": "integer"}},
            "X-Minixdr-Truncated": {
                "description": "`true`: there are more rows than `limit`.",
                "schema": {"type": "string", "enum": ["true", "false"]},
            },
        },
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}} for kind, _ in _FILES.values()
        },
    },
    **QUERY_ANSWERS,
}


@router.post(
    "/hunts/export",
    response_class=StreamingResponse,
    **operation("exportHunt", "A hunt as a file", least=Role.VIEWER, responses=_EXPORT_ANSWERS),
)
async def export_hunt(
    request: Request, caller: CallerDep, platform: PlatformDep, given: ExportHunt
) -> StreamingResponse:
    """Return what the query finds as CSV, JSON lines or Parquet. A connection that ends without the end of the file is a failed export."""
    form = ExportForm(given.format)
    work = use_case.export(platform, _range(caller, given), given.query, form, given.limit)
    answer = await asked(request, work)
    kind, name = _FILES[form]
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Minixdr-Rows": str(answer.rows),
        "X-Minixdr-Truncated": str(answer.truncated).lower(),
    }
    with hunt_problems():
        first = await anext(answer.parts, b"")  # what goes wrong at once is an answer, not half a file

    async def parts() -> AsyncIterator[bytes]:
        async with aclosing(answer.parts) as rest:  # type: ignore[type-var]  # an async generator
            yield first
            async for part in rest:
                yield part

    return StreamingResponse(parts(), media_type=kind, headers=headers)


@router.post("/hunts/validate", **operation("validateHunt", "Whether a query can run", least=Role.VIEWER))
async def validate_hunt(caller: CallerDep, platform: PlatformDep, given: ValidateHunt) -> Validity:  # noqa: ARG001
    """Return the query as it is understood, or what is wrong and where."""
    try:
        with hunt_problems(queries=False):
            query = await asyncio.to_thread(use_case.understood, platform, given.query)
    except QueryError as error:
        problem = QueryProblem(
            message=error.message, start=error.start, end=error.end, suggestions=list(error.suggestions)
        )
        return Validity(valid=False, query=None, error=problem)
    return Validity(valid=True, query=printed(query), error=None)


@router.get("/hunts/fields", **operation("listHuntFields", "Attributes to name", least=Role.VIEWER))
async def list_fields(
    caller: CallerDep,  # noqa: ARG001 - checked, not used
    prefix: Annotated[str, QueryParameter(max_length=200, description="Beginning of the name.")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=1_000)] = 200,
) -> FieldNames:
    """Return attributes whose names begin so: those with a column first, then the rest of OCSF, part by part."""
    attributes = hunt_attributes()
    found = attributes.completions(prefix.lower(), limit)
    return FieldNames(
        items=[FieldName(name=name, kind=_kind(kind), column=name in attributes.columns) for name, kind in found]
    )


@router.get("/hunts/values", **operation("listHuntValues", "Values of an attribute", least=Role.VIEWER))
async def list_values(  # noqa: PLR0913, PLR0917 - one parameter a filter
    request: Request,
    caller: CallerDep,
    platform: PlatformDep,
    attribute: Annotated[str, QueryParameter(max_length=200, examples=["actor.user.name"])],
    first_at: Annotated[Time, QueryParameter(description="Not before this time.")],
    before: Annotated[Time, QueryParameter(description="Before this time.")],
    prefix: Annotated[
        str, QueryParameter(max_length=200, description="Beginning of the value, whatever the case.")
    ] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_VALUES)] = 20,
) -> ValueCounts:
    """Return the most frequent values that begin so."""
    if first_at >= before:
        raise ProblemError(422, "invalid-request", "first_at must be before `before`")
    within = Range(caller.organization_id, first_at, before)
    found = await asked(request, use_case.values(platform, within, attribute, prefix, limit))
    return ValueCounts(items=[ValueCount(value=value, count=count) for value, count in found])


def _kind(kind: Any) -> Any:
    return None if kind is None else str(kind)


def _range(caller: Caller, given: Within) -> Range:
    return Range(caller.organization_id, given.first_at, given.before)


async def asked(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what the work returns; end it when the client goes away."""
    task = asyncio.ensure_future(work)
    try:
        while True:
            done, _ = await asyncio.wait([task], timeout=_LOOK_SECONDS)
            if done:
                with hunt_problems():
                    return task.result()
            if await request.is_disconnected():
                raise ProblemError(499, "client-gone", "Nobody waits for the hunt any more.")
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


@contextmanager
def hunt_problems(*, queries: bool = True) -> Iterator[None]:
    """Say what hunts raise as problems."""
    try:
        yield
    except QueryError as error:
        if not queries:
            raise
        raise ProblemError(
            422,
            "invalid-query",
            error.message,
            errors=[FieldError(pointer="#/query", detail=error.message)],
            more={"position": {"start": error.start, "end": error.end}, "suggestions": list(error.suggestions)},
        ) from error
    except HuntTooLongError as error:
        detail = f"{str(error)[:1].upper()}{str(error)[1:]}: ask of a shorter time range, or of attributes that have a column."
        raise ProblemError(422, "hunt-too-long", detail) from error
    except HuntTooLargeError as error:
        detail = f"{str(error)[:1].upper()}{str(error)[1:]}."
        raise ProblemError(422, "hunt-too-large", detail) from error
    except LakeBehindError as error:
        raise ProblemError(503, "lake-behind", str(error), headers={"Retry-After": "10"}) from error
    except (LakeAwayError, DamagedFileError) as error:
        detail = "The lake does not answer at this moment. Try again; `minixdr doctor` says what is wrong."
        raise ProblemError(503, "lake-away", detail, headers={"Retry-After": "5"}) from error
    except NoHuntingError as error:
        raise ProblemError(503, "no-hunting", str(error), headers={"Retry-After": "60"}) from error

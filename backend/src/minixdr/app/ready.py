"""What a process waits for before it serves, and how it looks at the same later: the schema and the lake."""

import asyncio

from minixdr.ports.database import Database, DatabaseAwayError
from minixdr.ports.lake import Lake, LakeAwayError

PATIENCE_SECONDS = 60.0
"""How long a starting process waits for database and log: in a cluster all start at once."""


class NotReadyError(Exception):
    """The process cannot serve; the message says why and what to do."""


async def lake_problem(lake: Lake) -> str | None:
    """Return what is wrong with the lake, in words that anybody may read; None where it works."""
    try:
        await asyncio.to_thread(lake.committed, [])
    except LakeAwayError:
        return "the warehouse or its catalog does not answer"
    return None


async def schema_problem(database: Database) -> str | None:
    """Return why this program cannot serve the schema; None where it can."""
    try:
        return (await database.schema_state()).refusal
    except DatabaseAwayError:
        return "the database does not answer"


async def schema_served(database: Database) -> None:
    """Wait for the database, and refuse a schema that this program cannot serve. Raises NotReadyError."""
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            refusal = (await database.schema_state()).refusal
        except DatabaseAwayError as error:
            if asyncio.get_running_loop().time() > until:
                raise NotReadyError(f"the database does not answer (MINIXDR_DATABASE_URL): {error}") from error
            await asyncio.sleep(0.5)
            continue
        if refusal is not None:
            raise NotReadyError(refusal)
        return


async def lake_ready(lake: Lake) -> None:
    """Make the table where it is missing; wait for a catalog or warehouse that is away. Raises NotReadyError."""
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            await asyncio.to_thread(lake.prepare)
        except LakeAwayError as error:
            if asyncio.get_running_loop().time() > until:
                raise NotReadyError(f"the lake cannot be made ready (MINIXDR_WAREHOUSE): {error}") from error
            await asyncio.sleep(0.5)
            continue
        return

"""What tests of routes share: somebody of an organization that has findings, asking."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from minixdr.schema.role import Role
from tests.api import Human, World, world
from tests.engines import TestDatabase
from tests.integration.postgres.kept import keep, kept_findings, keys_created


class Api:
    """Somebody of ours, asking."""

    def __init__(self, made: World, role: Role = Role.ANALYST) -> None:
        self.world = made
        self.who: Human = made.ours.people[role]

    async def ask(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        if body is not None:
            options["json"] = body
        answer = await self.world.ask(self.who, method, f"/api/v1{path}", **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        self.tag = answer.headers.get("etag")
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.text


def run(database: TestDatabase, test: Callable[[Api], Awaitable[None]], *users: str) -> None:
    """Run a test as an analyst of an organization in which these users created access keys."""

    async def inside() -> None:
        async with world(database) as made:
            if users:
                ours = made.ours.organization_id
                records = [
                    record | {"eventTime": record["eventTime"].replace("-04T", "-02T")}
                    for record in keys_created(*users)
                ]
                await keep(made.platform.database, ours, kept_findings(*records, organization_id=ours))  # type: ignore[arg-type]
            await test(Api(made))

    asyncio.run(inside())

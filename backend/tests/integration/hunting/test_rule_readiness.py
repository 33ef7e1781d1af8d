"""Whether rules can fire: real records in a real lake, the real engine's reading of them."""

import asyncio
from pathlib import Path
from typing import Any

from minixdr.app.rule_catalog import RuleCatalogLoader, catalog_of
from minixdr.app.ruleset import Ruleset
from minixdr.detect.compiled import compile_rules
from minixdr.detect.loading import load
from minixdr.ports.log import LogBatch
from minixdr.ports.stores.intake import Account, BatchReceipt
from minixdr.schema.role import Role
from tests.api import World
from tests.engines import TestDatabase
from tests.hunts import hunting_world, keep_events, trail

_ID = "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f05{:02}"


def _rule(number: int, title: str, source: str, detection: str) -> str:
    tags = "tags: [attack.persistence, attack.t1098]\n"
    return f"title: {title}\nid: {_ID.format(number)}\nname: r{number}\nlogsource: {{{source}}}\ndetection: {detection}\nlevel: low\n{tags}"


_RULES = [
    _rule(
        1,
        "ready",
        "product: aws, service: cloudtrail",
        "{s: {eventName: CreateUser, userAgent|contains: cli}, condition: s}",
    ),
    _rule(
        2,
        "no such field",
        "product: aws, service: cloudtrail",
        "{s: {eventName: CreateUser, vpcEndpointId: x}, condition: s}",
    ),
    _rule(
        3,
        "no such event",
        "product: aws, service: cloudtrail",
        "{s: {eventName: StopLogging, vpcEndpointId: x}, condition: s}",
    ),
    _rule(4, "no such source", "product: windows, category: process_creation", "{s: {Image: x}, condition: s}"),
    f"title: both\nid: {_ID.format(5)}\ncorrelation:\n    type: temporal\n    rules: [r1, r4]\n    group-by: [a]\n    timespan: 5m\nlevel: high\n",
]


class _Files:
    def read(self, paths: Any) -> list[tuple[str, bytes]]:
        return [("rules/all.yml", "---\n".join(_RULES).encode())]


def _with_rules(made: World) -> None:
    loaded = load(_Files().read(()), {})
    assert not loaded.refusals
    ruleset = Ruleset(compile_rules(loaded.rules), loaded.correlations, loaded.refusals, loaded.warnings, None)
    object.__setattr__(made.platform, "rules", RuleCatalogLoader(lambda: catalog_of(ruleset, ["rules"], _Files())))


async def _received(made: World, raws: list[bytes]) -> None:
    """Keep the events, and the receipt of their batch, as the matcher does."""
    rows = await keep_events(made, made.ours, raws, commit=True)
    now = made.clock.now()
    batch = LogBatch(str(made.ours.organization_id), "hec", "test", now, raws)
    receipt = BatchReceipt(
        batch.organization_id, batch.batch_id, "hec", "test", now, now, Account(received=len(raws), events=len(raws)),
        {"aws_cloudtrail": len(raws)}, {}, [], None, min(row.time for row in rows), max(row.time for row in rows),
    )  # fmt: skip
    async with made.platform.database.transaction(made.ours.scope()) as tx:
        await tx.intake.add_receipts([receipt])


async def _ask(made: World, path: str, status: int = 200) -> Any:
    answer = await made.ask(None, "GET", f"/api/v1{path}", token=made.ours.tokens[Role.VIEWER])
    assert answer.status_code == status, answer.text
    return answer.json()


def test_each_rule_says_whether_it_can_fire_and_why_not(postgres: TestDatabase, tmp_path: Path) -> None:
    """By the records that came; a field is missing only where the events that the rule looks for come without it."""

    async def test() -> None:
        async with hunting_world(postgres, tmp_path) as made:
            _with_rules(made)
            empty = {each["title"]: each for each in (await _ask(made, "/rule-readiness"))["items"]}
            assert {each["state"] for each in empty.values()} == {"no_source"}
            assert empty["ready"]["reason"] == "No cloudtrail events from AWS in 7 days."
            made.platform.remembered.forget()

            await _received(
                made,
                [
                    trail("alice", "CreateUser", "2026-03-02T09:00:00Z"),
                    trail("bob", "ListUsers", "2026-03-02T09:30:00Z"),
                ],
            )
            found = {each["title"]: each for each in (await _ask(made, "/rule-readiness"))["items"]}
            assert {title: each["state"] for title, each in found.items()} == {
                "ready": "ready", "no such field": "fields_missing", "no such event": "ready", "no such source": "no_source", "both": "no_source",
            }  # fmt: skip
            ready = found["ready"]
            assert (ready["sources"], ready["missing_fields"]) == (["aws_cloudtrail"], [])
            assert ready["last_event_at"] == "2026-03-02T09:00:00Z"
            assert ready["last_received_at"] is not None
            assert found["no such field"]["missing_fields"] == ["vpcEndpointId"]
            assert found["no such field"]["populated_fields"] == ["eventName"]
            assert "vpcEndpointId" in found["no such field"]["reason"]
            assert found["no such event"]["last_event_at"] is None
            assert "no event of the kind" in found["no such event"]["reason"]
            assert found["both"]["rules"] == [_ID.format(1), _ID.format(4)]
            assert "process_creation" in found["both"]["reason"]

            one = await _ask(made, f"/rules/{_ID.format(2)}/readiness")
            assert one == found["no such field"]
            await _ask(made, "/rules/none/readiness", 404)
            page = await _ask(made, "/rule-readiness?limit=2")
            rest = await _ask(made, f"/rule-readiness?limit=9&cursor={page['next_cursor']}")
            assert len({each["rule_id"] for each in [*page["items"], *rest["items"]]}) == 5
            only = await _ask(made, "/rule-readiness?state=fields_missing&log_source=cloudtrail&technique=T1098")
            assert [each["title"] for each in only["items"]] == ["no such field"]
            named = await _ask(made, f"/rule-readiness?rule={_ID.format(1)}&rule={_ID.format(4)}")
            assert {each["title"] for each in named["items"]} == {"ready", "no such source"}
            unable = await _ask(made, "/rules?readiness=no_source&readiness=fields_missing")
            assert {each["title"] for each in unable["items"]} == {"both", "no such field", "no such source"}
            summary = await _ask(made, "/rule-readiness/summary")
            assert summary["states"] == {"ready": 2, "silent": 0, "fields_missing": 1, "no_source": 2}
            assert summary["records"] == 2
            (technique,) = summary["techniques"]
            assert technique["states"] == {"ready": 2, "silent": 0, "fields_missing": 1, "no_source": 1}

            made.platform.remembered.forget()
            made.clock.turn(hours=30)
            quiet = await _ask(made, f"/rules/{_ID.format(1)}/readiness")
            assert quiet["state"] == "silent"
            assert "30 hours" in quiet["reason"]

    asyncio.run(test())


def test_own_rules_and_switched_off_ones(postgres: TestDatabase, tmp_path: Path) -> None:
    """An own rule is judged like the platform's; one that is off does not count."""

    async def test() -> None:
        async with hunting_world(postgres, tmp_path) as made:
            _with_rules(made)
            await _received(made, [trail("alice", "CreateUser", "2026-03-02T09:00:00Z")])
            own = _rule(9, "own", "product: aws, service: cloudtrail", "{s: {eventName: CreateUser}, condition: s}")
            analyst = made.ours.people[Role.ANALYST]
            made_rule = await made.ask(analyst, "POST", "/api/v1/own-rules", json={"text": own})
            assert made_rule.status_code == 201, made_rule.text
            shown = await _ask(made, f"/rules/{_ID.format(9)}/readiness")
            assert (shown["origin"], shown["state"], shown["enabled"]) == ("own", "ready", True)
            before = (await _ask(made, "/rule-readiness/summary"))["states"]["ready"]
            off = {"enabled": False, "level": None}
            path = f"/api/v1/rules/{_ID.format(9)}/setting"
            await made.ask(analyst, "PUT", path, json=off, headers={"If-Match": "*"})
            assert (await _ask(made, "/rule-readiness/summary"))["states"]["ready"] == before - 1
            assert (await _ask(made, "/rule-readiness?enabled=false"))["items"][0]["title"] == "own"

    asyncio.run(test())


def test_what_cannot_be_read_is_no_answer(postgres: TestDatabase, tmp_path: Path) -> None:
    """A lake that is away is said, not taken for one that holds nothing; the next one asks anew."""

    async def test() -> None:
        async with hunting_world(postgres, tmp_path) as made:
            _with_rules(made)
            await _received(made, [trail("alice", "CreateUser", "2026-03-02T09:00:00Z")])
            moved = tmp_path.rename(tmp_path.with_name(f"{tmp_path.name}-away"))
            try:
                answer = await made.ask(made.ours.people[Role.VIEWER], "GET", "/api/v1/rule-readiness")
                assert answer.status_code == 503, answer.text
            finally:
                moved.rename(tmp_path)
            answer = await made.ask(made.ours.people[Role.VIEWER], "GET", "/api/v1/rule-readiness")
            assert answer.status_code == 200, answer.text

    asyncio.run(test())

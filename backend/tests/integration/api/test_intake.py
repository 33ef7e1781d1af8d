"""What came in, what failed, and what is collected, over HTTP and a real database."""

from typing import Any

from minixdr.schema.role import Role
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run
from tests.security.isolation.detection import dead_letter, receipt_of


def test_what_came_in_adds_up(postgres: TestDatabase) -> None:
    """Receipts, completeness and sources say the same; a source is silent only against what is usual for it."""

    async def test(api: Api) -> None:
        batch_id = await receipt_of(api.world)
        receipt = await api.ask("GET", f"/receipts/{batch_id}")
        assert (receipt["received"], receipt["events"], receipt["malformed"]) == (2, 1, 1)
        assert (await api.ask("GET", "/receipts?incomplete=true&door=hec&source=canary"))["items"] == [receipt]
        api.world.clock.turn(minutes=1)
        for by in ("source", "door", "origin"):
            total = (await api.ask("GET", f"/completeness?by={by}"))["total"]
            assert total == {"received": 2, "events": 1, "skipped": 0, "malformed": 1, "duplicates": 0}
        sources = {source["name"]: source for source in (await api.ask("GET", "/sources"))["items"]}
        assert (sources["canary"]["silent_seconds"], sources["canary"]["silent"]) == (60, False)
        await api.ask("GET", "/completeness?first_at=2026-01-01T00:00:00Z&before=2027-01-01T00:00:00Z", status=422)
        await api.ask("GET", "/completeness?before=0001-01-01T00:00:00Z", status=422)
        refused = await api.ask("GET", "/completeness?first_at=2026-01-01T00:00:00", status=422)
        assert refused["detail"] == "query/first_at: is no time such as 2026-03-02T10:00:00Z"
        overview = await api.ask("GET", "/overview")
        assert sum(source["received"] for source in overview["sources"]) == 2

    run(postgres, test)


def test_a_dead_letter_is_replayed_once(postgres: TestDatabase) -> None:
    """The log gets the batch as it was; a batch that the log still remembers is not marked as replayed."""

    async def test(api: Api) -> None:
        admin = Api(api.world, Role.ADMIN)
        letter = await dead_letter(api.world)
        replayed = await admin.ask("POST", f"/dead-letters/{letter}/replay", status=202)
        assert replayed["state"] == "replayed"
        log: Any = api.world.platform.log
        assert list(log.batches) == [replayed["batch_id"]]
        await admin.ask("POST", f"/dead-letters/{letter}/replay", status=409)
        await admin.ask("POST", f"/dead-letters/{letter}/discard", status=409)
        again = await dead_letter(api.world)
        log.batches[(await admin.ask("GET", f"/dead-letters/{again}"))["batch_id"]] = None
        await admin.ask("POST", f"/dead-letters/{again}/replay", status=409)
        assert (await admin.ask("GET", f"/dead-letters/{again}"))["state"] == "open"
        assert (await admin.ask("POST", f"/dead-letters/{again}/discard"))["state"] == "discarded"
        assert [row["id"] for row in (await admin.ask("GET", "/dead-letters?state=discarded"))["items"]] == [str(again)]

    run(postgres, test)


def test_a_bucket_is_collected_from(postgres: TestDatabase) -> None:
    """The external id is the organization's, whoever asks; addresses that are no queue of AWS are refused."""

    async def test(api: Api) -> None:
        admin = Api(api.world, Role.ADMIN)
        role = "arn:aws:iam::111122223333:role/minixdr"
        for wrong in (
            {"bucket": "logs", "queue_url": "http://127.0.0.1:9324/000000000000/q"},
            {"bucket": "logs", "queue_url": "https://sqs.eu-central-1.amazonaws.com.evil.example/111122223333/q"},
            {"bucket": "logs", "external_id": "of somebody else"},
            {"bucket": "../x"},
            {"bucket": "logs", "role_arn": "role"},
        ):
            await admin.ask("POST", "/collector-inputs", wrong, 422)
        made = await admin.ask("POST", "/collector-inputs", {"bucket": "logs", "role_arn": role}, 201)
        tag = admin.tag
        assert made["external_id"] == f"minixdr-{api.world.ours.organization_id}"
        await admin.ask("POST", "/collector-inputs", {"bucket": "logs"}, 409)
        path = f"/collector-inputs/{made['id']}"
        changed = await admin.ask(
            "PATCH", path, {"enabled": False, "source": "aws_cloudtrail"}, headers={"If-Match": tag}
        )
        assert (changed["enabled"], changed["source"], changed["role_arn"]) == (False, "aws_cloudtrail", role)
        assert (await api.ask("GET", path))["objects"] == {"seen": 0, "done": 0, "failed": 0}
        assert (await admin.ask("POST", f"{path}/retry", {}, 202))["objects"] == 0
        await admin.ask("DELETE", path, status=204)
        assert (await api.ask("GET", "/collector-inputs"))["items"] == []

    run(postgres, test)

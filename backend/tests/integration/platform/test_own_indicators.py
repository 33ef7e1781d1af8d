"""Own indicators reach workers: without a restart, counted, and ended by themselves, on real engines."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from minixdr.app import own_indicators
from minixdr.app.ruleset import Ruleset
from minixdr.ports.database import Scope
from minixdr.ports.stores.indicators import IndicatorText
from tests.engines import TestDatabase
from tests.integration.platform.conftest import World, world
from tests.integration.platform.records import LOGIN

_FOUND = "SELECT rule_id, level, matched->>'indicator', matched->>'indicator_id' FROM findings WHERE kind = 'indicator'"


async def _add(made: World, value: str, **said: Any) -> str:
    text = IndicatorText(**{"level": "critical", "title": "C2", **said})
    scope = Scope(made.organization_id, None, "user:test")
    row = await own_indicators.add_indicator(made.platform, scope, own_indicators.new_indicator(value, None, text))
    return row.indicator_id


def test_a_running_worker_looks_for_what_is_added_and_no_more_for_what_is_removed(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """The finding says which one it is; hits are counted; other organizations' events are not compared with it."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            matcher = made.matcher()
            detections = matcher.detections

            async def work(number: int) -> None:
                for known in detections._sets.values():
                    known.checked_at = 0.0  # two seconds have passed
                again = made.matcher()
                again.detections = detections
                await made.platform.log.publish(made.batch([LOGIN % number], origin=f"batch {number}"))
                await made.drain(again)

            await work(1)
            assert made.own(_FOUND) == []
            name = await _add(made, "198.51.100[.]7")
            await work(2)
            assert made.own(_FOUND) == [("own-indicator:address", "critical", "198.51.100.7", name)]
            ((hits, last_hit_at),) = made.own("SELECT hits, last_hit_at FROM indicators")
            assert hits == 1
            assert last_hit_at is not None

            first = made.organization_id
            made.organization_id = await made.create_organization()
            await work(3)
            assert made.own(_FOUND) == []
            made.organization_id = first
            scope = Scope(first, None, "user:test")
            await own_indicators.remove_indicator(made.platform, scope, name)
            await work(4)
            assert len(made.own(_FOUND)) == 1

    asyncio.run(run())


def test_disabled_and_expired_ones_find_nothing(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """One ends by itself, in a worker that has it loaded: what happens later is not compared with it."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            await _add(made, "198.51.100.7", enabled=False)
            matcher = made.matcher()
            await made.platform.log.publish(made.batch([LOGIN % 1], origin="disabled"))
            await made.drain(matcher)
            assert made.own(_FOUND) == []
            now = datetime.now(UTC)
            await _add(made, "198.51.100.0/24", expires_at=now + timedelta(hours=1))
            loaded = (await made.matcher().detections.of(str(made.organization_id))).detection.own_indicators
            assert loaded is not None
            assert len(loaded) == 1
            object.__setattr__(made.platform, "now", lambda: now + timedelta(hours=2))
            again = (await made.matcher().detections.of(str(made.organization_id))).detection.own_indicators
            assert again is None

    asyncio.run(run())


def test_many_changes_do_not_load_all_again_each_time(
    postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset
) -> None:
    """Loading many takes a while, and is not done again before ten times as long has passed; the last change is not lost."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            scope = Scope(made.organization_id, None, "user:test")
            content = "\n".join(f"h{number}.example" for number in range(20_000))
            said = IndicatorText(level="low")
            await own_indicators.import_indicators(made.platform, scope, content, said, None, replace=False)
            detections = made.matcher().detections
            name = str(made.organization_id)
            first = await detections.of(name)
            assert first.detection.own_indicators is not None
            assert len(first.detection.own_indicators) == 20_000
            await _add(made, "one.more.example")
            first.checked_at = 0.0
            second = await detections.of(name)
            assert second.detection.own_indicators is first.detection.own_indicators
            assert second.indicators.again_at > 0
            second.checked_at = 0.0
            detections._sets[name].indicators = type(second.indicators)(
                second.indicators.version, second.indicators.loaded, 0.0
            )
            third = await detections.of(name)
            assert third.detection.own_indicators is not None
            assert len(third.detection.own_indicators) == 20_001

    asyncio.run(run())

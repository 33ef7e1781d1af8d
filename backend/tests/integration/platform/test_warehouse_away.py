"""A warehouse that cannot be written to is waited for: a full disk is not the batch's fault."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from minixdr.app.ruleset import Ruleset
from minixdr.ports.lake import LakeAwayError, LakeEvent, Stage, StagedFile
from minixdr.workers.matcher import MOST_ATTEMPTS, Matcher
from tests.engines import TestDatabase
from tests.integration.platform.conftest import world
from tests.integration.platform.records import LOGIN


class FullForAWhile:
    """Refuses some files, then hands on."""

    def __init__(self, stage: Stage, matcher: Matcher) -> None:
        self._stage, self._matcher = stage, matcher
        self.refusals = MOST_ATTEMPTS + 3

    def stage(self, organization_id: str, name: str, events: Sequence[LakeEvent]) -> StagedFile:
        """Stage the file, or not."""
        if self.refusals > 0:
            self.refusals -= 1
            self._matcher._waits = 0  # nobody has the time to see waits grow
            raise LakeAwayError("no space left on device")
        return self._stage.stage(organization_id, name, events)


def test_no_batch_is_given_up_for_it(postgres: TestDatabase, nats_url: str, tmp_path: Path, ruleset: Ruleset) -> None:
    """However often it is tried."""

    async def run() -> None:
        async with world(postgres, nats_url, str(tmp_path), ruleset) as made:
            matcher = made.matcher()
            matcher.stage = full = FullForAWhile(made.lake, matcher)
            await made.platform.log.publish(made.batch([LOGIN % 1]))
            await made.drain(matcher, seconds=60)
            assert full.refusals == 0
            assert made.own("SELECT count(*) FROM dead_letters") == [(0,)]
            assert made.own("SELECT events FROM receipts") == [(1,)]

    asyncio.run(run())

"""The overview's numbers open lists that count the same."""

from datetime import datetime, timedelta

from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run


def test_incidents_older_than_a_time_are_listed(postgres: TestDatabase) -> None:
    """One made at a time is not older than that time, and older than a moment later."""

    async def test(api: Api) -> None:
        (incident,) = (await api.ask("GET", "/incidents"))["items"]
        made = datetime.fromisoformat(incident["created_at"])
        later = made + timedelta(microseconds=1)
        at, after = ({"created_before": time.isoformat()} for time in (made, later))
        assert (await api.ask("GET", "/incidents", params=at))["items"] == []
        assert len((await api.ask("GET", "/incidents", params=after))["items"]) == 1

    run(postgres, test, "eve")

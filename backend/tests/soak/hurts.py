"""What may befall a platform besides a crash. Each hurts a machine under load, and compares what is there with what was promised."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.ports.database import Scope
from tests.soak.disks import Disk, small_disk
from tests.soak.found import undisturbed
from tests.soak.machine import Machine
from tests.soak.overload import overload
from tests.soak.run import Account, Say, check, environment_of, load
from tests.soak.slow import slow_clients

_TAKEOVER_SECONDS = 60
_PAUSE_SECONDS = 36.0
"""Longer than a lease (20 s), than what JetStream waits for an acknowledgement (30 s) and than a client waits for an answer (30 s)."""
_GONE_SECONDS = 40.0
_REQUESTS_PAUSE_SECONDS = 0.4
"""So slow that all of it can be sent again."""
_FULL_SECONDS = 30.0
_RECOVERY_SECONDS = 120.0


@dataclass(frozen=True)
class Hurt:
    """Something that may befall a platform."""

    run: Callable[[Machine, Say], None]
    workers: int = 1
    environment: tuple[tuple[str, str], ...] = ()


def paused_worker(machine: Machine, say: Say) -> None:
    """The worker that owns correlation sleeps; another takes over; when it wakes, what it does is refused."""
    with load(machine, pause_seconds=_REQUESTS_PAUSE_SECONDS) as account:
        time.sleep(4)
        before = _leases(machine)
        part = _holder(machine, before)
        with machine.paused(part):
            time.sleep(_PAUSE_SECONDS)
            _taken_over(machine, part, before)
        say(f"{part} slept; acknowledged {len(account.acknowledged):,}")
        time.sleep(4)
    _compare(machine, account, say)


def all_paused(machine: Machine, say: Say) -> None:
    """All in one, in the time that one takes: while a worker sleeps past its leases, each other part sleeps for some seconds too."""
    with load(machine, pause_seconds=_REQUESTS_PAUSE_SECONDS) as account:
        time.sleep(2)
        before = _leases(machine)
        part = _holder(machine, before)
        with machine.paused(part):
            end = time.monotonic() + _PAUSE_SECONDS
            for other in ("api", "nats", "postgres"):
                time.sleep(3)
                with machine.paused(other):
                    time.sleep(6)
            time.sleep(max(end - time.monotonic(), 0))
            _taken_over(machine, part, before)
        time.sleep(2)
    _compare(machine, account, say)


def paused_api(machine: Machine, say: Say) -> None:
    """Clients give up waiting and send again."""
    with load(machine, pause_seconds=_REQUESTS_PAUSE_SECONDS) as account:
        time.sleep(2)
        with machine.paused("api"):
            time.sleep(_PAUSE_SECONDS)
        _goes_on(machine, account)
    assert account.answers.get(0), "no client gave up"
    _compare(machine, account, say)


def engine_gone(part: str) -> Callable[[Machine, Say], None]:
    """Return the hurt: an engine that does not answer, then one that dies whenever it is started."""

    def run(machine: Machine, say: Say) -> None:
        with load(machine, pause_seconds=_REQUESTS_PAUSE_SECONDS) as account:
            time.sleep(2)
            with machine.paused(part):
                time.sleep(_GONE_SECONDS)
            _goes_on(machine, account)
            say(f"{part} slept; answers {account.answers}")
            assert not account.answers.get(0), "a client was not told that the platform is busy"
            end = time.monotonic() + _GONE_SECONDS
            while time.monotonic() < end:
                machine.kill(part)
                time.sleep(0.5)
            say(f"{part} was killed again and again; answers {account.answers}")
            _goes_on(machine, account)
        _compare(machine, account, say)

    return run


def disk_full(
    folder: str, megabytes: int, *, busy: bool, seconds: float = _FULL_SECONDS
) -> Callable[[Machine, Say], None]:
    """Return the hurt: no room in a folder of the data directory for a while. `busy`: the doors need that room."""

    def run(machine: Machine, say: Say) -> None:
        machine.stop()
        with small_disk(machine.folder / folder, megabytes) as disk:
            machine.start()
            try:
                with load(machine, pause_seconds=_REQUESTS_PAUSE_SECONDS) as account:
                    time.sleep(3)
                    _full(disk, seconds)
                    say(f"{folder} was full; answers {account.answers}")
                    _goes_on(machine, account)
                if busy:
                    assert account.answers.get(503), "the doors took records that there was no room for"
                _compare(machine, account, say)
            finally:
                machine.stop()

    return run


def _full(disk: Disk, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        disk.fill()
        time.sleep(0.2)
    disk.free()


def _goes_on(machine: Machine, account: Account) -> None:
    """Wait until records are acknowledged again, by itself."""
    before = len(account.acknowledged)
    machine.until(lambda: len(account.acknowledged) > before + 2_000, _RECOVERY_SECONDS, "taking records again")


def _compare(machine: Machine, account: Account, say: Say) -> None:
    check(machine, account, say=say)
    undisturbed(machine, account, say=say)
    say(f"restarts: {machine.restarts()}")


def _leases(machine: Machine) -> dict[str, tuple[str, int]]:
    async def look() -> dict[str, tuple[str, int]]:
        database = PostgresDatabase(environment_of(machine)["MINIXDR_DATABASE_URL"])
        try:
            async with database.transaction(Scope(system=True)) as opened:
                rows = await opened.execute(text("SELECT name, owner, fence FROM leases"))
                return {row.name: (row.owner, row.fence) for row in rows}
        finally:
            await database.close()

    return asyncio.run(look())


def _taken_over(machine: Machine, part: str, before: dict[str, tuple[str, int]]) -> None:
    """Wait until another owns what a part that sleeps did: leases have run out by now, a busy machine takes its time."""
    mine = f":{machine.pids()[part]}"
    prompt = {
        name: fence
        for name, (owner, fence) in before.items()
        if owner.endswith(mine) and (name == "lake:committer" or name.startswith("correlator:"))
    }

    def done() -> bool:
        during = _leases(machine)
        return all(not during[name][0].endswith(mine) and during[name][1] > fence for name, fence in prompt.items())

    machine.until(done, _TAKEOVER_SECONDS, f"taken over, with a greater fence: {', '.join(sorted(prompt))}")


def _holder(machine: Machine, leases: dict[str, tuple[str, int]]) -> str:
    owner = next(owner for name, (owner, _) in leases.items() if name.startswith("correlator:"))
    return next(part for part, pid in machine.pids().items() if owner.endswith(f":{pid}"))


HURTS = {
    "paused-worker": Hurt(paused_worker, workers=2),
    "paused-api": Hurt(paused_api),
    "postgres-gone": Hurt(engine_gone("postgres")),
    "nats-gone": Hurt(engine_gone("nats")),
    "log-full": Hurt(disk_full("nats", 160, busy=True)),
    "database-full": Hurt(disk_full("postgres", 300, busy=False)),
    "lake-full": Hurt(disk_full("lake", 100, busy=False)),
    "overload": Hurt(overload, environment=(("MINIXDR_LOG_MOST_BYTES", str(4 << 20)),)),
    "slow-clients": Hurt(slow_clients),
}

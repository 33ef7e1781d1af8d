"""Who may hunt now, and who comes back later."""

import asyncio

import pytest

from minixdr.app.hunt.running import Line, Stopping
from minixdr.app.refusal import TooManyError


async def _hold(line: Line, organization_id: str, until: asyncio.Event) -> None:
    async with line.place(organization_id):
        await until.wait()


def test_one_organization_fills_half_the_line() -> None:
    """The other half is for others."""

    async def test() -> None:
        line, until = Line(2, 4), asyncio.Event()
        held = [asyncio.create_task(_hold(line, "a", until)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyError):
            await _hold(line, "a", until)
        held += [asyncio.create_task(_hold(line, "b", until)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyError):
            await _hold(line, "c", until)
        until.set()
        await asyncio.gather(*held)
        await _hold(line, "a", until)

    asyncio.run(test())


def test_a_place_is_given_back_when_its_time_is_up() -> None:
    """Whoever takes a file slowly keeps nobody out for ever; given back twice it is one place still."""

    async def test() -> None:
        line, until = Line(1, 3), asyncio.Event()
        async with line.place("a", 0.01):
            waiting = asyncio.create_task(_hold(line, "b", until))
            await asyncio.sleep(0.05)
            until.set()
            await asyncio.wait_for(waiting, 1)
        until.clear()
        first, second = (asyncio.create_task(_hold(line, name, until)) for name in "cd")
        await asyncio.sleep(0.02)
        assert line._places.locked()
        until.set()
        await asyncio.gather(first, second)

    asyncio.run(test())


def test_whoever_is_cancelled_in_line_leaves_it() -> None:
    """No place is lost."""

    async def test() -> None:
        line, until = Line(1, 5), asyncio.Event()
        holding = asyncio.create_task(_hold(line, "a", until))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(_hold(line, "a", until))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        until.set()
        await holding
        await asyncio.wait_for(_hold(line, "a", until), 1)

    asyncio.run(test())


def test_what_was_stopped_before_it_began_is_stopped() -> None:
    """And nothing is told to stop that has ended."""
    told: list[str] = []
    watch = Stopping(1)
    watch.on_stop(lambda: told.append("ended"))
    watch.on_stop(None)
    watch.stop()
    assert told == []
    watch.on_stop(lambda: told.append("late"))
    assert told == ["late"]

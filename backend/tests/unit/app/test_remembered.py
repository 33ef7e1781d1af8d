"""What is remembered for a while."""

import asyncio

import pytest

from minixdr.app.remembered import Remembered


def test_it_is_found_out_once_until_it_is_old() -> None:
    """Several who ask at once wait for one; another organization has its own; a failure is tried again."""
    now, made = [0.0], list[str]()

    async def run() -> None:
        remembered = Remembered(lambda: now[0])

        async def make(name: str) -> str:
            await asyncio.sleep(0)
            made.append(name)
            return f"{name} {len(made)}"

        first = await asyncio.gather(*(remembered.get(("a",), 5.0, lambda: make("a")) for _ in range(3)))
        assert first == ["a 1"] * 3
        assert await remembered.get(("b",), 5.0, lambda: make("b")) == "b 2"
        now[0] = 4.9
        assert await remembered.get(("a",), 5.0, lambda: make("a")) == "a 1"
        now[0] = 5.0
        assert await remembered.get(("a",), 5.0, lambda: make("a")) == "a 3"

        async def fail() -> str:
            raise OSError("away")

        with pytest.raises(OSError, match="away"):
            await remembered.get(("c",), 5.0, fail)
        assert await remembered.get(("c",), 5.0, lambda: make("c")) == "c 4"
        remembered.forget()
        assert await remembered.get(("a",), 5.0, lambda: make("a")) == "a 5"

    asyncio.run(run())

"""What the engine remembers between records, bounded together.

An attacker who sends ever new values makes it forget, never grow: when the budget is spent, everything is forgotten
at once. That costs no order of use to keep, and what matters comes back with the next records.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(dict[Key, Value], Generic[Key, Value]):
    """A dictionary that works out what it lacks. Whether that is kept is the function's to decide."""

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[Key], Value]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, key: Key) -> Value:
        return self._work_out(key)


class Budget:
    """What all that is remembered may take together."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.spent_bytes = 0
        self.forgotten = 0
        """How many times everything was forgotten."""
        self._of_tables: list[Remembered[Any, Any]] = []
        self._of_plans: list[Remembered[Any, Any]] = []

    def remembered(self, work_out: Callable[[Key], Value], *, of_plan: bool = False) -> Remembered[Key, Value]:
        """Return a new dictionary that is emptied when the budget is spent."""
        memory = Remembered(work_out)
        (self._of_plans if of_plan else self._of_tables).append(memory)
        return memory

    def forget_plans(self) -> None:
        """Let go of what belongs to plans, because they are thrown away."""
        for memory in self._of_plans:
            memory.clear()
        self._of_plans.clear()

    def spend(self, size_bytes: int) -> None:
        """Count what is about to be remembered."""
        self.spent_bytes += size_bytes
        if self.spent_bytes > self.limit_bytes:
            for memory in (*self._of_tables, *self._of_plans):
                memory.clear()
            self.spent_bytes = size_bytes
            self.forgotten += 1

"""What hangs together by any edge: groups never reach beyond an island, so an island that nothing touched stays as it is."""

from collections.abc import Iterable


class Islands:
    """Disjoint sets of numbers (union-find with path halving)."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def of(self, number: int) -> int:
        """Return the number that stands for the island."""
        above = self._above
        while (next_number := above.get(number, number)) != number:
            above[number] = above.get(next_number, next_number)
            number = next_number
        return number

    def join(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Join the two islands of each pair."""
        for one, two in pairs:
            self._above[self.of(one)] = self.of(two)

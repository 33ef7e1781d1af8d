"""Which pairs of runs are worth weighing: what came just before on the same entity, or by the same rule.

The time between is all that differs among the runs of one rule on one entity, so its last one stands for all; what is noise there is left out.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from minixdr.correlate.rarity import Rarity
from minixdr.correlate.runs import Run, Runs
from minixdr.correlate.weights import LONGEST_GAP_SECONDS, MACHINE

_LOOK_BACK = 16
_RULES_BACK = 4
"""Of what came before on an entity, the last run of each of so many rules, among so many runs: more add nothing that those do not join."""
_QUIET_ENOUGH = 0.3
"""Below this factor an entity or a rule cannot reach the threshold by itself; it still counts beside another."""
_WEIGHTY = 0.15
Lists = dict[int, Run | list[Run]]


def pairs(runs: Runs, rarity: Rarity, among: Iterable[Run]) -> Iterator[tuple[Run, Run]]:
    """Yield each pair once, the earlier run first."""
    by_rule: Lists = {}
    by_entity: Lists = {}
    for run in sorted(among, key=lambda run: (run.first, run.head)):
        if run.slot is None or rarity.noise(run) < _QUIET_ENOUGH:
            continue
        _append(by_rule, run.rule, run)
        for number in (*run.cast.anchors, *run.artifacts):
            _append(by_entity, number, run)
    seen: set[tuple[int, int]] = set()
    found = [_neighbors(listed, 1) for listed in by_rule.values() if isinstance(listed, list)]
    for number, listed in by_entity.items():
        if isinstance(listed, list):
            leading = [run for run in listed if _leads(runs, rarity, run, number)]
            found.append(_neighbors(leading, _LOOK_BACK))
    for earlier, later in chain.from_iterable(found):
        name = (id(earlier), id(later))
        if name not in seen:
            seen.add(name)
            yield earlier, later


def _append(lists: Lists, name: int, run: Run) -> None:
    """Most names are seen once: a list is made for the second run."""
    listed = lists.get(name)
    if listed is None:
        lists[name] = run
    elif isinstance(listed, list):
        listed.append(run)
    else:
        lists[name] = [listed, run]


def _leads(runs: Runs, rarity: Rarity, run: Run, number: int) -> bool:
    kind = runs.kinds[number]
    hub = (
        1.0 if kind.group == MACHINE else rarity.hub(number, run)
    )  # how much of a hub a machine is depends on the pair
    return kind.weight * hub >= _WEIGHTY and rarity.repetition(run, number)[0] >= _QUIET_ENOUGH


def _neighbors(listed: list[Run], look_back: int) -> Iterator[tuple[Run, Run]]:
    """Yield each run with the last run of each of the last few rules before it."""
    for place, later in enumerate(listed):
        since = later.first - LONGEST_GAP_SECONDS
        rules: set[int] = set()
        for back in range(place - 1, max(-1, place - 1 - look_back), -1):
            earlier = listed[back]
            if earlier.last < since:
                break
            if earlier.rule not in rules:
                yield earlier, later
                rules.add(earlier.rule)
                if len(rules) == _RULES_BACK:
                    break

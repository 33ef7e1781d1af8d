"""READ FIRST: a simulation, hour by hour.

    world      seed, principals            -> a company          world.py
    story      scenario, company           -> attack records     scenarios/<name>.py, on a Stage
    noise      company, hour, count        -> ordinary records   noise/<kind>.py
    placement  the hour's records by time  -> files              placement.py
    truth      each attack record's file, number, step           truth.jsonl

The same settings give the same bytes. An hour is held in memory, never the whole.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import orjson

from minixdr.ports.simulated_files import SimulatedFiles
from minixdr.simulate.logs.clock import zulu
from minixdr.simulate.placement import Placed, Placement
from minixdr.simulate.records import Item
from minixdr.simulate.rhythm import spread
from minixdr.simulate.scenario import Scenario, all_noise
from minixdr.simulate.stage import Stage
from minixdr.simulate.world import World, build_world

LOGS, TRUTH, ABOUT = "logs", "truth.jsonl", "simulation.json"
_HOUR_SECONDS = 3_600
_DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides a simulation's bytes, beside its scenario."""

    seed: int
    start: float
    """First midnight, seconds since 1970, UTC."""
    days: int
    principals: int
    events: int
    """Ordinary records."""


@dataclass(slots=True)
class Summary:
    """What was written."""

    records: Counter[str] = field(default_factory=Counter)
    """By kind of log."""
    attack_records: int = 0
    steps: int = 0
    files: int = 0


def simulate(
    scenario: Scenario, settings: Settings, files: SimulatedFiles, advance: Callable[[int], None] | None = None
) -> Summary:
    """Write the scenario's logs below `logs/`, its truth to `truth.jsonl`, its settings to `simulation.json`; return what was written.

    `advance` is told the number of records after each hour.
    """
    world = build_world(settings.seed, settings.principals)
    story = _story(scenario, settings, world)
    placement = Placement(settings.seed)
    summary = Summary(steps=len({item.step for item in story}))
    told = 0
    for hour, ordinary in _ordinary_hours(settings, world):
        end = hour + _HOUR_SECONDS
        until = told
        while until < len(story) and story[until].time < end:
            until += 1
        items = sorted(ordinary + story[told:until], key=_time)
        told = until
        _write(placement, items, files, summary)
        if advance is not None:
            advance(len(items))
    _write(placement, story[told:], files, summary)  # a story that goes on after the last hour
    summary.files = placement.files
    files.append(ABOUT, orjson.dumps(_about(scenario, settings, summary), option=orjson.OPT_INDENT_2) + b"\n")
    return summary


def _time(item: Item) -> float:
    return item.time


def _story(scenario: Scenario, settings: Settings, world: World) -> list[Item]:
    if scenario.tell is None:
        return []
    last_midnight = settings.start + (settings.days - 1) * _DAY_HOURS * _HOUR_SECONDS
    rng = Random(f"{settings.seed}/{scenario.name}")
    stage = Stage(world, rng, last_midnight + scenario.begins_after_hours * _HOUR_SECONDS)
    scenario.tell(stage)
    return sorted(stage.items, key=_time)


def _ordinary_hours(settings: Settings, world: World) -> Iterator[tuple[float, list[Item]]]:
    """Yield each hour's start and its ordinary records."""
    kinds = all_noise()
    shares = sum(kind.share for kind in kinds)
    counts = _counts(settings.events, [kind.share / shares for kind in kinds])
    sources = [
        (kind.name, kind.build(world), spread(count, settings.start, settings.days * _DAY_HOURS))
        for kind, count in zip(kinds, counts, strict=True)
    ]
    for number in range(settings.days * _DAY_HOURS):
        hour = settings.start + number * _HOUR_SECONDS
        items: list[Item] = []
        for name, source, hours in sources:
            _, count = next(hours)
            rng = Random(f"{settings.seed}/{name}/{int(hour)}")
            items.extend(source(rng, hour, count))
        yield hour, items


def _counts(total: int, shares: list[float]) -> list[int]:
    counts = [int(total * share) for share in shares]
    counts[0] += total - sum(counts)
    return counts


def _write(placement: Placement, items: list[Item], files: SimulatedFiles, summary: Summary) -> None:
    truths: list[Placed] = []
    for path, content, attack in placement.place(items):
        files.append(f"{LOGS}/{path}", content)
        truths.extend(attack)
    for item in items:
        summary.records[item.log.kind] += 1
    summary.attack_records += len(truths)
    truths.sort(key=lambda placed: placed.item.time)
    if truths:
        files.append(TRUTH, b"".join(orjson.dumps(_truth(placed)) + b"\n" for placed in truths))


def _truth(placed: Placed) -> dict[str, object]:
    step = placed.item.step
    if step is None:
        raise ValueError("an ordinary record has no step")
    return {
        "file": f"{LOGS}/{placed.path}",
        "record": placed.number,
        "time": zulu(placed.item.time),
        "step": step.number,
        "title": step.title,
        "tactic": step.tactic,
        "technique": step.technique,
    }


def _about(scenario: Scenario, settings: Settings, summary: Summary) -> dict[str, object]:
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "seed": settings.seed,
        "start": zulu(settings.start),
        "days": settings.days,
        "principals": settings.principals,
        "records": dict(sorted(summary.records.items())),
        "attack_records": summary.attack_records,
        "steps": summary.steps,
        "files": summary.files,
    }

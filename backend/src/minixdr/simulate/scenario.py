"""What a scenario is: the one constant `SCENARIO` that each module of `scenarios/` exports."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from minixdr.simulate import noise, scenarios
from minixdr.simulate.records import Noise
from minixdr.simulate.stage import Stage


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story that is told among ordinary days."""

    name: str
    """The module's name."""
    title: str
    description: str
    """What happens, for a person."""
    tell: Callable[[Stage], None] | None
    """Write the story. None: ordinary days only."""
    begins_after_hours: float = 10.5
    """Hours after the last day's midnight (UTC) at which the story begins: among a working day's noise."""


@cache
def all_scenarios() -> dict[str, Scenario]:
    """Return the scenarios by name. Raises ValueError where a module's scenario has another name."""
    found: dict[str, Scenario] = {}
    for module in sorted(pkgutil.iter_modules(scenarios.__path__), key=lambda module: module.name):
        scenario: Scenario = importlib.import_module(f"{scenarios.__name__}.{module.name}").SCENARIO
        if scenario.name != module.name:
            raise ValueError(f"{module.name}.SCENARIO is named {scenario.name}")
        found[scenario.name] = scenario
    return found


@cache
def all_noise() -> tuple[Noise, ...]:
    """Return what makes ordinary days, by name."""
    modules = sorted(
        module.name for module in pkgutil.iter_modules(noise.__path__) if not module.name.endswith("_catalog")
    )
    return tuple(importlib.import_module(f"{noise.__name__}.{name}").NOISE for name in modules)

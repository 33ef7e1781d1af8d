"""Write a scenario's logs: what `minixdr simulate` does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from minixdr.ports.simulated_files import SimulatedFiles
from minixdr.simulate.scenario import Scenario, all_scenarios
from minixdr.simulate.simulation import Settings, Summary, simulate

DEFAULT_SEED = 7
DEFAULT_START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday; a fixed day, so that two runs give the same bytes
DEFAULT_DAYS = 2
DEFAULT_PRINCIPALS = 40
DEFAULT_EVENTS = (
    20_000  # enough that the attack's few hundred records have to be found, little enough to be read in a second
)
_MOST_DAYS = 3_660
_FEWEST_PRINCIPALS = 4  # people, workloads


class BadSettingsError(ValueError):
    """The settings allow no simulation; the message says why."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a person asks for."""

    scenario: str = "aws_intrusion"
    seed: int = DEFAULT_SEED
    start: datetime = DEFAULT_START
    days: int = DEFAULT_DAYS
    principals: int = DEFAULT_PRINCIPALS
    events: int = DEFAULT_EVENTS


def list_scenarios() -> tuple[Scenario, ...]:
    """Return the scenarios, by name."""
    return tuple(all_scenarios().values())


def check_scenario(name: str) -> Scenario:
    """Return the scenario. Raises BadSettingsError where there is none of the name."""
    scenario = all_scenarios().get(name)
    if scenario is None:
        raise BadSettingsError(f"no scenario is named {name}; there are {', '.join(all_scenarios())}")
    return scenario


def run(request: Simulation, files: SimulatedFiles, advance: Callable[[int], None] | None = None) -> Summary:
    """Write the simulation's files and return what was written. Raises BadSettingsError."""
    scenario = check_scenario(request.scenario)
    if not 1 <= request.days <= _MOST_DAYS:
        raise BadSettingsError(f"days must be between 1 and {_MOST_DAYS}")
    if request.principals < _FEWEST_PRINCIPALS:
        raise BadSettingsError(f"a company has at least {_FEWEST_PRINCIPALS} principals")
    if request.events < 0:
        raise BadSettingsError("events must not be negative")
    start = request.start if request.start.tzinfo else request.start.replace(tzinfo=UTC)
    midnight = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    settings = Settings(request.seed, midnight.timestamp(), request.days, request.principals, request.events)
    return simulate(scenario, settings, files, advance)

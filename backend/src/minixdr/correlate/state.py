"""The state of the stage as plain values: what is saved is what a new process continues from."""

from math import inf, isfinite

import msgspec

from minixdr.correlate.decisions import Decision
from minixdr.correlate.runs import MOST_ANCHORS, ROLES, RuleFacts, Runs
from minixdr.correlate.weights import TYPES

VERSION = 1


class SavedRun(msgspec.Struct, frozen=True, array_like=True):
    """A run; numbers are places in the tables."""

    rule: int
    slot: int | None
    codes: list[int]
    file: int
    marks: tuple[str, ...]
    artifacts: list[int]
    finding_ids: list[str]
    seconds: list[float | None]


class State(msgspec.Struct, frozen=True):
    """Everything."""

    version: int
    rules: list[RuleFacts]
    entities: list[tuple[str, str]]
    files: list[str]
    runs: list[SavedRun]
    decisions: list[Decision]


class WrongStateError(ValueError):
    """The state is none of ours, or of another version."""


def saved(runs: Runs, decisions: list[Decision]) -> State:
    """Return the state."""
    return State(
        VERSION,
        list(runs.rules),
        list(runs.entities),
        list(runs.files),
        [
            SavedRun(
                run.rule,
                run.slot,
                list(run.cast.codes),
                run.file,
                run.marks,
                list(run.artifacts),
                list(run.finding_ids),
                [seconds if isfinite(seconds) else None for seconds in run.seconds],
            )
            for run in runs.by_key.values()
        ],
        list(decisions),
    )


def restored(state: State) -> Runs:
    """Return the runs of the state. Raises WrongStateError."""
    if state.version != VERSION:
        raise WrongStateError(f"correlation state of version {state.version}; this is version {VERSION}")
    if not all(kind in TYPES for kind, _ in state.entities):
        raise WrongStateError("correlation state names types of entities that are not known")
    runs = Runs()
    runs.number(state.rules, state.entities, state.files)
    for item in state.runs:
        _check(item, state)
        run = runs.run(item.rule, item.slot, tuple(item.codes), item.file, item.marks)
        for finding_id, seconds in zip(item.finding_ids, item.seconds, strict=True):
            runs.put(run, finding_id, inf if seconds is None else seconds)
        runs.name_artifacts(run, item.artifacts)
    return runs


def _check(item: SavedRun, state: State) -> None:
    numbers = [code >> 2 for code in item.codes] + item.artifacts
    known = all(0 <= number < len(state.entities) for number in numbers)
    roles = all(code & 3 < len(ROLES) for code in item.codes)
    tables = 0 <= item.rule < len(state.rules) and -1 <= item.file < len(state.files)
    sizes = len(item.codes) <= MOST_ANCHORS and len(item.finding_ids) == len(item.seconds) > 0
    if not (known and roles and tables and sizes):
        raise WrongStateError("correlation state names what its tables do not hold")

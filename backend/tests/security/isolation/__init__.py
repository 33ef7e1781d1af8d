"""What `test_isolation.py` needs to know of each operation of the API: one module a noun, found by listing this folder.

A module has `ENTRIES`, a list with one `Entry` for each operation of its noun:

    ENTRIES = [
        Entry("listIncidents"),
        Entry("changeIncident", prepare=_incident, path=lambda made: {"incident_id": made}, body=lambda made: {"state": "triage"},
              headers=lambda made: {"If-Match": "*"}),
    ]

`prepare(world)` makes, in the organization `world.ours`, a fresh thing that the request is about, and returns what `path`, `query`, `body` and
`headers` make the request of. The request must succeed (2xx) for our own people of the least role: only then does it prove something that
others get nothing with the same request.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.api import World


async def _nothing(world: World) -> Any:
    return None


@dataclass(frozen=True)
class Entry:
    """How to ask for one operation."""

    operation_id: str
    prepare: Callable[[World], Awaitable[Any]] = _nothing
    path: Callable[[Any], Mapping[str, Any]] = lambda _: {}
    query: Callable[[Any], Mapping[str, Any]] = lambda _: {}
    body: Callable[[Any], Any] | None = None
    headers: Callable[[Any], Mapping[str, str]] = lambda _: {}
    own: bool = False
    """About the caller's own things (`/me`, `/organization`, a list): another organization's person may well succeed, with their own things. It is
    still tested that nothing of ours is shown or changed."""
    streams: bool = False
    """The answer never ends: its beginning is read."""


def entries() -> dict[str, Entry]:
    """Return all entries, by operation id."""
    found: dict[str, Entry] = {}
    for module in pkgutil.iter_modules(__path__):
        for entry in importlib.import_module(f"{__name__}.{module.name}").ENTRIES:
            assert entry.operation_id not in found, f"{entry.operation_id} has two entries"
            found[entry.operation_id] = entry
    return found

"""All findings at once -> incidents."""

from collections.abc import Iterable

from minixdr.correlate.incidents import Incidents
from minixdr.correlate.key import FindingKey
from minixdr.schema.incident import Incident


def correlate(keys: Iterable[FindingKey]) -> tuple[Incident, ...]:
    """Return the incidents of the findings, in the order of their first findings; those without a time last."""
    state = Incidents()
    state.add(keys)
    return state.incidents()

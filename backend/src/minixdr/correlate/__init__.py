"""findings + incidents -> changed incidents, each join explained. Pure: `now` and state are arguments.

`batch.correlate` takes all findings at once; `incidents.Incidents` takes them as they come. Read: key, runs, rarity, links, grouping, describe.
"""

from minixdr.correlate.batch import correlate
from minixdr.correlate.incidents import Changes, Incidents, UnknownIncidentError
from minixdr.correlate.key import FindingKey, key_of
from minixdr.correlate.state import State, WrongStateError

__all__ = [
    "Changes",
    "FindingKey",
    "Incidents",
    "State",
    "UnknownIncidentError",
    "WrongStateError",
    "correlate",
    "key_of",
]

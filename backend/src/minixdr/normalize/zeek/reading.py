"""What a log's reader concludes: the OCSF class, activity and severity."""

from collections.abc import Callable
from typing import NamedTuple

from minixdr.normalize.draft import Draft


class Reading(NamedTuple):
    """What the record is."""

    class_uid: int
    activity_id: int
    severity_id: int = 1


Reader = Callable[[Draft], Reading]

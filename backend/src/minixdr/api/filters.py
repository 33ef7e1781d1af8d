"""What lists are filtered by, as query parameters that several nouns share."""

from typing import Annotated, Literal

from fastapi import Query

from minixdr.api.values import Line, LongLine, Time
from minixdr.normalize.entities import ENTITY_TYPES

Level = Literal["informational", "low", "medium", "high", "critical"]
Verdict = Literal["true_positive", "false_positive", "benign", "undetermined"]
VerdictOrNone = Literal["true_positive", "false_positive", "benign", "undetermined", "none"]

FirstAt = Annotated[Time | None, Query(description="Not before this time.")]
Before = Annotated[Time | None, Query(description="Before this time.")]
Text = Annotated[Line | None, Query(description="Part of the title or name, whatever the case.")]
Tactic = Annotated[str | None, Query(pattern=r"^TA[0-9]{4}$", description="ATT&CK tactic id.", examples=["TA0006"])]
Technique = Annotated[
    str | None, Query(pattern=r"^T[0-9]{4}(\.[0-9]{3})?$", description="ATT&CK technique id.", examples=["T1110.001"])
]
EntityType = Annotated[
    Literal[ENTITY_TYPES] | None,  # type: ignore[valid-type]
    Query(description="Type of the entity; left out: any."),
]
EntityValue = Annotated[
    LongLine | None, Query(description="Canonical value of an entity that is named.", examples=["203.0.113.7"])
]

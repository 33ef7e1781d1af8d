"""READ FIRST: what happens to a batch of records, in the order of the calls.

    ingest     bytes            -> records             ingest/     (before this: whoever reads gives batches)
    detect     records          -> matches             detect/engine.py, detect/kinds/
    normalize  matched record   -> event               normalize/sources/<vendor>_<product>.py
    detect     event            -> findings            detect/kinds/
    correlate  findings         -> incidents           correlate/  (when the batches of all files are through)

In `scan` only records that something matched become events; what no analytic asks for is not extracted.
No I/O, no clock: a batch and what is loaded go in, an `Outcome` comes out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from minixdr.detect.engine import Engine, Match
from minixdr.detect.kinds import sigma
from minixdr.detect.kinds.indicator import Indicators
from minixdr.detect.kinds.sigma_correlation import Observation
from minixdr.normalize.source import NotAnEvent
from minixdr.schema.event import Event
from minixdr.schema.finding import Finding
from minixdr.schema.record import Batch, Issue, Receipt, Record


@dataclass(frozen=True, slots=True)
class Detection:
    """What is loaded: the same for all batches of a run."""

    engine: Engine
    indicators: Indicators | None
    correlated: Mapping[int, tuple[str, ...]]
    """Index of a rule that correlation rules refer to -> the names they use."""
    correlation_fields: Mapping[int, tuple[str, ...]]
    """Index of such a rule -> the record fields that its correlation rules read."""
    organization_id: str


@dataclass(slots=True)
class Outcome:
    """What became of a batch."""

    receipt: Receipt = field(default_factory=Receipt)
    sources: Counter[str] = field(default_factory=Counter)
    """Events by log source."""
    issues: list[Issue] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)

"""What the correlator reads and writes: the findings that incidents are made of, people's decisions, the incidents, its own state."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from minixdr.schema.event import Entity
from minixdr.schema.incident import Incident


class Assigned(msgspec.Struct, frozen=True):
    """What incidents are made of, of a finding; and the incident it is in."""

    finding_id: str
    time: datetime
    rule_id: str
    title: str
    level: str
    tactics: Sequence[str]
    techniques: Sequence[str]
    source: str
    file: str
    entities: Sequence[Entity]
    incident_id: str | None


class Told(msgspec.Struct, frozen=True):
    """A person's decision, as the correlator sees it."""

    decision_id: UUID
    kind: str
    """`merge`: payload {one, two}. `split`: payload {incident_id, finding_ids}."""
    payload: Mapping[str, Any]
    reason: str
    made_by: str
    applied: Mapping[str, Any] | None
    """The decision as the state has it, once it was applied."""
    undone: bool


class CorrelationStore(Protocol):
    """Rows of one organization, written by the correlator that holds its lease."""

    async def pending(self) -> bool:
        """Return whether signals or decisions wait."""

    async def findings_since(self, time: datetime) -> Sequence[Assigned]:
        """Return the open findings of incidents that lasted until then or longer, and those in no incident since then."""

    async def decisions(self, *, all_applied: bool) -> Sequence[Told]:
        """Return the decisions that wait to be applied or undone, oldest first; with `all_applied` those in force too."""

    async def mark_applied(self, decision_id: UUID, applied: Mapping[str, Any] | None, refusal: str | None) -> None:
        """Note what became of a decision: applied, or why not."""

    async def mark_undone(self, decision_id: UUID) -> None:
        """Note that a decision is taken back."""

    async def save_incidents(
        self, changed: Sequence[Incident], gone: Mapping[str, str | None], assigned: Mapping[str, str], now: datetime
    ) -> None:
        """Write incidents that changed, where those led that are no more, and which findings are in which incident (finding -> incident).

        What people set stays. A resolved or closed incident with new findings is open again, unless people called it false or benign.
        """

    async def rate_entities(self, entities: Sequence[Entity]) -> None:
        """Work out the risk of these entities anew: the greatest of the open incidents that name them."""

    async def load_state(self, name: str) -> bytes | None:
        """Return the saved state of the correlation rules."""

    async def save_state(self, name: str, fence: int, state: bytes) -> None:
        """Save it."""

"""Records with any field of any kind: counted, never a traceback, never an event that breaks its schema."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from tools.telemetry import claims, records

from minixdr.normalize.source import NotAnEvent
from minixdr.schema.event import Event
from minixdr.schema.record import Issue, Record
from tests.contract.hostile import mutations
from tests.contract.ocsf_check import violations
from tests.contract.samples import sample_files

_RECORDS_OF_A_FILE = 7


def _records(path: Path) -> list[Record]:
    return [item for item in records(path, _RECORDS_OF_A_FILE) if not isinstance(item, Issue)]


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_record_with_one_thing_wrong_is_an_event_or_none(path: Path) -> None:
    """Drop a field, or put anything in its place: recognising, naming fields and normalizing never fail, and events keep to the schema."""
    wrong: Counter[str] = Counter()
    for record in _records(path):
        for what, body in mutations(record.body):
            mutated = msgspec.structs.replace(record, body=body)
            claimed = claims(mutated)
            if len(claimed) > 1:
                wrong[f"{what}: claimed by {[f'{source.name}/{shape.name}' for source, shape in claimed]}"] += 1
            for source, shape in claimed[:1]:
                if shape.fields is not None:
                    shape.fields(body)
                try:
                    event = source.normalize(mutated)
                except NotAnEvent:
                    continue
                assert isinstance(event, Event)
                wrong.update(f"{what}: {violation:.200}" for violation in violations(event))
    assert not wrong, "\n".join(f"{count} x {what}" for what, count in wrong.most_common(20))

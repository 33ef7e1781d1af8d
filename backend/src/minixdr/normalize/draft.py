"""An event while a source writes it: takes the record's fields, keeps what nobody took.

In: a record, and its fields as its shape names them. Out: `Event`. What a source does not take stays visible in
`Event.unmapped`; what it refuses to read is said with `doubt`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from minixdr.ingest.identity import identify
from minixdr.normalize.entities import entities_of
from minixdr.normalize.kinds import IS_TEXT, misfit
from minixdr.schema import ocsf
from minixdr.schema.event import Doubt, Event, Value
from minixdr.schema.record import Record

NO_VALUE_OF = "the record's value is none of OCSF's type"
_ABSENT = object()
_EXTENSION_FACTOR = 100_000  # OCSF: uid of a class = extension * 100,000 + category * 1,000 + its own


class Draft:
    """Collects attributes. Usage: `draft.put("api.operation", draft.take("eventName"))`, last `draft.event(...)`."""

    __slots__ = ("_doubts", "_parents", "_taken", "attributes", "fields", "record", "source")

    def __init__(self, record: Record, source: str, fields: Mapping[str, Any] | None = None) -> None:
        self.record = record
        self.source = source
        self.fields: Mapping[str, Any] = record.body if fields is None else fields
        self.attributes: dict[str, Value] = {}
        self._doubts: list[Doubt] = []
        self._taken: set[str] = set()
        self._parents: set[str] = set()

    def take(self, path: str) -> Any:
        """Return the field's value, None where absent, and count it as read. A path is one key, else keys joined by
        dots through nested objects."""
        self._taken.add(path)
        value = self.fields.get(path, _ABSENT)
        if value is not _ABSENT:
            return value
        if "." not in path:
            return None
        keys = path.split(".")
        parent = ""
        node: Any = self.fields
        for key in keys:
            if not isinstance(node, dict):
                return None
            if parent:
                self._parents.add(parent)
            parent = f"{parent}.{key}" if parent else key
            node = node.get(key)
        return node

    def put(self, attribute: str, value: Value | None) -> None:
        """Set an OCSF attribute. None, "" and [] are nothing to say and set nothing; a value of another type than the attribute's is a doubt."""
        if type(value) is str:
            if not value:
                return
            if IS_TEXT[attribute]:
                self.attributes[attribute] = value
                return
        elif value is None or value == []:
            return
        kind = misfit(attribute, value)
        if kind is not None:
            self._doubts.append(Doubt(attribute, f"{NO_VALUE_OF} {kind}"))
            return
        self.attributes[attribute] = value

    def doubt(self, attribute: str, reason: str) -> None:
        """Say why the attribute stays absent (or is not to be acted on) though the record had text for it."""
        self.attributes.pop(attribute, None)
        self._doubts.append(Doubt(attribute, reason))

    def doubt_kept(self, attribute: str, reason: str) -> None:
        """Say why an attribute that is set is not to be acted on: somebody claimed it, nobody checked it."""
        self._doubts.append(Doubt(attribute, reason))

    def event(
        self,
        class_uid: int,
        activity_id: int,
        time: datetime | None,
        *,
        native_id: str | None = None,
        severity_id: int = 1,
    ) -> Event:
        """Return the event. `time` is aware UTC; `native_id` is the record's own unique id where it has one."""
        attributes = self.attributes
        attributes["class_uid"] = class_uid
        attributes["category_uid"] = class_uid % _EXTENSION_FACTOR // 1000
        attributes["activity_id"] = activity_id
        attributes["type_uid"] = class_uid * 100 + activity_id
        attributes["severity_id"] = severity_id
        attributes["metadata.version"] = ocsf.VERSION
        if "connection_info.direction_id" not in attributes and "\nconnection_info." in "\n" + "\n".join(attributes):
            attributes["connection_info.direction_id"] = 0  # OCSF requires it; 0 says that the record does not
        if time is not None:
            attributes["time"] = round(time.timestamp() * 1000)
        elif not any(doubt.attribute == "time" for doubt in self._doubts):
            self._doubts.append(Doubt("time", "the record carries no time"))
        record = self.record
        return Event(
            event_id=identify(record.organization_id, self.source, native_id, record.raw, record.beside),
            source=self.source,
            class_uid=class_uid,
            time=time,
            attributes=attributes,
            unmapped=self._left_over(self.fields, ""),
            entities=entities_of(attributes),
            doubts=tuple(self._doubts),
            record=record,
        )

    def _left_over(self, node: Mapping[str, Any], prefix: str) -> dict[str, Any]:
        left: dict[str, Any] = {}
        for key, value in node.items():
            path = prefix + key
            if path in self._taken or value is None or value == "":
                continue
            if path in self._parents and isinstance(value, dict):
                left.update(self._left_over(value, path + "."))
            else:
                left[path] = value
        return left

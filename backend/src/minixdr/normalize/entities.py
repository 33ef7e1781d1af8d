"""Entities and observables of an event, read off its attributes: one table for all sources.

Source of the observable types: OCSF `observable.type_id`.
"""

from collections.abc import Mapping

from minixdr.schema.event import Entity, Observable, Value

ENTITY_TYPES = (
    "user", "session", "access_key", "role", "account", "host", "address", "domain", "url", "file_hash", "file", "process",
    "container", "pod", "service_account", "workload", "namespace", "cluster", "resource", "email", "certificate",
)  # fmt: skip


def entities_of(attributes: Mapping[str, Value]) -> tuple[Entity, ...]:
    """Return the entities that the attributes name, without repeats, in a fixed order."""
    raise NotImplementedError


def observables_of(attributes: Mapping[str, Value]) -> tuple[Observable, ...]:
    """Return a pointer for each attribute whose OCSF type is an observable's."""
    raise NotImplementedError

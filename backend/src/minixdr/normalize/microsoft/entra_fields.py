"""The names Sigma's rules use for Entra ID's records.

In: a record of any shape. Out: its own names, Graph's, and those of Log Analytics' tables, with what rules ask for
under names of the portal. Source: SigmaHQ's rules of product azure, services signinlogs, auditlogs, riskdetection and
pim. A rule written for a table, for event hubs and for the portal meets the same record.
"""

from typing import Any

import orjson

from minixdr.normalize.microsoft.entra_shapes import (
    AUDIT,
    RISK,
    SIGN_IN,
    Unfolded,
    column_name,
    error_code,
    shapes,
    unfold,
)
from minixdr.normalize.saas.activity import LONGEST_NAME
from minixdr.normalize.values import mapping, objects, text
from minixdr.schema.record import JsonObject

LOG = "entra_log"
"""The field that says which of Sigma's services the record is of."""
_PROTOCOLS = {"deviceCode": "Device Code", "ropc": "ROPC"}
"""authenticationProtocol -> the portal's name."""
_MOST = 64
"""Modified properties of a record that get a name of their own."""


def fields(body: JsonObject) -> JsonObject:
    """Return the record as rules name it."""
    found = unfold(body)
    properties = found.properties
    named: JsonObject = {**found.outer, **properties}
    for name, value in properties.items():
        if len(name) <= LONGEST_NAME:
            named[column_name(name)] = value
    named["properties"] = properties
    named[LOG] = found.kind
    if found.kind == SIGN_IN:
        _name_sign_in(named, found)
    elif found.kind == AUDIT:
        _name_audit(named, found)
    elif found.kind == RISK:
        kind = text(properties.get("riskEventType")) or _alert_kind(properties)
        named["riskEventType"] = named["RiskEventType"] = kind
    return named


def _alert_kind(properties: JsonObject) -> str | None:
    """Return what kind of alert of Privileged Identity Management an incident is of."""
    kind = text(properties.get("@odata.type"))
    return None if kind is None else kind.rpartition(".")[2]


def _name_sign_in(named: JsonObject, found: Unfolded) -> None:
    properties, outer = found.properties, found.outer
    code = error_code(found)
    status = properties.get("status")
    reason = text(outer.get("resultDescription")) or text(mapping(status).get("failureReason"))
    named["ResultType"] = named["resultType"] = code
    named["ResultDescription"] = named["resultDescription"] = reason
    if code is not None:
        named["Status"] = [status, "Success" if str(code) == "0" else "Failure"]
    place = properties.get("location")
    country = text(properties.get("country")) or text(outer.get("location")) or mapping(place).get("countryOrRegion")
    named["location"] = named["Location"] = [country, place] if isinstance(place, dict) else country or place
    networks = properties.get("networkLocationDetails")
    named["NetworkLocationDetails"] = _compact(networks) if isinstance(networks, list) else networks
    named["DeviceDetail.trusttype"] = mapping(properties.get("deviceDetail")).get("trustType")
    named["ClientApp"] = properties.get("clientAppUsed")
    named["Username"] = properties.get("userPrincipalName")
    named["ActivityDetails"] = "Sign-ins"
    protocol = _PROTOCOLS.get(str(text(properties.get("authenticationProtocol"))))
    operation = outer.get("operationName", "Sign-in activity")
    named["properties.message"] = [operation, protocol] if protocol else operation


def _name_audit(named: JsonObject, found: Unfolded) -> None:
    properties, outer = found.properties, found.outer
    activity = properties.get("activityDisplayName") or outer.get("operationName")
    named["operationName"] = named["OperationName"] = activity
    named["activityType"] = named["ActivityType"] = activity
    named["category"] = named["Category"] = properties.get("category") or outer.get("category")
    result, reason = properties.get("result"), properties.get("resultReason")
    named["Status"] = named["status"] = [result, reason]
    named["Initiatedby"] = named["Initiatied.By"] = properties.get("initiatedBy")
    targets = properties.get("targetResources")
    named["Target"] = targets
    changes = [change for target in objects(targets) for change in objects(target.get("modifiedProperties"))][:_MOST]
    _name_changes(named, changes)
    named["properties.message"] = [activity, *map(_change_text, changes)] if changes else activity
    named["failure_status_reason"] = [reason, named.get("MethodExecutionResult.")]
    for item in objects(properties.get("additionalDetails"))[:_MOST]:
        key = item.get("key")
        if isinstance(key, str) and key:
            named[f"additionalDetails.{key[0].lower()}{key[1:]}"] = item.get("value")


def _name_changes(named: JsonObject, changes: list[JsonObject]) -> None:
    for change in changes:
        name, value = change.get("displayName"), change.get("newValue")
        if isinstance(name, str):
            named.setdefault(name, value.strip('"') if isinstance(value, str) else value)
    if changes:
        named["TargetResources.ModifiedProperties"] = named["TargetResources.modifiedProperties"] = changes
        names = [change.get("displayName") for change in changes]
        values = [change.get("newValue") for change in changes]
        named["TargetResources.ModifiedProperties.DisplayName"] = names
        named["TargetResources.modifiedProperties.displayName"] = names
        named["TargetResources.ModifiedProperties.NewValue"] = values
        named["TargetResources.modifiedProperties.newValue"] = values


def _change_text(change: JsonObject) -> str:
    """Return a change as the portal's message writes it."""
    keys = ("displayName", "oldValue", "newValue")
    return ",".join(f'"{key}":{_compact(change.get(key))}' for key in keys)


def _compact(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a lone surrogate, or a number of more than 64 bits
        return str(value)


SHAPES = shapes(fields)

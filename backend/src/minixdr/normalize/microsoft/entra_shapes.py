"""How Entra ID's records are written.

Shapes: `graph`, Microsoft Graph's signIn, directoryAudit, riskDetection and riskyUser; `diagnostic`, Azure Monitor's
envelope (`category`, `properties`) in event hubs and storage accounts; `table`, rows of Log Analytics and Sentinel
(SigninLogs, AuditLogs, AADUserRiskEvents). All are unfolded to Graph's names. Source: Graph v1.0 reference; Azure
Monitor reference, tables SigninLogs and AuditLogs.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from minixdr.normalize.saas.activity import LONGEST_NAME
from minixdr.normalize.source import Shape
from minixdr.normalize.values import mapping, text
from minixdr.schema.record import JsonObject

SIGN_IN, AUDIT, RISK, GRAPH, OTHER = "signinlogs", "auditlogs", "riskdetection", "graphactivity", "other"
"""What a record is; the first three are Sigma's services."""
_CATEGORIES = {
    "signinlogs": SIGN_IN, "noninteractiveusersigninlogs": SIGN_IN, "serviceprincipalsigninlogs": SIGN_IN,
    "managedidentitysigninlogs": SIGN_IN, "adfssigninlogs": SIGN_IN, "auditlogs": AUDIT, "userriskevents": RISK,
    "serviceprincipalriskevents": RISK, "riskyusers": RISK, "riskyserviceprincipals": RISK, "microsoftgraphactivitylogs": GRAPH,
    "provisioninglogs": OTHER, "b2crequestlogs": OTHER, "enrichedoffice365auditlogs": OTHER, "networkaccesstrafficlogs": OTHER,
}  # fmt: skip
_TABLES = {
    "signinlogs": SIGN_IN, "aadnoninteractiveusersigninlogs": SIGN_IN, "aadserviceprincipalsigninlogs": SIGN_IN,
    "aadmanagedidentitysigninlogs": SIGN_IN, "adfssigninlogs": SIGN_IN, "auditlogs": AUDIT, "aaduserriskevents": RISK,
    "aadserviceprincipalriskevents": RISK, "aadriskyusers": RISK, "microsoftgraphactivitylogs": GRAPH,
}  # fmt: skip
_PROVIDER = "microsoft.aadiam"
_DYNAMIC = frozenset({
    "deviceDetail", "status", "locationDetails", "initiatedBy", "targetResources", "additionalDetails", "authenticationDetails",
    "appliedConditionalAccessPolicies", "conditionalAccessPolicies", "mfaDetail",
})  # fmt: skip
"""Columns that hold JSON, as text where the row was exported."""
_LONGEST_JSON = 262_144
_NAMES = 4_096


class Unfolded(NamedTuple):
    """A record under Graph's names."""

    kind: str
    properties: JsonObject
    outer: JsonObject
    """The envelope around it, the record itself where it has none."""


def _is_diagnostic(body: JsonObject) -> bool:
    category = body.get("category")
    properties = body.get("properties")
    if not isinstance(category, str) or not isinstance(properties, dict) or "operationName" not in body:
        return False
    if category.lower() not in _CATEGORIES:
        return _PROVIDER in str(text(body.get("resourceId"))).lower()
    return category.lower() != AUDIT or "resourceId" in body or "activityDisplayName" in properties


def _graph_kind(body: JsonObject) -> str | None:
    if "activityDisplayName" in body and "activityDateTime" in body:
        return AUDIT
    if "createdDateTime" in body and "conditionalAccessStatus" in body and ("appId" in body or "ipAddress" in body):
        return SIGN_IN
    if "riskEventType" in body and ("riskLevel" in body or "riskState" in body or "detectedDateTime" in body):
        return RISK
    if "riskLastUpdatedDateTime" in body and "riskState" in body:
        return RISK
    kind = body.get("@odata.type")
    return RISK if isinstance(kind, str) and kind.endswith("AlertIncident") else None


def _is_graph(body: JsonObject) -> bool:
    return "properties" not in body and "TimeGenerated" not in body and _graph_kind(body) is not None


def _is_table(body: JsonObject) -> bool:
    if "OperationName" not in body and "RiskEventType" not in body and "RequestUri" not in body:
        return False
    return ("TimeGenerated" in body or "TimeGenerated [UTC]" in body) and _table_kind(body) is not None


def _table_kind(body: JsonObject) -> str | None:
    for name in ("Type", "$table", "SourceSystem", "Category"):
        found = _TABLES.get(str(text(body.get(name))).lower())
        if found is not None:
            return found
    if "LoggedByService" in body and "TargetResources" in body:
        return AUDIT
    if "ConditionalAccessStatus" in body and ("AppId" in body or "IPAddress" in body):
        return SIGN_IN
    return RISK if "RiskEventType" in body else None


@lru_cache(maxsize=_NAMES)
def graph_name(column: str) -> str:
    """Return a column's name as Graph writes it: UserPrincipalName -> userPrincipalName."""
    if column == "IPAddress":
        return "ipAddress"
    return column[:1].lower() + column[1:].removesuffix(" [UTC]")


@lru_cache(maxsize=_NAMES)
def column_name(name: str) -> str:
    """Return a property's name as a table has it: userPrincipalName -> UserPrincipalName."""
    return "IPAddress" if name == "ipAddress" else name[:1].upper() + name[1:]


def unfold(body: JsonObject) -> Unfolded:
    """Return what the record is, and its content under Graph's names."""
    properties = body.get("properties")
    if isinstance(properties, dict) and "category" in body:
        category = str(text(body.get("category"))).lower()
        kind = _CATEGORIES.get(category) or _graph_kind(properties) or OTHER
        return Unfolded(kind, properties, body)
    if "TimeGenerated" in body or "TimeGenerated [UTC]" in body:
        named = {graph_name(name): value for name, value in body.items() if len(name) <= LONGEST_NAME}
        for name in _DYNAMIC & named.keys():
            named[name] = _parsed(named[name])
        if isinstance(named.get("locationDetails"), dict):
            named["country"], named["location"] = named.get("location"), named["locationDetails"]
        return Unfolded(_table_kind(body) or OTHER, named, named)
    return Unfolded(_graph_kind(body) or OTHER, body, {})


def _parsed(value: Any) -> Any:
    if not isinstance(value, str) or value[:1] not in ("{", "[") or len(value) > _LONGEST_JSON:
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return value


def shapes(fields: Any) -> tuple[Shape, ...]:
    """Return the shapes; `fields` gives rules' names of a record of any of them."""
    return (
        Shape("graph", _is_graph, fields),
        Shape("diagnostic", _is_diagnostic, fields),
        Shape("table", _is_table, fields),
    )


def error_code(found: Unfolded) -> Any:
    """Return a sign-in's error code, 0 where it succeeded: a number or its text, None where none is said."""
    code = mapping(found.properties.get("status")).get("errorCode")
    return found.outer.get("resultType", found.properties.get("resultType")) if code is None else code

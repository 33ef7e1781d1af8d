"""How Azure's activity and resource logs are written, and the names rules have for them.

Shapes: `diagnostic`, Azure Monitor's common schema (`resourceId`, `operationName`, `category`) in event hubs and
storage accounts; `rest`, the Activity Log API's event with `{value, localizedValue}` pairs; `table`, rows of Log
Analytics' AzureActivity. Rules name the common schema, or the table (`OperationNameValue`, `CategoryValue`,
`ResourceProviderValue`): every shape gives both. Source: Azure Monitor, `Activity log event schema`, `AzureActivity`
table, `Resource log common schema`.
"""

from typing import Any

from minixdr.normalize.kubernetes.managed_clusters import is_aks
from minixdr.normalize.source import Shape
from minixdr.normalize.values import mapping, text
from minixdr.schema.record import JsonObject

_ACTIVITY = frozenset({
    "administrative", "security", "servicehealth", "alert", "recommendation", "policy", "autoscale", "resourcehealth",
})  # fmt: skip
LOG = "azure_log"
"""The field that says whether a record is of the activity log or of a resource's own."""


def _is_of_azure(resource: Any) -> bool:
    return isinstance(resource, str) and resource[:15].lower() == "/subscriptions/"


def _is_diagnostic(body: JsonObject) -> bool:
    category = body.get("category")
    if not isinstance(category, str) or not isinstance(body.get("operationName"), str):
        return False
    if category.lower() == "auditlogs" or "eventDataId" in body or is_aks(body):
        return False
    if _is_of_azure(body.get("resourceId")):
        return True
    return "resourceId" not in body and category.startswith("Storage") and "callerIpAddress" in body


def _is_rest(body: JsonObject) -> bool:
    if not _is_of_azure(body.get("resourceId")):
        return False
    return "eventDataId" in body or "eventTimestamp" in body or isinstance(body.get("operationName"), dict)


def _is_table(body: JsonObject) -> bool:
    return "OperationNameValue" in body and (
        "ActivityStatusValue" in body or "CategoryValue" in body or "ResourceProviderValue" in body
    )


def _value(field: Any) -> Any:
    return field.get("value") if isinstance(field, dict) else field


def provider_of(resource: str | None) -> str | None:
    """Return the resource provider a resource's id names: Microsoft.Compute."""
    if resource is None:
        return None
    parts = resource.split("/")
    found = [parts[i + 1] for i in range(len(parts) - 1) if parts[i].lower() == "providers"]
    return found[-1] if found else None


def fields(body: JsonObject) -> JsonObject:
    """Return the record as rules name it: the common schema's names and the table's."""
    named = dict(body)
    if "OperationNameValue" in body:
        for name, column in _COLUMNS.items():
            value = next((body[other] for other in column if other in body), None)
            named[name] = value
    else:
        for name in ("operationName", "category", "status", "subStatus", "resourceProviderName", "eventName"):
            if name in body:
                named[name] = _value(body[name])
    resource = text(named.get("resourceId"))
    named["OperationNameValue"] = named.get("operationName")
    named["CategoryValue"] = named.get("category")
    named["ResourceId"] = resource
    named["ResourceProviderValue"] = named.get("resourceProviderName") or provider_of(resource)
    named["ActivityStatusValue"] = _status(named)
    properties = named.get("properties")
    named["properties"] = properties
    named["properties.message"] = _message(named, properties)
    category = text(named.get("category"))
    named[LOG] = "activitylogs" if category is None or category.lower() in _ACTIVITY else "resourcelogs"
    return named


def _status(named: JsonObject) -> Any:
    for name in ("status", "resultType", "ActivityStatusValue", "statusText"):
        if text(named.get(name)) is not None:
            return named[name]
    return None


def _message(named: JsonObject, properties: Any) -> Any:
    said = mapping(properties).get("message")
    shown = mapping(named.get("operationName")).get("localizedValue") if "OperationName" not in named else None
    found = [item for item in (said, shown, named.get("OperationName"), named.get("operationName")) if text(item)]
    return found or None


_COLUMNS = {
    "operationName": ("OperationNameValue",),
    "category": ("CategoryValue", "Category"),
    "resourceId": ("_ResourceId", "ResourceId"),
    "callerIpAddress": ("CallerIpAddress",),
    "caller": ("Caller",),
    "correlationId": ("CorrelationId",),
    "level": ("Level",),
    "time": ("EventSubmissionTimestamp", "TimeGenerated", "TimeGenerated [UTC]"),
    "resourceProviderName": ("ResourceProviderValue",),
    "subscriptionId": ("SubscriptionId",),
    "eventDataId": ("EventDataId",),
    "properties": ("Properties_d", "Properties"),
    "claims": ("Claims_d", "Claims"),
}
SHAPES = (
    Shape("diagnostic", _is_diagnostic, fields),
    Shape("rest", _is_rest, fields),
    Shape("table", _is_table, fields),
)

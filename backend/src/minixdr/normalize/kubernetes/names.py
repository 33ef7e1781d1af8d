"""How a Kubernetes object is written as an entity: kind/namespace/name, or kind/name where it has no namespace.

All sources that name pods, service accounts and nodes (audit logs, Falco, GuardDuty) write them so, and so they join. Records
do not say the cluster.
"""

from minixdr.normalize.values import text

_IRREGULAR = {
    "ingresses": "ingress",
    "endpoints": "endpoints",
    "storageclasses": "storageclass",
    "priorityclasses": "priorityclass",
}
_POLICIES = "policies"


def object_uid(resource: object, namespace: object, name: object) -> str | None:
    """Return `pod/default/web-1` for the resource `pods`; None where the object has no name."""
    kind, place, called = text(resource), text(namespace), text(name)
    if kind is None or called is None:
        return None
    singular = singular_of(kind)
    if singular == "namespace" or place is None:
        return f"{singular}/{called}"
    return f"{singular}/{place}/{called}"


def singular_of(resource: str) -> str:
    """Return the kind of a resource in lower case: `pods` -> `pod`."""
    low = resource.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low.endswith(_POLICIES):
        return low.removesuffix("ies") + "y"
    return low.removesuffix("s")

"""Falco's output fields -> the evidence of a finding.

In: `output_fields`, by the names of Falco's field classes (evt, proc, fd, user, container, k8s; ka of the plug-in k8saudit; ct of cloudtrail).
Out: attributes below `evidences`, and the objects concerned. Source: falco.org, `Supported Fields for Conditions and Outputs`.
"""

from typing import Any

from minixdr.normalize.kubernetes.names import object_uid
from minixdr.normalize.values import address, port, text, whole

Fields = dict[str, Any]
_NO_CONTAINER = frozenset({"host", "<NA>", ""})
_UNSET = frozenset({"<NA>", "<unset>"})


def _text(fields: Fields, *names: str) -> str | None:
    """Return the first of the fields that has a text."""
    return next(
        (found for name in names if (found := text(fields.get(name))) is not None and found not in _UNSET), None
    )


def evidence_of(fields: Fields) -> dict[str, Any]:
    """Return attribute below `evidences` -> value."""
    found = {
        "process.name": _text(fields, "proc.name"),
        "process.cmd_line": _text(fields, "proc.cmdline"),
        "process.file.path": _text(fields, "proc.exepath"),
        "process.pid": whole(fields.get("proc.pid")),
        "process.parent_process.name": _text(fields, "proc.pname"),
        "process.parent_process.cmd_line": _text(fields, "proc.pcmdline"),
        "process.parent_process.pid": whole(fields.get("proc.ppid")),
        "process.user.name": _text(fields, "user.name"),
        "actor.user.name": _text(fields, "ka.user.name", "ct.user", "user.name"),
        "api.operation": _text(fields, "ka.verb", "ct.name"),
        "api.service.name": _text(fields, "ct.src"),
        "api.response.error": _text(fields, "ct.error"),
        "http_request.user_agent": _text(fields, "ka.useragent", "ct.useragent"),
        "http_request.url.path": _text(fields, "ka.uri"),
        **_container(fields),
        **_descriptor(fields),
    }
    return {name: value for name, value in found.items() if value is not None}


def _container(fields: Fields) -> dict[str, Any]:
    uid = _text(fields, "container.id")
    if uid is None or uid in _NO_CONTAINER:
        return {}
    return {
        "container.uid": uid,
        "container.name": _text(fields, "container.name"),
        "container.image.name": _text(fields, "container.image.repository", "container.image"),
        "container.image.tag": _text(fields, "container.image.tag"),
    }


def _descriptor(fields: Fields) -> dict[str, Any]:
    """The file or connection that the process has open."""
    found = {
        "src_endpoint.ip": address(fields.get("fd.cip"))
        or address(fields.get("ct.srcip"))
        or address(fields.get("ka.sourceips")),
        "src_endpoint.port": port(fields.get("fd.cport")),
        "dst_endpoint.ip": address(fields.get("fd.sip")),
        "dst_endpoint.port": port(fields.get("fd.sport")),
    }
    name = _text(fields, "fd.name")
    if name is not None and name.startswith("/"):
        found["file.path"] = name
        found["file.name"] = name.rstrip("/").rpartition("/")[2] or name
        found["file.type_id"] = 0
    return found


def objects_of(fields: Fields) -> list[tuple[str, str]]:
    """Return the Kubernetes objects concerned: uid and type of each."""
    namespace = _text(fields, "k8s.ns.name", "k8s.namespace.name")
    found = []
    pod = object_uid("pods", namespace, _text(fields, "k8s.pod.name"))
    if pod is not None and namespace is not None:
        found.append((pod, "pods"))
    resource = _text(fields, "ka.target.resource")
    target = object_uid(resource, _text(fields, "ka.target.namespace"), _text(fields, "ka.target.name", "ka.resp.name"))
    if target is not None:
        found.append((target, str(resource)))
    return found

"""What moto's EKS lacks and the Terraform configuration makes: add-ons, access entries, Pod Identity associations, the cluster's security group; and
what it does not tell again of clusters and node groups. All is kept as it was sent.

Shapes: Amazon EKS API reference, CreateAddon, CreateAccessEntry, AssociateAccessPolicy, CreatePodIdentityAssociation. Nothing is judged: names,
versions and rights are not checked, and everything is active at once.
"""

import io
import json
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
ACCOUNT = "123456789012"
_FORGOTTEN = ("accessConfig", "updateConfig", "nodeRepairConfig", "launchTemplate")


class EksGaps:
    """WSGI application in front of moto's."""

    def __init__(self, moto: Wsgi, group: Callable[[], str]) -> None:
        """`group`: makes a security group and returns its id; EKS makes one a cluster."""
        self._moto = moto
        self._group = group
        self._groups: dict[str, str] = {}
        self._sent: dict[str, dict[str, Any]] = {}
        """Both by ARN."""
        self.kept: dict[str, dict[str, Any]] = {}
        """By path."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer, or let moto answer."""
        path = environ.get("RAW_URI", environ["PATH_INFO"]).partition("?")[0]
        found = re.fullmatch(
            r"/clusters/([^/]+)/(addons|access-entries|pod-identity-associations)(?:/([^/]+))?(?:/(access-policies))?",
            path,
        )
        if re.fullmatch(r"/clusters(/[^/]+)?(/node-groups(/[^/]+)?)?", path):
            return self._completed(environ, start_response)
        if not found:
            return self._moto(environ, start_response)
        cluster, kind, name, below = found[1], found[2], unquote(found[3] or ""), found[4]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.loads(environ["wsgi.input"].read(length) or b"{}")
        status, answer = self._answer(environ["REQUEST_METHOD"], (cluster, kind, name), below, body)
        headers = [("Content-Type", "application/json")]
        if status == 404:
            headers.append(("x-amzn-ErrorType", "ResourceNotFoundException"))
        start_response("200 OK" if status == 200 else "404 Not Found", headers)
        return [json.dumps(answer).encode()]

    def _completed(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Let moto answer, and add what was sent when the thing was made and moto forgot."""
        sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(sent)
        said: list[Any] = []
        text = b"".join(self._moto(environ, lambda status, headers, *_: said.append((status, headers))))
        status, headers = said[0]
        answer = json.loads(text) if status.startswith("200") else {}
        for kind in ("cluster", "nodegroup"):
            if not isinstance(answer.get(kind), dict):
                continue
            thing = answer[kind]
            arn = thing["arn"] if kind == "cluster" else thing["nodegroupArn"]
            if environ["REQUEST_METHOD"] == "POST":
                body = json.loads(sent)
                self._sent[arn] = {key: body[key] for key in _FORGOTTEN if key in body}
            thing |= self._sent.get(arn, {})
            if kind == "cluster":
                if environ["REQUEST_METHOD"] == "GET" and arn not in self._groups:
                    self._groups[arn] = self._group()
                thing["resourcesVpcConfig"]["clusterSecurityGroupId"] = self._groups.get(arn)
            else:
                thing.pop("remoteAccess", None)  # moto makes one up
        if answer:
            text = json.dumps(answer).encode()
            headers = [one for one in headers if one[0].lower() != "content-length"]
        start_response(status, headers)
        return [text]

    def _answer(
        self, method: str, at: tuple[str, str, str], below: str | None, body: dict[str, Any]
    ) -> tuple[int, Any]:
        cluster, kind, name = at
        key = f"{kind}/{name}/{below}" if below else f"{kind}/{name}"
        if below:
            kept = self.kept.setdefault(key, {"policies": []})
            if method == "POST":
                kept["policies"].append(body | {"associatedAt": 0, "modifiedAt": 0})
                return 200, {
                    "clusterName": cluster,
                    "principalArn": name,
                    "associatedAccessPolicy": kept["policies"][-1],
                }
            return 200, {"clusterName": cluster, "principalArn": name, "associatedAccessPolicies": kept["policies"]}
        if method == "POST" and not name:
            return 200, self._made(cluster, kind, body)
        if key not in self.kept:
            return 404, {"message": f"no {key}"}
        if method == "DELETE":
            return 200, self.kept.pop(key)
        return 200, self.kept[key]

    def _made(self, cluster: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        arn = f"arn:aws:eks:us-east-1:{ACCOUNT}"
        common = {"clusterName": cluster, "createdAt": 0, "modifiedAt": 0, "tags": body.get("tags") or {}}
        if kind == "addons":
            ours = [
                self._made(cluster, "pod-identity-associations", one)
                for one in body.pop("podIdentityAssociations", None) or ()
            ]
            made = (
                body
                | common
                | {
                    "addonVersion": "v1.0.0-eksbuild.1",
                    "addonArn": f"{arn}:addon/{cluster}/{body['addonName']}/1",
                    "status": "ACTIVE",
                    "podIdentityAssociations": [one["association"]["associationArn"] for one in ours],
                }
            )
            name, wrapped = body["addonName"], {"addon": made}
        elif kind == "access-entries":
            made = {"type": "STANDARD", "kubernetesGroups": [], "username": body["principalArn"]} | body | common
            made["accessEntryArn"] = f"{arn}:access-entry/{cluster}/1"
            name, wrapped = body["principalArn"], {"accessEntry": made}
        else:
            identifier = f"a-{uuid.uuid4().hex[:17]}"
            made = (
                body
                | common
                | {
                    "associationId": identifier,
                    "associationArn": f"{arn}:podidentityassociation/{cluster}/{identifier}",
                }
            )
            name, wrapped = identifier, {"association": made}
        self.kept[f"{kind}/{name}"] = wrapped
        return wrapped

"""CloudTrail records.

Source: AWS CloudTrail user guide, "CloudTrail record contents", event version 1.11; "userIdentity element". Out: the record's object.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from minixdr.simulate.identifiers import uuid
from minixdr.simulate.logs.clock import zulu
from minixdr.simulate.world import ACCOUNT, GLOBAL_REGION, REGION, Principal

_GLOBAL_SERVICES = frozenset({"iam", "sts", "signin", "organizations", "cloudfront", "route53", "support", "account"})
_SESSION_AGE_SECONDS = 1_800
_TLS = ("TLSv1.3", "TLS_AES_128_GCM_SHA256")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, from where, with what."""

    identity: dict[str, Any]
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Call:
    """One API call."""

    service: str
    name: str
    read_only: bool
    parameters: dict[str, Any] | None = None
    response: dict[str, Any] | None = None
    error: tuple[str, str] | None = None
    """Code and message of a call that failed."""
    resources: tuple[tuple[str, str], ...] = ()
    """Type and ARN."""
    data: bool = False
    """A data event (S3 objects, Lambda invocations)."""
    region: str = ""
    kind: str = "AwsApiCall"
    additional: dict[str, Any] | None = None
    """additionalEventData."""


def user_identity(principal: Principal, *, access_key: str | None = None) -> dict[str, Any]:
    """Return the identity of an IAM user."""
    return {
        "type": "IAMUser",
        "principalId": principal.principal_id,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{principal.name}",
        "accountId": ACCOUNT,
        "accessKeyId": access_key or principal.access_key,
        "userName": principal.name,
    }


def role_identity(role: str, role_id: str, session: str, access_key: str, started_at: float) -> dict[str, Any]:
    """Return the identity of an assumed role."""
    path = "aws-reserved/sso.amazonaws.com/eu-central-1/" if role.startswith("AWSReservedSSO_") else ""
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": access_key,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{path}{role}",
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": {"creationDate": zulu(started_at), "mfaAuthenticated": "false"},
        },
    }


def identity_of(principal: Principal, time: float) -> dict[str, Any]:
    """Return the identity with which a principal of the company calls."""
    if principal.kind == "iam_user":
        return user_identity(principal)
    session = f"{principal.name}@example.com" if principal.kind == "sso" else principal.name
    started_at = time - time % (4 * _SESSION_AGE_SECONDS)
    return role_identity(principal.role, principal.principal_id, session, principal.access_key, started_at)


def record(rng: Random, time: float, caller: Caller, call: Call) -> dict[str, Any]:
    """Return the CloudTrail record of a call."""
    region = call.region or (GLOBAL_REGION if call.service in _GLOBAL_SERVICES else REGION)
    body: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": caller.identity,
        "eventTime": zulu(time),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": region,
        "sourceIPAddress": caller.address,
        "userAgent": caller.user_agent,
    }
    if call.error is not None:
        body["errorCode"], body["errorMessage"] = call.error
    body["requestParameters"] = call.parameters
    body["responseElements"] = call.response
    if call.additional is not None:
        body["additionalEventData"] = call.additional
    body["requestID"] = uuid(rng)
    body["eventID"] = uuid(rng)
    body["readOnly"] = call.read_only
    if call.resources:
        body["resources"] = [{"accountId": ACCOUNT, "type": kind, "ARN": arn} for kind, arn in call.resources]
    body["eventType"] = call.kind
    body["managementEvent"] = not call.data
    body["recipientAccountId"] = ACCOUNT
    body["eventCategory"] = "Data" if call.data else "Management"
    if "." in caller.address or ":" in caller.address:
        host = f"{call.service}.amazonaws.com" if region == GLOBAL_REGION else f"{call.service}.{region}.amazonaws.com"
        body["tlsDetails"] = {"tlsVersion": _TLS[0], "cipherSuite": _TLS[1], "clientProvidedHostHeader": host}
    return body

"""What a CloudTrail record is: OCSF class and activity.

Sources: OCSF 1.9 classes API Activity, Authentication, Account Change, Detection Finding; CloudTrail user guide, `Console sign-in events`, `Insights
events`. An operation's verb says whether it creates, reads, updates or deletes; where it does not, `readOnly` says reads.
"""

import re
from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import flag, mapping, text

API, AUTHENTICATION, ACCOUNT_CHANGE, FINDING = 6003, 3002, 3001, 2004
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_LOGON, _LOGOFF, _SWITCH = 1, 2, 7
_SUCCESS, _FAILURE = 1, 2
_VERB = re.compile(r"[A-Z][a-z0-9]+")
_VERBS = {
    verb: activity
    for activity, verbs in (
        (_CREATE, "Create Run Allocate Import Generate Issue Register Copy Upload Publish Provision Clone Request Launch Initiate Admin"),
        (_READ, "Get Describe List Head Lookup Search Query Scan Select View Download Export Test Check Preview Validate Simulate Filter Retrieve"),
        (
            _UPDATE,
            (
                "Update Put Modify Attach Set Add Associate Enable Disable Authorize Change Replace Reset Rotate Start Stop Reboot Restore "
                "Tag Untag Share Activate Deactivate Invite Accept Join Leave Send Schedule Move Rename Apply Resume Suspend Grant Detach "
                "Disassociate Reject Cancel Failover Promote"
            ),
        ),
        (_DELETE, "Delete Terminate Remove Revoke Deregister Release Purge Abort Unsubscribe Destroy"),
    )
    for verb in verbs.split()
}  # fmt: skip
_ACCOUNT_CHANGES = {
    "CreateUser": 1, "CreateLoginProfile": 2, "ChangePassword": 3, "UpdateLoginProfile": 4, "DeleteLoginProfile": 5, "DeleteUser": 6,
    "AttachUserPolicy": 7, "PutUserPolicy": 7, "DetachUserPolicy": 8, "DeleteUserPolicy": 8, "EnableMFADevice": 10,
    "DeactivateMFADevice": 11, "CreateAccessKey": _OTHER, "DeleteAccessKey": _OTHER, "UpdateAccessKey": _OTHER, "AddUserToGroup": _OTHER,
    "RemoveUserFromGroup": _OTHER, "UpdateUser": _OTHER, "PutUserPermissionsBoundary": _OTHER, "DeleteUserPermissionsBoundary": _OTHER,
    "CreateServiceSpecificCredential": _OTHER, "UploadSSHPublicKey": _OTHER, "UploadSigningCertificate": _OTHER,
}  # fmt: skip
"""IAM operation on a user -> Account Change activity."""
_SIGN_INS = {"ConsoleLogin": _LOGON, "UserAuthentication": _LOGON, "ExternalIdPDirectoryLogin": _LOGON, "Logout": _LOGOFF,
             "SwitchRole": _SWITCH, "ExitRole": _SWITCH}  # fmt: skip
_PORTAL = frozenset(
    {"Authenticate", "Federate", "UserAuthentication", "CredentialChallenge", "CredentialVerification", "Logout"}
)
"""What the access portal logs under `sso.amazonaws.com` that is a sign-in."""


def class_of(draft: Draft) -> tuple[int, int]:
    """Return the class and activity."""
    kind, source, name = (text(draft.fields.get(field)) for field in ("eventType", "eventSource", "eventName"))
    if kind == "AwsCloudTrailInsight":
        return FINDING, _CREATE
    if (
        kind == "AwsConsoleSignIn"
        or source == "signin.amazonaws.com"
        or (source == "sso.amazonaws.com" and name in _PORTAL)
    ):
        return AUTHENTICATION, _SIGN_INS.get(name or "", _OTHER)
    if source == "iam.amazonaws.com" and name in _ACCOUNT_CHANGES:
        return ACCOUNT_CHANGE, _ACCOUNT_CHANGES[name]
    return API, _operation(name, draft.fields.get("readOnly"))


def _operation(name: str | None, read_only: Any) -> int:
    found = _VERB.match(name) if name is not None else None
    activity = _VERBS.get(found[0]) if found else None
    if name is not None and name.startswith("BatchGet"):
        activity = _READ
    if activity is not None:
        return activity
    return _READ if flag(read_only) is True else _OTHER


def succeeded(draft: Draft) -> bool:
    """Return whether the call did what was asked: no error, and no sign-in step that failed."""
    if text(draft.fields.get("errorCode")) is not None:
        return False
    name = text(draft.fields.get("eventName")) or ""
    answers = (mapping(draft.fields.get("responseElements")), mapping(draft.fields.get("serviceEventDetails")))
    if any(answer.get(name) == "Failure" for answer in answers):
        return False
    return not (draft.fields.get("eventType") == "AwsConsoleSignIn" and text(draft.fields.get("errorMessage")))


def put_status(draft: Draft) -> bool:
    """Set the outcome and return whether it was success."""
    success = succeeded(draft)
    draft.put("status_id", _SUCCESS if success else _FAILURE)
    code, message = text(draft.take("errorCode")), text(draft.take("errorMessage"))
    draft.put("status_code", code)
    draft.put("status_detail", message)
    draft.put("api.response.error", code)
    draft.put("api.response.error_message", message)
    return success

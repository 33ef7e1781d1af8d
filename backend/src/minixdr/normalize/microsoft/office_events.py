"""A record of Microsoft 365's audit log -> OCSF class, activity, severity, and its targets.

In: operation and record type. Source: Office 365 Management Activity API schema (AuditLogRecordType); OCSF 1.9.0-dev.
Entra ID's entries carry its activities' names with a last dot. Operations in no table are API calls; their first verb
says what was done.
"""

from functools import lru_cache

from minixdr.normalize.draft import Draft
from minixdr.normalize.microsoft.office_shapes import parsed
from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    API,
    AUTHENTICATION,
    CREATE,
    FINDING,
    GROUP_MANAGEMENT,
    HIGH,
    INFORMATIONAL,
    LOGON,
    LOW,
    MEDIUM,
    OTHER,
    READ,
    UPDATE,
    USER_ACCESS,
    Reading,
    verb,
)
from minixdr.normalize.saas.people import as_evidence, email, put_client, put_person
from minixdr.normalize.values import objects, text
from minixdr.schema.record import JsonObject

_TABLE = {
    "UserLoggedIn": Reading(AUTHENTICATION, LOGON),
    "UserLoginFailed": Reading(AUTHENTICATION, LOGON),
    "UserLoggedOff": Reading(AUTHENTICATION, 2),
    "MailboxLogin": Reading(AUTHENTICATION, LOGON),
    "TeamsSessionStarted": Reading(AUTHENTICATION, LOGON),
    "SignInEvent": Reading(AUTHENTICATION, LOGON),
    "add user": Reading(ACCOUNT_CHANGE, 1),
    "delete user": Reading(ACCOUNT_CHANGE, 6),
    "update user": Reading(ACCOUNT_CHANGE, OTHER),
    "disable account": Reading(ACCOUNT_CHANGE, 5),
    "enable account": Reading(ACCOUNT_CHANGE, 2),
    "change user password": Reading(ACCOUNT_CHANGE, 3),
    "reset user password": Reading(ACCOUNT_CHANGE, 4),
    "disable strong authentication": Reading(ACCOUNT_CHANGE, 11, LOW),
    "enable strong authentication": Reading(ACCOUNT_CHANGE, 10),
    "add member to role": Reading(USER_ACCESS, 3, LOW),
    "remove member from role": Reading(USER_ACCESS, 4),
    "Add-MailboxPermission": Reading(USER_ACCESS, 1, LOW),
    "Remove-MailboxPermission": Reading(USER_ACCESS, 2),
    "consent to application": Reading(USER_ACCESS, 1, LOW),
    "add delegated permission grant": Reading(USER_ACCESS, 1),
    "add member to group": Reading(GROUP_MANAGEMENT, 3),
    "remove member from group": Reading(GROUP_MANAGEMENT, 4),
    "MemberAdded": Reading(GROUP_MANAGEMENT, 3),
    "MemberRemoved": Reading(GROUP_MANAGEMENT, 4),
    "AlertTriggered": Reading(FINDING, CREATE, MEDIUM),
    "AlertUpdated": Reading(FINDING, 2, MEDIUM),
    "AlertEntityGenerated": Reading(FINDING, CREATE, MEDIUM),
    "AirInvestigationData": Reading(FINDING, 2, LOW),
    "TIMailData": Reading(FINDING, CREATE, LOW),
    "TIUrlClickData": Reading(FINDING, CREATE, MEDIUM),
    "AtpDetection": Reading(FINDING, CREATE, MEDIUM),
    "FileMalwareDetected": Reading(FINDING, CREATE, HIGH),
    "DlpRuleMatch": Reading(FINDING, CREATE, LOW),
    "MailItemsAccessed": Reading(API, READ),
    "Send": Reading(API, CREATE),
    "SendAs": Reading(API, CREATE),
    "SendOnBehalf": Reading(API, CREATE),
    "HardDelete": Reading(API, 4),
    "SoftDelete": Reading(API, 4),
    "UpdateInboxRules": Reading(API, UPDATE),
    "AnonymousLinkCreated": Reading(API, CREATE),
}
_LEVELS = {"informational": INFORMATIONAL, "low": LOW, "medium": MEDIUM, "high": HIGH}
_ABOUT = ("f3u", "suid", "eid", "trc")
"""Keys of an alert's `Data` that may hold a user: first three users, source user, entity, recipient."""
_RULE = 1
"""OCSF analytic type."""
_NAMES = 8_192
_PEOPLE = 5
"""Actor and Target items of type 5 hold a user principal name, of type 2 the name of a group or application."""


@lru_cache(maxsize=_NAMES)
def reading_of(operation: str) -> Reading:
    """Return what a record of this operation is."""
    found = _TABLE.get(operation) or _TABLE.get(operation.strip().rstrip(".").lower())
    return found if found is not None else Reading(API, verb(operation))


def severity_of(reading: Reading, said: str | None) -> int:
    """Return the severity: an alert's own where it has one."""
    return _LEVELS.get(said.lower(), reading.severity_id) if said is not None else reading.severity_id


def put_target(draft: Draft, record: JsonObject, reading: Reading) -> None:
    """Set whom or what it was done to."""
    target = _target(record)
    name = text(draft.take("ObjectId"))
    match reading.class_uid:
        case _ if reading.class_uid in (ACCOUNT_CHANGE, USER_ACCESS):
            put_person(draft, "user", target or name or draft.attributes.get("actor.user.name"))
        case _ if reading.class_uid == GROUP_MANAGEMENT:
            members = objects(draft.take("Members"))
            put_person(draft, "user", target or (members[0].get("UPN") if members else None) or email(name))
            draft.put("group.name", _group(record) or text(draft.take("TeamName")))
            draft.put("group.uid", text(draft.take("TeamGuid")))
        case _ if reading.class_uid == API and name is not None:
            draft.put("resources.uid", [name])
            draft.put("resources.name", [text(draft.take("SourceFileName")) or name])
            kind = text(draft.take("ItemType"))
            draft.put("resources.type", None if kind is None else [kind])


def _target(record: JsonObject) -> str | None:
    """Return the user principal name in `Target` (Entra ID), or the mailbox of a permission."""
    for item in objects(record.get("Target")):
        if item.get("Type") == _PEOPLE and text(item.get("ID")) is not None:
            return text(item.get("ID"))
    return text(record.get("MailboxOwnerUPN")) or text(record.get("TargetUserOrGroupName"))


def _group(record: JsonObject) -> str | None:
    for change in objects(record.get("ModifiedProperties")):
        if change.get("Name") == "Group.DisplayName":
            return text(change.get("NewValue")) or text(change.get("OldValue"))
    return None


def put_finding(draft: Draft, record: JsonObject, operation: str) -> None:
    """Set what Microsoft 365's own detections found."""
    title = text(draft.take("Name")) or text(draft.take("InvestigationName")) or operation
    draft.put("finding_info.title", title)
    draft.put("finding_info.uid", text(draft.take("AlertId")) or text(draft.take("InvestigationId")) or
              text(record.get("Id")) or title)  # fmt: skip
    draft.put("finding_info.types", [kind] if (kind := text(draft.take("Category"))) else None)
    draft.put("finding_info.desc", text(draft.take("Comments")))
    draft.put("is_alert", value=True)
    policy = text(draft.take("PolicyId"))
    if policy is not None:
        draft.put("finding_info.analytic.uid", policy)
        draft.put("finding_info.analytic.name", title)
        draft.put("finding_info.analytic.type_id", _RULE)
    data = parsed(record.get("Data"))
    people = [draft.take("AlertEntityId"), *(data.get(name) for name in _ABOUT), *_recipients(record)]
    put_person(draft, "user", next((found for item in people if (found := email(item))), None))
    if "src_endpoint.ip" not in draft.attributes:
        put_client(draft, data.get("ecip") or data.get("sip"))
    hashes = text(draft.take("SHA256Hash"))
    if hashes is not None:
        draft.put("evidences.file.hashes.value", [[hashes]])
        draft.put("evidences.file.hashes.algorithm_id", [[3]])
        draft.put("evidences.file.name", [text(draft.take("SourceFileName")) or "unknown"])
        draft.put("evidences.file.type_id", [1])
    draft.put("evidences.url.url_string", [url] if (url := text(draft.take("Url"))) else None)
    as_evidence(draft)


def _recipients(record: JsonObject) -> list[object]:
    found = record.get("Recipients")
    return found if isinstance(found, list) else []

"""What a hosted application's action is: OCSF class and activity, told by the words of its name.

Source: OCSF 1.9.0-dev, classes 2004, 3001 to 3006 and 6003. A name that no table knows is an API call whose last verb
says create, read, update or delete, else 99 (Other): the name itself stays in `api.operation`.
"""

import re
from typing import NamedTuple

FINDING = 2004
ACCOUNT_CHANGE = 3001
AUTHENTICATION = 3002
ENTITY_MANAGEMENT = 3004
USER_ACCESS = 3005
GROUP_MANAGEMENT = 3006
API = 6003
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
LOGON, LOGOFF, TICKET, PREAUTH, ACCOUNT_SWITCH = 1, 2, 3, 6, 7
INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4, 5


class Reading(NamedTuple):
    """What a record is."""

    class_uid: int
    activity_id: int
    severity_id: int = INFORMATIONAL


_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_VERBS = {
    "create": CREATE, "created": CREATE, "add": CREATE, "added": CREATE, "new": CREATE, "register": CREATE, "registered": CREATE,
    "invite": CREATE, "invited": CREATE, "grant": CREATE, "granted": CREATE, "assign": CREATE, "upload": CREATE, "uploaded": CREATE,
    "insert": CREATE, "issue": CREATE, "generate": CREATE, "install": CREATE, "import": CREATE, "authorize": CREATE,
    "read": READ, "get": READ, "list": READ, "view": READ, "viewed": READ, "download": READ, "downloaded": READ, "access": READ,
    "accessed": READ, "search": READ, "searched": READ, "export": READ, "exported": READ, "fetch": READ, "clone": READ, "preview": READ,
    "previewed": READ,
    "update": UPDATE, "updated": UPDATE, "set": UPDATE, "change": UPDATE, "changed": UPDATE, "modify": UPDATE, "modified": UPDATE,
    "edit": UPDATE, "edited": UPDATE, "rename": UPDATE, "renamed": UPDATE, "move": UPDATE, "moved": UPDATE, "enable": UPDATE,
    "enabled": UPDATE, "disable": UPDATE, "disabled": UPDATE, "activate": UPDATE, "deactivate": UPDATE, "transfer": UPDATE, "write": UPDATE,
    "restore": UPDATE, "archived": UPDATE, "unarchived": UPDATE, "patch": UPDATE, "put": UPDATE,
    "delete": DELETE, "deleted": DELETE, "remove": DELETE, "removed": DELETE, "destroy": DELETE, "destroyed": DELETE, "revoke": DELETE,
    "revoked": DELETE, "purge": DELETE, "unregister": DELETE, "uninstall": DELETE,
}  # fmt: skip
LONGEST_NAME = 200
"""Characters of an action's name that are looked at, and remembered: products choose it, and short. What is longer was made up."""


def verb(name: str | None) -> int:
    """Return API Activity's `activity_id` of an action's name, 0 where there is none; the first verb in it decides."""
    if name is None:
        return 0
    for word in _WORDS.findall(name[:LONGEST_NAME]):
        found = _VERBS.get(word.lower())
        if found is not None:
            return found
    return OTHER


def last_verb(name: str | None) -> int:
    """Return the same where the product writes the verb last (`policy.rule.update`)."""
    if name is None:
        return 0
    for word in reversed(_WORDS.findall(name[-LONGEST_NAME:])):
        found = _VERBS.get(word.lower())
        if found is not None:
            return found
    return OTHER

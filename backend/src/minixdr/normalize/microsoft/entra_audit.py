"""An entry of Entra ID's audit log -> what it is.

In: the activity's display name. Out: OCSF class, activity and severity. Source: Entra documentation, `Audit activity
reference`; OCSF 1.9.0-dev. Names in no table are Entity Management; their first verb says what was done.
"""

from functools import lru_cache

from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    ENTITY_MANAGEMENT,
    GROUP_MANAGEMENT,
    LOW,
    OTHER,
    USER_ACCESS,
    Reading,
    verb,
)

_TABLE = {
    "add user": Reading(ACCOUNT_CHANGE, 1),
    "create user": Reading(ACCOUNT_CHANGE, 1),
    "invite external user": Reading(ACCOUNT_CHANGE, 1),
    "delete user": Reading(ACCOUNT_CHANGE, 6),
    "hard delete user": Reading(ACCOUNT_CHANGE, 6),
    "disable account": Reading(ACCOUNT_CHANGE, 5),
    "enable account": Reading(ACCOUNT_CHANGE, 2),
    "update user": Reading(ACCOUNT_CHANGE, OTHER),
    "change user password": Reading(ACCOUNT_CHANGE, 3),
    "change password (self-service)": Reading(ACCOUNT_CHANGE, 3),
    "reset user password": Reading(ACCOUNT_CHANGE, 4),
    "reset password (by admin)": Reading(ACCOUNT_CHANGE, 4),
    "reset password (self-service)": Reading(ACCOUNT_CHANGE, 4),
    "user registered security info": Reading(ACCOUNT_CHANGE, 10),
    "admin registered security info": Reading(ACCOUNT_CHANGE, 10, LOW),
    "user deleted security info": Reading(ACCOUNT_CHANGE, 11),
    "admin deleted security info": Reading(ACCOUNT_CHANGE, 11, LOW),
    "enable strong authentication": Reading(ACCOUNT_CHANGE, 10),
    "disable strong authentication": Reading(ACCOUNT_CHANGE, 11, LOW),
    "unlock user account (self-service)": Reading(ACCOUNT_CHANGE, 12),
    "add member to role": Reading(USER_ACCESS, 3, LOW),
    "add eligible member to role": Reading(USER_ACCESS, 3, LOW),
    "add scoped member to role": Reading(USER_ACCESS, 3, LOW),
    "add member to role completed (pim activation)": Reading(USER_ACCESS, 3),
    "add member to role outside of pim (permanent)": Reading(USER_ACCESS, 3, LOW),
    "add eligible member (permanent)": Reading(USER_ACCESS, 3, LOW),
    "add eligible member (eligible)": Reading(USER_ACCESS, 3, LOW),
    "remove member from role": Reading(USER_ACCESS, 4),
    "remove eligible member from role": Reading(USER_ACCESS, 4),
    "add app role assignment to service principal": Reading(USER_ACCESS, 1, LOW),
    "add app role assignment grant to user": Reading(USER_ACCESS, 1),
    "add delegated permission grant": Reading(USER_ACCESS, 1),
    "consent to application": Reading(USER_ACCESS, 1, LOW),
    "remove delegated permission grant": Reading(USER_ACCESS, 2),
    "remove app role assignment from service principal": Reading(USER_ACCESS, 2),
    "add member to group": Reading(GROUP_MANAGEMENT, 3),
    "remove member from group": Reading(GROUP_MANAGEMENT, 4),
    "add owner to group": Reading(GROUP_MANAGEMENT, 3),
    "add group": Reading(GROUP_MANAGEMENT, 6),
    "delete group": Reading(GROUP_MANAGEMENT, 5),
    "update group": Reading(GROUP_MANAGEMENT, 9),
}
_NAMES = 8_192
"""Names remembered; Microsoft documents about 900."""


@lru_cache(maxsize=_NAMES)
def reading_of(activity: str) -> Reading:
    """Return what an audit entry of this activity is."""
    found = _TABLE.get(activity.strip().rstrip(".").lower())
    return found if found is not None else Reading(ENTITY_MANAGEMENT, verb(activity))

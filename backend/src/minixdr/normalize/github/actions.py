"""A GitHub audit action -> OCSF class, activity and severity.

Source: GitHub enterprise docs, `Audit log events for your organization`; OCSF 1.9.0-dev. An action that is in no
table is an API call whose last verb says what was done.
"""

from functools import lru_cache

from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    API,
    AUTHENTICATION,
    CREATE,
    FINDING,
    GROUP_MANAGEMENT,
    LOGON,
    LOW,
    MEDIUM,
    OTHER,
    PREAUTH,
    READ,
    UPDATE,
    USER_ACCESS,
    Reading,
    last_verb,
)

_TABLE: dict[str, Reading] = {
    "user.login": Reading(AUTHENTICATION, LOGON),
    "user.failed_login": Reading(AUTHENTICATION, LOGON, LOW),
    "user.two_factor_challenge_failure": Reading(AUTHENTICATION, PREAUTH, LOW),
    "user.two_factor_challenge_success": Reading(AUTHENTICATION, PREAUTH),
    "org.sso_response": Reading(AUTHENTICATION, LOGON),
    "business.sso_response": Reading(AUTHENTICATION, LOGON),
    "two_factor_authentication.enabled": Reading(ACCOUNT_CHANGE, 10),
    "two_factor_authentication.disabled": Reading(ACCOUNT_CHANGE, 11, LOW),
    "user.change_password": Reading(ACCOUNT_CHANGE, 3),
    "user.reset_password": Reading(ACCOUNT_CHANGE, 4),
    "user.create": Reading(ACCOUNT_CHANGE, 1),
    "user.delete": Reading(ACCOUNT_CHANGE, 6),
    "user.suspend": Reading(ACCOUNT_CHANGE, 5),
    "user.unsuspend": Reading(ACCOUNT_CHANGE, 2),
    "user.promote": Reading(USER_ACCESS, 3, MEDIUM),
    "user.demote": Reading(USER_ACCESS, 4),
    "business.add_admin": Reading(USER_ACCESS, 3, LOW),
    "business.remove_admin": Reading(USER_ACCESS, 4),
    "organization_moderators.add_user": Reading(USER_ACCESS, 3),
    "organization_moderators.remove_user": Reading(USER_ACCESS, 4),
    "org.update_member": Reading(USER_ACCESS, 3),
    "repo.add_member": Reading(USER_ACCESS, 1),
    "repo.update_member": Reading(USER_ACCESS, 1),
    "repo.remove_member": Reading(USER_ACCESS, 2),
    "org.add_outside_collaborator": Reading(USER_ACCESS, 1),
    "org.remove_outside_collaborator": Reading(USER_ACCESS, 2),
    "project.update_user_permission": Reading(USER_ACCESS, 1),
    "org.add_member": Reading(GROUP_MANAGEMENT, 3),
    "org.invite_member": Reading(GROUP_MANAGEMENT, 3),
    "invite_member": Reading(GROUP_MANAGEMENT, 3),
    "org.remove_member": Reading(GROUP_MANAGEMENT, 4),
    "team.add_member": Reading(GROUP_MANAGEMENT, 3),
    "team.remove_member": Reading(GROUP_MANAGEMENT, 4),
    "team.create": Reading(GROUP_MANAGEMENT, 6),
    "team.destroy": Reading(GROUP_MANAGEMENT, 5),
    "team.add_repository": Reading(GROUP_MANAGEMENT, 1),
    "team.update_repository_permission": Reading(GROUP_MANAGEMENT, 1),
    "team.remove_repository": Reading(GROUP_MANAGEMENT, 2),
    "git.push": Reading(API, OTHER),
    "git.clone": Reading(API, READ),
    "git.fetch": Reading(API, READ),
    "repo.access": Reading(API, UPDATE, LOW),
    "repo.download_zip": Reading(API, READ),
    "secret_scanning_alert.create": Reading(FINDING, CREATE, MEDIUM),
    "repository_vulnerability_alert.create": Reading(FINDING, CREATE, LOW),
    "code_scanning.alert_created": Reading(FINDING, CREATE, LOW),
}
_ACTIONS = 4_096
"""Actions remembered; GitHub documents about 800."""


@lru_cache(maxsize=_ACTIONS)
def reading_of(action: str) -> Reading:
    """Return what an audit log entry of this action is."""
    found = _TABLE.get(action)
    return found if found is not None else Reading(API, last_verb(action))

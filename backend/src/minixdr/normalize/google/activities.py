"""An activity of Google Workspace -> OCSF class, activity and severity.

In: the application (`login`, `admin`, `drive`, ...) and the event's name. Source: Admin SDK Reports API, `Activity
events` of each application; OCSF 1.9.0-dev. An event that is in no table is an API call whose first verb says what
was done.
"""

from functools import lru_cache

from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    API,
    AUTHENTICATION,
    CREATE,
    FINDING,
    GROUP_MANAGEMENT,
    HIGH,
    LOGOFF,
    LOGON,
    LOW,
    MEDIUM,
    OTHER,
    PREAUTH,
    READ,
    USER_ACCESS,
    Reading,
    verb,
)

_SIGN_IN = {
    "login_success": Reading(AUTHENTICATION, LOGON),
    "login_failure": Reading(AUTHENTICATION, LOGON),
    "logout": Reading(AUTHENTICATION, LOGOFF),
    "login_challenge": Reading(AUTHENTICATION, PREAUTH),
    "login_verification": Reading(AUTHENTICATION, PREAUTH),
    "suspicious_login": Reading(FINDING, CREATE, MEDIUM),
    "suspicious_login_less_secure_app": Reading(FINDING, CREATE, MEDIUM),
    "suspicious_programmatic_login": Reading(FINDING, CREATE, MEDIUM),
    "user_signed_out_due_to_suspicious_session_cookie": Reading(FINDING, CREATE, MEDIUM),
    "risky_sensitive_action_allowed": Reading(FINDING, CREATE, MEDIUM),
    "risky_sensitive_action_blocked": Reading(FINDING, CREATE, LOW),
    "gov_attack_warning": Reading(FINDING, CREATE, HIGH),
    "account_disabled_password_leak": Reading(FINDING, CREATE, HIGH),
    "account_disabled_hijacked": Reading(FINDING, CREATE, HIGH),
    "account_disabled_generic": Reading(FINDING, CREATE, MEDIUM),
    "account_disabled_spamming": Reading(FINDING, CREATE, MEDIUM),
    "account_disabled_spamming_through_relay": Reading(FINDING, CREATE, MEDIUM),
    "2sv_enroll": Reading(ACCOUNT_CHANGE, 10),
    "2sv_disable": Reading(ACCOUNT_CHANGE, 11, LOW),
    "password_edit": Reading(ACCOUNT_CHANGE, 3),
    "titanium_enroll": Reading(ACCOUNT_CHANGE, 10),
    "titanium_unenroll": Reading(ACCOUNT_CHANGE, 11, LOW),
}
_TABLE: dict[str, dict[str, Reading]] = {
    "login": _SIGN_IN,
    "logout": _SIGN_IN,
    "saml": _SIGN_IN,
    "user_accounts": _SIGN_IN,
    "admin": {
        "CREATE_USER": Reading(ACCOUNT_CHANGE, 1),
        "DELETE_USER": Reading(ACCOUNT_CHANGE, 6),
        "SUSPEND_USER": Reading(ACCOUNT_CHANGE, 5),
        "UNSUSPEND_USER": Reading(ACCOUNT_CHANGE, 2),
        "CHANGE_PASSWORD": Reading(ACCOUNT_CHANGE, 4),
        "TURN_OFF_2_STEP_VERIFICATION": Reading(ACCOUNT_CHANGE, 11, LOW),
        "UNENROLL_USER_FROM_STRONG_AUTH": Reading(ACCOUNT_CHANGE, 11, LOW),
        "RENAME_USER": Reading(ACCOUNT_CHANGE, OTHER),
        "CHANGE_RECOVERY_EMAIL": Reading(ACCOUNT_CHANGE, OTHER),
        "CHANGE_RECOVERY_PHONE": Reading(ACCOUNT_CHANGE, OTHER),
        "GRANT_ADMIN_PRIVILEGE": Reading(USER_ACCESS, 1, LOW),
        "GRANT_DELEGATED_ADMIN_PRIVILEGES": Reading(USER_ACCESS, 1, LOW),
        "REVOKE_ADMIN_PRIVILEGE": Reading(USER_ACCESS, 2),
        "ASSIGN_ROLE": Reading(USER_ACCESS, 3, LOW),
        "UNASSIGN_ROLE": Reading(USER_ACCESS, 4),
        "ADD_GROUP_MEMBER": Reading(GROUP_MANAGEMENT, 3),
        "REMOVE_GROUP_MEMBER": Reading(GROUP_MANAGEMENT, 4),
        "CREATE_GROUP": Reading(GROUP_MANAGEMENT, 6),
        "DELETE_GROUP": Reading(GROUP_MANAGEMENT, 5),
        "CHANGE_GROUP_SETTING": Reading(GROUP_MANAGEMENT, 9),
        "ALERT_CENTER_VIEW": Reading(API, READ),
    },
    "groups_enterprise": {
        "add_member": Reading(GROUP_MANAGEMENT, 3),
        "remove_member": Reading(GROUP_MANAGEMENT, 4),
        "create_group": Reading(GROUP_MANAGEMENT, 6),
        "delete_group": Reading(GROUP_MANAGEMENT, 5),
    },
    "mobile": {
        "SUSPICIOUS_ACTIVITY_EVENT": Reading(FINDING, CREATE, MEDIUM),
        "DEVICE_COMPROMISED_EVENT": Reading(FINDING, CREATE, HIGH),
    },
    "rules": {
        "rule_match": Reading(FINDING, CREATE, LOW),
        "rule_trigger": Reading(FINDING, CREATE, LOW),
        "action_complete": Reading(API, OTHER),
    },
}
_TABLE["groups"] = _TABLE["groups_enterprise"]
_EVENTS = 8_192
"""Names remembered; Google documents about 1,500."""


@lru_cache(maxsize=_EVENTS)
def reading_of(application: str | None, name: str | None) -> Reading:
    """Return what an event of the application is."""
    if application is not None and name is not None:
        found = _TABLE.get(application, {}).get(name)
        if found is not None:
            return found
    return Reading(API, verb(name))

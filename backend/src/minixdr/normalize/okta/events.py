"""An Okta event type -> OCSF class, activity and severity.

Source: Okta developer reference, `Event types`; OCSF 1.9.0-dev. The longest prefix in the table decides; an event
type that no prefix fits is an API call whose last verb says what was done.
"""

from functools import lru_cache

from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    ACCOUNT_SWITCH,
    API,
    AUTHENTICATION,
    CREATE,
    ENTITY_MANAGEMENT,
    FINDING,
    GROUP_MANAGEMENT,
    HIGH,
    LOGOFF,
    LOGON,
    LOW,
    MEDIUM,
    OTHER,
    PREAUTH,
    TICKET,
    USER_ACCESS,
    Reading,
    last_verb,
)

_ASSIGN, _REVOKE = 1, 2
_ENTITY_VERBS = {
    "create": 1,
    "update": 3,
    "delete": 4,
    "activate": 10,
    "deactivate": 11,
    "reactivate": 10,
    "enable": 8,
    "disable": 9,
}
_TABLE: dict[str, Reading] = {
    "user.session.start": Reading(AUTHENTICATION, LOGON),
    "user.session.end": Reading(AUTHENTICATION, LOGOFF),
    "user.session.clear": Reading(AUTHENTICATION, LOGOFF),
    "user.session.expire": Reading(AUTHENTICATION, LOGOFF),
    "user.session.context.change": Reading(AUTHENTICATION, OTHER, LOW),
    "user.session.access_admin_app": Reading(AUTHENTICATION, LOGON),
    "user.session.impersonation.initiate": Reading(AUTHENTICATION, ACCOUNT_SWITCH, MEDIUM),
    "user.session.impersonation.grant": Reading(AUTHENTICATION, ACCOUNT_SWITCH, MEDIUM),
    "user.session.impersonation.": Reading(AUTHENTICATION, OTHER),
    "user.authentication.sso": Reading(AUTHENTICATION, LOGON),
    "user.authentication.": Reading(AUTHENTICATION, PREAUTH),
    "user.mfa.okta_verify.deny_push": Reading(AUTHENTICATION, PREAUTH, LOW),
    "user.mfa.okta_verify.": Reading(AUTHENTICATION, PREAUTH),
    "user.mfa.attempt_bypass": Reading(AUTHENTICATION, PREAUTH, MEDIUM),
    "user.mfa.factor.activate": Reading(ACCOUNT_CHANGE, 10),
    "user.mfa.factor.deactivate": Reading(ACCOUNT_CHANGE, 11),
    "user.mfa.factor.suspend": Reading(ACCOUNT_CHANGE, 11),
    "user.mfa.factor.unsuspend": Reading(ACCOUNT_CHANGE, 10),
    "user.mfa.factor.reset_all": Reading(ACCOUNT_CHANGE, 11),
    "user.mfa.factor.": Reading(ACCOUNT_CHANGE, OTHER),
    "policy.evaluate_sign_on": Reading(AUTHENTICATION, PREAUTH),
    "policy.auth_reevaluate": Reading(AUTHENTICATION, PREAUTH),
    "app.generic.unauth_app_access_attempt": Reading(AUTHENTICATION, LOGON, LOW),
    "app.oauth2.as.token.grant": Reading(AUTHENTICATION, TICKET),
    "app.oauth2.token.grant": Reading(AUTHENTICATION, TICKET),
    "app.oauth2.signon": Reading(AUTHENTICATION, LOGON),
    "user.lifecycle.create": Reading(ACCOUNT_CHANGE, 1),
    "user.lifecycle.activate": Reading(ACCOUNT_CHANGE, 2),
    "user.lifecycle.reactivate": Reading(ACCOUNT_CHANGE, 2),
    "user.lifecycle.unsuspend": Reading(ACCOUNT_CHANGE, 2),
    "user.lifecycle.deactivate": Reading(ACCOUNT_CHANGE, 5),
    "user.lifecycle.suspend": Reading(ACCOUNT_CHANGE, 5),
    "user.lifecycle.delete": Reading(ACCOUNT_CHANGE, 6),
    "user.lifecycle.": Reading(ACCOUNT_CHANGE, OTHER),
    "user.account.update_password": Reading(ACCOUNT_CHANGE, 3),
    "user.account.reset_password": Reading(ACCOUNT_CHANGE, 4),
    "user.account.expire_password": Reading(ACCOUNT_CHANGE, 4),
    "user.account.lock": Reading(ACCOUNT_CHANGE, 9, LOW),
    "user.account.unlock": Reading(ACCOUNT_CHANGE, 12),
    "user.account.privilege.grant": Reading(USER_ACCESS, _ASSIGN, LOW),
    "user.account.privilege.revoke": Reading(USER_ACCESS, _REVOKE),
    "user.account.report_suspicious_activity": Reading(FINDING, CREATE, HIGH),
    "user.account.": Reading(ACCOUNT_CHANGE, OTHER),
    "application.user_membership.add": Reading(USER_ACCESS, _ASSIGN),
    "application.user_membership.remove": Reading(USER_ACCESS, _REVOKE),
    "application.user_membership.provision": Reading(USER_ACCESS, _ASSIGN),
    "application.user_membership.": Reading(USER_ACCESS, OTHER),
    "group.user_membership.add": Reading(GROUP_MANAGEMENT, 3),
    "group.user_membership.remove": Reading(GROUP_MANAGEMENT, 4),
    "group.privilege.grant": Reading(GROUP_MANAGEMENT, 1, LOW),
    "group.privilege.revoke": Reading(GROUP_MANAGEMENT, 2),
    "group.lifecycle.create": Reading(GROUP_MANAGEMENT, 6),
    "group.lifecycle.delete": Reading(GROUP_MANAGEMENT, 5),
    "group.profile.update": Reading(GROUP_MANAGEMENT, 9),
    "group.": Reading(GROUP_MANAGEMENT, OTHER),
    "security.threat.": Reading(FINDING, CREATE, MEDIUM),
    "security.attack.start": Reading(FINDING, CREATE, MEDIUM),
    "security.attack.end": Reading(FINDING, 3, LOW),
    "security.breached_credential.detected": Reading(FINDING, CREATE, HIGH),
    "security.session.detect": Reading(FINDING, CREATE, MEDIUM),
    "user.risk.detect": Reading(FINDING, CREATE, MEDIUM),
    "user.risk.change": Reading(FINDING, 2, LOW),
}
_ENTITIES = (
    "policy.",
    "zone.",
    "application.",
    "iam.",
    "system.agent.",
    "system.idp.",
    "system.log_stream.",
    "device.",
    "network_zone.",
    "app.oauth2.trusted_server.",
)
_KINDS = 4_096
"""Event types remembered; Okta documents about a thousand."""


@lru_cache(maxsize=_KINDS)
def reading_of(kind: str) -> Reading:
    """Return what a record of this event type is."""
    end = len(kind)
    while end > 0:
        found = _TABLE.get(kind[:end])
        if found is not None:
            return found
        dot = kind.rfind(".", 0, end)
        prefix = kind[: dot + 1]
        if prefix != kind[:end] and prefix in _TABLE:
            return _TABLE[prefix]
        end = dot
    if kind.startswith(_ENTITIES):
        return Reading(ENTITY_MANAGEMENT, _ENTITY_VERBS.get(kind.rpartition(".")[2], OTHER))
    return Reading(API, last_verb(kind))

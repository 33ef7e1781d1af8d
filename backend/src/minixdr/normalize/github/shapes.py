"""How GitHub's records are written.

Shapes: `audit`, an entry of the audit log's API, export or stream (web and git events); `webhook`, a webhook's
delivered payload, which does not say the name of its event: it is read off the objects only that event has. Source:
GitHub REST API, `Get the audit log`; `Webhook events and payloads`.
"""

from minixdr.normalize.source import Shape
from minixdr.schema.record import JsonObject

_OF_AUDIT = frozenset({
    "_document_id", "@timestamp", "created_at", "actor_id", "actor_ip", "actor_location", "org", "org_id", "business", "business_id", "repo",
    "repository", "data", "operation_type", "hashed_token", "programmatic_access_type", "request_id", "user_agent",
})  # fmt: skip
_ENOUGH = 2
"""Of GitHub's own names, so many beside `action` tell an entry."""
_OF_WEBHOOK = (
    "workflow_job", "workflow_run", "check_run", "check_suite", "review", "comment", "pull_request", "issue", "release", "hook", "member",
    "team", "membership", "key", "deployment", "package", "alert", "ref", "commits", "installation", "ruleset", "rule", "organization", "forkee",
    "changes", "label", "milestone", "discussion", "invitation",
)  # fmt: skip
"""Objects that name a webhook's event, the telling ones first."""


def _is_audit(body: JsonObject) -> bool:
    action = body.get("action")
    if not isinstance(action, str) or isinstance(body.get("repository"), dict):
        return False
    if "_document_id" in body:
        return isinstance(body["_document_id"], str) and ("actor" in body or "org" in body or "business" in body)
    return (
        isinstance(body.get("actor"), str)
        and ("org" in body or "repo" in body or "business" in body)
        and len(_OF_AUDIT & body.keys()) >= _ENOUGH
    )


def _is_webhook(body: JsonObject) -> bool:
    repository = body.get("repository")
    if not isinstance(repository, dict) or "full_name" not in repository:
        return False
    return isinstance(body.get("action"), str) or ("ref" in body and ("pusher" in body or "sender" in body))


def webhook_event(body: JsonObject) -> str:
    """Return the name of a webhook's event as far as its objects tell it: `pull_request`, `push`, `issue_comment`."""
    if "ref" in body and ("commits" in body or "pusher" in body or body.get("action") == "push"):
        return "push"
    for name in _OF_WEBHOOK:
        if name in body:
            if name in ("review", "comment"):
                parent = "pull_request" if "pull_request" in body else "issue" if "issue" in body else "commit"
                return f"{parent}_{name}"
            return name
    return "repository"


def _webhook(body: JsonObject) -> JsonObject:
    return {**body, "github_event": webhook_event(body)}


SHAPES = (Shape("audit", _is_audit), Shape("webhook", _is_webhook, _webhook))


def is_webhook(body: JsonObject) -> bool:
    """Return whether the record is a webhook's payload."""
    return isinstance(body.get("repository"), dict)

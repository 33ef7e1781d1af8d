"""GitHub: the audit log of an organization or enterprise (web and git events), and webhook deliveries.

Source: GitHub docs, `Audit log events`, `Streaming the audit log`, `Webhook events and payloads`. Members and teams
are Group Management, roles and collaborators User Access, sign-ins Authentication, alerts Detection Findings, the
rest API Activity on a repository or organization. Trusted: the actor, its token and address as GitHub saw them. Not
trusted: user agent; all text of issues, pull requests, branches and commits of a webhook, which any account may
write. Not covered: GitHub Enterprise Server's syslog.
"""

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.github.actions import reading_of
from minixdr.normalize.github.shapes import SHAPES, is_webhook, webhook_event
from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    API,
    AUTHENTICATION,
    FINDING,
    GROUP_MANAGEMENT,
    LONGEST_NAME,
    USER_ACCESS,
    Reading,
    last_verb,
)
from minixdr.normalize.saas.people import SERVICE, USER, as_evidence, email, put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import flag, mapping, text
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "github_audit"
_OTHER = 99
_AUDIT = (LogSource(None, "github", "audit", {"src_ip": "actor_ip"}),)
_WEBHOOK = (LogSource(None, "github", "webhook"),)
_KINDS = ("workflow_job", "workflow_run", "pull_request", "issue", "release", "alert", "comment", "review")
"""Objects of a webhook that have a time."""


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME)
    draft.put("metadata.product.vendor_name", "GitHub")
    return _webhook(draft, record.body) if is_webhook(record.body) else _audit(draft)


def _audit(draft: Draft) -> Event:
    action = text(draft.take("action"))
    if action is None:
        raise NotAnEvent("no action: not an entry of GitHub's audit log")
    reading = reading_of(action[:LONGEST_NAME])
    draft.put("metadata.product.name", "GitHub Audit Log")
    draft.put("metadata.event_code", action)
    native_id = text(draft.take("_document_id"))
    draft.put("metadata.uid", native_id)
    draft.put("metadata.correlation_uid", text(draft.take("request_id")))
    _put_actor(draft, reading, action)
    put_client(draft, draft.take("actor_ip"), draft.take("user_agent"))
    draft.put("src_endpoint.location.country", text(mapping(draft.take("actor_location")).get("country_code")))
    _put_target(draft, reading, action)
    times = [parse_time(draft.take(name)) for name in ("@timestamp", "created_at", "at_sign_timestamp")]
    time = next((time for time in times if time is not None), None)
    return draft.event(*reading[:2], time, native_id=native_id, severity_id=reading.severity_id)


def _put_actor(draft: Draft, reading: Reading, action: str) -> None:
    name = draft.take("actor")
    failed = "fail" in action
    if reading.class_uid == AUTHENTICATION:
        put_outcome(draft, success=not failed)
        draft.put("service.name", "GitHub")
        draft.put("is_remote", value=True)
        put_person(draft, "user", name or draft.fields.get("user"), draft.fields.get("actor_id"))
    if failed and reading.class_uid == AUTHENTICATION:
        draft.doubt("actor.user.name", "the sign-in failed: the name is what a stranger typed")
        return
    bot = flag(draft.take("actor_is_bot"))
    put_person(draft, "actor.user", name, draft.take("actor_id"), type_id=SERVICE if bot else USER)
    known = email(draft.take("external_identity_nameid"))
    draft.put("actor.user.email_addr", known)
    draft.put("actor.user.credential_uid", text(draft.take("hashed_token")))
    draft.put("actor.app_name", text(draft.take("application_name")) or text(draft.take("integration")))
    organization = text(draft.take("org"))
    if organization is not None:
        draft.put("actor.user.account.name", organization)
        draft.put("actor.user.account.uid", text(draft.take("org_id")))
        draft.put("actor.user.account.type_id", _OTHER)


def _put_target(draft: Draft, reading: Reading, action: str) -> None:
    repository = text(draft.take("repo")) or text(draft.take("repository"))
    organization = text(draft.fields.get("org")) or text(draft.take("business"))
    target = text(draft.take("user")) or text(draft.take("blocked_user"))
    match reading.class_uid:
        case _ if reading.class_uid == GROUP_MANAGEMENT:
            draft.put("group.name", text(draft.take("team")) or organization)
            put_person(draft, "user", target, draft.take("user_id"))
        case _ if reading.class_uid in (USER_ACCESS, ACCOUNT_CHANGE):
            put_person(draft, "user", target or draft.fields.get("actor"), draft.take("user_id") if target else None)
        case _ if reading.class_uid == FINDING:
            draft.put("finding_info.uid", text(draft.fields.get("_document_id")) or action)
            draft.put("finding_info.title", f"GitHub: {action}")
            draft.put("is_alert", value=True)
            as_evidence(draft)
        case _ if reading.class_uid == API:
            draft.put("api.operation", action)
            draft.put("api.service.name", "GitHub")
    name = repository or organization
    if name is not None and reading.class_uid in (API, USER_ACCESS, GROUP_MANAGEMENT, FINDING):
        draft.put("resources.uid", [name])
        draft.put("resources.name", [name])
        draft.put("resources.type", ["repository" if repository else "organization"])
        draft.put("resources.uid_alt", [uid] if (uid := text(draft.take("repository_id"))) and repository else None)


def _webhook(draft: Draft, body: JsonObject) -> Event:
    kind = webhook_event(body)
    action = text(draft.take("action"))
    subject = mapping(draft.fields.get(kind))
    draft.put("metadata.product.name", "GitHub Webhooks")
    draft.put("metadata.event_code", kind)
    draft.put("api.operation", kind if action in (None, kind) else f"{kind}.{action}")
    draft.put("api.service.name", "GitHub")
    repository = mapping(draft.take("repository"))
    name = text(repository.get("full_name"))
    if name is not None:
        draft.put("resources.uid", [name])
        draft.put("resources.name", [name])
        draft.put("resources.type", ["repository"])
    people = (draft.take("sender"), subject.get("user"), subject.get("actor"), draft.fields.get("pusher"))
    sender = next((mapping(person) for person in people if mapping(person)), {})
    put_person(draft, "actor.user", sender.get("login") or sender.get("name"), sender.get("id"), type_id=USER)
    draft.put("message", text(subject.get("title")) or text(subject.get("name")))
    if "message" in draft.attributes:
        draft.doubt_kept("message", "whoever opened it wrote it")
    moments = (
        mapping(draft.fields.get(part)).get(name)
        for part in _KINDS
        for name in ("updated_at", "created_at", "started_at")
    )
    times = (parse_time(moment) for moment in (*moments, repository.get("pushed_at")))
    time = next((time for time in times if time is not None), None)
    return draft.event(API, last_verb(action), time)


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return _AUDIT if key[0] is None else _WEBHOOK


SOURCE = carrying(
    Source(
        name=_NAME,
        title="GitHub audit log",
        formats=frozenset({"json", "csv"}),
        shapes=SHAPES,
        routing=Routing(("github_event",), _log_sources),
        normalize=_normalize,
    )
)

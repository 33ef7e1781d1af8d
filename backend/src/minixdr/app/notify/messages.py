"""What a notification says: to a webhook as JSON, to Slack as blocks, by mail as text.

A webhook's signature is `t=<seconds>,v1=<hex>`, HMAC-SHA256 of `<seconds>.<body>` under the channel's secret, as Stripe's. Titles come from log
records, which strangers write: in Slack's markup they are escaped, so that none is a link or calls a channel.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from minixdr.ports.notifier import HttpMessage, Mail
from minixdr.ports.stores.notifications import Delivery

TEST = "test"
_WORDS = {
    "incident.created": "New incident",
    "incident.severity_raised": "Severity raised",
    "incident.assigned": "Assigned",
    "incident.closed": "Closed",
    "incident.mentioned": "Mentioned",
    TEST: "Test message",
}
_COLORS = {"critical": "#c4314b", "high": "#d9730d", "medium": "#c29700", "low": "#3574c9", "informational": "#7a7f87"}
_MOST_TITLE = 200


class Destination(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sealed in a channel."""

    url: str = ""
    secret: str = ""
    recipients: Sequence[str] = ()


def webhook(delivery: Delivery, to: Destination, public_url: str, now: datetime) -> HttpMessage:
    """Return the request of a webhook."""
    body = msgspec.json.encode(
        {
            "delivery_id": delivery.id,
            "event": delivery.event,
            "created_at": delivery.created_at,
            "organization_id": delivery.organization_id,
            **_payload(delivery, public_url),
        }
    )
    timestamp = str(int(now.timestamp()))
    signed = hmac.digest(to.secret.encode(), f"{timestamp}.".encode() + body, "sha256").hex()
    return HttpMessage(
        to.url,
        body,
        {
            "Content-Type": "application/json",
            "User-Agent": "Mini-XDR",
            "X-Minixdr-Event": delivery.event,
            "X-Minixdr-Delivery": str(delivery.id),
            "X-Minixdr-Signature": f"t={timestamp},v1={signed}",
        },
    )


def slack(delivery: Delivery, to: Destination, public_url: str) -> HttpMessage:
    """Return the request of a Slack incoming webhook."""
    payload = _payload(delivery, public_url)
    incident = payload["incident"]
    headline = f"{_WORDS[delivery.event]}: {_title(incident)}" if incident else _WORDS[delivery.event]
    place = None if incident is None else incident["url"]
    text = f"*<{place}|{_escaped(headline)}>*" if place else f"*{_escaped(headline)}*"
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    said = "\n".join(_escaped(line) for line in _lines(delivery, incident))
    if said:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": said}]})
    color = _COLORS["informational" if incident is None else incident["severity"]]
    body = {"text": _escaped(headline), "attachments": [{"color": color, "blocks": blocks}]}
    return HttpMessage(
        to.url, msgspec.json.encode(body), {"Content-Type": "application/json", "User-Agent": "Mini-XDR"}
    )


def mail(delivery: Delivery, to: Destination, public_url: str) -> Mail:
    """Return the mail."""
    payload = _payload(delivery, public_url)
    incident = payload["incident"]
    subject = "Test message" if incident is None else f"{_WORDS[delivery.event]}: {_title(incident)}"
    lines = [subject, "", *_lines(delivery, incident)]
    if incident is not None:
        lines += ["", incident["url"]]
    return Mail(to.recipients, f"[Mini-XDR] {subject}", "\n".join(lines) + "\n", f"<{delivery.id}@minixdr.invalid>")


def _payload(delivery: Delivery, public_url: str) -> dict[str, Any]:
    incident = delivery.payload.get("incident")
    if incident is not None:
        incident = {**incident, "url": f"{public_url.rstrip('/')}/incidents/{incident['incident_id']}"}
    return {
        "incident": incident,
        "actor": delivery.payload.get("actor"),
        "details": delivery.payload.get("details", {}),
    }


def _title(incident: Mapping[str, Any]) -> str:
    title = incident["title"]
    cut = title if len(title) <= _MOST_TITLE else f"{title[:_MOST_TITLE]}..."
    return f"#{incident['number']} {cut}"


def _lines(delivery: Delivery, incident: Mapping[str, Any] | None) -> list[str]:
    details = delivery.payload.get("details", {})
    if incident is None:
        return ["This channel works: messages of Mini-XDR arrive here."]
    lines = [f"Severity: {incident['severity']}   State: {incident['state']}   Risk: {round(incident['risk'])}"]
    if delivery.event == "incident.severity_raised":
        lines.append(f"Raised from {details.get('from')} to {details.get('to')}")
    if delivery.event == "incident.assigned":
        lines.append(f"Assigned to {details.get('name') or 'nobody'}")
    if delivery.event == "incident.closed":
        lines.append(f"Verdict: {(incident['verdict'] or 'none').replace('_', ' ')}")
    if delivery.event == "incident.mentioned":
        lines += [f"Mentioned: {', '.join(details.get('mentioned', ()))}", details.get("text", "")]
    if incident["techniques"]:
        lines.append(f"ATT&CK: {', '.join(incident['techniques'][:10])}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("*", "∗").replace("`", "'")  # noqa: RUF001 - looks the same, marks nothing

"""The words that columns take."""

TOKEN_KINDS = ("ingest", "api")
ONBOARDING = ("not_started", "in_progress", "completed", "skipped")
FINDING_STATES = ("open", "suppressed")
INCIDENT_STATES = ("new", "triage", "contained", "resolved", "closed")
VERDICTS = ("true_positive", "false_positive", "benign", "undetermined")
JOB_STATES = ("queued", "running", "done", "failed", "cancelled")
CHANNEL_KINDS = ("webhook", "slack", "email")
DELIVERY_STATES = ("queued", "delivered", "failed")
NOTIFICATION_EVENTS = (
    "incident.created",
    "incident.severity_raised",
    "incident.assigned",
    "incident.closed",
    "incident.mentioned",
)
VIEW_PAGES = ("incidents", "findings", "rules", "entities", "assets")

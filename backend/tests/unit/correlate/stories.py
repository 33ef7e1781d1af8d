"""Made-up findings for the tests of this stage."""

from hashlib import blake2b
from itertools import count

from minixdr.correlate import FindingKey
from minixdr.schema.event import Entity

START = 1_700_000_000.0
MINUTE = 60.0
HOUR = 3_600.0
DAY = 86_400.0

_ENTITY_TYPES = {
    "user": "user",
    "key": "access_key",
    "session": "session",
    "host": "host",
    "ip": "address",
    "hash": "file_hash",
    "domain": "domain",
    "resource": "resource",
    "account": "account",
    "pod": "pod",
    "container": "container",
    "process": "process",
}


def entities(text: str) -> tuple[Entity, ...]:
    """Return the entities of `user:ana! host:web-1`; `!` marks an actor."""
    made = []
    for word in text.split():
        kind, _, value = word.partition(":")
        role = "actor" if value.endswith("!") else "target" if kind == "host" else "related"
        made.append(Entity(_ENTITY_TYPES[kind], value.rstrip("!"), role))
    return tuple(made)


class Story:
    """Findings of one story, in the order they are told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys: list[FindingKey] = []
        self._count = count()

    def tell(
        self, at: float | None, rule: str, who: str, level: str = "high", tactic: str = "", file: str = "log.jsonl"
    ) -> FindingKey:
        """Add a finding `at` seconds after the start."""
        number = next(self._count)
        key = FindingKey(
            finding_id=blake2b(f"{self.name} {number}".encode(), digest_size=16).hexdigest(),
            seconds=None if at is None else START + at,
            rule_id=rule.lower().replace(" ", "-"),
            title=rule,
            level=level,
            tactics=(tactic,) if tactic else (),
            techniques=(),
            source="test",
            file=file,
            entities=entities(who),
        )
        self.keys.append(key)
        return key

    def ids(self) -> set[str]:
        """Return the findings' ids."""
        return {key.finding_id for key in self.keys}


def cloud_intrusion(name: str = "cloud", at: float = 0.0, user: str = "ana", ip: str = "198.51.100.7") -> Story:
    """A leaked key, a created user, a role session, a bucket emptied: six hours, four identities."""
    story = Story(name)
    key = f"key:AKIA{user.upper()}000000000"
    story.tell(at, "Root of trust check", f"{key}! user:{user}! ip:{ip}! account:111122223333", "low", "TA0007")
    story.tell(
        at + 4 * MINUTE,
        "Identity call from a hosting provider",
        f"{key}! user:{user}! ip:{ip}! account:111122223333",
        "medium",
        "TA0001",
    )
    story.tell(
        at + 20 * MINUTE, "Many denied calls", f"{key}! user:{user}! ip:{ip}! account:111122223333", "medium", "TA0007"
    )
    made = f"user:{user}-backup"
    story.tell(at + HOUR, "User created", f"{key}! user:{user}! {made} account:111122223333", "medium", "TA0003")
    story.tell(
        at + HOUR + 3 * MINUTE,
        "Administrator policy attached",
        f"{key}! user:{user}! {made} account:111122223333",
        "high",
        "TA0004",
    )
    session = f"session:arn:aws:sts::111122223333:assumed-role/ops/{user}-x"
    story.tell(
        at + 3 * HOUR, "Console sign-in without MFA", f"{made}! ip:{ip}! account:111122223333", "medium", "TA0001"
    )
    story.tell(at + 3.2 * HOUR, "Role assumed", f"{made}! {session} account:111122223333", "low", "TA0008")
    story.tell(at + 4 * HOUR, "Trail stopped", f"{session}! account:111122223333", "high", "TA0112")
    story.tell(
        at + 6 * HOUR,
        "Bucket copied out",
        f"{session}! resource:arn:aws:s3:::{user}-data account:111122223333",
        "high",
        "TA0010",
    )
    return story

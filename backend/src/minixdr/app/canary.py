"""The deployment canary: one harmless event goes in at the door, and its finding must come out.

It goes the whole way that customers' records go (door, log, worker, rules, database), in an organization of its own that no person belongs to, so
that nobody meets its findings. The organization is known by a fixed id: people's have random ones, so none of theirs is ever taken for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from minixdr.app.credentials import hash_of, new_token
from minixdr.app.signs_of_life import SILENT_SECONDS, Facts
from minixdr.ingest.doors.batch_codec import encode
from minixdr.ingest.formats.syslog import decode
from minixdr.ports.database import Database, Scope
from minixdr.ports.door import Door, DoorBusyError, DoorRefusedError
from minixdr.ports.stores.access import NewToken
from minixdr.ports.stores.findings import FindingFilter
from minixdr.ports.stores.leases import Lease, LeaseLostError
from minixdr.ports.stores.organizations import Organization, SlugTakenError
from minixdr.schema.record import Batch

ORGANIZATION_ID = UUID("00000000-0000-4000-8000-63616e617279")
SLUG = "deployment-canary"
RULE_ID = "2b0e4f5c-9a37-4c1e-8d56-7f1a3c9e6b42"
"""Of `content/rules/platform/platform_deployment_canary.yml`."""
_NAME = "Deployment canary"
_LEASE = "deployment-canary"
_TO_SPARE_SECONDS = 15.0
"""Beyond sending and finding: after so long a canary that crashed holds up no other."""
_LOOK_SECONDS = 0.25
_SCOPE = Scope(ORGANIZATION_ID, actor="system:canary")


class CanaryError(Exception):
    """The canary could not be sent; the message says why and what to do."""


class WorkerBuild(msgspec.Struct, frozen=True):
    """What a number of workers that are heard run."""

    version: str
    revision: str | None
    image_digest: str | None
    count: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one canary."""

    ok: bool
    event_sent_at: datetime | None = None
    """When the door had it on disk."""
    found_after_seconds: float | None = None
    """From then to when its finding was seen."""
    workers: Sequence[WorkerBuild] = ()
    """Those that are heard."""
    problem: str | None = None
    """How far the event came, or why it was not sent; None where `ok`."""


def of_people(organizations: Sequence[Organization]) -> Sequence[Organization]:
    """Return the organizations without the canary's: it does not make a platform one that is set up."""
    return [each for each in organizations if each.id != ORGANIZATION_ID]


class Canary:
    """One canary. Waits `found_seconds` at most for its turn and for the door to take the event, and again for the finding."""

    def __init__(
        self,
        database: Database,
        door: Callable[[str], Door],
        now: Callable[[], datetime],
        *,
        found_seconds: float = 30.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`door`: given a token."""
        self._database = database
        self._door = door
        self._now = now
        self._seconds = found_seconds
        self._sleep = sleep

    async def run(self) -> Outcome:
        """Send one and return what became of it. Raises DatabaseAwayError."""
        try:
            await self._organization()
            sent_until = self._until()
            lease = await self._turn(sent_until)
            try:
                return await self._send_and_find(sent_until)
            finally:
                await self._end(lease)
        except CanaryError as error:
            return Outcome(ok=False, problem=str(error), workers=await self._workers())

    async def _organization(self) -> None:
        """Make sure that there is the organization and its token."""
        async with self._database.transaction(_SCOPE) as tx:
            if await tx.organizations.get(ORGANIZATION_ID) is None:
                with suppress(SlugTakenError):
                    await tx.organizations.create(ORGANIZATION_ID, SLUG, _NAME)
                    details = {"slug": SLUG, "name": _NAME, "by": "minixdr canary"}
                    await tx.audit.add(
                        "organization.created", f"organization:{ORGANIZATION_ID}", details, at=self._now()
                    )
        async with self._database.transaction(_SCOPE) as tx:
            if await tx.organizations.get(ORGANIZATION_ID) is None:
                raise CanaryError(
                    f"an organization of people has the slug {SLUG}, which the canary's needs: give it another"
                )

    async def _turn(self, until: float) -> Lease:
        """Wait for the end of other canaries: they share a token. Raises CanaryError."""
        owner = f"canary:{uuid4()}"
        while True:
            async with self._database.transaction(_SCOPE) as tx:
                lease = await tx.leases.acquire(_LEASE, owner, 2 * self._seconds + _TO_SPARE_SECONDS)
            if lease is not None:
                return lease
            if _seconds() > until:
                raise CanaryError("another canary has been on its way all the time: try again in a minute")
            await self._sleep(_LOOK_SECONDS)

    async def _token(self) -> str:
        """Return a text of the token; the one of before opens nothing any more."""
        text, prefix = new_token("ingest")
        async with self._database.transaction(_SCOPE) as tx:
            known = next((each for each in await tx.tokens.all("ingest") if each.refusal(self._now()) is None), None)
            if known is not None:
                await tx.tokens.replace_hash(known.id, hash_of(text), prefix)
                return text
            await tx.tokens.create(
                NewToken(name=_NAME, kind="ingest", token_hash=hash_of(text), prefix=prefix, scopes=("native",))
            )
        return text

    async def _end(self, lease: Lease) -> None:
        """Make the token's text worth nothing, and let others have their turn."""
        await self._token()
        async with self._database.transaction(_SCOPE) as tx:
            with suppress(LeaseLostError):
                await tx.leases.release(lease)

    async def _send_and_find(self, sent_until: float) -> Outcome:
        event_at = self._now()
        batch_id = await self._send(await self._token(), _event(event_at), sent_until)
        sent_at, began, until = self._now(), _seconds(), self._until()
        while True:
            if await self._found(batch_id, event_at - timedelta(seconds=1)):
                after = round(_seconds() - began, 3)
                return Outcome(ok=True, event_sent_at=sent_at, found_after_seconds=after, workers=await self._workers())
            if _seconds() > until:
                workers = await self._workers()
                problem = await self._why(batch_id, workers)
                return Outcome(ok=False, event_sent_at=sent_at, workers=workers, problem=problem)
            await self._sleep(_LOOK_SECONDS)

    async def _send(self, token: str, event: Batch, until: float) -> str:
        """Return the batch that the event is now. Raises CanaryError."""
        door, body = self._door(token), encode(event)
        try:
            while True:
                try:
                    accepted = await asyncio.to_thread(door.send, body)
                except DoorBusyError as error:
                    if _seconds() > until:
                        raise CanaryError(f"the door took nothing for {self._seconds:g} seconds: {error}") from error
                    await self._sleep(min(error.retry_after_seconds or _LOOK_SECONDS, 5.0))
                else:
                    break
        except DoorRefusedError as error:
            raise CanaryError(f"the door refused the event: {error}") from error
        finally:
            door.close()
        if len(accepted.batches) != 1:
            raise CanaryError("the door answered without naming the batch that it took")
        return accepted.batches[0]

    async def _found(self, batch_id: str, first_at: datetime) -> bool:
        wanted = FindingFilter(rule_ids=(RULE_ID,), first_at=first_at)
        async with self._database.transaction(_SCOPE) as tx:
            for row in await tx.findings.list(wanted, None, _NEWEST):
                whole = await tx.findings.get(row.finding_id)
                if whole is not None and whole.batch_id == batch_id:
                    return True
        return False

    async def _why(self, batch_id: str, workers: Sequence[WorkerBuild]) -> str:
        """Return how far the event came."""
        async with self._database.transaction(_SCOPE) as tx:
            receipt = await tx.receipts.receipt(batch_id)
            dead = [each for each in await tx.receipts.dead_letters("open", None, _NEWEST) if each.batch_id == batch_id]
        if dead:
            return f"the event was taken, and no worker can work on it: {dead[0].reason}"
        if receipt is None and not workers:
            return "the event was taken, and no worker is heard that could work on it: look at the worker's pods"
        if receipt is None:
            return f"the event was taken, and no worker took it up within {self._seconds:g} seconds: look into the worker's log"
        if receipt.events != 1:
            return "the event was worked on and became none: the worker does not read its form"
        return "the event was worked on, and no rule found it: the worker has other rules than this program"

    async def _workers(self) -> Sequence[WorkerBuild]:
        async with self._database.transaction(_SCOPE) as tx:
            signs = await tx.heartbeats.all(self._now() - timedelta(seconds=SILENT_SECONDS))
        counts: dict[tuple[str, str | None, str | None], int] = {}
        for sign in signs:
            if sign.kind == "worker":
                facts = msgspec.convert(sign.details, Facts)
                build = sign.version, facts.revision, facts.image_digest
                counts[build] = counts.get(build, 0) + 1
        return [WorkerBuild(*build, count) for build, count in counts.items()]

    def _until(self) -> float:
        return _seconds() + self._seconds


_NEWEST = 20


def _seconds() -> float:
    return asyncio.get_running_loop().time()


def _event(now: datetime) -> Batch:
    """Return one line of syslog (RFC 5424) that is like no other."""
    time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = f"<134>1 {time} deployment-canary minixdr-canary - - - minixdr deployment canary {uuid4().hex}"
    bodies = [decode(line)]
    return Batch(
        file=SLUG,
        format="syslog",
        first=1,
        raws=[line.encode()],
        bodies=bodies,
        source="linux_syslog",
        reference_at=now,
    )

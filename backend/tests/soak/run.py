"""Send records, kill parts, and count: what clients were told is kept is in the lake once, and found once.

Each record has an id of its own; one of a hundred is a finding of a rule that comes along. A client sends a request again, unchanged, until it is
answered 200: what was acknowledged is what must be there.
"""

import asyncio
import json
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import duckdb
import httpx
from sqlalchemy import text

from minixdr.adapters.lake.lake import IcebergLake
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.lake.read import files_for
from minixdr.local.installation import environment_here
from minixdr.ports.database import Scope
from tests.soak.machine import Machine

Say = Callable[[str], None]
PARTS = ("api", "worker-1", "nats", "postgres")
PER_REQUEST = 200
FOUND_EVERY = 100
_PAUSE_SECONDS = 0.1
"""Between two requests of a client: less than a machine takes, so that the log does not only grow."""


@dataclass
class Account:
    """What clients were told."""

    acknowledged: set[str] = field(default_factory=set)
    bodies: list[str] = field(default_factory=list)
    """Of the requests that were acknowledged, in that order."""
    answers: dict[int, int] = field(default_factory=dict)
    """By status; 0: no answer."""
    lock: threading.Lock = field(default_factory=threading.Lock)


def record(event_id: str, *, found: bool, time: datetime) -> dict[str, object]:
    """Return a CloudTrail record: a root sign-in, or a harmless call. Accounts have some sign-ins each, so that there are many incidents."""
    client_, number, _ = (event_id + "--").split("-", 2)
    account = f"{zlib.crc32(f'{client_}-{int(number or 0) // 4}'.encode()):012d}"
    return {
        "eventVersion": "1.08",
        "eventID": event_id,
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "signin.amazonaws.com" if found else "sts.amazonaws.com",
        "eventName": "ConsoleLogin" if found else "GetCallerIdentity",
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"198.18.{int(account) % 256}.{int(account) // 256 % 256}",
        "userAgent": "aws-cli/2.15",
        "userIdentity": {
            "type": "Root" if found else "IAMUser",
            "arn": f"arn:aws:iam::{account}:root" if found else f"arn:aws:iam::{account}:user/build",
            "accountId": account,
            "userName": "root" if found else "build",
        },
        "responseElements": {"ConsoleLogin": "Success"} if found else None,
        "additionalEventData": {"MFAUsed": "No"} if found else None,
        "eventType": "AwsConsoleSignIn" if found else "AwsApiCall",
        "recipientAccountId": account,
    }


def client(
    machine: Machine, token: str, name: str, account: Account, stop: threading.Event, pause_seconds: float
) -> None:
    """Send until told to stop; the last request is finished."""
    number = 0
    with httpx.Client(
        base_url=machine.url, headers={"authorization": f"Bearer {token}"}, timeout=30, trust_env=False
    ) as http:
        while not stop.is_set():
            ids = [f"{name}-{number}-{place}" for place in range(PER_REQUEST)]
            now = datetime.now(UTC)
            body = "\n".join(
                json.dumps(record(each, found=place % FOUND_EVERY == 0, time=now)) for place, each in enumerate(ids)
            )
            while True:
                try:
                    status = http.post("/api/ingest", content=body).status_code
                except httpx.HTTPError:
                    status = 0
                with account.lock:
                    account.answers[status] = account.answers.get(status, 0) + 1
                if status == httpx.codes.OK:
                    break
                assert status in {0, 429, 503}, f"a door answered {status}"
                time.sleep(0.2)
            with account.lock:
                account.acknowledged.update(ids)
                account.bodies.append(body)
            number += 1
            time.sleep(pause_seconds)


@contextmanager
def load(machine: Machine, clients: int = 3, pause_seconds: float = _PAUSE_SECONDS) -> Iterator[Account]:
    """Run clients while the block runs; then let each finish its last request. What was acknowledged stands in the account.

    `pause_seconds`: of a client between two requests.
    """
    with closing(machine.sign_in()) as session:
        token = machine.token(session)
    account, stop = Account(), threading.Event()
    failures: list[BaseException] = []

    def send(name: str) -> None:
        try:
            client(machine, token, name, account, stop, pause_seconds)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=send, args=(f"c{number}",)) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield account
    finally:
        stop.set()
        for thread in threads:
            thread.join(180)
    assert not failures, failures
    assert not any(thread.is_alive() for thread in threads), "a client was never answered"


def soak(machine: Machine, parts: Sequence[str], seed: int, clients: int = 3, say: Say = print) -> Account:
    """Run the load, kill these parts in turn at random moments, then stop the load; return what was acknowledged."""
    chance = random.Random(seed)
    with load(machine, clients) as account:
        for number, part in enumerate(parts):
            time.sleep(chance.choice((0.5, 2.0, 5.0, 8.0)) * chance.uniform(0.5, 1.5))
            done = machine.kill(part)
            say(
                f"kill {number + 1} of {len(parts)}: {part}{'' if done else ' (was down)'}; acknowledged {len(account.acknowledged):,}"
            )
        time.sleep(2)
    return account


def check(
    machine: Machine, account: Account, seconds: float = 240, say: Say = print, organization_id: UUID | None = None
) -> None:
    """Wait until all is committed; then compare with what clients of the organization (None: the first) were told."""
    wanted = len(account.acknowledged)
    found = sum(1 for each in account.acknowledged if int(each.rpartition("-")[2]) % FOUND_EVERY == 0)
    end = time.monotonic() + seconds
    state = {}
    while time.monotonic() < end:
        try:
            state = asyncio.run(_state(machine, organization_id))
        except Exception as error:  # noqa: BLE001 - a part may be on its way up
            state = {"error": repr(error)}
        if state.get("waiting") == 0 and state.get("events") == wanted and state.get("staged") == 0:
            break
        time.sleep(1)
    say(json.dumps({"acknowledged": wanted, "findings_expected": found, "answers": account.answers, **state}))
    assert state["lake"] == wanted, f"the lake has {state['lake']:,} of {wanted:,} acknowledged records"
    assert state["distinct"] == wanted, "records are in the lake twice"
    assert state["account"], "a receipt does not add up"
    assert state["findings"] == state["finding_events"] > 0, "findings are doubled"
    assert state["found"] == found, f"{state['found']:,} records were found, {found:,} should be"
    assert state["dead"] == 0, "there are dead letters"


async def _state(machine: Machine, organization_id: UUID | None) -> dict[str, object]:
    environment = environment_of(machine)
    database = PostgresDatabase(environment["MINIXDR_DATABASE_URL"])
    lake = IcebergLake(environment["MINIXDR_WAREHOUSE"], environment["MINIXDR_DATABASE_URL"])
    try:
        async with database.transaction(Scope(system=True)) as opened:
            organization = organization_id or (await opened.organizations.all())[0].id
        async with database.transaction(Scope(organization_id=organization)) as opened:

            async def one(query: str) -> list[int]:
                return list((await opened.execute(text(query))).one())

            events, waiting_repeats = await one(
                "SELECT coalesce(sum(events), 0)::bigint, "
                "coalesce(sum(received - events - skipped - malformed - duplicates), 0)::bigint FROM receipts"
            )
            staged, _ = await one("SELECT count(*), 0 FROM lake_outbox WHERE committed_snapshot IS NULL")
            findings, distinct_findings = await one(
                "SELECT count(*), count(DISTINCT (rule_id, event_ids)) FROM findings WHERE kind = 'sigma'"
            )
            found, dead = await one(
                "SELECT (SELECT count(DISTINCT event_ids[1]) FROM findings WHERE kind = 'sigma'), (SELECT count(*) FROM dead_letters)"
            )
        now = datetime.now(UTC)
        given = await files_for(
            database, lake, organization, now - timedelta(days=2), now + timedelta(days=1), ("event_id", "metadata_uid")
        )
        connection = duckdb.connect()
        rows = distinct = 0
        if given.files:
            rows, distinct = connection.execute(
                "SELECT count(*), count(DISTINCT metadata_uid) FROM read_parquet($1)", [list(given.files)]
            ).fetchone() or (0, 0)
        rows += 0 if given.staged is None else given.staged.num_rows
        return {
            "events": int(events), "account": waiting_repeats == 0, "staged": staged, "findings": findings,
            "finding_events": distinct_findings, "found": found, "dead": dead, "lake": rows, "distinct": distinct,
            "waiting": 0,
        }  # fmt: skip
    finally:
        lake.close()
        await database.close()


def environment_of(machine: Machine) -> dict[str, str]:
    """Return what the machine's parts are told."""
    return dict(environment_here({}, machine.folder))

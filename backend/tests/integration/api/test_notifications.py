"""Notifications from a person's change to a real receiver, and what becomes of those that do not arrive."""

import asyncio
import email
import email.policy
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from minixdr.adapters.notify.notifier import OutsideNotifier
from minixdr.api.app import create_app
from minixdr.app.notify.deliver import OWNED_FOR, deliver, take
from minixdr.schema.role import Role
from minixdr.workers.notifier import run_notifier
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run
from tests.integration.api.receiver import Receiver, answer, mail_server, receiving

_ALL = ["incident.created", "incident.severity_raised", "incident.assigned", "incident.closed", "incident.mentioned"]
_SECRET = "a secret that both sides know"
Body = dict[str, Any]


def _case(database: TestDatabase, test: Callable[[Api, Receiver], Awaitable[None]], **notifier: Any) -> None:
    """Run a test as an admin of an organization with an incident, on the clock of the database."""

    with psycopg.connect(database.superuser_url) as connection:
        connection.execute("DELETE FROM notification_channels")  # of the test before, with what is queued for them

    async def inside(api: Api) -> None:
        made = api.world
        made.clock.at = datetime.now(UTC)
        ours = [(made.ours.organization_id, Role.ADMIN)]
        made.ours.people[Role.ADMIN] = await made.person(f"late-{uuid4().hex}@ours.example", ours)
        sender = OutsideNotifier(
            **{"smtp_url": None, "smtp_from": None, "allowed": [ip_network("127.0.0.0/8")]} | notifier
        )
        made.platform = replace(made.platform, notifier=sender)
        keeper = made.app.state.gatekeeper
        made.app = create_app(made.platform)
        made.app.state.gatekeeper = keeper
        async with receiving() as receiver:
            await test(Api(made, Role.ADMIN), receiver)

    run(database, inside, "eve", "eve")


async def _webhook(api: Api, receiver: Receiver, **more: Any) -> Body:
    new = {
        "name": "Hook",
        "kind": "webhook",
        "url": receiver.url(),
        "secret": _SECRET,
        "least_severity": "low",
        "events": _ALL,
    }
    made: Body = await api.ask("POST", "/notification-channels", new | more, 201)
    return made


async def _incident(api: Api) -> str:
    (incident,) = (await api.ask("GET", "/incidents"))["items"]
    return str(incident["incident_id"])


async def _change(api: Api, **change: Any) -> None:
    await api.ask("PATCH", f"/incidents/{await _incident(api)}", change, headers={"If-Match": "*"})


async def _step(api: Api) -> Any:
    """Deliver what is due, as the worker does; return the outcome."""
    api.world.clock.at = max(api.world.clock.at, datetime.now(UTC))
    delivery = await take(api.world.platform, frozenset())
    return None if delivery is None else await deliver(api.world.platform, delivery)


async def _deliveries(api: Api, query: str = "") -> list[Body]:
    items: list[Body] = (await api.ask("GET", f"/notification-deliveries{query}"))["items"]
    return items


def test_a_change_arrives_signed(postgres: TestDatabase) -> None:
    """The receiver can prove who sent it and when; the link leads to the incident; the secret is never shown."""

    async def test(api: Api, receiver: Receiver) -> None:
        channel = await _webhook(api, receiver)
        assert channel["shown"] == "127.0.0.1 ...ijkl"
        assert channel["secret"] is None
        listed = await api.ask("GET", "/notification-channels")
        assert "abcdefgh" not in json.dumps(listed)
        assert _SECRET not in json.dumps(listed)
        await _change(api, state="closed", verdict="benign", severity="critical", assignee_id=str(api.who.user_id))
        for _ in range(3):
            assert (await _step(api)).state == "delivered"
        assert await _step(api) is None
        told = {request.headers["x-minixdr-event"]: request for request in receiver.requests}
        assert set(told) == {"incident.assigned", "incident.closed", "incident.severity_raised"}
        request = told["incident.closed"]
        stamp, mark = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", request.headers["x-minixdr-signature"]).groups()  # type: ignore[union-attr]
        assert abs(int(stamp) - datetime.now(UTC).timestamp()) < 60
        assert hmac.digest(_SECRET.encode(), f"{stamp}.".encode() + request.body, "sha256").hex() == mark
        body = json.loads(request.body)
        assert body["incident"]["url"] == f"{api.world.platform.public_url}/incidents/{await _incident(api)}"
        assert (body["incident"]["verdict"], body["actor"]) == ("benign", f"user:{api.who.user_id}")
        kept = await _deliveries(api, "?state=delivered")
        assert request.headers["x-minixdr-delivery"] == body["delivery_id"]
        assert body["delivery_id"] in {item["id"] for item in kept}
        assert {(item["status"], item["answer"]) for item in kept} == {(200, "ok")}

    _case(postgres, test)


def test_a_channel_hears_what_it_wants(postgres: TestDatabase) -> None:
    """Not below its severity, not other events, not while it is switched off, and nothing of a change that was not kept."""

    async def test(api: Api, receiver: Receiver) -> None:
        await _webhook(api, receiver, name="high only", least_severity="high")
        await _webhook(api, receiver, name="others", events=["incident.assigned"])
        await _webhook(api, receiver, name="off", enabled=False)
        await _change(api, state="closed")
        await api.ask("PATCH", f"/incidents/{await _incident(api)}", {"state": "new"}, 412, headers={"If-Match": '"x"'})
        assert await _deliveries(api) == []

    _case(postgres, test)


def test_what_fails_is_tried_for_a_day(postgres: TestDatabase) -> None:
    """With longer and longer pauses, the same id each time; then it has failed, and can be sent again."""

    async def test(api: Api, receiver: Receiver) -> None:
        await _webhook(api, receiver)
        receiver.answers = [answer(500, "broken\x07") for _ in range(60)]
        await _change(api, state="closed")
        pauses = []
        while True:
            outcome = await _step(api)
            if outcome is None or outcome.state == "failed":
                break
            pauses.append((outcome.next_at - api.world.clock.now()).total_seconds())
            assert await _step(api) is None, "not before its time"
            api.world.clock.turn(seconds=pauses[-1])
        assert pauses[:4] == [15, 30, 60, 120]
        assert max(pauses) == 3600
        assert 23 * 3600 < sum(pauses) <= 24 * 3600
        assert len({request.headers["x-minixdr-delivery"] for request in receiver.requests}) == 1
        (failed,) = await _deliveries(api, "?state=failed")
        assert (failed["status"], failed["answer"], failed["attempts"]) == (500, "broken ", len(receiver.requests))
        receiver.answers = []
        place = f"/notification-deliveries/{failed['id']}/retry"
        assert (await api.ask("POST", place, status=202))["state"] == "queued"
        await api.ask("POST", place, status=409)
        assert (await _step(api)).state == "delivered"
        assert receiver.requests[-1].headers["x-minixdr-delivery"] == failed["id"]

    _case(postgres, test)


def test_a_worker_that_dies_loses_nothing(postgres: TestDatabase) -> None:
    """Killed after sending and before it is noted: it is sent again, with the same id, and noted once."""

    async def test(api: Api, receiver: Receiver) -> None:
        await _webhook(api, receiver)
        await _change(api, state="closed")
        api.world.clock.turn(seconds=60)
        first = await take(api.world.platform, frozenset())
        assert first is not None
        killed = asyncio.create_task(deliver(api.world.platform, first))

        async def kill() -> None:
            killed.cancel()

        receiver.before_answer = kill
        with pytest.raises(asyncio.CancelledError):
            await killed
        receiver.before_answer = None
        assert await _step(api) is None, "it is owned still"
        api.world.clock.turn(seconds=OWNED_FOR.total_seconds() + 1)
        assert (await _step(api)).state == "delivered"
        ids = [request.headers["x-minixdr-delivery"] for request in receiver.requests]
        assert ids == [str(first.id)] * 2
        (item,) = await _deliveries(api)
        assert (item["state"], item["attempts"]) == ("delivered", 2)

    _case(postgres, test)


def test_a_slow_receiver_holds_up_itself_alone(postgres: TestDatabase) -> None:
    """While one does not answer, another hears everything; stopping waits for what is on its way."""

    async def test(api: Api, receiver: Receiver) -> None:
        release, stop = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            await release.wait()

        async with receiving() as slow:
            slow.before_answer = wait
            await _webhook(api, slow, name="slow", url=slow.url())
            await _webhook(api, receiver)
            for state in ("closed", "new", "closed", "new", "closed"):
                await _change(api, state=state)
            api.world.clock.turn(seconds=60)
            worker = asyncio.create_task(run_notifier(api.world.platform, stop))
            async with asyncio.timeout(10):
                while len(receiver.requests) < 3:
                    await asyncio.sleep(0.05)
            assert len(slow.requests) == 1
            stop.set()
            await asyncio.sleep(0.1)
            assert not worker.done()
            release.set()
            async with asyncio.timeout(10):
                await worker
            states = sorted(item["state"] for item in await _deliveries(api))
            assert states == ["delivered"] * 4 + ["queued"] * 2

    _case(postgres, test)


def test_no_redirect_is_followed_and_little_is_read(postgres: TestDatabase) -> None:
    """A redirect is a failure; of an endless answer the beginning is kept; a wish for a pause is heeded."""

    async def test(api: Api, receiver: Receiver) -> None:
        channel = await _webhook(api, receiver)
        place = f"/notification-channels/{channel['id']}/test"
        receiver.answers = [answer(302, "", Location=receiver.url("/other")), answer(200, "x" * 1_000_000)]
        result = await api.ask("POST", place)
        assert (result["delivered"], result["status"]) == (False, 302)
        assert {request.path for request in receiver.requests} == {"/hook/abcdefghijkl"}
        assert len((await api.ask("POST", place))["answer"]) == 2_000
        receiver.answers = [answer(429, "slow down", Retry_After="600")]
        await _change(api, state="closed")
        outcome = await _step(api)
        assert (outcome.next_at - api.world.clock.now()).total_seconds() == 600

    _case(postgres, test)


_INSIDE = [
    "http://127.0.0.1:8000/",
    "https://localhost/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.1.2.3/",
    "https://192.168.7.1/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://[::1]/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "http://192.0.2.1/",
    "http://8.8.8.8/",
    "https://user:password@8.8.8.8/",
    "file:///etc/passwd",
    "gopher://8.8.8.8/",
    "https://",
    "https://8.8.8.8:0/",
]


def test_addresses_of_the_inside_are_refused(postgres: TestDatabase) -> None:
    """However they are written: the api says so when the channel is made."""

    async def test(api: Api, receiver: Receiver) -> None:
        for url in _INSIDE:
            refused = await api.ask("POST", "/notification-channels", {"name": "x", "kind": "webhook", "url": url}, 422)
            assert refused["errors"][0]["pointer"] == "#/url", url
        assert (await api.ask("GET", "/notification-channels"))["items"] == []

    _case(postgres, test, allowed=[])


def test_an_address_is_looked_at_again_when_it_is_sent_to(postgres: TestDatabase) -> None:
    """A network that is allowed no more gets nothing, though the channel is there; changing the address is checked as making it."""

    async def test(api: Api, receiver: Receiver) -> None:
        channel = await _webhook(api, receiver)
        place = f"/notification-channels/{channel['id']}"
        inside = {"url": "https://169.254.169.254/"}
        await api.ask("PATCH", place, inside, 422, headers={"If-Match": "*"})
        api.world.platform = replace(api.world.platform, notifier=OutsideNotifier(None, None, []))
        await _change(api, state="closed")
        outcome = await _step(api)
        assert outcome.state == "queued"
        assert "MINIXDR_NOTIFY_NETWORKS" in outcome.error
        assert receiver.requests == []

    _case(postgres, test)


def test_slack_gets_blocks_that_strangers_cannot_write(postgres: TestDatabase) -> None:
    """A title made of log records neither links nor calls the channel; the address is kept unreadable."""

    async def test(api: Api, receiver: Receiver) -> None:
        slack = {"name": "S", "kind": "slack", "url": receiver.url("/services/T0/B0/abcdefgh"), "least_severity": "low"}
        await api.ask("POST", "/notification-channels", slack | {"secret": "x", "events": _ALL}, 422)
        await api.ask("POST", "/notification-channels", slack | {"events": _ALL}, 201)
        await _change(api, title="<!channel> <http://evil.example|ok> & *b*", state="closed")
        assert (await _step(api)).state == "delivered"
        text = receiver.requests[0].body.decode()
        assert "<!channel>" not in text
        assert "<http://evil" not in text
        body = json.loads(text)
        assert body["text"].startswith("Closed: #1 &lt;!channel&gt;")
        link = body["attachments"][0]["blocks"][0]["text"]["text"]
        assert f"<{api.world.platform.public_url}/incidents/{await _incident(api)}|" in link
        with psycopg.connect(postgres.superuser_url) as connection:
            rows = connection.execute("SELECT destination_encrypted FROM notification_channels").fetchall()
        assert rows
        assert all(b"abcdefgh" not in row[0] for row in rows)

    _case(postgres, test)


def test_mail_needs_a_server(postgres: TestDatabase) -> None:
    """Without one the api says what is missing, before and when a channel is made."""

    async def test(api: Api, receiver: Receiver) -> None:
        kinds = {kind["kind"]: kind for kind in (await api.ask("GET", "/notification-channels"))["kinds"]}
        assert [kinds[name]["supported"] for name in ("webhook", "slack", "email")] == [True, True, False]
        new = {"name": "x", "kind": "email", "recipients": ["ann@example.com"]}
        refused = await api.ask("POST", "/notification-channels", new, 422)
        assert "MINIXDR_SMTP_URL" in refused["errors"][0]["detail"]

    _case(postgres, test)


def test_mail_goes_to_its_recipients(postgres: TestDatabase) -> None:
    """Text and link, the same Message-ID each time; who is refused is named; a password is not said without encryption."""

    async def main() -> None:
        async with mail_server() as server:
            loop = asyncio.get_running_loop()
            url = f"smtp://127.0.0.1:{server.port}"

            async def test(api: Api, receiver: Receiver) -> None:
                new = {"name": "M", "kind": "email", "least_severity": "low", "events": _ALL}
                await api.ask("POST", "/notification-channels", new, 422)
                people = ["ann@example.com", "bob@example.com"]
                channel = await api.ask("POST", "/notification-channels", new | {"recipients": people}, 201)
                server.refused = {"bob@example.com"}
                await _change(api, state="closed", title="Key made\u00e9")
                outcome = await _step(api)
                assert (outcome.state, outcome.status) == ("delivered", 250)
                assert "bob@example.com: 550" in outcome.answer
                (recipients, content) = server.mails[0]
                assert recipients == ["ann@example.com"]
                mail = email.message_from_bytes(content, policy=email.policy.default)
                assert mail["Subject"] == "[Mini-XDR] Closed: #1 Key made\u00e9"
                (delivery,) = await _deliveries(api)
                assert mail["Message-ID"] == f"<{delivery['id']}@minixdr.invalid>"
                assert f"/incidents/{await _incident(api)}" in mail.get_content()  # type: ignore[attr-defined]
                server.refused = set(people)
                result = await api.ask("POST", f"/notification-channels/{channel['id']}/test")
                assert (result["delivered"], result["status"]) == (False, 550)
                quiet = OutsideNotifier(url.replace("//", "//user:password@"), "xdr@example.com", [])
                api.world.platform = replace(api.world.platform, notifier=quiet)
                server.commands.clear()
                await _change(api, state="new")
                await _change(api, state="closed")
                assert "no encryption" in (await _step(api)).error
                assert not [line for line in server.commands if line.startswith("AUTH")]

            settings = {"smtp_url": url, "smtp_from": "Mini-XDR <xdr@example.com>"}
            await loop.run_in_executor(None, lambda: _case(postgres, test, **settings))

    asyncio.run(main())


def test_who_is_mentioned_is_told(postgres: TestDatabase) -> None:
    """By name, with what was said; editing a comment tells those who are new only."""

    async def test(api: Api, receiver: Receiver) -> None:
        await _webhook(api, receiver, events=["incident.mentioned"])
        place = f"/incidents/{await _incident(api)}/comments"
        viewer = api.world.ours.people[Role.VIEWER]
        said = await api.ask("POST", place, {"text": f"@{viewer.email} look"}, 201)
        assert (await _step(api)).state == "delivered"
        details = json.loads(receiver.requests[0].body)["details"]
        assert details == {"mentioned": ["viewer"], "text": "@viewer look"}
        await api.ask("PATCH", f"{place}/{said['comment_id']}", {"text": f"@[{viewer.user_id}] look again"})
        assert await _step(api) is None

    _case(postgres, test)

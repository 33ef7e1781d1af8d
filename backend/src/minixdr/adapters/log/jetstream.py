"""The log as a JetStream stream: one subject an organization, work-queue retention, nothing discarded but by acknowledgement.

JetStream acknowledges a publish before it is on disk, unless its server runs with `sync_interval: always`: `assert_synced` refuses one that does not.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from time import monotonic
from typing import Any

import nats
import orjson
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from minixdr.adapters.log.payload import NoBatchError, decode, encode
from minixdr.ports.log import LogBatch, LogFullError, LogState, batch_id

STREAM = "MINIXDR_INGEST"
_CONSUMER = "matchers"
_REPEAT_WINDOW_SECONDS = 600
"""How long the server itself knows a batch's id. After it, receipts tell a repeat."""
_ACK_WAIT_SECONDS = 30
"""After which a silent worker's batch goes to another. A worker extends it while it works."""
_MOST_UNACKNOWLEDGED = 256
_FETCH_SECONDS = 5.0
_PAUSE_SECONDS = 0.5
_PUBLISH_SECONDS = 20.0
_SILENT_SECONDS = 5.0
"""After which a server that confirms nothing of what is on its way to it is given no more: a full disk lets it say nothing."""
_CONNECT_SECONDS = 3
_GATHER_SECONDS = 0.2
"""Other servers of a cluster answer within it."""
_VARZ = "$SYS.REQ.SERVER.PING.VARZ"
_BOUND_REACHED = {10077, 10047, 10023, 10122}
"""JetStream error codes: maximum bytes or messages exceeded, insufficient storage or resources."""

log = structlog.get_logger(__name__)


class UnsyncedLogError(Exception):
    """The server acknowledges what a power cut would lose."""


class JetStreamLog:
    """The log. One connection; made by `connect`."""

    def __init__(self, client: Client, stream: JetStreamContext, name: str) -> None:
        self._client = client
        self._stream = stream
        self._name = name
        self._subject = name.lower().replace("_", ".")
        self._flying = 0
        self._heard_at = 0.0
        """When a batch was last confirmed or refused, or the first of those on their way was sent."""

    @classmethod
    async def connect(
        cls, url: str, *, most_bytes: int, replicas: int = 1, stream: str = STREAM, trusted: bool = False
    ) -> "JetStreamLog":
        """Connect, and make the stream where it is missing. Raises LogFullError where the server is away, UnsyncedLogError.

        `most_bytes`: bound of the log on disk; `replicas`: copies in a cluster; `stream`: its name, of capital letters and underscores;
        `trusted`: somebody vouches that the server syncs each write.
        """
        try:
            client = await nats.connect(
                servers=url.split(","),
                name="minixdr",
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.2,
                connect_timeout=_CONNECT_SECONDS,
                allow_reconnect=True,
                error_cb=_on_error,
                pending_size=64 << 20,
            )
        except (NatsError, OSError, TimeoutError) as error:
            raise LogFullError(f"the log's server does not answer: {error}") from error
        made = cls(client, client.jetstream(timeout=_PUBLISH_SECONDS), stream)
        try:
            if not trusted:
                await assert_synced(client)
            await made._prepare(most_bytes, replicas)
        except BaseException:
            await client.close()
            raise
        return made

    async def _prepare(self, most_bytes: int, replicas: int) -> None:
        wanted = StreamConfig(
            name=self._name,
            subjects=[f"{self._subject}.*"],
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.NEW,
            storage=StorageType.FILE,
            max_bytes=most_bytes,
            num_replicas=replicas,
            duplicate_window=_REPEAT_WINDOW_SECONDS,
        )
        try:
            try:
                await self._stream.update_stream(wanted)
            except NotFoundError:
                await self._stream.add_stream(wanted)
            await self._stream.add_consumer(
                self._name,
                ConsumerConfig(
                    durable_name=_CONSUMER,
                    ack_policy=AckPolicy.EXPLICIT,
                    ack_wait=_ACK_WAIT_SECONDS,
                    max_deliver=-1,
                    max_ack_pending=_MOST_UNACKNOWLEDGED,
                ),
            )
        except (NatsError, TimeoutError) as error:
            raise LogFullError(f"the log's stream cannot be made ready: {error}") from error

    async def publish(self, batch: LogBatch) -> bool:
        """Put a batch on disk. Return False where the log holds it already. Raises LogFullError; ValueError for what the server cannot take."""
        payload = encode(batch)
        if len(payload) > self._client.max_payload:
            raise ValueError(f"a batch of {len(payload):,} bytes; the log takes {self._client.max_payload:,} at once")
        if not self._client.is_connected:
            raise LogFullError("the log's server is away", retry_after_seconds=2)
        if not self._flying:
            self._heard_at = monotonic()
        elif monotonic() - self._heard_at > _SILENT_SECONDS:
            raise LogFullError("the log's server confirms nothing now", retry_after_seconds=2)
        self._flying += 1
        try:
            answer = await self._stream.publish(
                f"{self._subject}.{batch.organization_id}",
                payload,
                stream=self._name,
                headers={"Nats-Msg-Id": batch_id(batch)},
            )
            self._heard_at = monotonic()
        except APIError as error:
            self._heard_at = monotonic()
            if error.err_code in _BOUND_REACHED:
                raise LogFullError("the log is full", retry_after_seconds=10) from error
            raise LogFullError(f"the log refused the batch: {error}") from error
        except (NatsError, TimeoutError) as error:
            raise LogFullError(f"the log did not confirm: {error}", retry_after_seconds=2) from error
        finally:
            self._flying -= 1
        return not answer.duplicate

    async def deliveries(self, *, most: int) -> AsyncGenerator[Sequence["JetStreamDelivery"], None]:
        """Yield deliveries as they come, at most so many at once, until the iteration is closed. Waits while the server is away."""
        subscription = None
        try:
            while True:
                try:
                    if subscription is None:
                        subscription = await self._stream.pull_subscribe_bind(_CONSUMER, self._name)
                    messages = await subscription.fetch(most, timeout=_FETCH_SECONDS)
                except TimeoutError:
                    continue
                except NatsError as error:
                    log.warning("the log gives nothing now", reason=str(error))
                    subscription = None
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                found = [delivery for message in messages if (delivery := await _delivery(message)) is not None]
                if found:
                    yield found
        finally:
            if subscription is not None:
                await _leave(subscription)

    async def waiting(self) -> int:
        """Return how many batches wait or are being worked on. Raises LogFullError where the server is away."""
        return int((await self._state()).messages)

    async def bytes_used(self) -> int:
        """Return how many bytes the log holds on disk. Raises LogFullError where the server is away."""
        return int((await self._state()).bytes)

    async def state(self) -> LogState:
        """Return how full it is. Raises LogFullError where the server is away."""
        info = await self._info()
        most = info.config.max_bytes
        return LogState(int(info.state.messages), int(info.state.bytes), most if most and most > 0 else None)

    async def _state(self) -> Any:
        return (await self._info()).state

    async def _info(self) -> Any:
        try:
            return await self._stream.stream_info(self._name)
        except (NatsError, TimeoutError) as error:
            raise LogFullError(f"the log's server is away: {error}") from error

    async def delete(self) -> None:
        """Delete the stream with all that is in it. For tests."""
        await self._stream.delete_stream(self._name)

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close()


class JetStreamDelivery:
    """A message in the hands of a worker."""

    def __init__(self, message: Msg, batch: LogBatch) -> None:
        self.batch = batch
        self.batch_id = batch_id(batch)
        self.attempt = message.metadata.num_delivered or 1
        self._message = message

    async def done(self) -> None:
        """Acknowledge, and wait until the server has it on disk. An unheard one means one more delivery, which its receipt turns away."""
        try:
            await self._message.ack()
        except NatsError as error:
            log.warning("an acknowledgement was not sent; the batch will come again", reason=_reason(error))

    async def working(self) -> None:
        """Ask for more time."""
        try:
            await self._message.in_progress()
        except NatsError as error:
            log.warning("more time was not asked for", reason=_reason(error))

    async def again(self, delay_seconds: float) -> None:
        """Give it back, to be delivered again."""
        try:
            await self._message.nak(delay=delay_seconds)
        except NatsError as error:
            log.warning("a batch was not given back; it will come again later", reason=_reason(error))


async def _delivery(message: Msg) -> JetStreamDelivery | None:
    """Return the delivery; None for a payload that this version cannot read: it stays in the log, for a version that can."""
    try:
        return JetStreamDelivery(message, decode(message.data))
    except NoBatchError as error:
        log.warning("a message of the log cannot be read", subject=message.subject, reason=str(error))
        await message.nak(delay=_ACK_WAIT_SECONDS)
        return None


async def _leave(subscription: JetStreamContext.PullSubscription) -> None:
    """Take back the request for more, or the server would hand batches to nobody; give back what it handed out meanwhile."""
    try:
        await subscription.unsubscribe()
        while True:
            message = await subscription._sub.next_msg(timeout=0.01)  # noqa: SLF001 - it offers no other way to what has arrived
            await message.nak()
    except (NatsError, TimeoutError):
        return


async def assert_synced(client: Client) -> None:
    """Raise UnsyncedLogError unless every server that answers says that it syncs each write; a server that does not tell is refused too."""
    inbox = client.new_inbox()
    answers = await client.subscribe(inbox)
    seen = 0
    try:
        await client.publish(_VARZ, b"", reply=inbox)
        while True:
            answer = await answers.next_msg(timeout=_GATHER_SECONDS if seen else _CONNECT_SECONDS)
            if answer.headers and answer.headers.get("Status"):  # nobody serves the subject
                break
            config = orjson.loads(answer.data).get("data", {}).get("jetstream", {}).get("config", {})
            if config and not config.get("sync_always"):
                raise UnsyncedLogError(
                    "the NATS server acknowledges writes that are not on disk: set `sync_interval: always` in its `jetstream` block"
                )
            seen += 1
    except TimeoutError:
        pass
    except ValueError as error:
        raise UnsyncedLogError(f"the NATS server's variables cannot be read: {error}") from error
    finally:
        await answers.unsubscribe()
    if not seen:
        raise UnsyncedLogError(
            f"the NATS server does not tell whether it syncs each write: export the service {_VARZ} of its system account to ours, "
            "or, where you know that it runs with `sync_interval: always`, set MINIXDR_LOG_TRUSTED=yes"
        )


def _reason(error: NatsError) -> str:
    """Return what is wrong with an answer to the server. Its text may hold the message, with other people's records."""
    return type(error).__name__


async def _on_error(error: Exception) -> None:
    log.warning("the log's connection", reason=str(error) or type(error).__name__)

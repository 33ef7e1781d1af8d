"""Queues of SQS."""

from collections.abc import Sequence
from typing import Any

from minixdr.adapters.clouds.aws.errors import FAILURES, translated
from minixdr.ports.cloud import QueueMessage


class SqsQueue:
    """Implements ports.cloud.Queue."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def receive(self, most: int, wait_seconds: int, hidden_seconds: int) -> Sequence[QueueMessage]:
        """Return messages; see ports.cloud."""
        answer = self._call(
            "receive_message",
            MaxNumberOfMessages=most,
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=hidden_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return [
            QueueMessage(
                body=message["Body"],
                receipt=message["ReceiptHandle"],
                deliveries=int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for message in answer.get("Messages", ())
        ]

    def delete(self, receipt: str) -> None:
        """Delete a message."""
        self._call("delete_message", ReceiptHandle=receipt)

    def prolong(self, receipt: str, hidden_seconds: int) -> None:
        """Keep a message from others."""
        self._call("change_message_visibility", ReceiptHandle=receipt, VisibilityTimeout=hidden_seconds)

    def _call(self, name: str, **arguments: Any) -> Any:
        try:
            return getattr(self._client, name)(QueueUrl=self._url, **arguments)
        except FAILURES as error:
            raise translated(error, f"sqs:{name}") from error

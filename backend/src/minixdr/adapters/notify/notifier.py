"""Sends messages: HTTP by httpx, mail by smtplib (RFC 5321, with STARTTLS where it is offered, and always before a password is said)."""

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from minixdr.adapters.notify.addresses import Network, resolve, split
from minixdr.ports.notifier import Answer, HttpMessage, Mail, NotSentError

_CONNECT_SECONDS = 5.0
_ALL_SECONDS = 15.0
"""For a request with its answer: a receiver that drips is not waited for."""
_MAIL_SECONDS = 20.0
_MOST_ANSWER = 2_000
"""Bytes that are read of an answer; a person looks at them."""
_MOST_WAIT_SECONDS = 3_600.0
_SMTP_PORT, _SMTPS_PORT = 587, 465


class OutsideNotifier:
    """Implements ports.notifier.Notifier."""

    def __init__(self, smtp_url: str | None, smtp_from: str | None, allowed: Sequence[Network]) -> None:
        """`allowed`: networks that are not on the public internet and get messages all the same."""
        self._smtp = urlsplit(smtp_url) if smtp_url and smtp_from else None
        self._from = smtp_from or ""
        self._allowed = tuple(allowed)

    @property
    def mail_problem(self) -> str | None:
        """Return why no mail can be sent."""
        if self._smtp is None:
            return "No mail server is set: whoever runs the platform sets MINIXDR_SMTP_URL and MINIXDR_SMTP_FROM."
        return None

    async def check(self, url: str) -> None:
        """Return where messages may be sent there; see the port."""
        await resolve(url, self._allowed)

    async def post(self, message: HttpMessage) -> Answer:
        """Send a request; see the port."""
        parts = split(message.url)
        host = parts.hostname or ""
        address = await resolve(message.url, self._allowed)
        url = httpx.URL(message.url).copy_with(host=address)
        headers = {**message.headers, "Host": parts.netloc}
        timeout = httpx.Timeout(_ALL_SECONDS, connect=_CONNECT_SECONDS)
        try:
            async with (
                asyncio.timeout(_ALL_SECONDS),
                httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client,
                client.stream(
                    "POST", url, content=message.body, headers=headers, extensions={"sni_hostname": host}
                ) as answer,
            ):
                return Answer(answer.is_success, answer.status_code, await _beginning(answer), _retry_after(answer))
        except (TimeoutError, httpx.TimeoutException) as error:
            raise NotSentError(f"{host} did not answer within {_ALL_SECONDS:.0f} s.") from error
        except httpx.HTTPError as error:
            raise NotSentError(f"{host} was not reached: {error or type(error).__name__}.") from error

    async def mail(self, mail: Mail) -> Answer:
        """Send a mail; see the port."""
        smtp = self._smtp
        if smtp is None:
            raise NotSentError(self.mail_problem or "")
        message = EmailMessage()
        message["From"] = self._from
        message["To"] = ", ".join(mail.recipients)
        message["Subject"] = " ".join(mail.subject.split())
        message["Message-ID"] = mail.message_id
        message["Date"] = formatdate(usegmt=True)
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers of holiday programs
        message.set_content(mail.text)
        try:
            return await asyncio.to_thread(_send, smtp, message, list(mail.recipients))
        except smtplib.SMTPRecipientsRefused as error:
            status, _ = next(iter(error.recipients.values()))
            return Answer(taken=False, status=status, text=_refused(error.recipients))
        except smtplib.SMTPResponseException as error:
            return Answer(taken=False, status=error.smtp_code, text=_text(error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            raise NotSentError(f"The mail server {smtp.hostname} did not take it: {error}.") from error


def _send(smtp: SplitResult, message: EmailMessage, recipients: list[str]) -> Answer:
    tls = ssl.create_default_context()
    host = smtp.hostname or ""
    if smtp.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, smtp.port or _SMTPS_PORT, timeout=_MAIL_SECONDS, context=tls)
    else:
        server = smtplib.SMTP(host, smtp.port or _SMTP_PORT, timeout=_MAIL_SECONDS)
    with server:
        server.ehlo()
        if smtp.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
        elif smtp.scheme == "smtp" and smtp.username:
            raise smtplib.SMTPException("it offers no encryption, and a password is not sent without")
        if smtp.username:
            server.login(unquote(smtp.username), unquote(smtp.password or ""))
        refused = server.send_message(message, to_addrs=recipients)
    return Answer(taken=True, status=250, text=f"taken, but not for {_refused(refused)}" if refused else "taken")


def _refused(recipients: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{name}: {status} {_text(said)}" for name, (status, said) in recipients.items())[:_MOST_ANSWER]


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_MOST_ANSWER]


async def _beginning(answer: httpx.Response) -> str:
    read = b""
    async for part in answer.aiter_raw(chunk_size=_MOST_ANSWER):
        read += part
        if len(read) >= _MOST_ANSWER:
            break
    return _text(read[:_MOST_ANSWER])


def _retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds of Retry-After; a date is not read: the usual pauses hold then."""
    text = answer.headers.get("retry-after", "")
    return min(float(text), _MOST_WAIT_SECONDS) if text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - no number of seconds is longer

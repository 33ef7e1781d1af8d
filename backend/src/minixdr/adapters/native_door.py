"""The native door of a platform, over HTTP."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
import msgspec
import zstandard

from minixdr.app.services import BadSetting
from minixdr.ingest.doors.batch_codec import MEDIA_TYPE
from minixdr.ports.door import Accepted, DoorBusyError, DoorRefusedError

_PATH = "/api/ingest"
_SECONDS = httpx.Timeout(60, connect=10)
"""The server answers when records are on disk: milliseconds, or seconds where it is loaded."""
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOST_CONNECTIONS = 8
_LONGEST_WAIT_SECONDS = 300
_LONGEST_TEXT = 300
_RETRY_DIGITS = 6


class NativeDoor:
    """Implements ports.door.Door."""

    def __init__(self, url: str, token: str, version: str) -> None:
        """Raises BadSetting."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise BadSetting(f"{url[:100]!r} is no address of a platform; it looks like https://xdr.example.com")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise BadSetting("the token is none: it looks like mxi_..., without spaces")
        self.encrypted = parts.scheme == "https" or is_loopback(parts.hostname)
        """Whether nobody on the way reads the token and the records."""
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            timeout=_SECONDS,
            limits=httpx.Limits(max_connections=_MOST_CONNECTIONS),
            trust_env=not is_loopback(parts.hostname),  # no proxy is asked for what is on this machine
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": MEDIA_TYPE,
                "Content-Encoding": "zstd",
                "User-Agent": f"minixdr/{version}",
            },
        )

    def send(self, body: bytes) -> Accepted:
        """Send records of a file; see ports.door."""
        try:
            answer = self._client.post(_PATH, content=zstandard.ZstdCompressor(level=3).compress(body))
        except httpx.InvalidURL as error:
            raise DoorRefusedError(str(error)) from error
        except httpx.RequestError as error:
            raise DoorBusyError(f"{self._client.base_url}: {str(error) or type(error).__name__}") from error
        if answer.is_redirect:
            raise DoorRefusedError(f"the server is elsewhere: {answer.headers.get('location', '')[:_LONGEST_TEXT]}")
        if answer.status_code in _LATER:
            raise DoorBusyError(f"the server says {answer.status_code}: {_reason(answer)}", _retry_after(answer))
        if answer.status_code != httpx.codes.OK:
            raise DoorRefusedError(f"the server says {answer.status_code}: {_reason(answer)}")
        try:
            return msgspec.json.decode(answer.content, type=Accepted)
        except msgspec.MsgspecError:
            raise DoorRefusedError(
                f"{self._client.base_url}{_PATH} is no native door: it answered something else"
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Problem(msgspec.Struct):
    title: str = ""
    detail: str = ""


def _reason(answer: httpx.Response) -> str:
    """Return what the server says is wrong (RFC 9457), else its status in words."""
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except msgspec.MsgspecError:
        return answer.reason_phrase
    return (problem.detail or problem.title or answer.reason_phrase)[:_LONGEST_TEXT]


def _retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds that the server asks for, None where it names none (or a date, which ours never does)."""
    text = answer.headers.get("retry-after", "")
    digits = text.isascii() and text.isdecimal()
    return float(min(int(text[:_RETRY_DIGITS]), _LONGEST_WAIT_SECONDS)) if digits else None

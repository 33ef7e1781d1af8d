"""The ingest token within a syslog message: `[minixdr@32473 token="..."]` in the structured data of RFC 5424.

It is a secret of the way, as a header of HTTP is, so it is taken out of the message: the lake keeps no secrets. It counts in the structured data
alone, which the sending program writes; in the message text, which a stranger may write, it is text.
"""

import re

SD_ID = b"minixdr@32473"
_HEADER = re.compile(rb"<\d{1,3}>\d{1,2}(?: \S+){5} (?=\[)")
_ELEMENT = re.compile(rb'\[([^\s=\]"]{1,128})((?: +[^\s=\]"]{1,128}="(?:[^"\\]|\\.)*+")*+) ?\]', re.DOTALL)
_TOKEN = re.compile(rb' token="([!-~]{1,256}?)"')
_LONGEST_HEADER_BYTES = 1024


def take_token(message: bytes) -> tuple[bytes, str | None]:
    """Return the message without the element, and the token in it; the message as it is, and None, where there is none."""
    if SD_ID not in message:
        return message, None
    header = _HEADER.match(message, 0, _LONGEST_HEADER_BYTES)
    if header is None:
        return message, None
    at = header.end()
    while (element := _ELEMENT.match(message, at)) is not None:
        if element[1] == SD_ID:
            return _without(message, header.end(), element)
        at = element.end()
    return message, None


def _without(message: bytes, start: int, element: "re.Match[bytes]") -> tuple[bytes, str | None]:
    before, behind = message[start : element.start()], message[element.end() :]
    nil = b"" if before or behind.startswith(b"[") else b"-"  # structured data is not empty
    token = _TOKEN.search(element[2])
    return message[:start] + before + nil + behind, None if token is None else token[1].decode("ascii")

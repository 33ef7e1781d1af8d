"""The body of a request, bounded as it comes and as it grows."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from minixdr.api.doors.admission import BusyError, Load
from minixdr.ingest.doors.inflate import BadBodyError, TooLargeError, inflate

MOST_BODY_BYTES = 64 << 20
"""Of one request, decompressed: some sixty thousand records. OTLP's collector, Filebeat and Splunk's forwarders send less by default."""
_READ_SECONDS = 45.0
"""For the whole body: less than any request is given."""
SMALL_BYTES = 128 << 10
"""What is decoded at once; a larger body goes to a thread, so that others are answered meanwhile."""


async def read_body(request: Request, load: Load) -> bytes:
    """Return the body as its Content-Encoding means it. Raises TooLargeError, BadBodyError, UnknownEncodingError, BusyError."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > MOST_BODY_BYTES:
        raise TooLargeError(f"{int(declared[:20]):,} bytes; at most {MOST_BODY_BYTES:,} are taken at once")
    try:
        async with asyncio.timeout(_READ_SECONDS):
            body = await _gather(request, load)
    except TimeoutError:
        raise BusyError("the body did not come in time") from None
    except ClientDisconnect:
        raise BadBodyError("the body is cut off") from None
    encoding = request.headers.get("content-encoding", "")
    if not encoding:
        return body
    if len(body) < SMALL_BYTES:
        inflated = inflate(body, encoding, MOST_BODY_BYTES, load.grow)
    else:
        inflated = await asyncio.to_thread(inflate, body, encoding, MOST_BODY_BYTES, load.grow)
    if inflated is not body:
        load.shrink(len(body))
    return inflated


async def _gather(request: Request, load: Load) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BODY_BYTES:
            raise TooLargeError(f"more than {MOST_BODY_BYTES:,} bytes; send less at once")
        load.grow(len(chunk))
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)

"""OpenTelemetry's logs over HTTP: `POST /v1/logs`, protobuf and JSON.

Source: OTLP specification 1.x, "OTLP/HTTP". The answer has the request's Content-Type. Only 429, 502, 503 and 504 are sent again by exporters (the
Python exporter drops what is answered 408 or 500), so busy is 503 with Retry-After.
"""

import orjson
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # it ships no type information
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from minixdr.api.doors.access import DeniedError
from minixdr.api.doors.admission import BusyError
from minixdr.api.doors.attempt import Attempt, Fault, endpoint, retry_after
from minixdr.api.doors.gate import Gate, Sender
from minixdr.ingest.doors.inflate import BadBodyError, TooLargeError, UnknownEncodingError
from minixdr.ingest.doors.otlp import BadLogsError, decode_json, decode_protobuf

DOOR = "otlp"
_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
_INVALID, _UNAUTHENTICATED, _UNAVAILABLE, _EXHAUSTED = 3, 16, 14, 8
"""Codes of google.rpc.Code."""


def routes(gate: Gate) -> list[BaseRoute]:
    """Return the door's route."""
    return [Route("/v1/logs", endpoint(gate, DOOR, _Door(gate).take, _fail), methods=["POST"], include_in_schema=False)]


class _Door:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def take(self, attempt: Attempt) -> Response:
        """Take an ExportLogsServiceRequest."""
        kind = _media_type(attempt.request)
        if kind not in (_PROTOBUF, _JSON):
            attempt.refuse()
            return _status(_PROTOBUF, 415, _INVALID, f"send Content-Type {_PROTOBUF} or {_JSON}")
        body = await attempt.body()
        try:
            entries, rejected = await attempt.decode(decode_protobuf if kind == _PROTOBUF else decode_json, body)
        except BadLogsError as error:
            attempt.refuse()
            return _status(kind, 400, _INVALID, str(error))
        await self._gate.keep(Sender.of(attempt.token, DOOR), entries)
        attempt.accept()
        answer = ExportLogsServiceResponse()
        if rejected.count:
            answer.partial_success.rejected_log_records = rejected.count
            answer.partial_success.error_message = rejected.reason
        if kind == _PROTOBUF:
            return Response(answer.SerializeToString(), media_type=_PROTOBUF)
        partial = {"rejectedLogRecords": str(rejected.count), "errorMessage": rejected.reason}
        return Response(orjson.dumps({"partialSuccess": partial} if rejected.count else {}), media_type=_JSON)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _fail(request: Request, fault: Fault) -> Response:
    kind = _JSON if _media_type(request) == _JSON else _PROTOBUF
    match fault:
        case DeniedError():
            return _status(kind, 401, _UNAUTHENTICATED, str(fault), {"WWW-Authenticate": 'Bearer realm="minixdr"'})
        case BusyError():
            return _status(kind, 503, _UNAVAILABLE, f"{fault}: send it again", retry_after(fault))
        case TooLargeError():
            return _status(kind, 413, _EXHAUSTED, str(fault))
        case UnknownEncodingError():
            return _status(kind, 415, _INVALID, str(fault))
        case BadBodyError():
            return _status(kind, 400, _INVALID, str(fault))


def _status(kind: str, status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return a google.rpc.Status, as OTLP wants errors."""
    if kind == _JSON:
        return Response(orjson.dumps({"code": code, "message": message}), status, headers, _JSON)
    return Response(Status(code=code, message=message).SerializeToString(), status, headers, _PROTOBUF)

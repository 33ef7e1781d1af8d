"""Credentials that were good once: for Kubernetes a client certificate that has ended; for AWS an endpoint that answers as AWS does then."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from minixdr_cluster.control_plane import ADMIN_GROUP, ControlPlane

_MESSAGE = "The security token included in the request is expired"
_EC2 = b"Version=2016-11-15"


def expired_kubeconfig(plane: ControlPlane) -> Path:
    """Return a kubeconfig whose client certificate has ended."""
    return plane.write_kubeconfig("expired", plane.authority.issue("expired", groups=(ADMIN_GROUP,), days=-1))


@contextmanager
def expired_aws() -> Iterator[str]:
    """Give the address of an AWS that refuses each request, in the protocol of its service, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def _refuse(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if "json" in (self.headers.get("Content-Type") or "") or (self.command == "GET" and not sent):
                answer = json.dumps({"__type": "ExpiredTokenException", "message": _MESSAGE})
            else:
                error = f"<Error><Code>{'RequestExpired' if _EC2 in sent else 'ExpiredToken'}</Code><Message>{_MESSAGE}</Message></Error>"
                of_ec2 = f"<Response><Errors>{error}</Errors></Response>"
                answer = of_ec2 if _EC2 in sent else f"<ErrorResponse>{error}</ErrorResponse>"
            self.send_response(403)
            self.send_header("x-amzn-errortype", "ExpiredTokenException")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        do_GET = do_POST = _refuse  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()

"""Where ECR says that an image's configuration can be fetched: over HTTP on loopback, by digest."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Blobs:
    """Serves blobs."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}
        self._server: ThreadingHTTPServer | None = None
        self.url = ""

    def add(self, content: str) -> None:
        """Serve a blob."""
        self._known[f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"] = content.encode()

    def start(self) -> None:
        """Listen on a free port."""
        known = self._known

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = known.get(self.path.lstrip("/"))
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

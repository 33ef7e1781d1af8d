"""`/metrics` for Prometheus, on an address of its own: it is not public."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from minixdr.app.metrics import Metrics


@contextmanager
def metrics_served(metrics: Metrics, host: str, port: int) -> Iterator[None]:
    """Answer at this address, in a thread, while the context is open; with port 0 nowhere. Raises OSError."""
    if port == 0:
        yield
        return
    server, thread = start_http_server(port, host, metrics.registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""`/metrics` for Prometheus, on an address of its own: it is not public."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from minixdr.app.metrics import Metrics


class MetricsAddressError(Exception):
    """The address cannot be listened at; the message says which setting chooses another."""


@contextmanager
def metrics_served(metrics: Metrics, host: str, port: int) -> Iterator[None]:
    """Answer at this address, in a thread, while the context is open; with port 0 nowhere. Raises MetricsAddressError."""
    if port == 0:
        yield
        return
    try:
        server, thread = start_http_server(port, host, metrics.registry)
    except OSError as error:
        raise MetricsAddressError(
            f"cannot serve metrics at {host} port {port}: {error.strerror} (MINIXDR_METRICS_HOST, MINIXDR_METRICS_PORT)"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

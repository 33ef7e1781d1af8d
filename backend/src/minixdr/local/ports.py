"""TCP ports of this machine."""

import socket
from collections.abc import Collection


def free_port(taken: Collection[int] = ()) -> int:
    """Return a loopback port that nothing listens on now, none of `taken`."""
    while True:
        with socket.socket() as tried:
            tried.bind(("127.0.0.1", 0))
            port = int(tried.getsockname()[1])
        if port not in taken:
            return port


def is_free(host: str, port: int) -> bool:
    """Return whether a server can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: only a listener is in the way
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True

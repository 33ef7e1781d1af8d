"""`minixdr-deploy` as an operator runs it, in a process of its own; only the DNS name of the deployment leads to this machine, as Route 53 would lead
to the load balancer.

    python -m minixdr_cluster.tool <host> <arguments of minixdr-deploy>
"""

import socket
import sys
from typing import Any


def _main() -> None:
    host = sys.argv[1]
    original = socket.getaddrinfo

    def getaddrinfo(name: Any, *arguments: Any, **options: Any) -> Any:
        return original("127.0.0.1" if name in (host, host.encode()) else name, *arguments, **options)

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]
    sys.argv = ["minixdr-deploy", *sys.argv[2:]]
    from minixdr_deploy.cli import main  # noqa: PLC0415 - after the name is known

    main()


if __name__ == "__main__":
    _main()

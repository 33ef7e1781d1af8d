"""Clients of AWS with one region, one set of credentials and time limits. Clients may be used by several threads; they are made by one at a time.

`AWS_ENDPOINT_URL` of the environment sends them elsewhere (tests).
"""

import threading
from typing import Any

import boto3
from botocore.config import Config as BotoConfig


class Aws:
    """AWS in one region."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = boto3.session.Session(region_name=region)
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """Return the client of a service: `ecr`, `elbv2`. Raises botocore's errors when it is used, none before."""
        with self._lock:
            if service not in self._clients:
                limits = BotoConfig(
                    connect_timeout=5,
                    read_timeout=20,
                    retries={"mode": "standard", "max_attempts": 3},
                    max_pool_connections=20,
                )
                self._clients[service] = self._session.client(service, config=limits)
            return self._clients[service]

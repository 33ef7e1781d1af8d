"""The way into AWS: clients by identity, made once and kept.

Credentials come from where boto3 looks for them (environment, profile, IRSA, Pod Identity, instance profile); a role is assumed with them, and
assumed anew before its credentials end. Endpoints may be others (`AWS_ENDPOINT_URL`), as for a private or a test installation.
"""

from functools import lru_cache
from threading import Lock
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials  # type: ignore[import-untyped]
from botocore.session import get_session  # type: ignore[import-untyped]

from minixdr.adapters.clouds.aws.objects import S3Objects
from minixdr.adapters.clouds.aws.queue import SqsQueue
from minixdr.ports.cloud import CloudDeniedError, CloudIdentity

_CONFIG = Config(
    connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 4}, max_pool_connections=16
)
_SESSION_NAME = "minixdr-collector"
_DEFAULT_REGION = "us-east-1"


class AwsCloud:
    """Implements ports.cloud.Cloud. Clients may be used by several threads; making them may not."""

    def __init__(self) -> None:
        self._making = Lock()
        self._client = lru_cache(maxsize=256)(_client)

    def objects(self, identity: CloudIdentity) -> S3Objects:
        """Return the objects that this identity may see."""
        return S3Objects(self._made("s3", identity))

    def queue(self, identity: CloudIdentity, url: str) -> SqsQueue:
        """Return a queue."""
        return SqsQueue(self._made("sqs", identity), url)

    def _made(self, service: str, identity: CloudIdentity) -> Any:
        with self._making:
            return self._client(service, identity)


def _client(service: str, identity: CloudIdentity) -> Any:
    session = boto3.Session(region_name=identity.region)
    if identity.role_arn is not None:
        session = boto3.Session(botocore_session=_in_role(session, identity))
    region = identity.region or session.region_name or _DEFAULT_REGION
    return session.client(service, region_name=region, config=_CONFIG)


def _in_role(own: boto3.Session, identity: CloudIdentity) -> Any:
    """Return a session whose credentials are those of the role, renewed before they end."""
    credentials = own.get_credentials()
    if credentials is None:
        raise CloudDeniedError(
            "no credentials of its own that could assume a role: see docs/how-to/send-logs/aws-s3.md"
        )
    source = own._session  # noqa: SLF001 - boto3 gives no other way to its botocore session
    arguments = {"RoleSessionName": _SESSION_NAME}
    if identity.external_id:
        arguments["ExternalId"] = identity.external_id
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=source.create_client,
        source_credentials=credentials,
        role_arn=identity.role_arn,
        extra_args=arguments,
    )
    assumed = get_session()
    assumed._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - botocore's own way for assumed roles
        refresh_using=fetcher.fetch_credentials, method="assume-role"
    )
    return assumed

"""Which secrets there are: their names in AWS Secrets Manager and in the cluster, the keys each must have, and who reads them."""

import msgspec

VERSION_ANNOTATION = "mini-xdr.io/secret-version"


class SecretName(msgspec.Struct, frozen=True):
    """One secret."""

    cloud: str
    """In AWS Secrets Manager."""
    kubernetes: str
    keys: tuple[str, ...]
    """Without these nothing starts."""
    optional: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    """Of which the pods must be made anew after a change."""


SECRETS = (
    SecretName(
        "mini-xdr/backend",
        "mini-xdr-secrets",
        ("MINIXDR_DATABASE_URL", "MINIXDR_NATS_URL", "MINIXDR_SECRET_KEY"),
        ("MINIXDR_SETUP_CODE", "MINIXDR_SMTP_URL", "MINIXDR_OIDC_CLIENT_SECRET"),
        ("backend", "worker"),
    ),
    SecretName("mini-xdr/migrate", "mini-xdr-migrate", ("MINIXDR_DATABASE_OWNER_URL",)),
    SecretName("mini-xdr/nats", "mini-xdr-nats", ("NATS_PASSWORD", "NATS_CLUSTER_PASSWORD"), (), ("nats",)),
)
"""The order in which they are copied."""

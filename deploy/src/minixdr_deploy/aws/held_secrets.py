"""Secrets in AWS Secrets Manager. `read` gives values to whoever copies them; `note` keeps keys and version alone."""

import json
from collections.abc import Mapping

import msgspec
from botocore.exceptions import ClientError

from minixdr_deploy.aws.failures import AwsError, translated
from minixdr_deploy.aws.session import Aws
from minixdr_deploy.observe.observed import CloudSecret
from minixdr_deploy.problem import Problem


class Held(msgspec.Struct, frozen=True):
    """A secret with its values. Never shown: `repr` tells keys alone."""

    name: str
    version: str
    values: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Held({self.name!r}, {self.version!r}, keys={sorted(self.values)})"


def read(aws: Aws, name: str) -> Held | None:
    """Return a secret; None where there is none, or it has no value yet. Raises AwsError."""
    with translated(f"reading the secret {name}"):
        try:
            answer = aws.client("secretsmanager").get_secret_value(SecretId=name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
    try:
        values = msgspec.convert(json.loads(answer.get("SecretString") or ""), dict[str, str])
    except (ValueError, msgspec.ValidationError):
        # Nothing of the text may be told: it is the secret.
        mend = f"aws secretsmanager put-secret-value --secret-id {name} --secret-string file://<the keys as JSON>"
        raise AwsError(
            Problem(
                "secret-not-json",
                f"the secret {name} is no JSON object of texts",
                (f"version {answer['VersionId']}",),
                mend,
            )
        ) from None
    return Held(name, answer["VersionId"], values)


def note(held: Held) -> CloudSecret:
    """Return what may be told of a secret."""
    return CloudSecret(
        held.name,
        held.version,
        tuple(sorted(held.values)),
        tuple(sorted(key for key, value in held.values.items() if not value)),
    )

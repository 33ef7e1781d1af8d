"""What can go wrong between here and AWS: in goes an error of botocore, out comes one of ours, with the command that mends it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, TokenRetrievalError

from minixdr_deploy.problem import CannotLookError, DeployError, Problem


class AwsError(DeployError):
    """AWS refused, for a reason that has no name here."""


class AwsDeniedError(AwsError, CannotLookError):
    """We may not."""

    exit_status = CannotLookError.exit_status


class AwsExpiredError(AwsError, CannotLookError):
    """AWS does not accept our credentials, or there are none."""

    exit_status = CannotLookError.exit_status


class AwsAwayError(AwsError, CannotLookError):
    """No answer from AWS."""

    exit_status = CannotLookError.exit_status


_EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403"}
_LOGIN = "aws sso login  # or renew the credentials in use; then: aws sts get-caller-identity"


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Let errors of botocore out as AwsError. `doing` says what we were at."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise from_boto(error, doing) from error


def from_boto(error: ClientError | BotoCoreError, doing: str) -> AwsError:
    """Return ours."""
    evidence = (str(error),)
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "")
        if code in _EXPIRED:
            return AwsExpiredError(
                Problem("credentials-expired", f"{doing}: AWS does not accept the credentials", evidence, _LOGIN)
            )
        if code in _DENIED:
            mend = "aws sts get-caller-identity  # who we are; docs/deployment/aws/troubleshooting.md lists the permissions that are needed"
            return AwsDeniedError(Problem("aws-denied", f"{doing}: AWS does not permit it", evidence, mend))
        return AwsError(Problem("aws-refused", f"{doing}: AWS refused ({code})", evidence))
    if isinstance(error, NoCredentialsError | TokenRetrievalError):
        return AwsExpiredError(
            Problem("credentials-expired", f"{doing}: there are no credentials for AWS", evidence, _LOGIN)
        )
    return AwsAwayError(
        Problem("aws-unreachable", f"{doing}: no answer from AWS", evidence, "aws sts get-caller-identity")
    )

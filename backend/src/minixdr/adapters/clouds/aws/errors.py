"""botocore's errors in the words of the ports, decided by error codes and types."""

from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from minixdr.ports.cloud import CloudAwayError, CloudDeniedError, CloudError, NoSuchCloudError, ObjectGoneError

_DENIED = {
    "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "AuthFailure", "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId",
    "InvalidClientTokenId", "InvalidToken", "KMS.AccessDeniedException", "SignatureDoesNotMatch", "UnrecognizedClientException", "403",
}  # fmt: skip
_GONE = {"NoSuchKey", "NoSuchVersion", "404"}
_ABSENT = {
    "NoSuchBucket",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "PermanentRedirect",
    "InvalidAddress",
}
_AWAY = {
    "InternalError", "RequestTimeout", "RequestTimeTooSkewed", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException",
    "RequestThrottled", "RequestLimitExceeded", "TooManyRequestsException", "InternalFailure", "503", "500",
}  # fmt: skip
_SERVER_ERROR = 500

FAILURES = (BotoCoreError, ClientError)
"""What to catch around a call, and hand to `translated`."""


def translated(error: BotoCoreError | ClientError, call: str) -> CloudError:
    """Return the port's error of a failed call."""
    if isinstance(error, ClientError):
        return _of_answer(error, call)
    if isinstance(error, NoCredentialsError | PartialCredentialsError | CredentialRetrievalError | NoRegionError):
        return CloudDeniedError(f"{call}: {error}")
    if isinstance(error, ParamValidationError):
        return CloudError(f"{call}: {error}")
    return CloudAwayError(f"{call}: {type(error).__name__}")


def _of_answer(error: ClientError, call: str) -> CloudError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    text = f"{call}: {code or status}"
    if code in _DENIED:
        return CloudDeniedError(text)
    if code in _GONE:
        return ObjectGoneError(text)
    if code in _ABSENT:
        return NoSuchCloudError(text)
    if code in _AWAY or status >= _SERVER_ERROR:
        return CloudAwayError(text)
    return CloudError(text)

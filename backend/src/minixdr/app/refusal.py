"""Why a use case did not do what it was asked: for a person to read, and for the API to answer with the right status."""


class RefusedError(Exception):
    """The request cannot be done as it stands; nothing was changed. The message says why, and what to do."""


class InvalidError(RefusedError):
    """A value is not one that can be taken."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(reason)
        self.pointer = pointer
        """JSON pointer of the value in the request's body (RFC 6901): `/name`; empty for all of it."""


class NotFoundError(RefusedError):
    """There is no such thing in the caller's organization."""


class ConflictError(RefusedError):
    """It contradicts what is there: a name that is taken, the last owner, a state that does not allow it."""


class ForbiddenError(RefusedError):
    """The caller may not do this, though the role would allow the operation on other things."""


class TooManyError(RefusedError):
    """Too often, or too many at once."""

    def __init__(self, reason: str, retry_after_seconds: float) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds

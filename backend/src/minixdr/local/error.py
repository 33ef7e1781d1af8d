"""The one error of this package."""


class LocalError(Exception):
    """Something on this machine keeps the platform from doing what was asked. Its text says what, and what to do."""

"""What a member of an organization may do. Each role may what the ones before it may."""

from enum import StrEnum


class Role(StrEnum):
    """A member's role, least first."""

    VIEWER = "viewer"
    """Reads."""
    ANALYST = "analyst"
    """Works on findings and incidents, hunts, tunes rules."""
    ADMIN = "admin"
    """Manages log sources, tokens and members."""
    OWNER = "owner"
    """Manages the organization itself, its owners, and how people sign in."""

    def may(self, least: "Role") -> bool:
        """Return whether this role includes the other."""
        return ROLES.index(self) >= ROLES.index(least)


ROLES = tuple(Role)
"""Least first."""

"""Notifications: channels, what is said, and how it is delivered."""

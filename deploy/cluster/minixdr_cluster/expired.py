"""Credentials that were good once."""

from pathlib import Path

from minixdr_cluster.control_plane import ADMIN_GROUP, ControlPlane


def expired_kubeconfig(plane: ControlPlane) -> Path:
    """Return a kubeconfig whose client certificate has ended."""
    return plane.write_kubeconfig("expired", plane.authority.issue("expired", groups=(ADMIN_GROUP,), days=-1))

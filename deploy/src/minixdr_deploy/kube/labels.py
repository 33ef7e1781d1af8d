"""Names that the parts of a deployment have in the cluster."""

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
VERSION = "app.kubernetes.io/version"
APP = "mini-xdr"

RELEASE = "mini-xdr.io/release"
SECRET_VERSION = "mini-xdr.io/secret-version"  # noqa: S105 - the name of an annotation

COMPONENTS = ("backend", "worker", "frontend", "nats", "migrate", "canary")
DEPLOYMENTS = ("backend", "worker", "frontend")
"""The Deployments; each has the name of its component."""
LASTING = (*DEPLOYMENTS, "nats")
"""Components whose pods run on; the others' end."""

IMAGE_OF = {
    "backend": "backend",
    "worker": "backend",
    "migrate": "backend",
    "canary": "backend",
    "frontend": "frontend",
}
"""Which of the two images a component runs."""

LEASE = "minixdr-deploy"
HISTORY = "minixdr-deploy-history"
RELEASE_RECORD = "minixdr-deploy-release"


def selector(component: str) -> str:
    """Return the label selector of a component's objects."""
    return f"{NAME}={APP},{COMPONENT}={component}"

"""All that a command acts on, given to it: nothing else reaches the cluster, AWS, the network or the clock."""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import certifi
import httpx

from minixdr_deploy.aws.session import Aws
from minixdr_deploy.config import Config
from minixdr_deploy.kube.kubectl import Kubectl
from minixdr_deploy.say import Say

_HTTP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class World:
    """What is outside of this program."""

    config: Config
    kube: Kubectl
    aws: Aws
    http: httpx.Client
    """Asks the load balancer. Follows no redirects: where it sends us is a finding."""
    now: Callable[[], datetime]
    say: Say


def real(config: Config, say: Say) -> World:
    """Return the real one. Looks at nothing yet. SSL_CERT_FILE of the environment names another certificate authority."""
    authority = os.environ.get("SSL_CERT_FILE") or certifi.where()
    kubeconfig = None if config.kubeconfig is None else str(config.folder(config.kubeconfig))
    return World(
        config=config,
        kube=Kubectl(
            config.context,
            config.namespace,
            program=config.kubectl,
            kubeconfig=kubeconfig,
            region=config.region,
            cluster=config.cluster,
        ),
        aws=Aws(config.region),
        http=httpx.Client(
            timeout=_HTTP_SECONDS, follow_redirects=False, verify=ssl.create_default_context(cafile=authority)
        ),
        now=lambda: datetime.now(UTC),
        say=say,
    )

"""`deploy.yaml`, what an operator says about their deployment: in goes the file's text, out comes a `Config`.

Unknown keys are refused, so that a misspelt one is not silently without effect. Paths are relative to the file.
"""

import ipaddress
import re
from pathlib import Path
from typing import Any

import msgspec
import yaml

from minixdr_deploy.problem import Problem, UsageError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"


class LocalBuilder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="local"):
    """Builds on this machine."""

    tool: str | None = None
    """`buildah` or `docker`; the first that is found, where it is not said."""
    build_args: dict[str, str] = {}
    """More build arguments: `PYTHON_BASE: registry/image@sha256:...`."""
    options: tuple[str, ...] = ()
    """More options of the tool's `build`: `[--isolation, chroot]`."""


class Ec2Builder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="ec2"):
    """Builds on an EC2 machine that SSM reaches."""

    instance_id: str
    source_bucket: str
    """S3 bucket through which the source gets there."""


class CodeBuilder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="codebuild"):
    """Builds by AWS CodeBuild."""

    source_bucket: str
    """S3 bucket through which the source gets there."""
    backend_project: str = "mini-xdr-backend"
    frontend_project: str = "mini-xdr-frontend"


Builder = LocalBuilder | Ec2Builder | CodeBuilder


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"allow_cidrs": "allowCidrs"}):
    """A deployment."""

    account_id: str
    context: str
    """Of kubectl: `kubectl config get-contexts`."""
    host: str
    """DNS name of the console."""
    allow_cidrs: tuple[str, ...]
    """Who may reach the load balancer. There is no default: the load-balancer controller's would be the whole internet."""
    overlay: str
    """Kustomize folder."""
    region: str = "us-east-1"
    cluster: str = "mini-xdr-cluster"
    namespace: str = "mini-xdr"
    source: str = "."
    """Folder of the source that is built: the one that holds `backend/` and `frontend/`."""
    url: str | None = None
    """Where the console answers, if not at `https://<host>`."""
    certificate_arn: str | None = None
    """Of ACM, for the Ingress; where it is not said, the controller finds one by the host's name."""
    backend_repository: str = "mini-xdr-backend"
    frontend_repository: str = "mini-xdr-frontend"
    registry: str | None = None
    """Registry of the images, if not the account's ECR."""
    builder: Builder = LocalBuilder()
    kubeconfig: str | None = None
    kubectl: str = "kubectl"
    path: str = ""
    """Where this was read; not a key of the file."""

    @property
    def base_url(self) -> str:
        """Return the address of the console, without a slash at its end."""
        return (self.url or f"https://{self.host}").rstrip("/")

    @property
    def networks(self) -> tuple[Network, ...]:
        """Return `allow_cidrs` as networks."""
        return tuple(ipaddress.ip_network(text) for text in self.allow_cidrs)

    @property
    def registry_host(self) -> str:
        """Return the host of the registry."""
        return self.registry or f"{self.account_id}.dkr.ecr.{self.region}.amazonaws.com"

    def repository(self, component: str) -> str:
        """Return the full name of the repository of `backend` or `frontend`."""
        name = {"backend": self.backend_repository, "frontend": self.frontend_repository}[component]
        return f"{self.registry_host}/{name}"

    def folder(self, path: str) -> Path:
        """Return a path of the file as one of this machine."""
        return (Path(self.path).parent / path).resolve()


def read(path: Path) -> Config:
    """Return the configuration of a file. Raises UsageError."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(
            Problem(
                "config-missing",
                f"{path} cannot be read: {error.strerror}",
                mend="terraform -chdir=infra/terraform output -raw deploy_yaml > deploy.yaml  # or name it: --config, MINIXDR_DEPLOY_CONFIG",
            )
        ) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Return the configuration that the text of `path` says. Raises UsageError."""
    try:
        document: Any = yaml.safe_load(text)
        if isinstance(document, dict) and "path" in document:
            raise _wrong(path, "Object contains unknown field `path`")
        config = msgspec.convert(document, Config)
    except yaml.YAMLError as error:
        raise _wrong(path, f"not YAML: {error}") from error
    except msgspec.ValidationError as error:
        raise _wrong(path, str(error)) from error
    for complaint in _complaints(config):
        raise _wrong(path, complaint)
    return msgspec.structs.replace(config, path=str(path.resolve()))


def _complaints(config: Config) -> list[str]:
    found = []
    if not re.fullmatch(r"\d{12}", config.account_id):
        found.append(f'account_id is 12 digits in quotes, not "{config.account_id}"')
    if not config.allow_cidrs:
        found.append(
            "allowCidrs is empty: then nobody reaches the load balancer, and the controller may open it to everybody"
        )
    for text in config.allow_cidrs:
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            found.append(f"allowCidrs: {error}")
    if not re.fullmatch(r"[a-z0-9-]+", config.region):
        found.append(f'region "{config.region}" is no name of a region')
    if not re.fullmatch(_NAME, config.namespace):
        found.append(f'namespace "{config.namespace}" is no name of a namespace')
    if "/" in config.host or "." not in config.host:
        found.append(f'host is a DNS name like xdr.example.com, not "{config.host}"')
    return found


def _wrong(path: Path, complaint: str) -> UsageError:
    return UsageError(Problem("config-wrong", f"{path}: {complaint}", mend=f"edit {path}"))

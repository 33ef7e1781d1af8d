"""Building and pushing the two images on this machine, with buildah or docker.

The digest that counts is the one that the registry says after the push. A tag that is there already is not built again: the registry's tags cannot be
overwritten, and the same revision is the same image.
"""

import base64
import json
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from minixdr_deploy import registry
from minixdr_deploy.aws.failures import translated
from minixdr_deploy.config import LocalBuilder
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.say import Say
from minixdr_deploy.source import Source
from minixdr_deploy.world import World

_TOOLS = ("buildah", "docker")


class BuildError(DeployError):
    """An image could not be built or pushed."""


def tool(builder: LocalBuilder) -> str:
    """Return which tool builds. Raises BuildError where there is none."""
    wanted = (builder.tool,) if builder.tool else _TOOLS
    found = next((name for name in wanted if shutil.which(name)), None)
    if found is None:
        mend = "install buildah (apt-get install buildah, dnf install buildah), or build elsewhere: --on codebuild, --on ec2"
        raise BuildError(Problem("builder-missing", f"{' and '.join(wanted)} not on this machine", mend=mend))
    return found


def build(world: World, builder: LocalBuilder, component: str, source: Source) -> str:
    """Build `backend` or `frontend` and return its local name. Raises BuildError."""
    named = f"{world.config.repository(component)}:{source.tag}"
    with_tool = tool(builder)
    arguments = {**source.build_args(), **builder.build_args}
    layers = ["--layers", "--format", "oci"] if with_tool == "buildah" else []
    command = [
        with_tool,
        "build",
        *layers,
        "--platform=linux/amd64",
        *builder.options,
        *(f"--build-arg={name}={value}" for name, value in arguments.items()),
        f"--file={component}/Dockerfile",
        f"--tag={named}",
        ".",
    ]
    _run(command, world.config.folder(world.config.source), world.say, f"building the {component} image")
    return named


def push(world: World, builder: LocalBuilder, component: str, tag: str) -> str:
    """Push a built image and return it by digest. Raises BuildError, AwsError, RegistryAwayError."""
    repository = world.config.repository(component)
    named = f"{repository}:{tag}"
    with_tool = tool(builder)
    plain = world.config.registry is not None and world.config.registry_host.partition(":")[0] in {
        "localhost",
        "127.0.0.1",
    }
    with _signed_in(world) as folder:
        if with_tool == "buildah":
            insecure = ["--tls-verify=false"] if plain else []
            command = [
                "buildah",
                "push",
                *([f"--authfile={folder}/config.json"] if folder else []),
                *insecure,
                named,
                f"docker://{named}",
            ]
        else:
            command = ["docker", *([f"--config={folder}"] if folder else []), "push", named]
        _run(command, Path.cwd(), world.say, f"pushing {named}")
    image = registry.find(world, component, tag)
    if image is None:
        raise BuildError(
            Problem(
                "push-lost",
                f"{named} was pushed, and the registry does not have it",
                mend=f"minixdr-deploy push  # and look into {repository}",
            )
        )
    world.say(f"{component}: {image}")
    return image


@contextmanager
def _signed_in(world: World) -> Iterator[str | None]:
    """Hold a folder with the registry's sign-in, for the owner alone to read; None where the registry asks for none."""
    if world.config.registry is not None:
        yield None
        return
    with translated("signing in to ECR"):
        given = world.aws.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    base64.b64decode(given, validate=True)
    with tempfile.TemporaryDirectory(prefix="minixdr-deploy-") as folder:
        path = Path(folder) / "config.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"auths": {world.config.registry_host: {"auth": given}}}), "utf-8")
        yield folder


def _run(command: Sequence[str], folder: Path, say: Say, doing: str) -> None:
    """Run a tool and show its lines as they come; Ctrl-C ends it."""
    last: list[str] = []
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            env={**os.environ, "BUILDKIT_PROGRESS": "plain"},
        )
    except OSError as error:
        raise BuildError(
            Problem("build-failed", f"{doing}: {command[0]} cannot be started: {error.strerror}")
        ) from error
    with process:
        try:
            for line in process.stdout or ():
                last = [*last[-19:], line.rstrip()]
                say(f"  | {line.rstrip()}")
            status = process.wait()
        except BaseException:
            process.terminate()
            raise
    if status:
        problem = Problem(
            "build-failed",
            f"{doing} failed: {command[0]} ended with {status}",
            tuple(f"| {line}" for line in last),
            f"(cd {shlex.quote(str(folder))} && {shlex.join(command)})",
        )
        raise BuildError(problem)

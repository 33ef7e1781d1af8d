"""Building on an EC2 machine, through SSM Run Command: no port of it is open, and who may is said by IAM.

The machine needs Docker, git and the AWS command line, and a role that may push to the two repositories (infra/terraform makes one).
Output is what SSM keeps of it: its first 24,000 characters (GetCommandInvocation).
"""

import shlex
import time
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from minixdr_deploy.aws.failures import translated
from minixdr_deploy.aws.upload import source_archive
from minixdr_deploy.config import Ec2Builder
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.source import Source
from minixdr_deploy.world import World

_EVERY_SECONDS = 2.0
_SECONDS = 1800
_ENDED = {
    "Success",
    "Cancelled",
    "TimedOut",
    "Failed",
    "Undeliverable",
    "Terminated",
    "DeliveryTimedOut",
    "ExecutionTimedOut",
    "InvalidPlatform",
    "AccessDenied",
}


class RemoteBuildError(DeployError):
    """The build machine did not build."""


def build_and_push(world: World, builder: Ec2Builder, components: Sequence[str], source: Source) -> None:
    """Build and push images on the machine. Raises RemoteBuildError, AwsError, SourceError."""
    key = source_archive(world, builder.source_bucket, source, "tar.gz")
    ssm = world.aws.client("ssm")
    with translated(f"sending the build to {builder.instance_id}"):
        sent = ssm.send_command(
            InstanceIds=[builder.instance_id],
            DocumentName="AWS-RunShellScript",
            Comment=f"mini-xdr {source.tag}",
            TimeoutSeconds=120,
            Parameters={
                "commands": script(world, f"s3://{builder.source_bucket}/{key}", components, source),
                "executionTimeout": [str(_SECONDS)],
            },
        )
    command_id = sent["Command"]["CommandId"]
    world.say(f"{builder.instance_id} builds {' and '.join(components)} (SSM command {command_id})")
    try:
        _wait(world, builder.instance_id, command_id)
    except KeyboardInterrupt:
        try:
            ssm.cancel_command(CommandId=command_id, InstanceIds=[builder.instance_id])
        except (BotoCoreError, ClientError) as error:  # the interrupt is what happened; this is said beside it
            world.say(f"the build goes on, it could not be cancelled: {error}")
        raise


def script(world: World, archive: str, components: Sequence[str], source: Source) -> list[str]:
    """Return the shell commands that build and push."""
    config = world.config
    region, host = shlex.quote(config.region), shlex.quote(config.registry_host)
    login = f"aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}"
    arguments = " ".join(f"--build-arg {name}={shlex.quote(value)}" for name, value in source.build_args().items())
    lines = [
        "set -eu",
        'work="$(mktemp -d)"; trap \'rm -rf "$work"\' EXIT',
        f'aws s3 cp --only-show-errors {shlex.quote(archive)} "$work/source.tar.gz"',
        'mkdir "$work/source" && tar -xzf "$work/source.tar.gz" -C "$work/source" && cd "$work/source"',
        f'export DOCKER_CONFIG="$work"; {login}',
    ]
    for component in components:
        named = shlex.quote(f"{config.repository(component)}:{source.tag}")
        lines += [
            f"docker build --progress plain --platform linux/amd64 {arguments} --file {component}/Dockerfile --tag {named} . 2>&1 | tail -n 40",
            f"docker push --quiet {named}",
        ]
    return ["set -o pipefail", *lines]


def _wait(world: World, instance_id: str, command_id: str) -> None:
    ssm = world.aws.client("ssm")
    shown = 0
    ends = time.monotonic() + _SECONDS + 120
    while True:
        try:
            with translated("asking SSM for the build"):
                found = ssm.get_command_invocation(CommandId=command_id, InstanceId=instance_id)
        except DeployError as error:
            cause = error.__cause__
            if not isinstance(cause, ClientError) or cause.response["Error"]["Code"] != "InvocationDoesNotExist":
                raise
            found = {"Status": "Pending", "StandardOutputContent": ""}  # it is there a moment after it was sent
        lines = found.get("StandardOutputContent", "").splitlines()
        for line in lines[shown:]:
            world.say(f"  | {line}")
        shown = max(shown, len(lines))
        if found["Status"] == "Success":
            return
        if found["Status"] in _ENDED or time.monotonic() > ends:
            said = tuple(f"| {line}" for line in found.get("StandardErrorContent", "").splitlines()[-20:])
            evidence = (f"SSM: {found.get('StatusDetails') or found['Status']}", *said)
            mend = (
                f"aws ssm describe-instance-information --filters Key=InstanceIds,Values={instance_id}\n"
                f"aws ssm get-command-invocation --command-id {command_id} --instance-id {instance_id}"
            )
            raise RemoteBuildError(Problem("build-failed", f"the build on {instance_id} failed", evidence, mend))
        time.sleep(_EVERY_SECONDS)

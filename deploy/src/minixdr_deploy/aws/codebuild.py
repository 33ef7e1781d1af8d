"""Building by AWS CodeBuild: one build a component, side by side, from the source in S3 and the project's buildspec."""

import time
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from minixdr_deploy.aws.failures import translated
from minixdr_deploy.aws.ssm import RemoteBuildError
from minixdr_deploy.aws.upload import source_archive
from minixdr_deploy.config import CodeBuilder
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.source import Source
from minixdr_deploy.world import World

_EVERY_SECONDS = 3.0
_SECONDS = 3600


def build_and_push(world: World, builder: CodeBuilder, components: Sequence[str], source: Source) -> None:
    """Build and push images. Raises RemoteBuildError, AwsError, SourceError."""
    key = source_archive(world, builder.source_bucket, source, "zip")
    client = world.aws.client("codebuild")
    projects = {"backend": builder.backend_project, "frontend": builder.frontend_project}
    started: dict[str, str] = {}
    try:
        for component in components:
            with translated(f"starting CodeBuild project {projects[component]}"):
                answer = client.start_build(
                    projectName=projects[component],
                    sourceTypeOverride="S3",
                    sourceLocationOverride=f"{builder.source_bucket}/{key}",
                    buildspecOverride=f"buildspec-{component}.yml",
                    environmentVariablesOverride=[
                        {"name": "SOURCE_REVISION", "value": source.revision, "type": "PLAINTEXT"}
                    ],
                )
            started[answer["build"]["id"]] = component
            world.say(f"CodeBuild builds the {component}: {answer['build']['id']}")
        _wait(world, started)
    except (KeyboardInterrupt, DeployError):
        _stop(world, started)
        raise


def _stop(world: World, started: dict[str, str]) -> None:
    """Stop what still runs: where one of two failed, nobody waits for the other."""
    for build_id, component in started.items():
        try:
            world.aws.client("codebuild").stop_build(id=build_id)
        except (BotoCoreError, ClientError) as error:  # why we stop is what happened; this is said beside it
            world.say(f"the build of the {component} could not be stopped: {error}")


def _wait(world: World, started: dict[str, str]) -> None:
    client = world.aws.client("codebuild")
    shown: dict[str, str] = {}
    ends = time.monotonic() + _SECONDS
    while True:
        with translated("asking CodeBuild for the builds"):
            builds = client.batch_get_builds(ids=[*started])["builds"]
        for one in builds:
            phase = f"{started[one['id']]}: {one.get('currentPhase', 'QUEUED')}"
            if shown.get(one["id"]) != phase:
                shown[one["id"]] = phase
                world.say(phase)
        failed = [one for one in builds if one["buildStatus"] not in {"SUCCEEDED", "IN_PROGRESS"}]
        if failed:
            raise RemoteBuildError(_problem(started, failed[0]))
        if len(builds) == len(started) and all(one["buildStatus"] == "SUCCEEDED" for one in builds):
            return
        if time.monotonic() > ends:
            raise RemoteBuildError(
                Problem("build-failed", f"CodeBuild was not done in {_SECONDS} s", tuple(shown.values()))
            )
        time.sleep(_EVERY_SECONDS)


def _problem(started: dict[str, str], build: dict[str, Any]) -> Problem:
    evidence = [f"CodeBuild {build['id']}: {build['buildStatus']}"]
    for phase in build.get("phases") or ():
        evidence += [
            f"{phase['phaseType']} {phase['phaseStatus']}: {context['message']}"
            for context in phase.get("contexts") or ()
            if context.get("message")
        ]
    logs = build.get("logs") or {}
    mend = (
        f"aws logs tail {logs['groupName']} --log-stream-names {logs['streamName']}"
        if logs.get("groupName") and logs.get("streamName")
        else ""
    )
    return Problem("build-failed", f"CodeBuild did not build the {started[build['id']]}", tuple(evidence), mend)

"""Images: found in ECR by tag, read by digest, built here, on EC2 or by CodeBuild."""

import dataclasses
import hashlib
import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import httpx
import msgspec
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from conftest import CONFIG
from minixdr_deploy import registry
from minixdr_deploy.aws import codebuild, ssm
from minixdr_deploy.aws.session import Aws
from minixdr_deploy.config import CodeBuilder, Ec2Builder, LocalBuilder, parse
from minixdr_deploy.kube.kubectl import Kubectl
from minixdr_deploy.making import Ask, Making
from minixdr_deploy.problem import UsageError
from minixdr_deploy.source import Source
from minixdr_deploy.steps import build
from minixdr_deploy.world import World

REVISION = "a" * 40
SOURCE = Source("0.1.0", REVISION, f"0.1.0-{REVISION[:12]}", "1", "2")
HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        for name in ("mini-xdr-backend", "mini-xdr-frontend"):
            boto3.client("ecr", "us-east-1").create_repository(repositoryName=name)
        yield World(
            parse(CONFIG, tmp_path / "deploy.yaml"),
            Kubectl(None, "x"),
            Aws("us-east-1"),
            httpx.Client(),
            lambda: datetime.now(UTC),
            lambda line: None,
        )


def put(name: str, labels: dict[str, str], **more: object) -> str:
    """Put an image into ECR and return its digest, which ECR makes of the manifest (moto of the layers)."""
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "annotations": labels,
            "layers": [],
            "config": {"digest": "sha256:1"},
            **more,
        }
    )
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    boto3.client("ecr", "us-east-1").put_image(
        repositoryName=f"mini-xdr-{name}",
        imageManifest=manifest,
        imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
        imageTag=SOURCE.tag,
        imageDigest=digest,
    )
    return digest


def labels(revision: str = REVISION, **more: str) -> dict[str, str]:
    return {"org.opencontainers.image.version": "0.1.0", "org.opencontainers.image.revision": revision, **more}


def test_a_release_is_what_its_images_say(world: World) -> None:
    schema = {"io.mini-xdr.schema.oldest": "1", "io.mini-xdr.schema.newest": "2"}
    backend, frontend = put("backend", labels(**schema)), put("frontend", labels())
    assert registry.find_both(world, SOURCE.tag) == registry.Found(
        f"{HOST}/mini-xdr-backend@{backend}", f"{HOST}/mini-xdr-frontend@{frontend}"
    )
    made = registry.release_of(world, f"{HOST}/mini-xdr-backend@{backend}", f"{HOST}/mini-xdr-frontend@{frontend}")
    assert (made.id, made.schema_oldest, made.schema_newest) == (SOURCE.tag, 1, 2)


def test_images_of_two_revisions_or_without_labels_are_no_release(world: World) -> None:
    backend, frontend = put("backend", labels()), put("frontend", labels("b" * 40))
    with pytest.raises(registry.ImageError, match="different revisions"):
        registry.release_of(world, f"{HOST}/mini-xdr-backend@{backend}", f"{HOST}/mini-xdr-frontend@{frontend}")
    with pytest.raises(registry.ImageError, match="not in the registry"):
        registry.labels(world, f"{HOST}/mini-xdr-backend@sha256:{'0' * 64}")


def test_a_tag_is_no_digest_and_one_image_is_no_pair(world: World) -> None:
    with pytest.raises(UsageError, match="by digest"):
        registry.labels(world, f"{HOST}/mini-xdr-backend:latest")
    with pytest.raises(UsageError, match="both"):
        Making(world, Ask(backend_image="x"))


def test_images_that_were_swapped_or_are_kept_elsewhere_are_refused(world: World) -> None:
    backend, frontend = (f"{HOST}/mini-xdr-{name}@{put(name, labels())}" for name in ("backend", "frontend"))
    with pytest.raises(UsageError, match="is not in"):
        registry.release_of(world, frontend, backend)
    with pytest.raises(UsageError, match="is not in"):
        registry.release_of(world, backend.replace(HOST, "elsewhere.example"), frontend)


def test_what_deploy_yaml_says_is_no_shell(world: World) -> None:
    config = msgspec.structs.replace(world.config, region="x; touch /pwned", registry="y$(touch /pwned)")
    script = ssm.script(dataclasses.replace(world, config=config), "s3://sources/x", ("backend",), SOURCE)
    words = [word for line in script for word in shlex.split(line)]
    assert "x; touch /pwned" in words
    assert "y$(touch /pwned)" in words
    with pytest.raises(UsageError, match="no name of a region"):
        parse(CONFIG + "region: 'x; touch /pwned'\n", Path("deploy.yaml"))


def test_an_interrupted_build_stays_an_interrupt_where_it_cannot_be_cancelled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    said: list[str] = []
    monkeypatch.setattr("minixdr_deploy.source.archive", lambda folder, revision, to, kind: to.write_bytes(b"source"))
    monkeypatch.setattr(codebuild, "_wait", interrupt)
    client = boto3.client("codebuild", "us-east-1")
    boto3.client("s3", "us-east-1").create_bucket(Bucket="sources")
    client.create_project(
        name="mini-xdr-backend",
        source={"type": "S3", "location": "sources/x"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole="arn:aws:iam::123456789012:role/service-role/builder-of-images",
    )
    stopping = world.aws.client("codebuild")

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "StopBuild")

    monkeypatch.setattr(stopping, "stop_build", refuse)
    with pytest.raises(KeyboardInterrupt):
        codebuild.build_and_push(
            dataclasses.replace(world, say=said.append), CodeBuilder("sources"), ("backend",), SOURCE
        )
    assert any("could not be stopped" in line for line in said)


def test_a_registry_by_the_oci_protocol_is_read_too(world: World) -> None:
    config = {"os": "linux", "architecture": "arm64", "config": {"Labels": labels()}}

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if "/manifests/" in path:
            if path.endswith("/none"):
                return httpx.Response(404)
            return httpx.Response(
                200, json={"config": {"digest": "sha256:c"}}, headers={"docker-content-digest": f"sha256:{'1' * 64}"}
            )
        return httpx.Response(200, json=config)

    found = registry.OciRegistry("registry.example", httpx.MockTransport(answer))
    assert found.digest_of("mini-xdr-backend", "x") == f"sha256:{'1' * 64}"
    assert found.digest_of("mini-xdr-backend", "none") is None
    assert json.loads(found.blob("mini-xdr-backend", "sha256:c")) == config


def tool(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = folder / "buildah"
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n{text}\n', "utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder / "calls"


def test_this_machine_builds_for_amd64_with_the_labels_and_pushes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tool(tmp_path, "", monkeypatch)
    builder = LocalBuilder(
        tool="buildah", build_args={"PYTHON_BASE": "base@sha256:1"}, options=("--isolation", "chroot")
    )
    assert build.build(world, builder, "backend", SOURCE) == f"{HOST}/mini-xdr-backend:{SOURCE.tag}"
    digest = put("backend", labels())
    assert build.push(world, builder, "backend", SOURCE.tag) == f"{HOST}/mini-xdr-backend@{digest}"
    built, pushed = calls.read_text("utf-8").splitlines()
    for word in (
        "--platform=linux/amd64",
        "--isolation chroot",
        f"--build-arg=REVISION={REVISION}",
        "--build-arg=SCHEMA_NEWEST=2",
        "--file=backend/Dockerfile",
        "--build-arg=PYTHON_BASE=base@sha256:1",
    ):
        assert word in built
    assert f"docker://{HOST}/mini-xdr-backend:{SOURCE.tag}" in pushed
    assert "--authfile=" in pushed


def test_a_build_that_fails_shows_its_last_lines_and_a_push_that_is_lost_is_found_out(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path, "echo no space left; exit 3", monkeypatch)
    with pytest.raises(build.BuildError) as caught:
        build.build(world, LocalBuilder(tool="buildah"), "backend", SOURCE)
    assert caught.value.problem.evidence == ("| no space left",)
    tool(tmp_path, "", monkeypatch)
    with pytest.raises(build.BuildError, match="the registry does not have it"):
        build.push(world, LocalBuilder(tool="buildah"), "backend", SOURCE.tag)


def test_no_tool_to_build_with_is_told_with_the_other_ways(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(build.BuildError) as caught:
        build.tool(LocalBuilder())
    assert "--on codebuild" in caught.value.problem.mend


def test_the_ec2_builder_gets_the_source_through_s3_and_the_commands_through_ssm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3.client("s3", "us-east-1").create_bucket(Bucket="sources")
    image = boto3.client("ec2", "us-east-1").describe_images()["Images"][0]["ImageId"]
    instance = boto3.client("ec2", "us-east-1").run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0][
        "InstanceId"
    ]
    monkeypatch.setattr("minixdr_deploy.source.archive", lambda folder, revision, to, kind: to.write_bytes(b"source"))
    ssm.build_and_push(world, Ec2Builder(instance, "sources"), ("backend", "frontend"), SOURCE)
    assert (
        boto3.client("s3", "us-east-1")
        .get_object(Bucket="sources", Key=f"mini-xdr/source/{REVISION}.tar.gz")["Body"]
        .read()
        == b"source"
    )
    sent = boto3.client("ssm", "us-east-1").list_commands()["Commands"][0]
    assert sent["InstanceIds"] == [instance]
    script = "\n".join(sent["Parameters"]["commands"])
    assert f"docker push --quiet {HOST}/mini-xdr-frontend:{SOURCE.tag}" in script
    assert "--platform linux/amd64" in script


def test_codebuild_builds_each_component_from_the_source_in_s3(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("s3", "us-east-1").create_bucket(Bucket="sources")
    client = boto3.client("codebuild", "us-east-1")
    for name in ("backend", "frontend"):
        client.create_project(
            name=f"mini-xdr-{name}",
            source={"type": "S3", "location": "sources/x"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole="arn:aws:iam::123456789012:role/service-role/builder-of-images",
        )
    monkeypatch.setattr("minixdr_deploy.source.archive", lambda folder, revision, to, kind: to.write_bytes(b"source"))
    codebuild.build_and_push(world, CodeBuilder("sources"), ("backend", "frontend"), SOURCE)
    assert len(client.list_builds()["ids"]) == 2

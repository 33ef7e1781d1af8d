"""The images, built here of the checkout, pushed to a registry on loopback and pulled back by digest.

Where a tool is missing the tests are skipped and say which. Bases, layers and the packages' caches lie in MINIXDR_IMAGES_CACHE and in
buildah's storage: the first run takes minutes, the next ones seconds.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from containers import Image, Runtime, build_command, facts, free_port, missing, run
from moto.server import ThreadedMotoServer

pytest_plugins = ("tests.engines",)

_BUILD_SECONDS = 1_800.0


@pytest.fixture(scope="session")
def tools() -> None:
    """Skip where the images cannot be built."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    made = run("deploy/images/local_base.sh", seconds=_BUILD_SECONDS, check=False)
    if made.returncode == 3:
        pytest.skip(made.stderr.strip())
    assert made.returncode == 0, made.stderr


@pytest.fixture(scope="session")
def runtime(tools: None) -> Iterator[Runtime]:
    """Return what starts containers; all of them end with the session."""
    runtime = Runtime()
    yield runtime
    runtime.end()


@pytest.fixture(scope="session")
def registry(tools: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return host and port of a registry."""
    folder, port = tmp_path_factory.mktemp("registry"), free_port()
    settings = folder / "config.yml"
    settings.write_text(
        json.dumps(
            {
                "version": 0.1,
                "log": {"level": "error"},
                "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
                "http": {"addr": f"127.0.0.1:{port}"},
            }
        ),
        "utf-8",
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(settings)], stdout=log, stderr=log)
    try:
        ends = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/v2/", timeout=1).raise_for_status()
                break
            except httpx.HTTPError:
                if time.monotonic() > ends:
                    pytest.fail(
                        f"docker-registry does not answer: {(folder / 'log').read_text()[-1000:]}", pytrace=False
                    )
                time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _published(component: str, registry: str, folder: Path) -> Image:
    """Build, push, forget, and pull by digest."""
    revision = run("git", "rev-parse", "HEAD").stdout.strip()
    told = facts(revision)
    name = f"{registry}/mini-xdr-{component}"
    started = time.monotonic()
    run(
        *build_command(component, told, "--platform=linux/amd64", "--tag", f"{name}:{told['TAG']}"),
        seconds=_BUILD_SECONDS,
    )
    built = time.monotonic()
    run(
        "buildah",
        "push",
        "--tls-verify=false",
        "--digestfile",
        str(folder / component),
        f"{name}:{told['TAG']}",
        f"docker://{name}:{told['TAG']}",
        seconds=600,
    )
    digest = (folder / component).read_text().strip()
    run("buildah", "rmi", f"{name}:{told['TAG']}")
    reference = f"{name}@{digest}"
    run("podman", "pull", "--quiet", "--tls-verify=false", reference, seconds=600)
    _forget_earlier(component, registry)
    manifest = json.loads(run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{reference}").stdout)
    config = json.loads(run("skopeo", "inspect", "--config", "--tls-verify=false", f"docker://{reference}").stdout)
    unpacked = int(run("podman", "image", "inspect", "--format", "{{.Size}}", reference).stdout)
    compressed = sum(layer["size"] for layer in manifest["layers"])
    print(
        f"\n{component}: {unpacked / 1e6:.0f} MB unpacked, {compressed / 1e6:.0f} MB compressed, built in {built - started:.0f} s"
    )
    return Image(reference, digest, compressed, unpacked, config, told)


def _forget_earlier(component: str, registry: str) -> None:
    """Remove what earlier sessions pulled, and layers that only they had: one set of images stays as the cache of the next build."""
    listed = run("podman", "images", "--no-trunc", "--format", "{{.Repository}} {{.ID}}").stdout.split("\n")
    rows = [line.split() for line in listed if f"/mini-xdr-{component} " in line and line.startswith("127.0.0.1:")]
    kept = {image_id for name, image_id in rows if name.startswith(f"{registry}/")}
    for image_id in {image_id for _, image_id in rows} - kept:
        run("podman", "rmi", "--force", image_id, check=False)


@pytest.fixture(scope="session")
def backend(registry: str, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Return the backend's image."""
    return _published("backend", registry, tmp_path_factory.mktemp("backend"))


@pytest.fixture(scope="session")
def frontend(registry: str, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Return the console's image."""
    return _published("frontend", registry, tmp_path_factory.mktemp("frontend"))


@pytest.fixture(scope="session")
def bucket() -> Iterator[dict[str, str]]:
    """Return the settings of a bucket on loopback that holds the lake."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "of-a-test",
        "AWS_SECRET_ACCESS_KEY": "of-a-test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=settings["AWS_ENDPOINT_URL_S3"],
        region_name="us-east-1",
        aws_access_key_id="of-a-test",
        aws_secret_access_key="of-a-test",
    )
    client.create_bucket(Bucket="images")
    client.close()
    yield settings
    server.stop()

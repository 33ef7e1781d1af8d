"""What is in the images, and what is not."""

import json
import re

import pytest
from containers import REPOSITORY, Image, Runtime, build_command, facts, run

REVISION = "0123456789abcdef0123456789abcdef01234567"
BOTH = pytest.mark.parametrize("component", ["backend", "frontend"])


@pytest.fixture
def image(component: str, request: pytest.FixtureRequest) -> Image:
    """Return the image of a component."""
    built: Image = request.getfixturevalue(component)
    return built


def _files(image: Image) -> list[tuple[str, str, str]]:
    """Return mode, owner and path of each file."""
    container = run("podman", "create", "--pull", "never", image.reference).stdout.strip()
    try:
        listed = run("sh", "-c", f"podman export {container} | tar --list --verbose --numeric-owner").stdout
    finally:
        run("podman", "rm", container)
    rows = (re.match(r"(\S+) (\S+) +\d+ \S+ \S+ (.*?)(?: -> .*| link to .*)?$", line) for line in listed.splitlines())
    return [(row[1], row[2], row[3]) for row in rows if row]


@BOTH
def test_labels_say_what_was_built(image: Image, component: str) -> None:
    """Version, revision and the range of schemas are told by the image itself; its digest is not, for it cannot know it."""
    labels = image.config["config"]["Labels"]
    assert labels["org.opencontainers.image.title"] == f"mini-xdr-{component}"
    assert labels["org.opencontainers.image.version"] == image.facts["VERSION"]
    assert labels["org.opencontainers.image.revision"] == image.facts["REVISION"]
    assert labels["org.opencontainers.image.source"] == image.facts["SOURCE_URL"]
    if component == "backend":
        assert labels["io.mini-xdr.schema.oldest"] == image.facts["SCHEMA_OLDEST"]
        assert labels["io.mini-xdr.schema.newest"] == image.facts["SCHEMA_NEWEST"]
    environment = image.config["config"]["Env"]
    assert f"MINIXDR_REVISION={image.facts['REVISION']}" in environment
    assert not any(each.startswith("MINIXDR_IMAGE_DIGEST") for each in environment)


@BOTH
def test_the_platform_is_the_cluster_s(image: Image) -> None:
    """linux/amd64 is what nodes pull, and a number is what `runAsNonRoot` can check."""
    assert (image.config["os"], image.config["architecture"]) == ("linux", "amd64")
    assert image.config["config"]["User"] == "10001:10001"


@pytest.mark.parametrize(("component", "most_bytes"), [("backend", 450e6), ("frontend", 200e6)])
def test_the_sizes(image: Image, most_bytes: float) -> None:
    """Nodes pull an image in seconds."""
    assert image.unpacked_bytes < most_bytes
    assert image.compressed_bytes < most_bytes / 2.5


@BOTH
def test_nothing_that_builds_or_installs_is_left(image: Image) -> None:
    """No shell, no package manager, no compiler, no caches: what breaks in finds no tools."""
    files = _files(image)
    names = {path.rsplit("/", 1)[-1] for _, _, path in files}
    assert not names & {
        "sh",
        "bash",
        "dash",
        "busybox",
        "apt",
        "apt-get",
        "dpkg",
        "pip",
        "pip3",
        "npm",
        "npx",
        "yarn",
        "corepack",
        "gcc",
        "cc",
        "ld",
        "strip",
        "perl",
        "curl",
        "wget",
        "git",
    }
    paths = [path for _, _, path in files]
    for folder in (
        "site-packages/pip/",
        "site-packages/setuptools/",
        "ensurepip/",
        "/include/",
        "var/lib/apt/",
        "root/.cache",
        "root/.npm",
        "build/",
        "/tests/",
        ".git/",
    ):
        held = [
            path
            for path in paths
            if (path.startswith(folder) or f"/{folder.lstrip('/')}" in path) and "/minixdr/" not in path
        ]
        assert held == [] or folder in {"build/", "/include/", "/tests/"}, (folder, held[:5])
    assert [path for path in paths if path.endswith((".a", ".h", ".pyx", ".map"))] == []


@BOTH
def test_nothing_grants_rights(image: Image) -> None:
    """No set-user-id program, nothing but /tmp that everybody may write to, nothing that the running account owns."""
    files = _files(image)
    assert [path for mode, _, path in files if "s" in mode[3:7]] == []
    assert [path.rstrip("/") for mode, _, path in files if mode[0] != "l" and mode[8] == "w"] == ["tmp"]
    assert [path for _, owner, path in files if owner.split("/")[0] != "0"] == []


@BOTH
def test_scanners_see_what_debian_s_libraries_are(image: Image) -> None:
    """The packages that libraries were taken from are noted, as distroless images note them."""
    noted = {path.rsplit("/", 1)[-1] for _, _, path in _files(image) if path.startswith("var/lib/dpkg/status.d/")}
    assert {"libc6", "libstdc++6", "ca-certificates", "base-files"} <= noted


def test_every_module_can_be_imported(backend: Image, runtime: Runtime) -> None:
    """What was left out of packages is missed by no module of the program."""
    program = """
import importlib, json, pkgutil, minixdr
names = [each.name for each in pkgutil.walk_packages(minixdr.__path__, "minixdr.") if ".migrations" not in each.name]
for name in names: importlib.import_module(name)
print(json.dumps(len(names)))
"""
    assert json.loads(runtime.once(backend, "-c", program, options=("--entrypoint", "python")).stdout) > 600


def test_python_has_what_programs_expect(backend: Image, runtime: Runtime) -> None:
    """Certificates, time zones, and the modules of the standard library that are linked with Debian's libraries."""
    program = """
import bz2, ctypes, curses, decimal, json, lzma, readline, sqlite3, ssl, uuid, zlib, zoneinfo
print(json.dumps([ssl.create_default_context().cert_store_stats()["x509_ca"], str(zoneinfo.ZoneInfo("Europe/Berlin"))]))
"""
    authorities, zone = json.loads(runtime.once(backend, "-c", program, options=("--entrypoint", "python")).stdout)
    assert authorities > 100
    assert zone == "Europe/Berlin"


def test_clients_of_aws_can_be_made(backend: Image, runtime: Runtime) -> None:
    """The services that are listed are there, and one that is not is refused by name."""
    listed = [
        line
        for line in (REPOSITORY / "deploy/images/aws-services.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    program = f"""
import json, boto3, botocore.exceptions
session = boto3.session.Session(region_name="us-east-1", aws_access_key_id="of-a-test", aws_secret_access_key="of-a-test")
made = [session.client(name).meta.service_model.service_name for name in {listed!r}]
try: session.client("braket")
except botocore.exceptions.UnknownServiceError as error: print(json.dumps([made, str(error)[:30]]))
"""
    made, refused = json.loads(runtime.once(backend, "-c", program, options=("--entrypoint", "python")).stdout)
    assert made == listed
    assert refused.startswith("Unknown service: 'braket'")


@BOTH
def test_another_platform_is_refused(component: str, tools: None) -> None:
    """A build for arm64 ends at once and says why."""
    done = run(*build_command(component, facts(REVISION), "--platform=linux/arm64"), check=False, seconds=600)
    assert done.returncode != 0
    assert "this image is built for linux/amd64, not arm64: --platform linux/amd64" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("component", "name"), [("backend", "VERSION"), ("backend", "SCHEMA_NEWEST"), ("frontend", "VERSION")]
)
def test_labels_that_are_not_true_end_the_build(component: str, name: str, image: Image) -> None:
    """An image cannot be labeled with another version or schema than its program has."""
    done = run(
        *build_command(component, {**facts(REVISION), name: "99"}, "--platform=linux/amd64"), check=False, seconds=900
    )
    assert done.returncode != 0
    assert "deploy/images/facts.py" in done.stdout + done.stderr

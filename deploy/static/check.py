#!/usr/bin/env python3
"""Static checks of the deployment: manifests, Dockerfiles, Terraform. No account, no cluster, no images.

    make check-deploy           # makes deploy/static/.venv with the pinned tools, then runs this

Each check prints one line: `ok`, `FAILED` with what the tool said, or `not run` with the reason (a tool that is absent here). Exit status: 0 none
failed, 1 some failed, 3 none failed but some were not run and `--all` was given. What
checkov is not to say stands with its reason in `*.checkov.yaml`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TERRAFORM = ROOT / "infra" / "terraform"
ROOTS = (TERRAFORM, TERRAFORM / "secret-values")
KUSTOMIZED = ("k8s", "deploy/overlays/aws", "deploy/overlays/local-test")
JOBS = ("k8s/migrate-job.yaml", "k8s/canary-job.yaml")
OTHERS = ("k8s/database-roles.yaml",)
DIGEST = "sha256:" + "0123456789abcdef" * 4
"""`minixdr-deploy` names images by digest; the checks see them so."""


class NotRun(Exception):  # noqa: N818 - no error: a fact
    """The check cannot be done here; the message says why."""


class Failed(Exception):  # noqa: N818 - no error of this program
    """What is checked is wrong; the message is what the tool said."""


def run(command: list[str], **environment: str) -> str:
    """Return what a program prints. Raises Failed."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **environment}
    )
    if done.returncode:
        raise Failed((done.stdout + done.stderr).strip())
    return done.stdout


def tool(name: str) -> str:
    """Return the path of a program of the pinned tools, else of PATH. Raises NotRun."""
    pinned = HERE / ".venv" / "bin" / name
    found = str(pinned) if pinned.exists() else shutil.which(name)
    if found is None:
        raise NotRun(f"{name} is not installed")
    return found


def rendered(folder: Path) -> list[Path]:
    """Write what kustomize makes of the overlays, and the Jobs, into files; return them. Raises NotRun, Failed."""
    kubectl = tool("kubectl")
    texts = {name: run([kubectl, "kustomize", name]) for name in KUSTOMIZED}
    texts |= {name: (ROOT / name).read_text("utf-8") for name in (*JOBS, *OTHERS)}
    files = []
    for name, text in texts.items():
        file = folder / (name.replace("/", "-").removesuffix(".yaml") + ".yaml")
        file.write_text(re.sub(r"(image: )(mini-xdr-\w+)\n", rf"\1registry.example.com/\2@{DIGEST}\n", text), "utf-8")
        files.append(file)
    return files


def kustomize(folder: Path) -> None:
    """Every overlay renders."""
    rendered(folder)


def schema(folder: Path) -> None:
    """Every object is as the newest Kubernetes has it: no unknown field, no wrong type."""
    validate = tool("kubernetes-validate")
    run([validate, "--strict", *map(str, rendered(folder))])


def checkov_manifests(folder: Path) -> None:
    """Checkov's rules for Kubernetes."""
    checkov = tool("checkov")
    files = [each for file in rendered(folder) for each in ("--file", str(file))]
    run([checkov, *_QUIET, "--config-file", str(HERE / "kubernetes.checkov.yaml"), *files])


def checkov_terraform(_: Path) -> None:
    """Checkov's rules for Terraform."""
    run(
        [tool("checkov"), *_QUIET, "--config-file", str(HERE / "terraform.checkov.yaml"), "--directory", str(TERRAFORM)]
    )


_QUIET = ["--skip-download", "--compact", "--quiet"]


def hadolint(_: Path) -> None:
    """Dockerfiles."""
    run([tool("hadolint"), "backend/Dockerfile", "frontend/Dockerfile"])


def terraform_format(_: Path) -> None:
    """Terraform's own format."""
    run([tool("terraform"), "fmt", "-check", "-recursive", "-diff", str(TERRAFORM)])


def terraform_validate(folder: Path) -> None:
    """Terraform's configuration is right by the provider's schema."""
    for root in ROOTS:
        run([tool("terraform"), f"-chdir={root}", "validate", "-no-color"], TF_DATA_DIR=_initialized(root, folder))


def terraform_test(folder: Path) -> None:
    """The facts of infra/terraform/tests hold on the plan."""
    run([tool("terraform"), f"-chdir={TERRAFORM}", "test", "-no-color"], TF_DATA_DIR=_initialized(TERRAFORM, folder))


def _initialized(root: Path, folder: Path) -> str:
    data = folder / root.name
    if not data.exists():
        command = [tool("terraform"), f"-chdir={root}", "init", "-backend=false", "-no-color"]
        try:
            run(command, TF_DATA_DIR=str(data))
        except Failed as error:
            shutil.rmtree(data, ignore_errors=True)
            raise NotRun(f"the provider cannot be had here: {' '.join(str(error).split())[:300]}") from error
    return str(data)


CHECKS: dict[str, Callable[[Path], None]] = {
    "kubectl kustomize": kustomize,
    "kubernetes-validate --strict": schema,
    "checkov, manifests": checkov_manifests,
    "hadolint": hadolint,
    "terraform fmt": terraform_format,
    "terraform validate": terraform_validate,
    "terraform test": terraform_test,
    "checkov, Terraform": checkov_terraform,
}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the checks; return the exit status."""
    arguments = argparse.ArgumentParser(description="Static checks of the deployment.")
    arguments.add_argument("--all", action="store_true", help="exit status 3 where a check could not be run")
    wanted = arguments.parse_args()
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="check-deploy-") as folder:
        for name, check in CHECKS.items():
            began = time.monotonic()
            try:
                check(Path(folder))
                outcome, said = "ok", ""
            except NotRun as error:
                outcome, said = "not run", str(error)
            except Failed as error:
                outcome, said = "FAILED", str(error)
            outcomes.append(outcome)
            took = f"{time.monotonic() - began:.0f} s"
            first, *rest = said.splitlines() if outcome == "not run" else ("", *said.splitlines())
            _say(f"{outcome:8} {name} ({took}){': ' + first if first else ''}")
            for line in rest:
                _say(f"         {line}")
    if "FAILED" in outcomes:
        return 1
    return 3 if wanted.all and "not run" in outcomes else 0


if __name__ == "__main__":
    sys.exit(main())

"""Makes docs/deployment/aws/troubleshooting.md from the checks and from what they say of the injected failures.

    python deploy/tests/troubleshooting.py [--check]

`--check` changes nothing, and ends with 1 where the page is not current.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import healthy
from failures import FAILURES
from minixdr_deploy import checks
from minixdr_deploy.aws import permissions
from minixdr_deploy.checks.check import Check
from minixdr_deploy.diagnosis import diagnose
from minixdr_deploy.preflight import NEEDED
from minixdr_deploy.problem import Problem

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/deployment/aws/troubleshooting.md"
CLUSTER_TESTS = ROOT / "deploy/cluster/tests"
FOUR = ("schema drift", "image version mismatch", "security-group drift", "targets deregistered")

HEAD = """# Troubleshooting a deployment on AWS

<!-- Made by deploy/tests/troubleshooting.py from the checks and the injected failures. Edit those, not this page. -->

Ask first:

```console
$ minixdr-deploy doctor
```

It looks at the cluster, at AWS and at the console's address at once, takes at most 10 seconds, and changes nothing. It names each cause with what was
seen and the command that mends it; what follows from a cause is told under it, not beside it. What it could not look at is listed as *not known*, and
is never counted as fine.

| exit status | means |
|---|---|
| 0 | healthy; warnings do not change that |
| 1 | problems |
| 2 | it could not be looked at: no permission, no answer, or credentials that expired |
| 3 | wrong usage, or a deploy.yaml that is not right |

For cron: `minixdr-deploy doctor --quiet` writes nothing where all is well. Before your eyes: `minixdr-deploy doctor --watch` looks each minute and
writes what changed. For monitors: `minixdr-deploy doctor --output prometheus`, or `--output json`. After a ship or a change by hand:
`minixdr-deploy verify` compares what runs with what is wanted, runs `minixdr db check` and sends a canary event.

Each line below was injected and found: *values* means as values given to the check, *control plane* on a real kube-apiserver with real processes
behind a real load balancer and a stand-in for AWS. None was injected into an AWS account. The commands of the column *mend* need your account.
"""


def injected(changes: list[tuple[str, Any]]) -> tuple[Problem, ...]:
    value: Any = healthy.observed()
    for path, new in changes:
        value = healthy.changed(value, path, new)
    return diagnose(value).problems


def page() -> str:
    every = {check.id: check for check in checks.every()}
    lines = [HEAD]
    for failure in (*FOUR, "other"):
        lines.append(
            f"\n## {failure[0].upper()}{failure[1:] if failure != 'other' else 'thers'}\n".replace(
                "Others", "Other failures"
            )
        )
        for check in every.values():
            if check.failure == failure:
                lines += _section(check)
    return "\n".join([*lines, *_permissions()]) + "\n"


def _section(check: Check) -> Iterator[str]:
    yield f"### {check.title}\n"
    yield f"`{check.id}`. {check.cause}\n"
    yield "| injected | what is told | mend | tried on |"
    yield "|---|---|---|---|"
    tried = "values, control plane" if _on_cluster(check.id) else "values"
    for name, wanted, changes in FAILURES:
        if wanted == check.id:
            problem = injected(changes)[0]
            words = f"{'' if problem.severity == 'error' else 'warning: '}{problem.title}"
            mend = "<br>".join(f"`{_cell(line)}`" for line in problem.mend.splitlines())
            yield f"| {_cell(name)} | {_cell(words)} | {mend} | {tried} |"
    yield ""


def _permissions() -> Iterator[str]:
    yield "\n## Permissions of an operator\n"
    yield "In AWS, to look: " + ", ".join(f"`{action}`" for action in permissions.READS) + "."
    yield "To build on this machine also: " + ", ".join(f"`{action}`" for action in permissions.PUSHES) + "."
    yield "`secrets rotate` writes: `secretsmanager:PutSecretValue`. That preflight can tell what is missing: `iam:SimulatePrincipalPolicy`.\n"
    yield "In the cluster:\n"
    yield "| API group | resource | verbs |"
    yield "|---|---|---|"
    yield from (f"| {group or 'core'} | {resource} | {', '.join(verbs)} |" for group, resource, verbs in NEEDED)


def _cell(text: str) -> str:
    return re.sub(r"sha256:\w{64}", "sha256:<digest>", text).replace("|", "\\|")


def _on_cluster(check: str) -> bool:
    return any(re.search(rf'"{check}"', path.read_text("utf-8")) for path in CLUSTER_TESTS.glob("*.py"))


def main() -> int:
    made = page()
    if "--check" in sys.argv[1:]:
        current = PAGE.exists() and PAGE.read_text("utf-8") == made
        sys.stdout.write(
            f"{PAGE.relative_to(ROOT)} is {'current' if current else 'not current: run deploy/tests/troubleshooting.py'}\n"
        )
        return 0 if current else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

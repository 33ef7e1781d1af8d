"""`minixdr-deploy preflight`: everything that would make a ship fail half-way, found before it begins; all of it at once, each with what mends it.

Looks only, but for access reviews, which the cluster answers and does not keep.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import typer
from botocore.exceptions import ClientError

from minixdr_deploy import access, checks, lint, manifests
from minixdr_deploy.aws import permissions
from minixdr_deploy.aws.failures import AwsError, translated
from minixdr_deploy.checks.targets import SERVICES
from minixdr_deploy.command import DryRunOption, Output, OutputOption, problem_lines, run
from minixdr_deploy.config import CodeBuilder, Ec2Builder, LocalBuilder
from minixdr_deploy.diagnosis import diagnose
from minixdr_deploy.kube.kubectl import Object
from minixdr_deploy.observe.look import observe
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import DeployError, Problem, UsageError
from minixdr_deploy.world import World

_CHECKS = (
    "credentials-expired",
    "wrong-context",
    "clock-skew",
    "controller-missing",
    "secret-missing",
    "node-pressure",
    "quota",
    "version-skew",
)
"""Checks of the running deployment whose problems stop a ship. What a ship mends itself (a missing copy of a secret, drift) is not among them."""
_LEAST_NODES = 2

NEEDED = (
    ("", "namespaces", ("get", "patch")),
    ("", "configmaps", ("get", "list", "create", "patch")),
    ("", "secrets", ("get", "list", "create", "patch")),
    ("", "services", ("list", "create", "patch")),
    ("", "serviceaccounts", ("create", "patch")),
    ("", "pods", ("get", "list")),
    ("", "pods/log", ("get",)),
    ("", "events", ("list",)),
    ("", "nodes", ("list",)),
    ("apps", "deployments", ("get", "list", "create", "patch")),
    ("apps", "statefulsets", ("get", "list", "create", "patch")),
    ("apps", "replicasets", ("list",)),
    ("batch", "jobs", ("get", "list", "create", "delete")),
    ("networking.k8s.io", "ingresses", ("get", "list", "create", "patch")),
    ("networking.k8s.io", "networkpolicies", ("create", "patch")),
    ("policy", "poddisruptionbudgets", ("list", "create", "patch")),
    ("autoscaling", "horizontalpodautoscalers", ("list", "create", "patch")),
    ("scheduling.k8s.io", "priorityclasses", ("create", "patch")),
    ("discovery.k8s.io", "endpointslices", ("list",)),
    ("elbv2.k8s.aws", "targetgroupbindings", ("list",)),
    ("coordination.k8s.io", "leases", ("get", "create", "update")),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", ("list",)),
)
"""Group, resource and verbs of all that a ship does in the cluster."""


_UNSEEN = frozenset({"not-known", "credentials-expired", "cluster-unreachable", "aws-unreachable", "kubectl-missing"})
"""Ids of problems that say that nothing was seen."""


class Findings(msgspec.Struct, frozen=True):
    """All that was found."""

    problems: tuple[Problem, ...]

    @property
    def exit_status(self) -> int:
        """Return 0 a ship may begin, 1 not, 2 it could not be looked at."""
        errors = {each.id for each in self.problems if each.severity == "error"}
        return 0 if not errors else 2 if errors <= _UNSEEN else 1

    def document(self) -> Any:
        """Return it as JSON has it."""
        return {"ok": self.exit_status == 0, "problems": msgspec.to_builtins(self.problems)}

    def lines(self) -> Sequence[str]:
        """Return it as text."""
        told = [line for each in self.problems for line in [*problem_lines(each), ""]]
        errors = sum(each.severity == "error" for each in self.problems)
        return [
            *told,
            {0: "a ship may begin", 2: "not known whether a ship may begin"}.get(
                self.exit_status, f"{errors} finding{'s' * (errors > 1)} to mend before a ship"
            ),
        ]


def look(world: World, *, building: bool = True, internet: bool = False) -> Findings:
    """Return everything that is wrong. `building`: whether images will be built; `internet`: whether everybody may be let in."""
    parts: list[Callable[[], Sequence[Problem]]] = [
        lambda: _deployment(observe(world)),
        lambda: tuple(_addresses(world, internet=internet)),
        lambda: tuple(_list(world)),
        lambda: tuple(_manifests(world)),
        lambda: tuple(_kubernetes_rights(world)),
        lambda: tuple(_repositories(world)),
    ]
    if building:
        parts += [lambda: tuple(_builder(world))]
    with ThreadPoolExecutor(len(parts) + 1) as pool:
        asked = [pool.submit(_or_problem, part) for part in parts] + [
            pool.submit(_or_problem, lambda: tuple(_aws_rights(world, building=building)))
        ]
        found = [problem for each in asked for problem in each.result()]
    once = dict.fromkeys(found)
    expired = any(each.id == "credentials-expired" for each in once)
    told = [each for each in once if not (expired and each.id == "not-known")]
    return Findings(tuple(sorted(told, key=lambda each: each.severity != "error")))


def problems(world: World, *, internet: bool = False) -> Sequence[Problem]:
    """Return what would make a ship fail. Building, where there is any, is tried at once and changes nothing: it tells its own problems."""
    return look(world, building=False, internet=internet).problems


def _or_problem(part: Callable[[], Sequence[Problem]]) -> Sequence[Problem]:
    try:
        return part()
    except DeployError as error:
        return (error.problem,)


def _deployment(observed: Observed) -> Sequence[Problem]:
    told = diagnose(observed, [check for check in checks.every() if check.id in _CHECKS])
    found = [
        each for problem in told.problems for each in (problem, *problem.consequences) if not _mended_by_ship(each)
    ]
    for missing in told.blind:
        mend = "minixdr-deploy doctor"
        found.append(
            Problem(
                "not-known", f"could not look: {missing.reason}", (f"not judged: {', '.join(missing.checks)}",), mend
            )
        )
    nodes = observed.kubernetes.nodes
    if (
        isinstance(nodes, tuple)
        and len([node for node in nodes if node.true("Ready") and not node.cordoned]) < _LEAST_NODES
    ):
        evidence = tuple(
            f"{node.name}: {'ready' if node.true('Ready') else 'not ready'}{', cordoned' if node.cordoned else ''}"
            for node in nodes
        )
        title = f"fewer than {_LEAST_NODES} nodes can take pods: replicas of one workload want different nodes"
        found.append(
            Problem(
                "nodes-few",
                title,
                evidence or ("no nodes",),
                f"aws eks list-nodegroups --cluster-name {observed.wanted.cluster}",
            )
        )
    if observed.kubernetes.ship_open is True and not observed.kubernetes.at_work:
        evidence = ("ConfigMap minixdr-deploy-release: rolling-out",)
        found.append(
            Problem("ship-open", "a ship before this one did not end", evidence, "minixdr-deploy status", "warning")
        )
    return found


def _mended_by_ship(problem: Problem) -> bool:
    """Return whether a ship copies what is missing: what lacks in the cluster alone is there in AWS."""
    return problem.id == "secret-missing" and problem.title.startswith("the Secret ")


def _addresses(world: World, *, internet: bool) -> Iterator[Problem]:
    for text in world.config.allow_cidrs:
        try:
            access.checked(text, internet=internet)
        except UsageError as error:
            mend = f"edit allowCidrs in {world.config.path}, or give --i-mean-the-internet"
            yield msgspec.structs.replace(error.problem, mend=mend)


def _list(world: World) -> Iterator[Problem]:
    """Yield a warning where somebody changed who may come in and this deploy.yaml does not know: the ship writes the list of this one."""
    for problem in access.differences(world.config, access.written(world)):
        yield msgspec.structs.replace(problem, severity="warning")


def _manifests(world: World) -> Iterator[Problem]:
    for item in manifests.render(world.kube, world.config):
        yield from _lint(item)


def _lint(item: Object) -> Iterator[Problem]:
    name, annotations = item["metadata"]["name"], item["metadata"].get("annotations") or {}
    mistakes: list[lint.Mistake] = []
    if item["kind"] == "Ingress":
        mistakes += lint.of_ingress(annotations, f"Ingress/{name}")
        if lint.GROUPS in annotations:
            mistakes.append(
                lint.Mistake(
                    f"Ingress/{name}",
                    "security-groups makes the controller ignore inbound-cidrs: take it out of the overlay",
                )
            )
    elif item["kind"] == "Service" and name in SERVICES:
        mistakes += lint.of_service(annotations, f"Service/{name}", SERVICES[name])
    if mistakes:
        yield Problem(
            "ingress-annotations",
            "annotations of the overlay are wrong",
            tuple(map(str, mistakes)),
            "kubectl kustomize <overlay>  # find and mend them",
        )


def _kubernetes_rights(world: World) -> Iterator[Problem]:
    wanted = [(group, resource, verb) for group, resource, verbs in NEEDED for verb in verbs]
    reviews = [_review(world.config.namespace, *each) for each in wanted]
    text = world.kube.run(
        ["create", "-o", "json", "-f", "-"],
        "asking what we may do",
        sent=json.dumps({"apiVersion": "v1", "kind": "List", "items": reviews}),
    )
    told = list(_documents(text))
    refused: dict[str, list[str]] = {}
    for (group, resource, verb), answer in zip(wanted, told, strict=True):
        if not answer["status"].get("allowed"):
            refused.setdefault(f"{resource}.{group}" if group else resource, []).append(verb)
    if refused:
        evidence = tuple(f"{resource}: {', '.join(verbs)}" for resource, verbs in refused.items())
        config = world.config
        mend = (
            f"aws eks list-access-entries --region {config.region} --cluster-name {config.cluster}\n"
            f"kubectl --context {config.context} -n {config.namespace} auth can-i --list"
        )
        yield Problem("kube-forbidden", "the cluster does not permit all that a ship does", evidence, mend)


def _documents(text: str) -> Iterator[Object]:
    """Yield what `kubectl create -o json` writes: one document after another, or a List."""
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        yield from value["items"] if value["kind"] == "List" else [value]
        position += len(text[position:]) - len(text[position:].lstrip())


def _review(namespace: str, group: str, resource: str, verb: str) -> Object:
    name, _, part = resource.partition("/")
    attributes = {"namespace": namespace, "group": group, "resource": name, "subresource": part, "verb": verb}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }


def _aws_rights(world: World, *, building: bool) -> Iterator[Problem]:
    with translated("asking AWS who we are"):
        arn = str(world.aws.client("sts").get_caller_identity()["Arn"])
    actions = (
        *permissions.READS,
        *(permissions.PUSHES if building and isinstance(world.config.builder, LocalBuilder) else ()),
    )
    try:
        refused = permissions.denied(world.aws, arn, actions)
    except AwsError as error:
        why = error.problem.evidence[-1:] or (error.problem.title,)
        title = "AWS does not tell what we may do: a missing permission is found only when it is used"
        yield Problem("aws-rights", title, (arn, *why), "aws iam simulate-principal-policy --help", "warning")
        return
    if refused:
        mend = "docs/deployment/aws/troubleshooting.md  # lists the permissions of an operator"
        yield Problem("aws-denied", "AWS does not permit all that a ship does", (arn, *refused), mend)


def _repositories(world: World) -> Iterator[Problem]:
    config = world.config
    if config.registry is not None:
        return
    for name in (config.backend_repository, config.frontend_repository):
        make = f"aws ecr create-repository --region {config.region} --repository-name {name} --image-tag-mutability IMMUTABLE"
        with translated(f"looking for the repository {name}"):
            try:  # by name: an operator's policy permits these two, and to list all of the account takes more
                world.aws.client("ecr").describe_repositories(repositoryNames=[name])
            except ClientError as error:
                if error.response["Error"]["Code"] != "RepositoryNotFoundException":
                    raise
                yield Problem("repository-missing", f"ECR has no repository {name}", mend=make)


def _builder(world: World) -> Iterator[Problem]:
    builder = world.config.builder
    if isinstance(builder, LocalBuilder):
        tools = (builder.tool,) if builder.tool else ("buildah", "docker")
        if not any(shutil.which(tool) for tool in tools):
            mend = "sudo dnf install buildah  # or: minixdr-deploy build --on ec2, --on codebuild"
            yield Problem(
                "builder-missing", "nothing on this machine builds images", (f"looked for: {', '.join(tools)}",), mend
            )
    elif isinstance(builder, Ec2Builder):
        yield from _ec2_builder(world, builder)
    else:
        yield from _codebuild(world, builder)


def _ec2_builder(world: World, builder: Ec2Builder) -> Iterator[Problem]:
    with translated("asking SSM for the builder"):
        chosen = [{"Key": "InstanceIds", "Values": [builder.instance_id]}]
        found = world.aws.client("ssm").describe_instance_information(Filters=chosen)["InstanceInformationList"]
    status = found[0].get("PingStatus", "") if found else "SSM does not know it"
    if status != "Online":
        mend = f"aws ec2 start-instances --region {world.config.region} --instance-ids {builder.instance_id}"
        yield Problem(
            "builder-missing", "the builder on EC2 does not answer SSM", (f"{builder.instance_id}: {status}",), mend
        )


def _codebuild(world: World, builder: CodeBuilder) -> Iterator[Problem]:
    names = [builder.backend_project, builder.frontend_project]
    with translated("asking CodeBuild for the projects"):
        missing = world.aws.client("codebuild").batch_get_projects(names=names).get("projectsNotFound") or []
    if missing:
        mend = "terraform -chdir=infra/terraform apply  # makes them"
        yield Problem("builder-missing", "CodeBuild has no such project", tuple(missing), mend)


class _WouldLook(msgspec.Struct, frozen=True):
    exit_status: int = 0

    def document(self) -> Any:
        return {"ok": True, "would": "look only"}

    def lines(self) -> Sequence[str]:
        return ["preflight looks only; there is nothing that it would do"]


def add(program: typer.Typer) -> None:
    """Add the command."""

    @program.command("preflight")
    def _preflight(
        context: typer.Context,
        *,
        internet: access.Internet = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Find everything that would make a ship fail half-way, before it begins.

        Exit status: 0 nothing stands against it, 1 something does, 2 it could not be looked at.
        """
        run(context, output, lambda world: _WouldLook() if dry_run else look(world, internet=internet))

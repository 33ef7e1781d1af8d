"""EKS audit events of ordinary days: nodes, controllers, the deployment tool, developers with kubectl."""

from collections.abc import Iterator
from random import Random

import orjson

from minixdr.simulate.logs.cloudtrail import identity_of
from minixdr.simulate.logs.kubernetes_audit import Client, Request, iam_user, record, service_account
from minixdr.simulate.records import Item, Log, Noise, Source
from minixdr.simulate.rhythm import at_work
from minixdr.simulate.world import CLUSTER, World

_HOUR_SECONDS = 3_600
_CONTROL_PLANE = "10.20.10.5"
_KUBELET = "kubelet/v1.30.2 (linux/amd64) kubernetes/3968350"
_CONTROLLER = "kube-controller-manager/v1.30.2 (linux/amd64) kubernetes/3968350/leader-election"
_ARGO = "argocd-application-controller/v2.11.3"
_LEASES = ("kube-controller-manager", "kube-scheduler", "aws-load-balancer-controller", "cluster-autoscaler")


def _build(world: World) -> Source:
    developers = [
        person for person in world.people if person.job in ("developer", "operations") and person.kind == "sso"
    ]
    log = Log("kubernetes", CLUSTER)

    def developer(rng: Random, start: float) -> Client | None:
        awake = [person for person in developers if at_work(start, person.first_hour)]
        if not awake:
            return None
        person = rng.choice(awake)
        identity = identity_of(person, start)
        groups = ("developers",) if person.job == "developer" else ("operations",)
        user = iam_user(
            f"{person.job}:{person.name}", identity["arn"], identity["principalId"], person.access_key, groups
        )
        return Client(user, person.addresses[0])

    def records(rng: Random, start: float, count: int) -> Iterator[Item]:
        for _ in range(count):
            drawn = rng.random()
            client, request = _machine(rng, world, drawn)
            if drawn >= 0.9:
                person = developer(rng, start)
                if person is not None:
                    client, request = person, _person_request(rng, world)
            time = start + rng.random() * _HOUR_SECONDS
            yield Item(time, log, orjson.dumps(record(rng, time, client, request)) + b"\n")

    return records


def _machine(rng: Random, world: World, drawn: float) -> tuple[Client, Request]:
    node = rng.choice(world.nodes)
    address = "10.20." + ".".join(node.split(".")[0].split("-")[3:5])
    if drawn < 0.35:
        user = {"username": f"system:node:{node}", "groups": ["system:nodes", "system:authenticated"]}
        requests = (
            Request("patch", "nodes", name=node, subresource="status"),
            Request("get", "pods", *_pod(rng, world)),
            Request("update", "leases", "kube-node-lease", node),
        )
        return Client(user, address, _KUBELET), rng.choice(requests)
    if drawn < 0.7:
        user = {"username": "system:kube-controller-manager", "groups": ["system:authenticated"]}
        return Client(user, _CONTROL_PLANE, _CONTROLLER), Request(
            "update", "leases", "kube-system", rng.choice(_LEASES)
        )
    namespace, _, account = rng.choice(world.pods)
    if drawn < 0.8:
        request = Request("patch" if rng.random() < 0.03 else "get", "deployments", namespace, account)
        return Client(service_account("argocd", "argocd-application-controller"), address, _ARGO), request
    request = Request(
        rng.choice(("get", "list", "watch")), rng.choice(("configmaps", "endpoints", "services")), namespace
    )
    return Client(service_account(namespace, account), address, "kubernetes-client/6.12.1"), request


def _pod(rng: Random, world: World) -> tuple[str, str]:
    namespace, name, _ = rng.choice(world.pods)
    return namespace, name


def _person_request(rng: Random, world: World) -> Request:
    namespace, name = _pod(rng, world)
    return rng.choice(
        (
            Request("list", "pods", namespace, query="limit=500"),
            Request("get", "pods", namespace, name),
            Request("get", "pods", namespace, name, "log", "container=app"),
            Request("list", "deployments", namespace, query="limit=500"),
            Request("list", "events", namespace, query="limit=500"),
            Request("create", "selfsubjectaccessreviews"),
        )
    )


NOISE = Noise("kubernetes", 0.15, _build)

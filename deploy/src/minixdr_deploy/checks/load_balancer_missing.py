"""The Ingress has no load balancer."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, kubectl
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    ingress = known(observed.kubernetes.ingress)
    if ingress is None:
        yield Seen(
            Problem(
                "load-balancer-missing",
                "the Ingress mini-xdr is not there",
                ("it is not in the namespace",),
                "minixdr-deploy rollout",
            )
        )
        return
    said = [
        f"{event.reason}: {event.message}"
        for event in known(observed.kubernetes.events)
        if event.object == "Ingress/mini-xdr"
    ]
    mend = kubectl(observed, "describe ingress mini-xdr")
    if ingress.class_name != "alb":
        evidence: tuple[str, ...] = (f"ingressClassName: {ingress.class_name}",)
        yield Seen(
            Problem("load-balancer-missing", "the Ingress is not of the class alb", evidence, "minixdr-deploy rollout")
        )
    elif ingress.address is None:
        yield Seen(
            Problem(
                "load-balancer-missing",
                "the controller has not made a load balancer for the Ingress",
                tuple(said[-3:]) or ("status.loadBalancer of the Ingress is empty",),
                mend,
            )
        )
    else:
        balancer = known(observed.aws.load_balancer)
        if balancer is None:
            evidence = (f"Ingress: {ingress.address}", "AWS has no load balancer of that name")
            yield Seen(
                Problem(
                    "load-balancer-missing", "the load balancer was deleted", evidence, "minixdr-deploy access sync"
                )
            )
        elif balancer.state != "active":
            evidence = (f"{balancer.name}: {balancer.state}", *said[-3:])
            yield Seen(
                Problem(
                    "load-balancer-missing",
                    "the load balancer does not work yet",
                    evidence,
                    mend,
                    "warning" if balancer.state == "provisioning" else "error",
                )
            )


CHECK = Check(
    "load-balancer-missing",
    "No load balancer",
    "The controller could not make it (permissions, subnets without tags, no certificate for the host), or somebody deleted it.",
    _judge,
    explains=frozenset({"targets", "security-group-drift", "entrance", "dns", "certificate", "canary"}),
)

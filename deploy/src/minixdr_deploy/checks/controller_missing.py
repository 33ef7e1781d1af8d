"""AWS Load Balancer Controller does not run, or its webhook is not registered: no load balancer, no targets, no gates."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, kubectl
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

_INSTALL = (
    "helm repo add eks https://aws.github.io/eks-charts && "
    "helm upgrade --install aws-load-balancer-controller eks/aws-load-balancer-controller -n kube-system "
    "--set clusterName={cluster} --set region={region} --set serviceAccount.name=aws-load-balancer-controller"
)


def _judge(observed: Observed) -> Iterator[Seen]:
    install = _INSTALL.format(cluster=observed.wanted.cluster, region=observed.wanted.region)
    controller = known(observed.kubernetes.controller)
    if controller is None:
        evidence = ("kube-system has no Deployment aws-load-balancer-controller",)
        yield Seen(Problem("controller-missing", "AWS Load Balancer Controller is not installed", evidence, install))
    elif controller.ready == 0:
        log = kubectl(
            observed, "-n kube-system logs deployment/aws-load-balancer-controller --tail=50", namespace=False
        )
        back = kubectl(
            observed, "-n kube-system scale deployment aws-load-balancer-controller --replicas=2", namespace=False
        )
        evidence = (f"{controller.ready} of {controller.replicas} pods are ready",)
        mend = back if controller.replicas == 0 else log
        yield Seen(Problem("controller-missing", "AWS Load Balancer Controller does not run", evidence, mend))
    if not known(observed.kubernetes.webhooks):
        evidence = ("no MutatingWebhookConfiguration has a webhook for pods of the group elbv2.k8s.aws",)
        yield Seen(
            Problem("controller-missing", "the webhook that adds readiness gates is not registered", evidence, install)
        )


CHECK = Check(
    "controller-missing",
    "Load-balancer controller or its webhook missing",
    "It was never installed, lost its permissions, or was scaled to zero.",
    _judge,
    explains=frozenset(
        {
            "gate-missing",
            "targets",
            "security-group-drift",
            "load-balancer-missing",
            "entrance",
            "dns",
            "canary",
            "rollout-stuck",
            "pod-not-ready",
        }
    ),
)

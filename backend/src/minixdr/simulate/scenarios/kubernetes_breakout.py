"""A compromised pod: its token, then a stolen kubeconfig, then the node."""

from minixdr.simulate.acts import cluster, linux_host
from minixdr.simulate.logs.kubernetes_audit import Client
from minixdr.simulate.scenario import Scenario
from minixdr.simulate.stage import Stage
from minixdr.simulate.world import ATTACKER_ADDRESSES


def _tell(stage: Stage) -> None:
    cluster.use_pod_token(stage)
    stage.wait(300, 900)
    stolen = Client(
        {"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]}, ATTACKER_ADDRESSES[0]
    )
    cluster.enumerate_secrets(stage, stolen)
    cluster.enter_pod(stage, stolen)
    cluster.bind_administrator(stage, stolen)
    cluster.escape_to_node(stage, stolen)
    stage.wait(60, 120)
    node = stage.world.host("build-1")
    root = linux_host.by_agent(stage)
    linux_host.look_around(stage, node, root)
    linux_host.read_credentials(stage, node, root)
    linux_host.keep_by_cron(stage, node, root)


SCENARIO = Scenario(
    name="kubernetes_breakout",
    title="Out of a pod",
    description="A pod's token finds little; an administrator's kubeconfig finds everything: secrets, a privileged pod, the node below it.",
    tell=_tell,
)

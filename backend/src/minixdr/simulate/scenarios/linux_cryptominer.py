"""A guessed SSH password and a miner."""

from minixdr.simulate.acts import linux_host
from minixdr.simulate.logs.linux_audit import Actor
from minixdr.simulate.scenario import Scenario
from minixdr.simulate.stage import Stage

_GUESSES = 240


def _tell(stage: Stage) -> None:
    host = stage.world.host("build-2")
    linux_host.guess_passwords(stage, host, "ubuntu", _GUESSES)
    actor = Actor(31_877, 31_860, auid=1_000, session=91, terminal="pts0", folder="/root")
    linux_host.look_around(stage, host, actor)
    linux_host.fetch_tool(stage, host, actor, "x.sh")
    linux_host.keep_by_cron(stage, host, actor)
    linux_host.mine(stage, host, actor)


SCENARIO = Scenario(
    name="linux_cryptominer",
    title="A guessed password and a miner",
    description="A build agent's password is guessed by SSH; a miner is fetched, kept by cron, and talks to its pool.",
    tell=_tell,
    begins_after_hours=2.25,
)

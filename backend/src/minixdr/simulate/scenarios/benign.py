"""Ordinary days without an attack: a baseline, and the measure of false findings."""

from minixdr.simulate.scenario import Scenario

SCENARIO = Scenario(
    name="benign",
    title="Ordinary days",
    description="People and workloads go about their work; scanners knock from the internet. Nothing is an attack.",
    tell=None,
)

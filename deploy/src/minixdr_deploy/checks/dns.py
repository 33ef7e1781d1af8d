"""The console's name does not lead to the load balancer."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, some
from minixdr_deploy.observe.observed import LoadBalancer, Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    host = observed.wanted.host
    names = known(observed.web.names)
    balancer = observed.aws.load_balancer
    target = balancer.dns_name if isinstance(balancer, LoadBalancer) else "the load balancer"
    mend = f"dig +short {host}  # the record of {host} must be an alias or CNAME of {target}"
    if not names.host:
        yield Seen(Problem("dns", f"the name {host} does not exist", (f"wanted: alias or CNAME of {target}",), mend))
        return
    if not isinstance(balancer, LoadBalancer):
        return
    addresses = set(known(names.load_balancer))
    if addresses and not addresses & set(names.host):
        evidence = (f"{host}: {some(names.host)}", f"{target}: {some(sorted(addresses))}")
        yield Seen(Problem("dns", f"the name {host} leads elsewhere", evidence, mend, "warning"))


CHECK = Check(
    "dns",
    "DNS wrong",
    "The record was never made, or still names a load balancer that was replaced. A proxy in between (CloudFront) is told as a warning too.",
    _judge,
    explains=frozenset({"entrance", "certificate"}),
)

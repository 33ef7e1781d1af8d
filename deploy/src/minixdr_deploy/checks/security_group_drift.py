"""The load balancer's security groups let in others than the list says: the whole group is compared, not only what we once wrote."""

import ipaddress
import json
from collections.abc import Iterable, Iterator

from minixdr_deploy.checks.check import Check, Seen, known, lines, some
from minixdr_deploy.observe.observed import Ingress, LoadBalancer, Observed, SecurityGroup, SecurityRule
from minixdr_deploy.problem import Problem

INBOUND = "alb.ingress.kubernetes.io/inbound-cidrs"
GROUPS = "alb.ingress.kubernetes.io/security-groups"
PREFIXES = "alb.ingress.kubernetes.io/security-group-prefix-lists"
LISTEN = "alb.ingress.kubernetes.io/listen-ports"
_OPEN = ("0.0.0.0/0", "::/0")
_ID = "security-group-drift"
_SYNC = "minixdr-deploy access sync"


def networks(texts: Iterable[str]) -> frozenset[str]:
    """Return networks as AWS writes them; what is none stays as it is."""
    found = set()
    for text in texts:
        try:
            found.add(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            found.add(text.strip())
    return frozenset(each for each in found if each)


def listed(ingress: Ingress) -> frozenset[str]:
    """Return the networks of the Ingress's list."""
    return networks(ingress.annotations.get(INBOUND, "").split(","))


def _judge(observed: Observed) -> Iterator[Seen]:
    ingress = known(observed.kubernetes.ingress)
    if ingress is None:
        return
    yield from _modes(ingress)
    wanted = networks(observed.wanted.allow_cidrs)
    if INBOUND in ingress.annotations and listed(ingress) != wanted:
        evidence = (
            f"deploy.yaml allowCidrs: {some(sorted(wanted), 20)}",
            f"Ingress {INBOUND}: {some(sorted(listed(ingress)), 20)}",
        )
        yield Seen(Problem(_ID, "the Ingress has another list than deploy.yaml", evidence, _SYNC))
    balancer = known(observed.aws.load_balancer)
    if balancer is not None:
        yield from _groups(observed, ingress, balancer)


def _modes(ingress: Ingress) -> Iterator[Seen]:
    both = {name: value for name, value in ingress.annotations.items() if name in (INBOUND, GROUPS)}
    evidence = tuple(f"{name}: {value}" for name, value in both.items())
    if len(both) > 1:
        yield Seen(
            Problem(
                _ID, "the Ingress has both a list and security groups: the controller ignores the list", evidence, _SYNC
            )
        )
    elif GROUPS in both:
        yield Seen(Problem(_ID, "the Ingress names security groups instead of a list", evidence, _SYNC))
    elif not both and PREFIXES not in ingress.annotations:
        none = (f"neither {INBOUND} nor {GROUPS}",)
        yield Seen(
            Problem(_ID, "the Ingress has no list: the controller opens the load balancer to everybody", none, _SYNC)
        )
    if set(_OPEN) & listed(ingress):
        evidence = (f"{INBOUND}: {ingress.annotations[INBOUND]}",)
        yield Seen(
            Problem(
                _ID,
                "the Ingress lets in the whole internet",
                evidence,
                "minixdr-deploy access revoke 0.0.0.0/0",
                "warning",
            )
        )


def _groups(observed: Observed, ingress: Ingress, balancer: LoadBalancer) -> Iterator[Seen]:
    front = [group for group in known(balancer.groups) if not group.of_cluster]
    ports = _ports(ingress) or [listener.port for listener in known(balancer.listeners)]
    wanted = {
        SecurityRule(network, "tcp", port, port) for network in networks(observed.wanted.allow_cidrs) for port in ports
    }
    have = {_normal(rule): group for group in front for rule in group.rules}
    extra, missing = sorted(set(have) - wanted), sorted(wanted - set(have))
    if not front:
        yield Seen(Problem(_ID, "the load balancer has no security group of its own", (balancer.name,), _SYNC))
        return
    if extra:
        open_ = any(rule.source in _OPEN for rule in extra)
        title = (
            "the load balancer is open to the whole internet"
            if open_
            else "the load balancer lets in others than the list says"
        )
        evidence = tuple(
            f"{have[rule].id} ({have[rule].name}): {rule.source} port {rule.ports} is not in allowCidrs"
            for rule in extra
        )
        yield Seen(Problem(_ID, title, evidence, lines([*_revoke(observed, extra, have), _SYNC])))
    if missing:
        evidence = tuple(f"allowCidrs has {rule.source}, no rule lets it in at port {rule.ports}" for rule in missing)
        yield Seen(Problem(_ID, "addresses of the list cannot reach the load balancer", evidence, _SYNC))


def _ports(ingress: Ingress) -> list[int]:
    """Return the ports that the controller opens: those of the annotation, where it says any."""
    try:
        return [int(port) for entry in json.loads(ingress.annotations.get(LISTEN, "[]")) for port in entry.values()]
    except (ValueError, AttributeError, TypeError):
        return []


def _normal(rule: SecurityRule) -> SecurityRule:
    source = next(iter(networks([rule.source])))
    return SecurityRule(source, rule.protocol, rule.from_port, rule.to_port)


def _revoke(
    observed: Observed, extra: Iterable[SecurityRule], have: dict[SecurityRule, SecurityGroup]
) -> Iterator[str]:
    for rule in extra:
        if have[rule].of_controller:
            continue
        ports = "" if rule.from_port is None else f",FromPort={rule.from_port},ToPort={rule.to_port}"
        kind = "Ipv6Ranges=[{CidrIpv6=" if ":" in rule.source else "IpRanges=[{CidrIp="
        if rule.source.startswith("pl-"):
            kind = "PrefixListIds=[{PrefixListId="
        elif rule.source.startswith("sg-"):
            kind = "UserIdGroupPairs=[{GroupId="
        permission = f"IpProtocol={rule.protocol}{ports},{kind}{rule.source}}}]"
        yield (
            f"aws ec2 revoke-security-group-ingress --region {observed.wanted.region} --group-id {have[rule].id} --ip-permissions '{permission}'"
        )


CHECK = Check(
    _ID,
    "Security-group drift",
    "A rule was added or removed by hand; `security-groups` beside `inbound-cidrs`, which is then ignored; neither, which opens it to everybody; "
    "a list that was changed in one place only.",
    _judge,
    "security-group drift",
    explains=frozenset({"entrance", "canary"}),
)

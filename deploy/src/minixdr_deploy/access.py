"""`minixdr-deploy access list | allow | revoke | sync`: who may reach the load balancer.

The list is kept in `deploy.yaml` (`allowCidrs`). It is written to the Ingress (`inbound-cidrs`), and the controller makes the security group follow:
we never write to the group. Done means that the group has been seen to follow.
"""

import ipaddress
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import typer

from minixdr_deploy import config as deploy_config
from minixdr_deploy import lock
from minixdr_deploy.address_list import with_list
from minixdr_deploy.aws import balancer, identity
from minixdr_deploy.checks import security_group_drift as drift
from minixdr_deploy.command import DryRunOption, Output, OutputOption, run
from minixdr_deploy.kube.kubectl import Object
from minixdr_deploy.observe import cluster_objects
from minixdr_deploy.observe.observed import Ingress, SecurityGroup
from minixdr_deploy.problem import DeployError, Problem, UsageError
from minixdr_deploy.world import World

ASKED_AT = "mini-xdr.io/access-asked-at"
"""Annotation of the Ingress whose change makes the controller look at it again: it undoes what was done to its group by hand."""
_FOLLOW_SECONDS = 120.0
_EVERY_SECONDS = 2.0
_WIDEST = {4: 8, 6: 24}
"""Shortest prefix of a network that is let in without saying that one means it."""
_WHO = "https://checkip.amazonaws.com"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AccessError(DeployError):
    """The list was not changed, or the group does not follow."""


class Access(msgspec.Struct, frozen=True):
    """Who may come in."""

    kept: tuple[str, ...]
    """In deploy.yaml."""
    ingress: tuple[str, ...] | None
    """In the cluster; None where there is no Ingress yet."""
    group: tuple[str, ...] | None
    """That the security groups let in; None where there is no load balancer yet."""
    config: str
    """Path of deploy.yaml."""
    caller: str | None = None
    """Address from which we are seen; None where that is not known."""
    changed: bool = False
    done: bool = True

    @property
    def agree(self) -> bool:
        """Return whether all three are the same."""
        wanted = drift.networks(self.kept)
        return all(each is None or drift.networks(each) == wanted for each in (self.ingress, self.group))

    @property
    def exit_status(self) -> int:
        """Return 0 where all agree, and where nothing was to be done; else 1."""
        return 0 if self.agree or not self.done else 1

    def document(self) -> Any:
        """Return it as JSON has it."""
        return {"agree": self.agree, **msgspec.to_builtins(self)}

    def lines(self) -> Sequence[str]:
        """Return it as text: one network a line, with where it is."""
        places = {"deploy.yaml": self.kept, "Ingress": self.ingress, "security group": self.group}
        every = sorted({network for each in places.values() for network in drift.networks(each or ())}, key=_order)
        lines = []
        for network in every:
            lacking = [
                name for name, each in places.items() if each is not None and network not in drift.networks(each)
            ]
            mine = "  (you)" if self.caller and _inside(self.caller, [network]) else ""
            lines.append(f"{network:43}{mine}{'  not in: ' + ', '.join(lacking) if lacking else ''}".rstrip())
        absent = [f"{name}: there is none yet" for name, each in places.items() if each is None]
        told = (
            "nothing was changed"
            if not self.done
            else "deploy.yaml, Ingress and security group agree"
            if self.agree
            else "they do not agree: minixdr-deploy access sync"
        )
        return [*lines, *absent, f"kept in {self.config} (allowCidrs); {told}"]


def read(world: World) -> Access:
    """Return who may come in. Raises KubeError, AwsError."""
    ingress = _ingress(world)
    return Access(
        world.config.allow_cidrs,
        None if ingress is None else tuple(sorted(drift.listed(ingress))),
        None if ingress is None else _in_group(world, ingress.address),
        world.config.path,
        caller(world),
    )


def change(world: World, wanted: Sequence[str], *, force: bool, internet: bool, dry_run: bool) -> Access:
    """Keep another list, write it to the Ingress, and wait until the group follows.

    Raises UsageError, AccessError, KubeError, AwsError, LockedError.
    """
    networks = [checked(text, internet=internet) for text in wanted]
    texts = tuple(dict.fromkeys(str(network) for network in networks))
    if not texts:
        raise UsageError(
            Problem("access-empty", "the list would be empty: then the controller opens the load balancer to everybody")
        )
    here = caller(world)
    _refuse_locking_out(world, here, texts, force=force)
    kept = Path(world.config.path)
    if dry_run:
        found = read(world)
        _refuse_stale(world, found.ingress)
        return msgspec.structs.replace(found, kept=texts, changed=texts != world.config.allow_cidrs, done=False)
    with lock.held(world, identity.arn(world)):
        _refuse_stale(world, written(world))
        text = with_list(kept.read_text("utf-8"), texts)
        deploy_config.parse(text, kept)  # before it is written
        kept.write_text(text, "utf-8")
        world.say(f"{kept}: allowCidrs is {', '.join(texts)}")
        return _follow(world, texts, here)


def sync(world: World, *, internet: bool, dry_run: bool) -> Access:
    """Write the list of deploy.yaml to the Ingress once more, and wait until the group follows. Raises as `change`."""
    texts = tuple(str(checked(text, internet=internet)) for text in world.config.allow_cidrs)
    if dry_run:
        return msgspec.structs.replace(read(world), done=False)
    with lock.held(world, identity.arn(world)):
        return _follow(world, texts, caller(world))


def checked(text: str, *, internet: bool) -> Network:
    """Return a network. Raises UsageError where it is none, or wider than anybody means."""
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise UsageError(
            Problem(
                "access-network", f"{text} is no network: {error}", mend="minixdr-deploy access allow 203.0.113.7/32"
            )
        ) from error
    if network.prefixlen < _WIDEST[network.version] and not internet:
        what = "the whole internet" if network.prefixlen == 0 else f"{network.num_addresses:,} addresses"
        mend = f"minixdr-deploy access allow {network} --i-mean-the-internet  # if that is meant"
        raise UsageError(
            Problem(
                "access-too-wide",
                f"{network} is {what}",
                (f"refused: anything wider than /{_WIDEST[network.version]}",),
                mend,
            )
        )
    return network


def caller(world: World) -> str | None:
    """Return the address from which AWS sees us; None where it does not say."""
    if world.config.url is not None:
        return None  # it is not reached over the internet, so that address is not ours there
    try:
        text = world.http.get(_WHO).raise_for_status().text.strip()
        return str(ipaddress.ip_address(text))
    except (httpx.HTTPError, ValueError):
        return None


def _refuse_locking_out(world: World, here: str | None, texts: Sequence[str], *, force: bool) -> None:
    if here is None and not force:
        world.say("your own address is not known: whether you lock yourself out was not looked at")
    if force or here is None or _inside(here, texts) or not _inside(here, world.config.allow_cidrs):
        return
    evidence = (f"your address: {here}", f"the list would be: {', '.join(texts)}")
    raise UsageError(
        Problem(
            "access-locks-out",
            "you would lock yourself out",
            evidence,
            "the same command with --force  # if that is meant",
        )
    )


def _refuse_stale(world: World, ingress: tuple[str, ...] | None) -> None:
    """Raise AccessError where deploy.yaml is not what was written last: a change of it would take back, unseen, what somebody else changed."""
    for problem in differences(world.config, ingress):
        raise AccessError(problem)


def differences(config: deploy_config.Config, ingress: tuple[str, ...] | None) -> Iterator[Problem]:
    """Yield a problem where the list of the Ingress is another than that of deploy.yaml."""
    if ingress is not None and drift.networks(ingress) != drift.networks(config.allow_cidrs):
        evidence = (f"deploy.yaml: {', '.join(config.allow_cidrs)}", f"Ingress: {', '.join(ingress) or 'nobody'}")
        mend = f"minixdr-deploy access list  # then edit allowCidrs in {config.path}, or minixdr-deploy access sync where it is right"
        yield Problem("access-differs", "deploy.yaml and the Ingress name other networks: one is old", evidence, mend)


def _inside(address: str, networks: Sequence[str]) -> bool:
    where = ipaddress.ip_address(address)
    return any(where in ipaddress.ip_network(text, strict=False) for text in networks if "/" in text)


def _follow(world: World, texts: Sequence[str], here: str | None) -> Access:
    config = msgspec.structs.replace(world.config, allow_cidrs=tuple(texts))
    if world.kube.find("ingress", "mini-xdr") is None:
        world.say("there is no Ingress yet: the next ship writes the list")
        return Access(tuple(texts), None, None, config.path, here, changed=True)
    annotations = {
        drift.INBOUND: ",".join(texts),
        drift.GROUPS: None,
        ASKED_AT: world.now().isoformat(timespec="seconds"),
    }
    world.kube.patch("ingress", "mini-xdr", {"metadata": {"annotations": annotations}})
    world.say("Ingress: inbound-cidrs written; waiting until the security group follows")
    ends = time.monotonic() + _FOLLOW_SECONDS
    while True:
        ingress = _ingress(world)
        group = None if ingress is None else _in_group(world, ingress.address)
        found = Access(
            tuple(texts),
            tuple(sorted(drift.listed(ingress))) if ingress else None,
            group,
            config.path,
            here,
            changed=True,
        )
        if found.agree:
            if group is None:
                world.say("there is no load balancer yet: it begins with this list")
            return found
        if time.monotonic() > ends:
            evidence = (
                f"wanted: {', '.join(texts)}",
                f"security group: {', '.join(group or ()) or 'none'}",
                *_said(world),
            )
            mend = f"kubectl --context {config.context} -n kube-system logs deployment/aws-load-balancer-controller --tail=50"
            title = f"the security group did not follow within {_FOLLOW_SECONDS:.0f} s"
            raise AccessError(Problem("security-group-drift", title, evidence, mend))
        time.sleep(_EVERY_SECONDS)


def _said(world: World) -> list[str]:
    events = world.kube.list("events", fields="involvedObject.kind=Ingress,involvedObject.name=mini-xdr")
    return [f"{each.reason}: {each.message}" for each in map(cluster_objects.event, events)][-2:]


def written(world: World) -> tuple[str, ...] | None:
    """Return the list of the Ingress; None where there is no Ingress. Raises KubeError."""
    ingress = _ingress(world)
    return None if ingress is None else tuple(sorted(drift.listed(ingress)))


def _ingress(world: World) -> Ingress | None:
    found: Object | None = world.kube.find("ingress", "mini-xdr")
    return None if found is None else cluster_objects.ingress(found)


def _in_group(world: World, address: str | None) -> tuple[str, ...] | None:
    """Return all sources that the load balancer's own groups let in; None where there is no load balancer."""
    if address is None:
        return None
    found = balancer.load_balancer(world.aws, balancer.load_balancers(world.aws), address)
    if found is None:
        return None
    if not isinstance(found.groups, tuple):
        raise AccessError(
            Problem(
                "aws-denied",
                f"the security groups cannot be read: {found.groups.reason}",
                mend="aws sts get-caller-identity",
            )
        )
    groups: tuple[SecurityGroup, ...] = found.groups
    return tuple(sorted({rule.source for group in groups if not group.of_cluster for rule in group.rules}))


def _order(network: str) -> tuple[int, str]:
    return (0 if "/" in network else 1, network)


Internet = Annotated[bool, typer.Option("--i-mean-the-internet", help="Let in networks wider than /8, or everybody.")]
Force = Annotated[bool, typer.Option("--force", help="Even where you lock yourself out.")]
Networks = Annotated[list[str], typer.Argument(help="Networks: 203.0.113.7/32.")]


def add(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Who may reach the load balancer: the list of deploy.yaml, the Ingress and the security group.",
        no_args_is_help=True,
    )
    program.add_typer(group, name="access")

    @group.command("list")
    def _list(context: typer.Context, *, output: OutputOption = Output.TEXT) -> None:
        """Show who may come in. Exit status 1 where deploy.yaml, Ingress and security group differ."""
        run(context, output, read)

    @group.command("allow")
    def _allow(
        context: typer.Context,
        networks: Networks,
        *,
        internet: Internet = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Let networks in."""

        def work(world: World) -> Access:
            wanted = [*world.config.allow_cidrs, *networks]
            mean = internet or not any(_wide(text) for text in networks)
            return change(world, wanted, force=False, internet=mean, dry_run=dry_run)

        run(context, output, work)

    @group.command("revoke")
    def _revoke(
        context: typer.Context,
        networks: Networks,
        *,
        force: Force = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Let networks in no longer."""

        def work(world: World) -> Access:
            gone = _listed(world, networks)
            wanted = [text for text in world.config.allow_cidrs if drift.networks([text]) not in gone]
            return change(world, wanted, force=force, internet=True, dry_run=dry_run)

        run(context, output, work)

    @group.command("sync")
    def _sync(
        context: typer.Context,
        *,
        internet: Internet = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Write the list of deploy.yaml to the Ingress once more, so that the controller undoes what was done to its group by hand."""
        run(context, output, lambda world: sync(world, internet=internet, dry_run=dry_run))


def _wide(text: str) -> bool:
    try:
        checked(text, internet=False)
    except UsageError:
        return True
    return False


def _listed(world: World, networks: Sequence[str]) -> list[frozenset[str]]:
    """Return networks that are in the list. Raises UsageError where one is not."""
    wanted = [drift.networks([str(checked(text, internet=True))]) for text in networks]
    have = [drift.networks([text]) for text in world.config.allow_cidrs]
    absent = [", ".join(network) for network in wanted if network not in have]
    if absent:
        raise UsageError(
            Problem(
                "access-not-listed",
                f"not in the list: {', '.join(absent)}",
                (f"the list: {', '.join(world.config.allow_cidrs)}",),
                "minixdr-deploy access list",
            )
        )
    return wanted

"""`minixdr-deploy secrets sync | rotate`: copies the secrets of AWS Secrets Manager into the cluster, and rolls what reads them.

A value passes through this process and through kubectl's standard input, and nowhere else: not into arguments, output or errors. Secrets Manager
stays the source; what was changed in the cluster by hand is overwritten.
"""

import base64
import copy
import json
import secrets as randomness
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import msgspec
import typer

from minixdr_deploy import lock, manifests
from minixdr_deploy.aws import held_secrets, identity
from minixdr_deploy.aws.failures import translated
from minixdr_deploy.aws.held_secrets import Held
from minixdr_deploy.command import DryRunOption, Output, OutputOption, run
from minixdr_deploy.kube.errors import ForbiddenError
from minixdr_deploy.kube.kubectl import Object
from minixdr_deploy.kube.labels import APP, NAME
from minixdr_deploy.observe import cluster as look
from minixdr_deploy.problem import DeployError, Problem, UsageError
from minixdr_deploy.secret_names import SECRETS, VERSION_ANNOTATION, SecretName
from minixdr_deploy.steps import cluster, rollout
from minixdr_deploy.world import World

_ROLL_SECONDS = 600.0
_GENERATED = {
    "NATS_PASSWORD": "mini-xdr/nats",
    "NATS_CLUSTER_PASSWORD": "mini-xdr/nats",
    "MINIXDR_SETUP_CODE": "mini-xdr/backend",
}
"""Keys for which a value is made here; for others somebody else must know the new value too, so it is given."""
_SEALS = "MINIXDR_SECRET_KEY"
_BYTES = 24


class SecretsError(DeployError):
    """A secret is not as it must be."""


class Synced(msgspec.Struct, frozen=True):
    """What came of copying."""

    copied: tuple[str, ...]
    """Names in the cluster that were, or would be, changed."""
    unchanged: tuple[str, ...]
    rolled: tuple[str, ...] = ()
    """Workloads that were, or would be, rolled."""
    rotated: str | None = None
    """Key that has a new value."""
    version: str | None = None
    """Its new version in AWS."""
    done: bool = True
    """False: only told, not done."""

    @property
    def exit_status(self) -> int:
        """Return 0."""
        return 0

    def document(self) -> Any:
        """Return it as JSON has it."""
        return {"ok": True, **msgspec.to_builtins(self)}

    def lines(self) -> list[str]:
        """Return it as text."""
        would = "" if self.done else "would be "
        lines = (
            [f"{self.rotated}: {would}{'given a new value' if not self.done else f'new value, version {self.version}'}"]
            if self.rotated
            else []
        )
        lines += [f"{name}: {would}copied" for name in self.copied] + [f"{name}: as in AWS" for name in self.unchanged]
        return lines + [f"{name}: {would}rolled" for name in self.rolled]


def copy_all(world: World) -> None:
    """Copy what differs, and roll nothing. Raises SecretsError, AwsError, KubeError."""
    changed, same = _differing(world, _read(world))
    _apply(world, changed)
    world.say(f"secrets: {len(changed)} copied, {len(same)} as in AWS")


def sync(world: World, *, dry_run: bool = False, break_lock: bool = False) -> Synced:
    """Copy what differs, and roll the workloads that have not the newest. Raises SecretsError, AwsError, KubeError, LockedError, RolloutError."""
    if dry_run:
        held = _read(world)
        changed, same = _differing(world, held)
        versions = {name.kubernetes: one.version for name, one in held.items()}
        return _synced(changed, same, tuple(_stale(world, versions)), done=False)
    with lock.held(world, identity.arn(world), break_lock=break_lock) as taken:
        return _sync(world, taken)


def _sync(world: World, taken: lock.Lock) -> Synced:
    """Copy and roll, under the lock."""
    changed, same = _differing(world, _read(world))
    taken.check()
    _apply(world, changed)
    taken.check()
    return _synced(changed, same, _roll(world), done=True)


def _synced(
    changed: list[tuple[SecretName, Held]], same: list[SecretName], rolled: tuple[str, ...], *, done: bool
) -> Synced:
    copied = tuple(name.kubernetes for name, _ in changed)
    return Synced(copied, tuple(name.kubernetes for name in same), rolled, done=done)


def _read(world: World) -> dict[SecretName, Held]:
    """Return all secrets as AWS has them. Raises SecretsError that names everything that is missing."""
    found: dict[SecretName, Held] = {}
    missing: list[str] = []
    for name in SECRETS:
        held = held_secrets.read(world.aws, name.cloud)
        if held is None:
            missing.append(
                f"{name.cloud}: there is no such secret, or it has no value; wanted keys {', '.join(name.keys)}"
            )
            continue
        missing += [f"{name.cloud}: {key} is missing or empty" for key in name.keys if not held.values.get(key)]
        found[name] = held
    if missing:
        put = f"aws secretsmanager put-secret-value --region {world.config.region} --secret-id <name> --secret-string file://<keys as JSON>"
        raise SecretsError(
            Problem("secret-missing", "AWS Secrets Manager lacks what must be copied", tuple(missing), put)
        )
    return found


def _differing(world: World, held: Mapping[SecretName, Held]) -> tuple[list[tuple[SecretName, Held]], list[SecretName]]:
    """Return what must be copied, and what is as in AWS: by version and keys. Values that were changed by hand under the same version are found by
    comparing, where we may read them."""
    there = {note.name: note for note in look.secrets(world.kube)}
    changed, same = [], []
    for name, one in held.items():
        note = there.get(name.kubernetes)
        if (
            note is None
            or note.version != one.version
            or set(note.keys) != set(one.values)
            or not _equal(world, name, one)
        ):
            changed.append((name, one))
        else:
            same.append(name)
    return changed, same


def _equal(world: World, name: SecretName, held: Held) -> bool:
    try:
        found = world.kube.get("secret", name.kubernetes)
    except ForbiddenError:
        return False  # then it is written again: nothing is lost by that
    return bool((found.get("data") or {}) == _encoded(held))


def _encoded(held: Held) -> dict[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in held.values.items()}


def _apply(world: World, changed: list[tuple[SecretName, Held]]) -> None:
    world.kube.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {
                "name": name.kubernetes,
                "labels": {NAME: APP},
                "annotations": {VERSION_ANNOTATION: held.version},
            },
            "data": _encoded(held),
        }
        for name, held in changed
    )
    for name, held in changed:
        world.say(f"{name.kubernetes}: copied from {name.cloud}, version {held.version}")


def _stale(world: World, versions: Mapping[str, str]) -> dict[str, tuple[Object, str]]:
    """Return the workloads whose pods have not the newest secrets: object and the annotation that they need, by `Kind/name`."""
    live = manifests.Live(secret_versions=versions)
    found = {}
    for item in world.kube.list("deployments,statefulsets", selector=f"{NAME}={APP}"):
        template = copy.deepcopy(item["spec"]["template"])
        before = (template["metadata"].setdefault("annotations", {}) or {}).get(VERSION_ANNOTATION)
        manifests.note_secrets(template, live)
        after = template["metadata"]["annotations"].get(VERSION_ANNOTATION)
        if after is not None and after != before:
            found[f"{item['kind']}/{item['metadata']['name']}"] = (item, after)
    return found


def _roll(world: World) -> tuple[str, ...]:
    """Roll what has not the newest secrets, and wait for it. The log goes first: clients know its password from the same copy."""
    kube = world.kube
    stale = _stale(world, cluster.secret_versions(kube))
    for item, version in stale.values():
        change = {"spec": {"template": {"metadata": {"annotations": {VERSION_ANNOTATION: version}}}}}
        kube.patch(item["kind"].lower(), item["metadata"]["name"], change)
        world.say(f"{item['kind']}/{item['metadata']['name']}: rolling to version {version}")
    for item, _ in stale.values():
        if item["kind"] == "StatefulSet":
            rollout.watch_stateful_set(kube, item["metadata"]["name"], world.say, seconds=_ROLL_SECONDS)
    deployments = [item["metadata"]["name"] for item, _ in stale.values() if item["kind"] == "Deployment"]
    if deployments:
        rollout.watch(kube, deployments, world.say, seconds=_ROLL_SECONDS)
    return tuple(stale)


def rotate(world: World, key: str, value: str | None, *, dry_run: bool = False, break_lock: bool = False) -> Synced:
    """Give a key a new value in AWS, then copy and roll. Raises UsageError, SecretsError, AwsError, KubeError, LockedError, RolloutError."""
    changed = _with_new_value(_read(world), key, value)
    if dry_run:
        return Synced(tuple(name.kubernetes for name in changed), (), _readers(changed), rotated=key, done=False)
    # The lock comes first: a ship under way would copy the new value without rolling what reads it.
    with lock.held(world, identity.arn(world), break_lock=break_lock) as taken:
        version = _write(world, key, _with_new_value(_read(world), key, value))
        return msgspec.structs.replace(_sync(world, taken), rotated=key, version=version)


def _write(world: World, key: str, changed: Mapping[SecretName, Mapping[str, str]]) -> str:
    """Write the secrets to AWS and return the version in which the key is new. Raises AwsError."""
    version = ""
    for name, values in changed.items():
        world.say(f"{name.cloud}: writing a new version; the one before stays in AWS as AWSPREVIOUS")
        with translated(f"writing the secret {name.cloud}"):
            answer = world.aws.client("secretsmanager").put_secret_value(
                SecretId=name.cloud, SecretString=json.dumps(dict(values))
            )
        version = answer["VersionId"] if key in values else version
    return version


def _readers(names: Mapping[SecretName, Any]) -> tuple[str, ...]:
    return tuple(workload for name in names for workload in name.workloads)


def _with_new_value(held: Mapping[SecretName, Held], key: str, value: str | None) -> dict[SecretName, dict[str, str]]:
    """Return the secrets that change, whole. A password of the log is also a part of the address by which the programs reach it."""
    owner = next((name for name in held if key in (*name.keys, *name.optional)), None)
    if owner is None:
        every = sorted(each for name in SECRETS for each in (*name.keys, *name.optional))
        raise UsageError(
            Problem(
                "secret-unknown",
                f"there is no key {key}",
                (f"keys: {', '.join(every)}",),
                "minixdr-deploy secrets rotate <KEY>",
            )
        )
    if key == _SEALS:
        lost = "second factors, notification channels and identity providers are sealed with it: with another key nobody could read them"
        raise UsageError(
            Problem("secret-seals", f"rotating {key} is not supported", (lost,), "minixdr-deploy secrets rotate --help")
        )
    if value is None:
        if key not in _GENERATED:
            elsewhere = "its value is also known elsewhere (database, mail server, identity provider): change it there, and give the new one"
            mend = f"minixdr-deploy secrets rotate {key} --value-file <file, or - for standard input>"
            raise UsageError(Problem("secret-value-wanted", f"{key} needs its new value", (elsewhere,), mend))
        # A letter first, for the server would read 5 as a number; letters, digits, - and _ alone.
        value = "k" + randomness.token_urlsafe(_BYTES)
    changed = {owner: {**held[owner].values, key: value}}
    if key == "NATS_PASSWORD":
        backend = next(name for name in held if name.cloud == "mini-xdr/backend")
        address = held[backend].values["MINIXDR_NATS_URL"]
        changed[backend] = {**held[backend].values, "MINIXDR_NATS_URL": _with_password(address, value)}
    return changed


def _with_password(address: str, password: str) -> str:
    """Return addresses of NATS, separated by commas, with another password."""
    made = []
    for one in address.split(","):
        parts = urlsplit(one.strip())
        where = parts.netloc.rpartition("@")[2]
        made.append(parts._replace(netloc=f"{parts.username or 'minixdr'}:{quote(password, safe='')}@{where}").geturl())
    return ",".join(made)


def _given(path: str | None, read: Callable[[], str] = sys.stdin.read) -> str | None:
    if path is None:
        return None
    try:
        text = read() if path == "-" else Path(path).read_text("utf-8")
    except OSError as error:
        raise UsageError(
            Problem(
                "value-file", f"{path} cannot be read: {error.strerror}", mend="minixdr-deploy secrets rotate --help"
            )
        ) from error
    value = text.removesuffix("\n")
    if not value or "\n" in value:
        raise UsageError(
            Problem(
                "value-file",
                "the new value must be one line that is not empty",
                mend="minixdr-deploy secrets rotate --help",
            )
        )
    return value


BreakLock = Annotated[bool, typer.Option("--break-lock", help="Take the lock of a run that did not end.")]


def add(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Copy the secrets of AWS Secrets Manager into the cluster, or give one a new value.", no_args_is_help=True
    )
    program.add_typer(group, name="secrets")

    @group.command("sync")
    def _sync(
        context: typer.Context,
        *,
        break_lock: BreakLock = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Copy what differs from AWS, and roll the workloads that read it."""
        run(context, output, lambda world: sync(world, dry_run=dry_run, break_lock=break_lock))

    @group.command("rotate")
    def _rotate(
        context: typer.Context,
        key: Annotated[str, typer.Argument(help="For example NATS_PASSWORD.")],
        *,
        value_file: Annotated[
            str | None,
            typer.Option(
                "--value-file",
                help="File with the new value, - for standard input; left out, one is made where that can be.",
            ),
        ] = None,
        break_lock: BreakLock = False,
        dry_run: DryRunOption = False,
        output: OutputOption = Output.TEXT,
    ) -> None:
        """Give a key a new value in AWS, copy it, and roll the workloads that read it.

        A new NATS_PASSWORD stops the acceptance of records while the log and the programs roll, a minute or two: senders try again.
        """
        run(
            context,
            output,
            lambda world: rotate(world, key, _given(value_file), dry_run=dry_run, break_lock=break_lock),
        )

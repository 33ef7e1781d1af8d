"""The resources and the actor that a GuardDuty finding names.

In: the finding (lowerCamel). Out: `resources`, `device`, and the actor as a part of the evidences. Source: GuardDuty API
reference, `Resource`, `Sequence`. Roles and sessions are written as CloudTrail writes them, so that both join.
"""

from collections.abc import Iterator
from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import address, mapping, objects, text

Target = tuple[str, str]
_SAMPLE = "GeneratedFinding"
"""What GuardDuty's sample findings have for names."""
_MOST = 64


def put_resources(draft: Draft, finding: dict[str, Any]) -> None:
    """Set `resources`, one item for each, and the machine or container it happened on."""
    found: dict[str, str] = {}
    resource = mapping(finding.get("resource"))
    for part in (_own(resource), _kubernetes(mapping(resource.get("kubernetesDetails"))), _of_sequence(finding)):
        for uid, kind in part:
            if len(found) < _MOST and not uid.startswith(_SAMPLE):
                found.setdefault(uid, kind)
    draft.put("resources.uid", list(found))
    draft.put("resources.type", list(found.values()))
    _put_machine(draft, mapping(resource.get("instanceDetails")))


def _own(resource: dict[str, Any]) -> Iterator[Target]:
    places: tuple[tuple[str, str, str], ...] = (
        ("instanceDetails", "instanceId", "AWS::EC2::Instance"),
        ("accessKeyDetails", "accessKeyId", "AWS::IAM::AccessKey"),
        ("eksClusterDetails", "arn", "AWS::EKS::Cluster"),
        ("ecsClusterDetails", "arn", "AWS::ECS::Cluster"),
        ("lambdaDetails", "functionArn", "AWS::Lambda::Function"),
        ("rdsDbInstanceDetails", "dbInstanceArn", "AWS::RDS::DBInstance"),
        ("rdsLimitlessDbDetails", "dbShardGroupArn", "AWS::RDS::DBShardGroup"),
        ("containerDetails", "id", "Container"),
        ("s3BucketDetails", "arn", "AWS::S3::Bucket"),
        ("ebsSnapshotDetails", "snapshotArn", "AWS::EC2::Snapshot"),
        ("ec2ImageDetails", "imageArn", "AWS::EC2::Image"),
        ("recoveryPointDetails", "recoveryPointArn", "AWS::Backup::RecoveryPoint"),
    )
    for part, name, kind in places:
        for item in objects(resource.get(part)):
            if (uid := text(item.get(name))) is not None:
                yield uid, kind
    for item in objects(mapping(resource.get("ebsVolumeDetails")).get("scannedVolumeDetails")):
        if (uid := text(item.get("volumeArn"))) is not None:
            yield uid, "AWS::EC2::Volume"


def _kubernetes(details: dict[str, Any]) -> Iterator[Target]:
    """The workload, written as Kubernetes' own log source writes it: type/namespace/name."""
    workload = mapping(details.get("kubernetesWorkloadDetails"))
    kind, name = text(workload.get("type")), text(workload.get("name"))
    if kind is not None and name is not None:
        kind = kind.removesuffix("s")
        yield f"{kind}/{text(workload.get('namespace')) or 'default'}/{name}", kind
    for container in objects(workload.get("containers")):
        if (uid := text(container.get("id"))) is not None:
            yield uid, "Container"


def _of_sequence(finding: dict[str, Any]) -> Iterator[Target]:
    sequence = mapping(mapping(mapping(finding.get("service")).get("detection")).get("sequence"))
    for item in objects(sequence.get("resources")):
        if (uid := text(item.get("uid"))) is not None:
            yield uid, text(item.get("resourceType")) or "Unknown"


def _put_machine(draft: Draft, instance: dict[str, Any]) -> None:
    uid = text(instance.get("instanceId"))
    if uid is None:
        return
    draft.put("device.instance_uid", uid)
    draft.put("device.type_id", 6)  # virtual
    interfaces = objects(instance.get("networkInterfaces"))
    if interfaces:
        first = interfaces[0]
        draft.put("device.ip", address(first.get("privateIpAddress")))
        name = text(first.get("privateDnsName"))
        draft.put("device.hostname", None if name is None or name.startswith(_SAMPLE) else name)
        draft.put("device.vpc_uid", text(first.get("vpcId")))
        draft.put("device.subnet_uid", text(first.get("subnetId")))


def actor_of(finding: dict[str, Any]) -> dict[str, Any]:
    """Return who acted: attribute below `evidences` -> value."""
    resource = mapping(finding.get("resource"))
    key = mapping(resource.get("accessKeyDetails"))
    kubernetes = mapping(mapping(resource.get("kubernetesDetails")).get("kubernetesUserDetails"))
    found: dict[str, Any] = {}
    if key:
        found.update(_principal(key, text(finding.get("accountId"))))
    elif (name := text(kubernetes.get("username"))) is not None:
        found["actor.user.name"] = name
        found["actor.user.uid"] = text(kubernetes.get("uid"))
    process = mapping(mapping(mapping(finding.get("service")).get("runtimeDetails")).get("process"))
    if process:
        found["process.name"] = text(process.get("name"))
        found["process.file.path"] = text(process.get("executablePath"))
        found["process.pid"] = process.get("pid") if isinstance(process.get("pid"), int) else None
    return {name: value for name, value in found.items() if value is not None and not str(value).startswith(_SAMPLE)}


def _principal(key: dict[str, Any], account: str | None) -> dict[str, Any]:
    kind, name, principal = text(key.get("userType")), text(key.get("userName")), text(key.get("principalId"))
    found: dict[str, Any] = {"actor.user.credential_uid": text(key.get("accessKeyId")), "actor.user.uid": principal}
    if kind == "IAMUser":
        found["actor.user.name"] = name
    elif kind == "Root" and account is not None:
        found["actor.user.name"] = f"arn:aws:iam::{account}:root"
    elif kind in ("AssumedRole", "Role") and name is not None and account is not None and not name.startswith(_SAMPLE):
        found["actor.session.issuer"] = f"arn:aws:iam::{account}:role/{name}"
        session = (principal or "").partition(":")[2]
        if session:
            found["actor.session.uid"] = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    return found

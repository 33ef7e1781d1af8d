"""What a CloudTrail call acted on: `resources`, and the well-known names in request and response -> ARNs and ids.

Source: the AWS service authorization reference (ARN formats). A name in a request is what the caller asked for; it need not exist. An access key in
a response is the one just made: events of its use join here. Names whose ARN the record cannot give are left as they are.
"""

from collections.abc import Iterator
from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import mapping, objects, text

_MOST = 64
"""Resources kept of one call: a batch call names up to 1,000, and they stay in the record."""
_ARNS = {
    "bucketName": ("arn:aws:s3:::{name}", "AWS::S3::Bucket"),
    "userName": ("arn:aws:iam::{account}:user/{name}", "AWS::IAM::User"),
    "roleName": ("arn:aws:iam::{account}:role/{name}", "AWS::IAM::Role"),
    "groupName": ("arn:aws:iam::{account}:group/{name}", "AWS::IAM::Group"),
}
_IAM_ONLY = frozenset({"userName", "roleName", "groupName"})
_NAMES = {
    "instanceId": "AWS::EC2::Instance", "imageId": "AWS::EC2::Image", "snapshotId": "AWS::EC2::Snapshot", "volumeId": "AWS::EC2::Volume",
    "groupId": "AWS::EC2::SecurityGroup", "vpcId": "AWS::EC2::VPC", "secretId": "AWS::SecretsManager::Secret",
    "functionName": "AWS::Lambda::Function", "keyId": "AWS::KMS::Key", "accessKeyId": "AWS::IAM::AccessKey", "roleArn": "AWS::IAM::Role",
    "policyArn": "AWS::IAM::Policy", "dBInstanceIdentifier": "AWS::RDS::DBInstance", "dBSnapshotIdentifier": "AWS::RDS::DBSnapshot",
    "detectorId": "AWS::GuardDuty::Detector", "logGroupName": "AWS::Logs::LogGroup", "topicArn": "AWS::SNS::Topic",
    "queueUrl": "AWS::SQS::Queue", "tableName": "AWS::DynamoDB::Table", "trailName": "AWS::CloudTrail::Trail",
    "repositoryName": "AWS::ECR::Repository", "documentName": "AWS::SSM::Document", "modelId": "AWS::Bedrock::Model",
    "sAMLProviderArn": "AWS::IAM::SAMLProvider", "openIDConnectProviderArn": "AWS::IAM::OIDCProvider", "serialNumber": "AWS::IAM::MFADevice",
    "instanceProfileName": "AWS::IAM::InstanceProfile", "publicKeyId": "AWS::EC2::KeyPair", "stackName": "AWS::CloudFormation::Stack",
}  # fmt: skip
"""Request parameter -> type of the resource it names."""
_SETS = {"instancesSet": "instanceId", "instanceIds": "", "secretIdList": ""}
_TRAILS = "cloudtrail.amazonaws.com"
_IAM = "iam.amazonaws.com"

Target = tuple[str, str]


def put_targets(draft: Draft, account: str | None) -> None:
    """Set `resources`: id and type of each, one item per resource."""
    found: dict[str, str] = {}
    source = text(draft.fields.get("eventSource")) or ""
    for part in (_listed(draft), _requested(draft, source, account), _answered(draft), _instance_of_role(draft)):
        for uid, kind in part:
            if len(found) < _MOST:
                found.setdefault(uid, kind)
    draft.put("resources.uid", list(found))
    draft.put("resources.type", list(found.values()))


def _listed(draft: Draft) -> Iterator[Target]:
    for item in objects(draft.take("resources")):
        uid = next((name for key in ("ARN", "arn", "ARNPrefix") if (name := text(item.get(key))) is not None), None)
        if uid is not None:
            yield uid, text(item.get("type")) or "Unknown"


def _requested(draft: Draft, source: str, account: str | None) -> Iterator[Target]:
    asked = mapping(draft.fields.get("requestParameters"))
    for key, (form, kind) in _ARNS.items():
        name = text(asked.get(key))
        if name is None or (key in _IAM_ONLY and source != _IAM):
            continue
        if name.startswith("arn:"):
            yield name, kind
        elif account is not None or "{account}" not in form:
            yield form.format(name=name, account=account), kind
    for key, kind in _NAMES.items():
        name = text(asked.get(key))
        if name is not None:
            yield name, kind
    if source == _TRAILS and (name := text(asked.get("name"))) is not None:
        yield name, "AWS::CloudTrail::Trail"
    yield from _sets(asked)


def _sets(asked: dict[str, Any]) -> Iterator[Target]:
    for key, inner in _SETS.items():
        value = asked.get(key)
        kind = "AWS::SecretsManager::Secret" if key == "secretIdList" else "AWS::EC2::Instance"
        if inner:
            for item in objects(mapping(value).get("items")):
                if (uid := text(item.get(inner))) is not None:
                    yield uid, kind
        elif isinstance(value, list):
            for item in value:
                if (uid := text(item)) is not None:
                    yield uid, kind


def _answered(draft: Draft) -> Iterator[Target]:
    answer = mapping(draft.fields.get("responseElements"))
    keys = (mapping(answer.get("accessKey")), mapping(answer.get("credentials")))
    for key in keys:
        if (uid := text(key.get("accessKeyId"))) is not None:
            yield uid, "AWS::IAM::AccessKey"
    for part, kind in (("user", "AWS::IAM::User"), ("role", "AWS::IAM::Role"), ("policy", "AWS::IAM::Policy")):
        if (uid := text(mapping(answer.get(part)).get("arn"))) is not None:
            yield uid, kind
    for part in ("assumedRoleUser", "federatedUser"):
        if (uid := text(mapping(answer.get(part)).get("arn"))) is not None:
            yield uid, "AWS::STS::Session"
    for item in objects(mapping(answer.get("instancesSet")).get("items")):
        if (uid := text(item.get("instanceId"))) is not None:
            yield uid, "AWS::EC2::Instance"
    for name in ("snapshotId", "imageId", "volumeId", "groupId", "functionArn", "trailARN"):
        if (uid := text(answer.get(name))) is not None:
            yield uid, _NAMES.get(name, "Unknown")


def _instance_of_role(draft: Draft) -> Iterator[Target]:
    """The instance whose role acts: only AWS sets `inScopeOf` and `ec2RoleDelivery`, the session's name alone proves nothing."""
    scope = text(draft.take("userIdentity.inScopeOf.credentialsIssuedTo"))
    if scope is not None:
        yield scope, "AWS::EC2::Instance" if ":instance/" in scope else "Unknown"
    if draft.take("userIdentity.sessionContext.ec2RoleDelivery") is not None:
        name = (text(mapping(draft.fields.get("userIdentity")).get("arn")) or "").rpartition("/")[2]
        if name.startswith("i-"):
            yield name, "AWS::EC2::Instance"


def put_changed_user(draft: Draft, account: str | None) -> None:
    """Set `user`: the IAM user that an account change is about; without a name in the request it is the caller."""
    asked, answer = mapping(draft.fields.get("requestParameters")), mapping(draft.fields.get("responseElements"))
    name = text(asked.get("userName"))
    made = mapping(answer.get("user"))
    draft.put("user.name", name or text(draft.attributes.get("actor.user.name")))
    draft.put(
        "user.uid", text(made.get("arn")) or (f"arn:aws:iam::{account}:user/{name}" if name and account else None)
    )
    draft.put("user.uid_alt", text(made.get("userId")))
    draft.put("user.account.uid", account)
    key = text(mapping(answer.get("accessKey")).get("accessKeyId")) or text(asked.get("accessKeyId"))
    draft.put("user.credential_uid", key)
    draft.put("policy.uid", text(asked.get("policyArn")))
    draft.put("policy.name", text(asked.get("policyName")))

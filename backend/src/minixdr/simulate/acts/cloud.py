"""What attackers do through the AWS API. Parameters and responses as CloudTrail records them.

Source: MITRE ATT&CK for Cloud; API shapes by the AWS API references.
"""

from typing import Any

from minixdr.simulate.identifiers import key, resource, token, uuid
from minixdr.simulate.logs.cloudtrail import Call, Caller, role_identity, user_identity
from minixdr.simulate.noise.aws_catalog import s3_object
from minixdr.simulate.stage import Stage
from minixdr.simulate.world import ACCOUNT, ATTACKER_ADDRESSES, CLUSTER, FOREIGN_ACCOUNT, REGION, Host, Principal

AGENT = "aws-cli/2.15.30 Python/3.11.8 Linux/6.6.15-amd64 exe/x86_64.kali.2024 prompt/off"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
BACK_DOOR_USER, TRUSTED_ROLE, TRAIL = "backup-svc", "OrganizationAuditReadOnly", "organization-trail"
_DENIED = "is not authorized to perform"


def stolen_key(stage: Stage) -> Caller:
    """Return whoever calls with the build user's key from outside."""
    return Caller(user_identity(stage.world.build_user), ATTACKER_ADDRESSES[0], AGENT)


def check_key(stage: Stage, caller: Caller) -> None:
    """See whether the key works."""
    stage.step("A leaked access key is used from outside", "TA0001", "T1078.004")
    stage.aws(caller, Call("sts", "GetCallerIdentity", read_only=True))
    stage.wait(20, 60)
    stage.aws(caller, Call("iam", "GetUser", read_only=True))


def discover(stage: Stage, caller: Caller) -> None:
    """List what there is; some of it is refused."""
    stage.step("Users, roles, instances, buckets, secrets are listed", "TA0007", "T1580")
    arn = caller.identity["arn"]
    user = {"userName": stage.world.build_user.name}
    allowed: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
        ("iam", "ListUsers", None), ("iam", "ListRoles", None), ("iam", "ListAttachedUserPolicies", user), ("iam", "ListUserPolicies", user),
        ("iam", "ListGroupsForUser", user), ("ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}),
        ("ec2", "DescribeSecurityGroups", None), ("ec2", "DescribeSnapshots", None), ("s3", "ListBuckets", None),
        ("eks", "ListClusters", None), ("eks", "DescribeCluster", {"name": CLUSTER}), ("secretsmanager", "ListSecrets", {"maxResults": 100}),
        ("ssm", "DescribeInstanceInformation", {"maxResults": 50}), ("cloudtrail", "DescribeTrails", None), ("guardduty", "ListDetectors", None),
        ("lambda", "ListFunctions20150331", None), ("rds", "DescribeDBInstances", None), ("ses", "GetSendQuota", None),
    )  # fmt: skip
    refused = (
        ("iam", "GetAccountAuthorizationDetails"),
        ("organizations", "DescribeOrganization"),
        ("iam", "ListAccessKeys"),
        ("kms", "ListKeys"),
    )
    for service, name, parameters in allowed:
        stage.aws(caller, Call(service, name, read_only=True, parameters=parameters))
    for service, name in refused:
        message = f"User: {arn} {_DENIED}: {service}:{name} because no identity-based policy allows the {service}:{name} action"
        stage.aws(caller, Call(service, name, read_only=True, error=("AccessDenied", message)))


def escalate(stage: Stage, caller: Caller) -> None:
    """Give the stolen user every right by a new version of its policy."""
    stage.step("The stolen user gives itself administrator rights", "TA0004", "T1098.003")
    policy = f"arn:aws:iam::{ACCOUNT}:policy/build-pipeline"
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    version = {"policyVersion": {"versionId": "v4", "isDefaultVersion": True, "createDate": "Mar 2, 2026, 10:40:00 AM"}}
    stage.aws(
        caller,
        Call(
            "iam",
            "CreatePolicyVersion",
            False,
            {"policyArn": policy, "policyDocument": document, "setAsDefault": True},
            version,
        ),
    )
    stage.wait(10, 40)
    stage.aws(
        caller,
        Call("iam", "AttachUserPolicy", False, {"userName": stage.world.build_user.name, "policyArn": ADMINISTRATOR}),
    )


def persist(stage: Stage, caller: Caller) -> Caller:
    """Make a user with a key and a password, and let a foreign account take a role; return the new user as a caller."""
    stage.step("A new user with administrator rights, access key and password", "TA0003", "T1136.003")
    user = Principal(BACK_DOOR_USER, "iam_user", "", "", key(stage.rng, "AIDA"), key(stage.rng, "AKIA"), (), (), 0)
    name = {"userName": user.name}
    made = {
        "user": {
            "path": "/",
            "userName": user.name,
            "userId": user.principal_id,
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{user.name}",
        }
    }
    stage.aws(caller, Call("iam", "CreateUser", False, name, made))
    stage.aws(caller, Call("iam", "AttachUserPolicy", False, {**name, "policyArn": ADMINISTRATOR}))
    stage.step("An access key and a console password for the new user", "TA0003", "T1098.001")
    secret = {"accessKey": {"accessKeyId": user.access_key, "status": "Active", "userName": user.name}}
    stage.aws(caller, Call("iam", "CreateAccessKey", False, name, secret))
    profile = {"loginProfile": {"userName": user.name, "passwordResetRequired": False}}
    stage.aws(caller, Call("iam", "CreateLoginProfile", False, {**name, "passwordResetRequired": False}, profile))
    stage.step("A role's trust is opened to a foreign account", "TA0003", "T1098.001")
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::'
        f'{FOREIGN_ACCOUNT}:root"}},"Action":"sts:AssumeRole"}}]}}'
    )
    stage.aws(caller, Call("iam", "UpdateAssumeRolePolicy", False, {"roleName": TRUSTED_ROLE, "policyDocument": trust}))
    return Caller(user_identity(user), ATTACKER_ADDRESSES[0], AGENT)


def sign_in(stage: Stage, caller: Caller) -> None:
    """Use the new password in the console, without a second factor."""
    stage.step("Console sign-in as the new user without a second factor", "TA0005", "T1078.004")
    browser = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0"
    identity = {name: value for name, value in caller.identity.items() if name != "accessKeyId"}
    more = {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"}
    login = Call(
        "signin", "ConsoleLogin", False, None, {"ConsoleLogin": "Success"}, kind="AwsConsoleSignIn", additional=more
    )
    stage.aws(Caller(identity, caller.address, browser), login)


def read_secrets(stage: Stage, caller: Caller) -> None:
    """Read every secret, and parameters with their decryption."""
    stage.step("Secrets are read one after the other", "TA0006", "T1555.006")
    for secret in stage.world.secrets:
        stage.aws(caller, Call("secretsmanager", "GetSecretValue", True, {"secretId": secret}))
    for name in ("/shop/database/password", "/shop/jwt/signing-key"):
        arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"
        stage.aws(
            caller,
            Call(
                "ssm",
                "GetParameter",
                True,
                {"name": name, "withDecryption": True},
                resources=(("AWS::SSM::Parameter", arn),),
            ),
        )


def send_command(stage: Stage, caller: Caller, host: Host, document: str = "AWS-RunShellScript") -> None:
    """Have Systems Manager run a script on a host."""
    stage.step(f"A script is run on {host.name} through Systems Manager", "TA0002", "T1651")
    parameters = {
        "documentName": document,
        "instanceIds": [host.instance_id],
        "parameters": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "interactive": False,
    }
    command = {
        "commandId": uuid(stage.rng),
        "documentName": document,
        "instanceIds": [host.instance_id],
        "status": "Pending",
        "targetCount": 0,
    }
    stage.aws(caller, Call("ssm", "SendCommand", False, parameters, {"command": command}))
    stage.aws(
        caller,
        Call("ssm", "GetCommandInvocation", True, {"commandId": command["commandId"], "instanceId": host.instance_id}),
    )


def forward_port(stage: Stage, caller: Caller, host: Host, target: Host, port: int) -> None:
    """Open a tunnel through a host to another."""
    stage.step(f"A tunnel through {host.name} to {target.name}", "TA0011", "T1572")
    document = "AWS-StartPortForwardingSessionToRemoteHost"
    parameters = {
        "target": host.instance_id,
        "documentName": document,
        "parameters": {"host": [target.address], "portNumber": [str(port)]},
    }
    session = f"{BACK_DOOR_USER}-{token(stage.rng, 17)}"
    stage.aws(
        caller,
        Call(
            "ssm",
            "StartSession",
            False,
            parameters,
            {"sessionId": session, "streamUrl": f"wss://ssmmessages.{REGION}.amazonaws.com"},
        ),
    )


def use_instance_credentials(stage: Stage, host: Host) -> Caller:
    """Use an instance's role from outside; return it as a caller."""
    stage.step(f"Credentials of {host.name}'s role are used from outside", "TA0006", "T1552.005")
    identity = role_identity(
        "web-instance", key(stage.rng, "AROA"), host.instance_id, key(stage.rng, "ASIA"), stage.time - 1_200
    )
    identity["sessionContext"]["ec2RoleDelivery"] = "1.0"
    caller = Caller(identity, ATTACKER_ADDRESSES[1], AGENT)
    stage.aws(caller, Call("sts", "GetCallerIdentity", read_only=True))
    stage.aws(caller, Call("s3", "ListBuckets", read_only=True))
    return caller


def empty_bucket(stage: Stage, caller: Caller, count: int) -> None:
    """Download a bucket's objects, one by one."""
    bucket = next(name for name in stage.world.buckets if "customer-exports" in name)
    stage.step(f"{count} objects are downloaded from {bucket}", "TA0009", "T1530")
    stage.aws(caller, Call("s3", "GetBucketLocation", True, {"bucketName": bucket}))
    listing = Call("s3", "ListObjects", True, {"bucketName": bucket, "list-type": "2", "max-keys": "1000"}, data=True)
    stage.aws(caller, listing)
    for number in range(count):
        name = f"daily/2026-02-{number % 28 + 1:02d}/customers-{number:04d}.csv.gz"
        stage.aws(caller, s3_object(bucket, name, "GetObject", stage.rng.randrange(3_000_000, 60_000_000)))
        stage.time -= 0.9  # several at once


def share_snapshot(stage: Stage, caller: Caller) -> None:
    """Give a foreign account a copy of the database's disk."""
    stage.step("A snapshot of the database's volume is shared with a foreign account", "TA0010", "T1537")
    volume, snapshot = resource(stage.rng, "vol"), resource(stage.rng, "snap")
    stage.aws(
        caller,
        Call(
            "ec2",
            "CreateSnapshot",
            False,
            {"volumeId": volume},
            {"snapshotId": snapshot, "volumeId": volume, "status": "pending"},
        ),
    )
    stage.wait(60, 180)
    permission = {"add": {"items": [{"userId": FOREIGN_ACCOUNT}]}}
    parameters = {
        "snapshotId": snapshot,
        "createVolumePermission": permission,
        "attributeType": "CREATE_VOLUME_PERMISSION",
    }
    stage.aws(caller, Call("ec2", "ModifySnapshotAttribute", False, parameters, {"_return": True}))


def stop_logging(stage: Stage, caller: Caller) -> None:
    """Switch off what records: flow logs, GuardDuty, CloudTrail."""
    stage.step("Flow logs, GuardDuty and CloudTrail are switched off", "TA0112", "T1685.002")
    world = stage.world
    flow_logs = {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": world.flow_log_id}}}
    stage.aws(caller, Call("ec2", "DeleteFlowLogs", False, flow_logs, {"DeleteFlowLogsResponse": {"unsuccessful": ""}}))
    stage.aws(caller, Call("guardduty", "UpdateDetector", False, {"detectorId": world.detector_id, "enable": False}))
    stage.aws(caller, Call("guardduty", "DeleteDetector", False, {"detectorId": world.detector_id}))
    trail = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{TRAIL}"
    stage.aws(caller, Call("cloudtrail", "StopLogging", False, {"name": trail}))

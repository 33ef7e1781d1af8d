"""API calls of ordinary days: who of a company's jobs makes which, with what parameters.

A builder draws one call. Weights are guesses at a mid-sized company's mix, not measurements.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from minixdr.simulate.identifiers import key, resource, token, uuid
from minixdr.simulate.logs.cloudtrail import Call
from minixdr.simulate.world import ACCOUNT, CLUSTER, REGION, World

Builder = Callable[[World, Random], Call]


def _read(service: str, operation: str, /, **parameters: Any) -> Builder:
    """Return a builder of a call that reads, always with the same parameters."""
    call = Call(service, operation, read_only=True, parameters=parameters or None)
    return lambda _world, _rng: call


def _host_query(world: World, rng: Random) -> Call:
    chosen = rng.choice(world.hosts).instance_id
    return Call(
        "ec2", "DescribeInstances", True, {"instancesSet": {"items": [{"instanceId": chosen}]}, "filterSet": {}}
    )


def s3_object(bucket: str, name: str, operation: str, transferred: int) -> Call:
    """Return a data event on an S3 object."""
    out = transferred if operation == "GetObject" else 0
    return Call(
        "s3", operation, operation == "GetObject",
        {"bucketName": bucket, "Host": f"{bucket}.s3.{REGION}.amazonaws.com", "key": name},
        resources=(("AWS::S3::Object", f"arn:aws:s3:::{bucket}/{name}"), ("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}")),
        data=True,
        additional={
            "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": transferred - out,
            "AuthenticationMethod": "AuthHeader", "bytesTransferredOut": out,
        },
    )  # fmt: skip


def _object(purpose: str, operation: str, folder: str) -> Builder:
    def build(world: World, rng: Random) -> Call:
        bucket = next(name for name in world.buckets if purpose in name)
        return s3_object(
            bucket, f"{folder}/{rng.randrange(4_000):05d}.parquet", operation, rng.randrange(1_000, 4_000_000)
        )

    return build


def _own_secret(names: slice) -> Builder:
    def build(world: World, rng: Random) -> Call:
        secret = rng.choice(world.secrets[names])
        return Call("secretsmanager", "GetSecretValue", True, {"secretId": secret})

    return build


def _decrypt(world: World, rng: Random) -> Call:
    service = rng.choice(world.services)
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{world.detector_id[:8]}-1111-4222-8333-{world.detector_id[:12]}"
    return Call(
        "kms", "Decrypt", True, {"encryptionContext": {"service": service}, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
        resources=(("AWS::KMS::Key", arn),),
    )  # fmt: skip


def _query(_world: World, rng: Random) -> Call:
    return Call(
        "athena",
        "StartQueryExecution",
        False,
        {"queryString": "***OMITTED***", "workGroup": "primary"},
        {"queryExecutionId": uuid(rng)},
    )


def _filter_logs(world: World, rng: Random) -> Call:
    group = f"/aws/containerinsights/{CLUSTER}/{rng.choice(world.services)}"
    return Call("logs", "FilterLogEvents", True, {"logGroupName": group, "limit": 100})


def _session(world: World, rng: Random) -> Call:
    target = rng.choice([host.instance_id for host in world.hosts if host.system == "linux"])
    return Call(
        "ssm", "StartSession", False, {"target": target}, {"sessionId": f"ops-{token(rng, 17)}", "streamUrl": "***"}
    )


def _new_user(_world: World, rng: Random) -> Call:
    name = f"partner-{token(rng, 4)}"
    response = {
        "user": {
            "path": "/",
            "userName": name,
            "userId": key(rng, "AIDA"),
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        }
    }
    return Call("iam", "CreateUser", False, {"userName": name}, response)


def _open_group(_world: World, rng: Random) -> Call:
    rules = {
        "items": [
            {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "ipRanges": {"items": [{"cidrIp": "203.0.113.0/24"}]}}
        ]
    }
    return Call(
        "ec2",
        "AuthorizeSecurityGroupIngress",
        False,
        {"groupId": resource(rng, "sg"), "ipPermissions": rules},
        {"_return": True},
    )


def _deploy(world: World, rng: Random) -> Call:
    name = rng.choice(world.services)
    return Call(
        "lambda",
        "UpdateFunctionCode20150331v2",
        False,
        {"functionName": f"{name}-hook", "publish": True},
        {"functionName": f"{name}-hook"},
    )


def _image(world: World, rng: Random) -> Call:
    name = rng.choice(world.services)
    return Call(
        "ecr",
        "PutImage",
        False,
        {"repositoryName": name, "imageTag": f"v1.{rng.randrange(400)}"},
        {"image": {"repositoryName": name}},
    )


_EVERYBODY: tuple[tuple[float, Builder], ...] = (
    (3, _read("sts", "GetCallerIdentity")),
    (2, _read("ec2", "DescribeRegions")),
    (1, _read("iam", "ListAccountAliases")),
)

CALLS: dict[str, tuple[tuple[float, Builder], ...]] = {
    "developer": (
        *_EVERYBODY,
        (8, _host_query),
        (8, _filter_logs),
        (5, _read("logs", "DescribeLogGroups", limit=50)),
        (4, _read("eks", "DescribeCluster", name=CLUSTER)),
        (2, _read("eks", "ListClusters")),
        (4, _read("ecr", "GetAuthorizationToken")),
        (4, _read("ecr", "DescribeImages", maxResults=100)),
        (3, _read("s3", "ListBuckets")),
        (3, _read("lambda", "ListFunctions20150331")),
        (5, _read("cloudformation", "DescribeStacks")),
        (3, _read("dynamodb", "DescribeTable", tableName="orders")),
        (5, _read("monitoring", "DescribeAlarms")),
        (1, _deploy),
        (1, _read("secretsmanager", "ListSecrets", maxResults=20)),
        (1, _own_secret(slice(4, 5))),
        (2, _read("ec2", "DescribeSecurityGroups")),
    ),
    "data": (
        *_EVERYBODY,
        (9, _query),
        (9, _read("athena", "GetQueryExecution", queryExecutionId="***")),
        (6, _read("glue", "GetTables", databaseName="lake")),
        (4, _read("glue", "GetDatabase", name="lake")),
        (12, _object("data-lake", "GetObject", "events")),
        (3, _object("data-lake", "PutObject", "out")),
        (2, _object("ml-training", "GetObject", "sets")),
        (3, _read("sagemaker", "ListNotebookInstances")),
        (2, _read("s3", "ListBuckets")),
    ),
    "operations": (
        *_EVERYBODY,
        (9, _host_query),
        (5, _read("ssm", "DescribeInstanceInformation", maxResults=50)),
        (3, _session),
        (3, _read("iam", "ListUsers")),
        (2, _read("iam", "ListRoles")),
        (3, _read("iam", "GetUser", userName="svc-build")),
        (3, _read("cloudtrail", "LookupEvents")),
        (2, _read("cloudtrail", "DescribeTrails")),
        (3, _read("guardduty", "ListFindings")),
        (4, _read("autoscaling", "DescribeAutoScalingGroups")),
        (4, _read("rds", "DescribeDBInstances")),
        (2, _read("backup", "ListBackupJobs")),
        (2, _read("kms", "ListKeys")),
        (0.15, _new_user),
        (0.3, _open_group),
        (4, _read("ec2", "DescribeVolumes")),
        (3, _read("ec2", "DescribeSnapshots")),
        (3, _read("eks", "DescribeNodegroup", name=CLUSTER)),
    ),
    "finance": (
        *_EVERYBODY,
        (8, _read("ce", "GetCostAndUsage", granularity="DAILY")),
        (4, _read("budgets", "DescribeBudgets")),
        (3, _object("invoices", "GetObject", "2026")),
        (3, _read("ce", "GetCostForecast")),
        (2, _read("organizations", "ListAccounts")),
    ),
    "support": (
        *_EVERYBODY,
        (8, _filter_logs),
        (5, _read("monitoring", "GetDashboard", dashboardName="shop")),
        (5, _read("monitoring", "DescribeAlarms")),
        (2, _read("support", "DescribeCases")),
        (2, _read("health", "DescribeEvents")),
    ),
    "api": (
        (10, _object("web-assets", "GetObject", "img")),
        (4, _object("customer-exports", "PutObject", "daily")),
        (6, _decrypt),
        (2, _own_secret(slice(0, 4))),
        (2, _read("ssm", "GetParameters", names=["/shop/flags"], withDecryption=True)),
        (1, _read("sts", "GetCallerIdentity")),
    ),
    "worker": (
        (10, _object("app-logs", "PutObject", "day")),
        (4, _object("data-lake", "PutObject", "events")),
        (5, _decrypt),
        (4, _read("dynamodb", "DescribeTable", tableName="jobs")),
        (1, _own_secret(slice(0, 2))),
        (3, _read("sqs", "GetQueueAttributes", queueUrl="jobs")),
    ),
    "build": (
        (6, _image),
        (6, _read("ecr", "GetAuthorizationToken")),
        (4, _read("eks", "DescribeCluster", name=CLUSTER)),
        (3, _object("app-logs", "PutObject", "builds")),
        (3, _read("cloudformation", "DescribeStacks")),
        (2, _read("sts", "GetCallerIdentity")),
    ),
}
"""Job -> weighted builders."""

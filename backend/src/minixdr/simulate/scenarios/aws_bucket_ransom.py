"""A bucket held to ransom: its objects are copied over themselves with a key that only the attacker has, then set to expire.

Source: Halcyon, `Abusing AWS Native Services: Ransomware Encrypting S3 Buckets with SSE-C` (2025); S3 API reference, `CopyObject`.
"""

from minixdr.simulate.acts import cloud
from minixdr.simulate.logs.cloudtrail import Call, Caller
from minixdr.simulate.noise.aws_catalog import s3_object
from minixdr.simulate.scenario import Scenario
from minixdr.simulate.stage import Stage

_OBJECTS = 40


def _encrypt(stage: Stage, caller: Caller, bucket: str) -> None:
    stage.step(f"{_OBJECTS} objects of {bucket} are encrypted with a key from outside", "TA0040", "T1486")
    for number in range(_OBJECTS):
        name = f"daily/2026-02-{number % 28 + 1:02d}/customers-{number:04d}.csv.gz"
        parameters = {
            "bucketName": bucket,
            "key": name,
            "x-amz-copy-source": f"{bucket}/{name}",
            "x-amz-server-side-encryption-customer-algorithm": "AES256",
        }
        arn = f"arn:aws:s3:::{bucket}"
        resources = (("AWS::S3::Object", f"{arn}/{name}"), ("AWS::S3::Bucket", arn))
        additional = {"SSEApplied": "SSE_C", "SignatureVersion": "SigV4"}
        stage.aws(
            caller, Call("s3", "CopyObject", False, parameters, resources=resources, data=True, additional=additional)
        )


def _threaten(stage: Stage, caller: Caller, bucket: str) -> None:
    stage.step("The objects are set to be deleted within days, and a note is left", "TA0040", "T1485.001")
    rule = {"ID": "expire", "Status": "Enabled", "Expiration": {"Days": 7}, "Filter": {"Prefix": ""}}
    configuration = {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Rule": rule}
    stage.aws(
        caller,
        Call(
            "s3",
            "PutBucketLifecycle",
            False,
            {"bucketName": bucket, "lifecycle": "", "LifecycleConfiguration": configuration},
        ),
    )
    stage.aws(caller, s3_object(bucket, "WARNING.txt", "PutObject", 612))


def _tell(stage: Stage) -> None:
    caller = cloud.stolen_key(stage)
    cloud.check_key(stage, caller)
    stage.wait(60, 300)
    cloud.discover(stage, caller)
    stage.wait(600, 1_800)
    bucket = next(name for name in stage.world.buckets if "customer-exports" in name)
    _encrypt(stage, caller, bucket)
    stage.wait(30, 90)
    _threaten(stage, caller, bucket)


SCENARIO = Scenario(
    name="aws_bucket_ransom",
    title="A bucket held to ransom",
    description="A leaked key of a build user finds a bucket; its objects are encrypted with a customer-provided key and set to expire.",
    tell=_tell,
)

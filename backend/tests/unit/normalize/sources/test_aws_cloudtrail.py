"""AWS CloudTrail."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from minixdr.normalize.source import NotAnEvent
from minixdr.normalize.sources.aws_cloudtrail import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    record_of,
    services_of,
    shape_of,
    telemetry,
    unread,
    value_at,
)

_ACCOUNT = "111122223333"
_SESSION = f"arn:aws:sts::{_ACCOUNT}:assumed-role/Deploy/ci-42"


def _user(**changes: Any) -> dict[str, Any]:
    return {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLEADA000001",
        "arn": f"arn:aws:iam::{_ACCOUNT}:user/ops/ada",
        "accountId": _ACCOUNT,
        "accessKeyId": "AKIAEXAMPLEADA000001",
        "userName": "ada",
        **changes,
    }


def _role(**changes: Any) -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLEDEPLOY001:ci-42",
        "arn": _SESSION,
        "accountId": _ACCOUNT,
        "accessKeyId": "ASIAEXAMPLEDEPLOY001",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEDEPLOY001",
                "arn": f"arn:aws:iam::{_ACCOUNT}:role/pipeline/Deploy",
                "accountId": _ACCOUNT,
                "userName": "Deploy",
            },
            "attributes": {"creationDate": "2026-03-02T08:00:00Z", "mfaAuthenticated": "false"},
        },
        **changes,
    }


def _call(**changes: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.11",
        "userIdentity": _user(),
        "eventTime": "2026-03-02T08:15:30Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutBucketPolicy",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": {"bucketName": "example-ledger", "bucketPolicy": {"Version": "2012-10-17"}},
        "responseElements": None,
        "requestID": "REQ1",
        "eventID": "5c1a33aa-0000-4000-8000-000000000001",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": _ACCOUNT,
        "eventCategory": "Management",
        **changes,
    }


def _sign_in(result: str, **changes: Any) -> dict[str, Any]:
    return _call(
        eventSource="signin.amazonaws.com",
        eventName="ConsoleLogin",
        eventType="AwsConsoleSignIn",
        requestParameters=None,
        responseElements={"ConsoleLogin": result},
        additionalEventData={"LoginTo": "https://console.aws.amazon.com", "MobileVersion": "No", "MFAUsed": "No"},
        **changes,
    )


def test_a_call_names_caller_key_address_and_target() -> None:
    """What incidents join on is there: who, with which key, from where, on what."""
    event = event_of(_call())
    attributes = event.attributes
    assert (event.class_uid, attributes["activity_id"], attributes["status_id"]) == (6003, 3, 1)
    assert attributes["api.operation"] == "PutBucketPolicy"
    assert attributes["time"] == 1772439330000
    assert entities(event) == {
        ("user", "ada", "actor"),
        ("access_key", "AKIAEXAMPLEADA000001", "actor"),
        ("address", "198.51.100.7", "actor"),
        ("resource", "arn:aws:s3:::example-ledger", "target"),
        ("account", _ACCOUNT, "related"),
    }


def test_a_role_session_is_not_a_user() -> None:
    """A session's name is chosen by whoever assumed the role: it is part of the session, and the role is known by its issuer."""
    found = entities(event_of(_call(userIdentity=_role())))
    assert ("session", _SESSION, "actor") in found
    assert ("role", f"arn:aws:iam::{_ACCOUNT}:role/Deploy", "actor") in found
    assert not [entity for entity in found if entity[0] == "user"]


def test_a_session_joins_the_call_that_opened_it() -> None:
    """The key and session that AssumeRole gives out are the entities of what is later done with them."""
    opened = _call(
        eventSource="sts.amazonaws.com",
        eventName="AssumeRole",
        readOnly=True,
        requestParameters={"roleArn": f"arn:aws:iam::{_ACCOUNT}:role/pipeline/Deploy", "roleSessionName": "ci-42"},
        responseElements={
            "credentials": {"accessKeyId": "ASIAEXAMPLEDEPLOY001", "expiration": "Mar 2, 2026 9:15:30 AM"},
            "assumedRoleUser": {"assumedRoleId": "AROAEXAMPLEDEPLOY001:ci-42", "arn": _SESSION},
        },
    )
    given = {(kind, value) for kind, value, role in entities(event_of(opened)) if role == "target"}
    used = {(kind, value) for kind, value, role in entities(event_of(_call(userIdentity=_role()))) if role == "actor"}
    assert given & used == {
        ("access_key", "ASIAEXAMPLEDEPLOY001"),
        ("session", _SESSION),
        ("role", f"arn:aws:iam::{_ACCOUNT}:role/Deploy"),
    }


def test_a_new_access_key_names_its_user_and_itself() -> None:
    """A back door made for another user joins what that key does later."""
    event = event_of(
        _call(
            eventSource="iam.amazonaws.com",
            eventName="CreateAccessKey",
            requestParameters={"userName": "bob"},
            responseElements={
                "accessKey": {"accessKeyId": "AKIAEXAMPLEBOB000001", "userName": "bob", "status": "Active"}
            },
        )
    )
    assert event.class_uid == 3001
    assert {("user", "bob", "target"), ("access_key", "AKIAEXAMPLEBOB000001", "target")} <= entities(event)


def test_a_service_is_no_address() -> None:
    """A service that calls for someone has its name where an address would be, and no address is made of it."""
    event = event_of(_call(sourceIPAddress="cloudformation.amazonaws.com", userAgent="cloudformation.amazonaws.com"))
    assert "src_endpoint.ip" not in event.attributes
    assert event.attributes["src_endpoint.svc_name"] == "cloudformation.amazonaws.com"
    assert not [entity for entity in event.entities if entity.type == "address"]


@pytest.mark.parametrize("text", ["198.51.100.7, 203.0.113.9", "evil.example.com", "198.51.100.7:443"])
def test_what_is_no_address_is_doubted(text: str) -> None:
    """A text in place of the address becomes no address, and the doubt is said."""
    event = event_of(_call(sourceIPAddress=text))
    assert "src_endpoint.ip" not in event.attributes
    assert "src_endpoint.ip" in {doubt.attribute for doubt in event.doubts}


def test_a_failed_sign_in_accuses_nobody() -> None:
    """The name in a failed sign-in was typed by a stranger: it is the user tried, never the actor."""
    failed = event_of(_sign_in("Failure", errorMessage="Failed authentication"))
    assert (failed.class_uid, failed.attributes["activity_id"], failed.attributes["status_id"]) == (3002, 1, 2)
    assert ("user", "ada", "target") in entities(failed)
    assert ("user", "ada", "actor") not in entities(failed)
    assert "actor.user.name" in {doubt.attribute for doubt in failed.doubts}
    succeeded = event_of(_sign_in("Success"))
    assert succeeded.attributes["is_mfa"] is False
    assert ("user", "ada", "actor") in entities(succeeded)


def test_root_is_the_root_of_its_account() -> None:
    """Root users of two accounts, and of Linux hosts, are not one user."""
    arn = f"arn:aws:iam::{_ACCOUNT}:root"
    root = {"type": "Root", "principalId": _ACCOUNT, "arn": arn, "accountId": _ACCOUNT}
    assert ("user", arn, "actor") in entities(event_of(_call(userIdentity=root)))


def test_a_denied_call_is_a_failure_with_its_reason() -> None:
    """Denials are told from successes."""
    event = event_of(_call(errorCode="AccessDenied", errorMessage="User is not authorized"))
    assert event.attributes["status_id"] == 2
    assert event.attributes["api.response.error"] == "AccessDenied"


@pytest.mark.parametrize(
    ("name", "read_only", "activity"),
    [
        ("RunInstances", False, 1),
        ("DescribeInstances", True, 2),
        ("BatchGetSecretValue", True, 2),
        ("StopLogging", False, 3),
        ("DeleteTrail", False, 4),
        ("AssumeRole", True, 2),
        ("InvokeModel", False, 99),
    ],
)
def test_an_operation_creates_reads_updates_or_deletes(name: str, read_only: bool, activity: int) -> None:
    """The activity follows the operation's verb, else what CloudTrail says of it."""
    assert event_of(_call(eventName=name, readOnly=read_only)).attributes["activity_id"] == activity


def test_only_aws_says_whose_instance_acts() -> None:
    """A role session named like an instance is no proof that the instance acts; AWS's own mark is."""
    identity = _role(arn=f"arn:aws:sts::{_ACCOUNT}:assumed-role/Web/i-0abc1234")
    claimed = event_of(_call(userIdentity=identity))
    assert "i-0abc1234" not in {entity.value for entity in claimed.entities}
    identity["sessionContext"]["ec2RoleDelivery"] = "2.0"
    assert ("resource", "i-0abc1234", "target") in entities(event_of(_call(userIdentity=identity)))


def test_insights_are_findings() -> None:
    """What CloudTrail found unusual is a finding of its own."""
    event = event_of(
        {
            "eventVersion": "1.08",
            "eventTime": "2026-03-02T08:15:00Z",
            "awsRegion": "eu-central-1",
            "eventID": "5c1a33aa-0000-4000-8000-000000000009",
            "eventType": "AwsCloudTrailInsight",
            "recipientAccountId": _ACCOUNT,
            "sharedEventID": "5c1a33aa-0000-4000-8000-00000000000a",
            "insightDetails": {
                "state": "Start",
                "eventSource": "ec2.amazonaws.com",
                "eventName": "RunInstances",
                "insightType": "ApiCallRateInsight",
            },
            "eventCategory": "Insight",
        }
    )
    assert event.class_uid == 2004
    assert event.attributes["finding_info.title"] == "CloudTrail ApiCallRateInsight: RunInstances"


def _shapes() -> dict[str, dict[str, Any]]:
    call = _call()
    return {
        "record": call,
        "eventbridge": {
            "version": "0",
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.s3",
            "detail": call,
        },
        "enclosed": {
            "EventId": call["eventID"],
            "EventName": call["eventName"],
            "Username": "ada",
            "CloudTrailEvent": json.dumps(call),
        },
        "lower_case": {
            **{name.lower(): value for name, value in call.items() if name != "userIdentity"},
            "useridentity": {name.lower(): value for name, value in call["userIdentity"].items()},
        },
    }


@pytest.mark.parametrize("shape", _shapes())
def test_every_way_it_is_written_is_one_event(shape: str) -> None:
    """A record is the same event, with the same id and fields, whichever door it came through."""
    body = _shapes()[shape]
    expected = event_of(_call())
    assert shape_of(body)[1].name == shape
    event = event_of(body)
    assert (event.event_id, event.time, entities(event)) == (expected.event_id, expected.time, entities(expected))
    assert value_at(fields_of(body), "userIdentity.type") == "IAMUser"
    assert value_at(fields_of(body), "requestParameters.bucketName") == "example-ledger"
    assert services_of(body) == [(None, "aws", "cloudtrail")]


def test_the_event_history_s_table_is_read() -> None:
    """Rows downloaded from the console are events."""
    body = {
        "Event name": "ConsoleLogin",
        "Event time": "2026-03-02T08:15:30Z",
        "Event source": "signin.amazonaws.com",
        "User name": "ada",
        "Event ID": "5c1a33aa-0000-4000-8000-000000000001",
        "Source IP address": "198.51.100.7",
        "AWS region": "us-east-1",
    }
    event = event_of(body, "csv")
    assert event.class_uid == 3002
    assert ("address", "198.51.100.7", "actor") in entities(event)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: {"@timestamp": "2026-03-02T08:15:31Z", "event": {"dataset": "aws.cloudtrail", "original": text}},
        lambda text: {"preview": False, "result": {"_raw": text, "sourcetype": "aws:cloudtrail"}},
        lambda text: {"_raw": text, "host": "collector"},
    ],
    ids=["filebeat", "splunk result", "splunk event"],
)
def test_records_inside_other_products_documents_are_read(wrap: Any) -> None:
    """What a collector keeps of the original is the original."""
    body = wrap(json.dumps(_call()))
    assert shape_of(body)[1].name == "enclosed"
    assert entities(event_of(body)) == entities(event_of(_call()))


def _row(identity: str) -> dict[str, Any]:
    return {
        "eventversion": "1.11",
        "useridentity": identity,
        "eventtime": "2026-03-02T08:15:30Z",
        "eventsource": "s3.amazonaws.com",
        "eventname": "PutBucketPolicy",
        "awsregion": "eu-central-1",
        "sourceipaddress": "198.51.100.7",
        "requestparameters": '{"bucketName":"example-ledger"}',
    }


def test_athena_s_csv_is_read() -> None:
    """Structs and JSON texts in a result's columns are read as the objects they were."""
    identity = (
        f"{{type=AssumedRole, arn={_SESSION}, accesskeyid=ASIAEXAMPLEDEPLOY001, username=null, "
        "sessioncontext={attributes={mfaauthenticated=false}}}"
    )
    event = event_of(_row(identity), "csv")
    assert {
        ("session", _SESSION, "actor"),
        ("access_key", "ASIAEXAMPLEDEPLOY001", "actor"),
        ("resource", "arn:aws:s3:::example-ledger", "target"),
    } <= entities(event)
    assert event.attributes["actor.session.is_mfa"] is False


@pytest.mark.parametrize(
    "identity",
    [
        "{type=SAMLUser, username=eve, type=Root}",
        "{type=IAMUser",
        "{}}",
        "{=}",
        "{a={b={c={d={e={f={g={h=1}}}}}}}}",
        "{type=IAMUser, ",
    ],
)
def test_a_struct_that_could_be_forged_is_not_read(identity: str) -> None:
    """Values are not quoted: what names a field twice, or does not end, names nobody."""
    event = event_of(_row(identity), "csv")
    assert not [entity for entity in event.entities if entity.type in ("user", "session")]


def test_a_text_that_holds_no_record_is_no_event() -> None:
    """A look-up's item whose record cannot be read says so."""
    with pytest.raises(NotAnEvent):
        SOURCE.normalize(record_of({"CloudTrailEvent": "[1, 2"}))


@pytest.mark.parametrize(
    "body",
    [
        _call(
            userIdentity=_role(),
            resources=[{"ARN": "arn:aws:s3:::x", "accountId": _ACCOUNT, "type": "AWS::S3::Bucket"}],
        ),
        _sign_in("Failure"),
        _call(
            eventSource="iam.amazonaws.com",
            eventName="CreateAccessKey",
            requestParameters={"userName": "bob"},
            responseElements={"accessKey": {"accessKeyId": "AKIAEXAMPLEBOB000001"}},
        ),
        _shapes()["lower_case"],
        _shapes()["eventbridge"],
    ],
)
def test_no_value_breaks_it(body: dict[str, Any]) -> None:
    """Any field may hold anything."""
    endure(SOURCE, body)


def _real(shared_data: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    timeline = shared_data / "story_aws_invictus" / "timeline.jsonl"
    for number, line in enumerate(timeline.read_bytes().splitlines(), 1):
        yield f"invictus:{number}", orjson.loads(line)
    for path in sorted((shared_data / "aws" / "stratus_detonation").glob("aws.*.json")):
        for number, body in enumerate(orjson.loads(path.read_bytes()), 1):
            yield f"{path.name}:{number}", body
    bucket = shared_data / "aws" / "s3_honeybucket" / "AWS_S3_HoneyBucketLogs.csv"
    for number, row in enumerate(csv.DictReader(bucket.read_text("utf-8").splitlines()), 1):
        yield f"honeybucket:{number}", row
    yield from telemetry(
        shared_data,
        "panther_unit_events/rules/AWS.CloudTrail.jsonl",
        "normalisation/sekoia_ecs_nolicence/AWS/aws_cloudtrail.jsonl",
    )


def test_real_records_become_events(shared_data: Path) -> None:
    """Every record of real trails is an event that OCSF allows."""
    count, problems = unread("aws_cloudtrail", _real(shared_data))
    assert count > 3_500
    assert problems == []


def test_a_forwarded_port_names_its_far_end() -> None:
    """A tunnel through an instance says to which host it leads: that is where a story goes on."""
    asked = {
        "target": "i-01234567890abcdef",
        "documentName": "AWS-StartPortForwardingSessionToRemoteHost",
        "parameters": {"host": ["10.20.5.20"], "portNumber": ["3389"]},
    }
    call = _call(eventSource="ssm.amazonaws.com", eventName="StartSession", requestParameters=asked)
    attributes = event_of(call).attributes
    assert (attributes["dst_endpoint.ip"], attributes["dst_endpoint.port"]) == ("10.20.5.20", 3389)
    asked["parameters"] = {"host": ["db.example.com"]}
    assert event_of(call).attributes["dst_endpoint.hostname"] == "db.example.com"
    asked["parameters"] = {"host": ["10.20.5.20", "10.20.5.21"]}
    assert "dst_endpoint.ip" not in event_of(call).attributes

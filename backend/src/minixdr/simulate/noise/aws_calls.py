"""CloudTrail of ordinary days: people in their hours from their addresses, workloads all day, AWS's own services.

Each principal keeps to some of its job's calls, its own user agents and addresses: a baseline that can be learned.
"""

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from random import Random

import orjson

from minixdr.simulate.logs.cloudtrail import Call, Caller, identity_of, record
from minixdr.simulate.noise.aws_catalog import CALLS, Builder
from minixdr.simulate.records import Item, Log, Noise, Source
from minixdr.simulate.rhythm import at_work
from minixdr.simulate.world import ACCOUNT, GLOBAL_REGION, REGION, Principal, World

_HOUR_SECONDS = 3_600
_WORKLOAD_PART = 0.45  # of all calls
_SERVICE_PART = 0.12
_BUILD_PART = 0.05
_CALLS_IN_A_ROW = 12
_KEPT_CALLS = 0.75  # of its job's calls a principal makes so many at all
_DENIED_PART = 0.006  # calls that fail for want of a permission, on any day
_LOGS = {region: Log("cloudtrail", region) for region in (REGION, GLOBAL_REGION)}


class _Habit:
    """What one principal does."""

    __slots__ = ("builders", "cumulated", "principal")

    def __init__(self, principal: Principal, job: str) -> None:
        own = Random(principal.principal_id)
        calls = CALLS[job]
        kept = [pair for pair in calls if own.random() < _KEPT_CALLS] or list(calls)
        self.principal = principal
        self.builders: list[Builder] = [builder for _, builder in kept]
        self.cumulated = list(accumulate(weight * own.uniform(0.3, 2.0) for weight, _ in kept))

    def draw(self, rng: Random) -> Builder:
        return self.builders[min(bisect(self.cumulated, rng.random() * self.cumulated[-1]), len(self.builders) - 1)]


def _build(world: World) -> Source:
    people = [_Habit(person, person.job) for person in world.people]
    workloads = [_Habit(workload, workload.job) for workload in world.workloads]
    builder = _Habit(world.build_user, "build")

    def records(rng: Random, start: float, count: int) -> Iterator[Item]:
        awake = [habit for habit in people if at_work(start, habit.principal.first_hour)] or workloads
        left = count
        while left > 0:
            drawn = rng.random()
            if drawn < _SERVICE_PART:
                yield _by_service(rng, start + rng.random() * _HOUR_SECONDS, world)
                left -= 1
                continue
            machine = drawn < _SERVICE_PART + _WORKLOAD_PART + _BUILD_PART
            habit = builder if drawn < _SERVICE_PART + _BUILD_PART else rng.choice(workloads if machine else awake)
            row = min(left, 1 + rng.randrange(_CALLS_IN_A_ROW))
            yield from _row(rng, start, habit, world, row)
            left -= row

    return records


def _row(rng: Random, start: float, habit: _Habit, world: World, row: int) -> Iterator[Item]:
    """Yield calls that one principal makes in a row, within the hour."""
    principal = habit.principal
    time = start + rng.random() * (_HOUR_SECONDS - 300)
    address = principal.addresses[0] if rng.random() < 0.7 else principal.addresses[-1]
    caller = Caller(identity_of(principal, time), address, rng.choice(principal.user_agents))
    if principal.kind != "workload" and caller.user_agent.startswith("Mozilla") and rng.random() < 0.3:
        yield _item(rng, time, caller, _sign_in())
        row -= 1
    gap = 250 / (row + 1)
    for _ in range(row):
        time += rng.random() * gap
        call = habit.draw(rng)(world, rng)
        if rng.random() < _DENIED_PART and not call.data:
            call = _denied(call, caller)
        yield _item(rng, time, caller, call)


def _item(rng: Random, time: float, caller: Caller, call: Call) -> Item:
    body = record(rng, time, caller, call)
    return Item(time, _LOGS[body["awsRegion"]], orjson.dumps(body))


def _sign_in() -> Call:
    return Call(
        "signin", "ConsoleLogin", read_only=False, response={"ConsoleLogin": "Success"}, kind="AwsConsoleSignIn",
        additional={"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "Yes"},
    )  # fmt: skip


def _denied(call: Call, caller: Caller) -> Call:
    arn = caller.identity["arn"]
    message = f"User: {arn} is not authorized to perform: {call.service}:{call.name} because no identity-based policy allows the action"
    return Call(call.service, call.name, call.read_only, call.parameters, None, ("AccessDenied", message))


_SERVICES = (
    ("ec2.amazonaws.com", "sts", "AssumeRole"),
    ("lambda.amazonaws.com", "sts", "AssumeRole"),
    ("eks.amazonaws.com", "sts", "AssumeRole"),
    ("autoscaling.amazonaws.com", "ec2", "DescribeInstances"),
    ("cloudtrail.amazonaws.com", "s3", "GetBucketAcl"),
    ("config.amazonaws.com", "ec2", "DescribeVpcs"),
)


def _by_service(rng: Random, time: float, world: World) -> Item:
    """Return a call that an AWS service makes on the account's behalf."""
    service, api, name = rng.choice(_SERVICES)
    caller = Caller({"type": "AWSService", "invokedBy": service}, service, service)
    parameters = None
    if name == "AssumeRole":
        workload = rng.choice(world.workloads)
        parameters = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{workload.role}", "roleSessionName": workload.name}
    return _item(rng, time, caller, Call(api, name, name != "AssumeRole", parameters, region=REGION))


NOISE = Noise("aws_calls", 0.3, _build)

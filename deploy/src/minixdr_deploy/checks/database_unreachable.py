"""The programs do not reach PostgreSQL."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, aws, known
from minixdr_deploy.checks.said import DATABASE_AWAY, PROGRAMS, containing, last_words, readiness
from minixdr_deploy.observe.observed import DatabaseInstance, Observed, Readiness
from minixdr_deploy.problem import Problem

_ID = "database-unreachable"
_READERS = f"{PROGRAMS},migrate"
_WELL = {
    "available",
    "backing-up",
    "configuring-enhanced-monitoring",
    "storage-optimization",
    "modifying",
    "maintenance",
}
"""States in which RDS answers: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html"""
_START = {"stopped": "start-db-instance", "stopping": "start-db-instance"}


def _judge(observed: Observed) -> Iterator[Seen]:
    region = observed.wanted.region
    answer = observed.web.readiness
    said = (
        [f"/readyz: part database: {answer.problems['database']}"]
        if isinstance(answer, Readiness) and "database" in answer.problems
        else []
    )
    said += [str(words) for words in containing(readiness(observed), DATABASE_AWAY) if "part database" not in words.who]
    said += [str(words) for words in containing(last_words(observed), DATABASE_AWAY)]
    instance = observed.aws.database
    if isinstance(instance, DatabaseInstance):
        describe = f"aws rds describe-db-instances --region {region} --db-instance-identifier {instance.id}"
        if instance.status not in _WELL:
            action = _START.get(instance.status)
            mend = f"aws rds {action} --region {region} --db-instance-identifier {instance.id}" if action else describe
            evidence = (f"RDS instance {instance.id}: {instance.status}", *said[:3])
            yield Seen(Problem(_ID, f"the database is {instance.status}", evidence, mend), _READERS)
            return
        mend = f"{describe} --query 'DBInstances[0].[DBInstanceStatus,Endpoint,VpcSecurityGroups]'\nminixdr-deploy secrets sync"
        evidence_rds = [f"RDS instance {instance.id}: {instance.status} at {instance.endpoint}"]
    else:
        every = aws(
            observed,
            "rds describe-db-instances --query 'DBInstances[].[DBInstanceIdentifier,DBInstanceStatus,Endpoint.Address]'",
        )
        mend = f"{every}\nminixdr-deploy secrets sync"
        evidence_rds = (
            ["RDS: no instance mini-xdr in the account"] if instance is None else [f"RDS: not known: {instance.reason}"]
        )
    if said:
        yield Seen(Problem(_ID, "the programs do not reach the database", (*said[:5], *evidence_rds), mend), _READERS)
        return
    known(instance)


CHECK = Check(
    _ID,
    "Database unreachable",
    "RDS is stopped, full or failing over; its security group or the network policy lost the rule for the pods; the password was changed.",
    _judge,
    explains=frozenset(
        {
            "crash-loop",
            "pod-not-ready",
            "rollout-stuck",
            "half-rollout",
            "targets",
            "migration-failed",
            "pending-migration",
            "lake-unreachable",
            "entrance",
            "canary",
            "schema-drift",
        }
    ),
)

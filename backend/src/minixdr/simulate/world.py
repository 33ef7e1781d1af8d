"""The company: one AWS account, its people and workloads, a VPC with hosts, an EKS cluster, offices.

In: a seed and a number of principals. Out: `World`, the same for the same input. Addresses outside the VPC are documentation ranges
(RFC 5737); the account is AWS's documentation account; names are invented.
"""

from dataclasses import dataclass, replace
from random import Random

from minixdr.simulate.identifiers import key, pod_suffix, resource, token
from minixdr.simulate.names import BUCKETS, FIRST, LAST, SECRETS, SERVICES

ACCOUNT = "111122223333"
FOREIGN_ACCOUNT = "444455556666"
REGION = "eu-central-1"
GLOBAL_REGION = "us-east-1"  # where AWS records IAM, STS global endpoint and CloudFront calls
DOMAIN = "corp.example.com"
NETBIOS_DOMAIN = "CORP"
CLUSTER = "prod"
OFFICE_ADDRESSES = tuple(f"203.0.113.{last}" for last in (10, 11, 42))
ATTACKER_ADDRESSES = ("192.0.2.66", "192.0.2.77")
_PEOPLE_SHARE = 0.7
_JOBS = ("developer", "developer", "developer", "data", "operations", "finance", "support")
_USER_AGENTS = (
    "aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/macos#23.5.0 md/arch#arm64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard",
    "aws-cli/2.15.57 Python/3.11.8 Windows/10 exe/AMD64 prompt/off",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
    "APN/1.0 HashiCorp/1.0 Terraform/1.8.5 (+https://www.terraform.io) terraform-provider-aws/5.55.0 aws-sdk-go-v2/1.27.2 os/macos lang/go#1.22.4",
)
_WORKLOAD_AGENTS = (
    "Boto3/1.34.131 md/Botocore#1.34.131 ua/2.0 os/linux#6.1.92 md/arch#x86_64 lang/python#3.12.4 md/pyimpl#CPython Botocore/1.34.131",
    "aws-sdk-java/2.26.3 Linux/6.1.92 OpenJDK_64-Bit_Server_VM/21.0.3+9-LTS Java/21.0.3 vendor/Amazon.com_Inc. io/async http/NettyNio",
    "aws-sdk-go-v2/1.30.0 os/linux lang/go#1.22.4 md/GOOS#linux md/GOARCH#amd64 api/s3#1.56.1",
    "aws-sdk-js/3.600.0 ua/2.1 os/linux#5.10 lang/js md/nodejs#20.14.0 api/dynamodb#3.600.0",
)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls AWS: a person (through single sign-on or as IAM user) or a workload's role."""

    name: str
    kind: str
    """`sso`, `iam_user` or `workload`."""
    job: str
    role: str
    """The assumed role's name; empty for an IAM user."""
    principal_id: str
    access_key: str
    addresses: tuple[str, ...]
    user_agents: tuple[str, ...]
    first_hour: int
    """UTC hour in which a person's day begins."""


@dataclass(frozen=True, slots=True)
class Host:
    """A machine: an EC2 instance, or a person's laptop (no instance)."""

    name: str
    address: str
    system: str
    """`linux` or `windows`."""
    instance_id: str
    interface_id: str
    purpose: str


@dataclass(frozen=True, slots=True)
class World:
    """The company."""

    people: tuple[Principal, ...]
    workloads: tuple[Principal, ...]
    build_user: Principal
    """A legacy IAM user with a long-lived access key: what leaks."""
    hosts: tuple[Host, ...]
    laptops: tuple[Host, ...]
    buckets: tuple[str, ...]
    secrets: tuple[str, ...]
    services: tuple[str, ...]
    nodes: tuple[str, ...]
    """Names of the cluster's nodes, as EKS has them."""
    pods: tuple[tuple[str, str, str], ...]
    """Namespace, pod name, service account."""
    detector_id: str
    flow_log_id: str
    domain_sid: str
    """The Windows domain's security identifier, before an account's number."""

    @property
    def principals(self) -> tuple[Principal, ...]:
        """Return people and workloads."""
        return self.people + self.workloads

    def host(self, name: str) -> Host:
        """Return the host of this name. Raises KeyError where there is none."""
        for host in self.hosts + self.laptops:
            if host.name == name:
                return host
        raise KeyError(name)


def build_world(seed: int, principals: int) -> World:
    """Return the company that this seed draws, with so many principals (at least two)."""
    rng = Random(f"{seed}/world")
    people_count = max(1, round(principals * _PEOPLE_SHARE))
    people = tuple(_person(rng, number) for number in range(people_count))
    hosts = _hosts(rng)
    services = tuple(_numbered(SERVICES, number) for number in range(max(4, (principals - people_count) // 2)))
    workloads = tuple(_workload(rng, number, services, hosts) for number in range(max(1, principals - people_count)))
    suffix = token(rng, 6)
    return World(
        people=people,
        workloads=workloads,
        build_user=_iam_user(
            rng,
            "svc-build",
            "operations",
            ("203.0.113.42",),
            ("Boto3/1.26.90 Python/3.9.16 Linux/5.10.0 Botocore/1.29.90",),
        ),
        hosts=hosts,
        laptops=tuple(_laptop(rng, number, person) for number, person in enumerate(people[:60])),
        buckets=tuple(f"example-{name}-{suffix}" for name in BUCKETS),
        secrets=SECRETS,
        services=services,
        nodes=tuple(f"ip-10-20-{10 + number % 3}-{40 + number}.{REGION}.compute.internal" for number in range(6)),
        pods=_pods(rng, services),
        detector_id=f"{rng.getrandbits(128):032x}",
        flow_log_id=resource(rng, "fl"),
        domain_sid=f"S-1-5-21-{rng.getrandbits(31)}-{rng.getrandbits(31)}-{rng.getrandbits(31)}",
    )


def _numbered(names: tuple[str, ...], number: int) -> str:
    name = names[number % len(names)]
    return name if number < len(names) else f"{name}-{number // len(names) + 1}"


def _person(rng: Random, number: int) -> Principal:
    first, last = FIRST[(number * 7 + number // 32) % len(FIRST)], LAST[(number * 5) % len(LAST)]
    rounds = number // (len(FIRST) * len(LAST) // 4)
    name = f"{first}.{last}" if not rounds else f"{first}.{last}{rounds + 1}"
    job = _JOBS[number % len(_JOBS)]
    home = f"198.51.100.{number % 250 + 2}"
    agents = tuple(rng.sample(_USER_AGENTS, 2))
    first_hour = rng.choice((6, 7, 7, 8, 8, 9, 12, 14))
    role = f"AWSReservedSSO_{job.capitalize()}_{rng.getrandbits(64):016x}" if number % 9 else ""
    if not role:
        return replace(_iam_user(rng, name, job, (rng.choice(OFFICE_ADDRESSES), home), agents), first_hour=first_hour)
    return Principal(
        name,
        "sso",
        job,
        role,
        key(rng, "AROA"),
        key(rng, "ASIA"),
        (rng.choice(OFFICE_ADDRESSES), home),
        agents,
        first_hour,
    )


def _iam_user(rng: Random, name: str, job: str, addresses: tuple[str, ...], agents: tuple[str, ...]) -> Principal:
    return Principal(name, "iam_user", job, "", key(rng, "AIDA"), key(rng, "AKIA"), addresses, agents, 7)


def _workload(rng: Random, number: int, services: tuple[str, ...], hosts: tuple[Host, ...]) -> Principal:
    service = services[number % len(services)]
    host = hosts[number % len(hosts)]
    role = f"{service}-{('api', 'worker', 'job')[number // len(services) % 3]}"
    session = host.instance_id if number % 2 else f"{role}-{token(rng, 8)}"
    job = ("api", "worker")[number % 2]
    agents = (rng.choice(_WORKLOAD_AGENTS),)
    return Principal(session, "workload", job, role, key(rng, "AROA"), key(rng, "ASIA"), (host.address,), agents, 0)


def _hosts(rng: Random) -> tuple[Host, ...]:
    plan = [("bastion-1", "10.20.0.10", "linux", "bastion"), ("dc-1", "10.20.5.10", "windows", "domain controller")]
    plan += [(f"web-{number}", f"10.20.1.{10 + number}", "linux", "web server") for number in range(1, 5)]
    plan += [(f"build-{number}", f"10.20.2.{10 + number}", "linux", "build agent") for number in range(1, 3)]
    plan += [("db-1", "10.20.3.11", "linux", "database"), ("files-1", "10.20.5.20", "windows", "file server")]
    plan += [(f"app-{number}", f"10.20.5.{30 + number}", "windows", "application server") for number in range(1, 3)]
    return tuple(
        Host(name, address, system, resource(rng, "i"), resource(rng, "eni"), purpose)
        for name, address, system, purpose in plan
    )


def _laptop(rng: Random, number: int, person: Principal) -> Host:
    return Host(
        f"lt-{1000 + number}",
        f"10.30.{number // 200}.{number % 200 + 20}",
        "windows",
        "",
        resource(rng, "eni"),
        person.name,
    )


def _pods(rng: Random, services: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (("shop", "finance")[number % 2], f"{service}-{pod_suffix(rng)}", service)
        for number, service in enumerate(services)
        for _ in range(2)
    )

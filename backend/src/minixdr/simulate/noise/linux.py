"""Linux hosts on ordinary days: cron, logins through the bastion, sudo, password guessing from the internet, what auditd sees of it."""

from collections.abc import Iterator
from random import Random

from minixdr.simulate.logs.linux_audit import Actor, Execution, execution
from minixdr.simulate.logs.linux_syslog import accepted, closed, failed, line, opened, sudo
from minixdr.simulate.records import Item, Log, Noise, Source, serial
from minixdr.simulate.rhythm import at_work
from minixdr.simulate.world import Host, World

_HOUR_SECONDS = 3_600
_GUESSED = ("root", "admin", "ubuntu", "test", "oracle", "postgres", "git", "pi", "user", "deploy")
_SUDO = (
    "/usr/bin/systemctl status nginx",
    "/usr/bin/journalctl -u nginx -n 200",
    "/usr/bin/apt-get update",
    "/usr/bin/tail -n 100 /var/log/nginx/error.log",
    "/usr/bin/systemctl reload nginx",
    "/usr/bin/docker ps",
)
_PROGRAMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/usr/bin/ls", ("ls", "-la", "/var/log")),
    ("/usr/bin/df", ("df", "-h")),
    ("/usr/bin/cat", ("cat", "/etc/nginx/nginx.conf")),
    ("/usr/bin/grep", ("grep", "-c", "error", "/var/log/app.log")),
    ("/usr/bin/python3.12", ("python3", "/opt/app/rotate.py", "--quiet")),
    ("/usr/bin/systemctl", ("systemctl", "is-active", "nginx")),
    ("/usr/sbin/logrotate", ("logrotate", "/etc/logrotate.conf")),
    ("/usr/bin/git", ("git", "fetch", "--prune")),
    ("/usr/bin/awk", ("awk", "{print $1}", "/proc/loadavg")),
)
_LOGIN_UID = 1_000


def _build(world: World) -> Source:
    hosts = [host for host in world.hosts if host.system == "linux"]
    bastion = world.host("bastion-1")
    operators = [person for person in world.people if person.job in ("operations", "developer")] or list(world.people)

    def records(rng: Random, start: float, count: int) -> Iterator[Item]:
        awake = [person for person in operators if at_work(start, person.first_hour)]
        made = 0
        while made < count:
            drawn = rng.random()
            time = start + rng.random() * (_HOUR_SECONDS - 400)
            if drawn < 0.45:
                items = [_program(rng, time, rng.choice(hosts), made)]
            elif drawn < 0.65:
                items = _cron(rng, time, rng.choice(hosts))
            elif drawn < 0.8:
                items = _guessing(rng, time, bastion)
            elif awake:
                person, host = rng.choice(awake), rng.choice(hosts)
                address = person.addresses[0] if host is bastion else bastion.address
                items = _login(rng, time, host, address, person.name.replace(".", ""))
            else:
                continue
            yield from items[: count - made]
            made += len(items)

    return records


def _auth(time: float, host: Host, program: str, pid: int, message: str) -> Item:
    return Item(time, Log("auth", host.name), line(time, host.name, program, pid, message))


def _program(rng: Random, time: float, host: Host, counter: int) -> Item:
    exe, arguments = rng.choice(_PROGRAMS)
    actor = Actor(rng.randrange(2_000, 60_000), rng.randrange(900, 2_000))
    return Item(
        time,
        Log("audit", host.name),
        execution(time, host.name, serial(time, counter % 500), Execution(exe, arguments, actor)),
    )


def _cron(rng: Random, time: float, host: Host) -> list[Item]:
    pid = rng.randrange(2_000, 60_000)
    return [
        _auth(time, host, "CRON", pid, opened("cron", "root", 0)),
        _auth(time + 0.9, host, "CRON", pid, closed("cron", "root")),
    ]


def _guessing(rng: Random, time: float, host: Host) -> list[Item]:
    address, port, pid = (
        f"198.19.{210 + rng.randrange(9)}.{rng.randrange(1, 255)}",
        rng.randrange(30_000, 60_000),
        rng.randrange(2_000, 60_000),
    )
    name = rng.choice(_GUESSED)
    if name == "root":
        return [_auth(time, host, "sshd", pid, failed(name, address, port))]
    return [
        _auth(time, host, "sshd", pid, f"Invalid user {name} from {address} port {port}"),
        _auth(time + 1.7, host, "sshd", pid, failed(name, address, port, invalid=True)),
    ]


def _login(rng: Random, time: float, host: Host, address: str, name: str) -> list[Item]:
    pid, port = rng.randrange(2_000, 60_000), rng.randrange(30_000, 60_000)
    items = [
        _auth(time, host, "sshd", pid, accepted(name, address, port, key="Zm9yZG9jdW1lbnRhdGlvbm9ubHlub3RhcmVhbGtleQ")),
        _auth(time + 0.1, host, "sshd", pid, opened("sshd", name, _LOGIN_UID + len(name))),
    ]
    for _ in range(rng.randrange(3)):
        time += rng.uniform(5, 60)
        items.append(_auth(time, host, "sudo", 0, sudo(name, rng.choice(_SUDO))))
    items.append(_auth(time + 120, host, "sshd", pid, closed("sshd", name)))
    return items


NOISE = Noise("linux", 0.08, _build)

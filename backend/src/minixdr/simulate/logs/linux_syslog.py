"""auth.log lines as rsyslog of Debian 12 and Ubuntu 24.04 writes them (ISO timestamps), with the texts of OpenSSH 9, sudo, cron, useradd.

Sources: rsyslog RSYSLOG_FileFormat; OpenSSH auth.c `auth_log`; sudo logging.c; pam_unix.
"""

from minixdr.simulate.logs.clock import offset_micros


def line(time: float, host: str, program: str, pid: int, message: str) -> bytes:
    """Return the line, with its newline. A pid of 0 is not written."""
    tag = f"{program}[{pid}]" if pid else program
    return f"{offset_micros(time)} {host} {tag}: {message}\n".encode()


def accepted(user: str, address: str, port: int, *, method: str = "publickey", key: str = "") -> str:
    """Return sshd's text for a login."""
    fingerprint = f": ED25519 SHA256:{key}" if method == "publickey" else ""
    return f"Accepted {method} for {user} from {address} port {port} ssh2{fingerprint}"


def failed(user: str, address: str, port: int, *, invalid: bool = False) -> str:
    """Return sshd's text for a refused password."""
    return f"Failed password for {'invalid user ' if invalid else ''}{user} from {address} port {port} ssh2"


def opened(program: str, user: str, uid: int, by: str = "") -> str:
    """Return pam_unix's text for a session that begins."""
    return f"pam_unix({program}:session): session opened for user {user}(uid={uid}) by {by}(uid=0)"


def closed(program: str, user: str) -> str:
    """Return pam_unix's text for a session that ends."""
    return f"pam_unix({program}:session): session closed for user {user}"


def sudo(user: str, command: str, *, folder: str = "", terminal: str = "pts/0", as_user: str = "root") -> str:
    """Return sudo's text for a command it runs."""
    return f"{user:>8} : TTY={terminal} ; PWD={folder or f'/home/{user}'} ; USER={as_user} ; COMMAND={command}"

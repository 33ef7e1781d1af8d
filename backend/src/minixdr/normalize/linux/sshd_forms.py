"""The forms of the lines that OpenSSH's server writes. Source: OpenSSH 7 to 10, auth.c, packet.c, sshd.c, kex.c; Linux-PAM's pam_unix.

A form is tried on the whole line. It says where user, host and port stand, not that they are to be believed: see `sshd_line.py`.
"""

import re

_PEER = r"(?P<host>\S+)(?: port (?P<port>\d{1,5}))?"
_FULL_PEER = r"(?P<host>\S+) port (?P<port>\d{1,5})"
_UNKNOWN = r"(?P<invalid>invalid user |illegal user )?"
_STATE = r"(?P<invalid>invalid |illegal )?(?:authenticating )?user (?:(?P<user>.*) )?"
_SSH2 = r"(?: ssh2?)?"
_END = r"(?: \[preauth\])?\s*\Z"
_KEY = r"(?:: (?P<key>[A-Z0-9-]+ (?:SHA256|MD5):?\S+.*))?"

_WRITTEN: tuple[tuple[str, str], ...] = (
    ("accepted", rf"Accepted (?P<method>\S+) for (?P<user>.*) from {_PEER}{_SSH2}{_KEY}{_END}"),
    ("failed", rf"Failed (?P<method>\S+) for {_UNKNOWN}(?P<user>.*) from {_PEER}{_SSH2}(?:: (?P<key>.*))?{_END}"),
    ("postponed", rf"Postponed (?P<method>\S+) for {_UNKNOWN}(?P<user>.*) from {_PEER}{_SSH2}{_END}"),
    ("invalid_user", rf"(?:Invalid|Illegal) (?P<invalid>user) (?P<user>.*) from {_PEER}{_END}"),
    ("invalid_user", rf"input_userauth_request: (?P<invalid>invalid user) (?P<user>.*?){_END}"),
    (
        "max_attempts",
        rf"maximum authentication attempts exceeded for {_UNKNOWN}(?P<user>.*) from {_PEER}{_SSH2}{_END}",
    ),
    ("max_attempts", rf"Disconnecting {_STATE}{_FULL_PEER}: Too many authentication failures.*\Z"),
    ("max_attempts", rf"Disconnecting: Too many authentication failures(?: for (?P<user>.*?))?{_END}"),
    ("denied", rf"User (?P<user>.*) from {_PEER} not allowed because .*\Z"),
    (
        "disconnected",
        rf"(?:Disconnected from|Connection (?:closed|reset) by|Disconnecting) {_STATE}{_FULL_PEER}(?:: .*)?{_END}",
    ),
    ("disconnected", rf"(?:Disconnected from|Connection (?:closed|reset) by) {_PEER}{_END}"),
    ("disconnected", r"Received disconnect from (?P<host>\S+?)(?: port (?P<port>\d{1,5}))?: ?\d+: ?.*\Z"),
    ("connection", rf"Connection from {_FULL_PEER}(?: on \S+ port \d{{1,5}})?.*\Z"),
    ("no_identification", rf"Did not receive identification string from {_PEER}{_END}"),
    ("bad_protocol", rf"Unable to negotiate with {_PEER}: no matching .*\Z"),
    ("bad_protocol", rf"Bad protocol version identification .* from {_PEER}\s*\Z"),
    ("bad_protocol", rf"Magic value check failed \(\d+\) on obfuscated handshake from {_FULL_PEER}\s*\Z"),
    ("bad_protocol", rf"(?:banner exchange|ssh_dispatch_run_fatal): Connection from {_FULL_PEER}: .*\Z"),
    ("timeout", rf"Timeout before authentication for (?:connection from )?{_PEER}.*\Z"),
    (
        "pam_failure",
        (
            r"(?:pam_\w+\(sshd:auth\): |PAM )?(?:\d+ more )?authentication failures?;"
            r" logname=\S* uid=\d+ euid=\d+ tty=\S+ ruser=\S* rhost=(?P<host>\S*)(?:\s+user=(?P<user>\S+))?\s*\Z"
        ),
    ),
    (
        "session_opened",
        r"(?:pam_\w+\(sshd:session\): )?session opened for user (?P<user>[^\s(]+)(?:\(uid=\d+\))? by .*\Z",
    ),
    ("session_closed", r"(?:pam_\w+\(sshd:session\): )?session closed for user (?P<user>\S+)\s*\Z"),
    ("session", rf"Starting session: \S+(?: on \S+)? for (?P<user>\S+) from {_FULL_PEER}.*\Z"),
    ("break_in_attempt", r"reverse mapping checking getaddrinfo for \S+ \[(?P<host>[^\]\s]+)\] failed.*\Z"),
    ("break_in_attempt", r"Address (?P<host>\S+) maps to \S+, but this does not map back.*\Z"),
    ("listening", r"Server listening on \S+ port \d{1,5}\.\s*\Z"),
)
FORMS = tuple((event, re.compile(form, re.DOTALL)) for event, form in _WRITTEN)
"""Event, form; the first that matches counts."""

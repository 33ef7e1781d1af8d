"""Fields of Windows events -> OCSF attributes: accounts, processes, files, addresses, as Windows writes them.

Sources: Microsoft's descriptions of Security events, Sysmon's event schema; OCSF `user`, `process`, `file`. Logon ids are unique on one host until it
restarts, so a session is named by host and id. Paths, command lines, and the names in failed logons are an attacker's.
"""

from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import put_address
from minixdr.normalize.values import text as plain_text
from minixdr.normalize.values import whole as plain_whole

_LONGEST_HEXADECIMAL = 18  # 64 bits with 0x
_ALGORITHMS = {"MD5": 1, "SHA1": 2, "SHA256": 3, "SHA512": 4, "IMPHASH": 18}
_MOST_HASHES = 8
_NO_SESSION = frozenset({0, 0x3E4, 0x3E5, 0x3E7})
"""Logon ids of nobody and of the built-in service accounts: the same on every host."""
_NO_SID = frozenset({"S-1-0-0"})
_NOWHERE = frozenset({"local", "-", "unknown", ""})


def text(value: Any) -> str | None:
    """Return a text; None for what Windows writes where there is none (`-`, %%1793)."""
    found = plain_text(value)
    return None if found in ("%%1793", "(null)") else found


def whole(value: Any) -> int | None:
    """Return a number written in decimal, or in hexadecimal as Windows does."""
    if isinstance(value, str) and value[:2].lower() == "0x" and len(value) <= _LONGEST_HEXADECIMAL:
        try:
            return int(value, 16)
        except ValueError:
            return None
    return plain_whole(value)


def small(value: Any) -> int | None:
    """Return a number that fits OCSF's integers (63 bits)."""
    found = whole(value)
    return found if found is not None and abs(found) < 2**63 else None


def guid(value: Any) -> str | None:
    """Return a GUID in one writing (decoders keep or drop the braces); None for the empty one."""
    found = text(value)
    if found is None:
        return None
    bare = found.strip("{}").upper()
    return bare if bare.strip("0-") else None


def put_file(draft: Draft, prefix: str, path: Any, kind: int = 1) -> None:
    """Set path, name and type of a file (OCSF file.type_id; 1 regular, 6 named pipe)."""
    found = text(path)
    if found is not None:
        draft.put(f"{prefix}.path", found)
        draft.put(f"{prefix}.name", file_name(found) or found)
        draft.put(f"{prefix}.type_id", kind)


def file_name(path: str) -> str:
    """Return the last part of a Windows path."""
    return path.replace("/", "\\").rstrip("\\").rsplit("\\", 1)[-1]


def put_hashes(draft: Draft, prefix: str, value: Any) -> None:
    """Set the hashes of Sysmon's `SHA1=...,MD5=...`."""
    pairs = [part.split("=", 1) for part in (text(value) or "").split(",")[:_MOST_HASHES] if "=" in part]
    known = [(_ALGORITHMS.get(name.strip().upper()), digest.strip()) for name, digest in pairs]
    kept = [(algorithm, digest) for algorithm, digest in known if algorithm is not None and digest.strip("0")]
    draft.put(f"{prefix}.hashes.algorithm_id", [algorithm for algorithm, _ in kept])
    draft.put(f"{prefix}.hashes.value", [digest for _, digest in kept])


def put_process(draft: Draft, prefix: str, image: str, uid: str, pid: str) -> None:
    """Set image, unique id and process id from the fields of these names."""
    path = text(draft.take(image))
    if path is not None:
        put_file(draft, f"{prefix}.file", path)
        draft.put(f"{prefix}.name", file_name(path) or path)
    draft.put(f"{prefix}.uid", guid(draft.take(uid)))
    draft.put(f"{prefix}.pid", small(draft.take(pid)))


def put_account(draft: Draft, prefix: str, value: Any) -> None:
    """Set name and domain from DOMAIN\\user (or user@domain)."""
    found = text(value)
    if found is None:
        return
    domain, _, user = found.rpartition("\\")
    draft.put(f"{prefix}.name", user)
    draft.put(f"{prefix}.domain", domain)


def put_user(draft: Draft, prefix: str, name: str, domain: str, sid: str) -> None:
    """Set an account from the fields of these names."""
    found = text(draft.take(name))
    if found is not None and "@" in found[1:]:
        found = found.rpartition("@")[0]
    draft.put(f"{prefix}.name", found)
    draft.put(f"{prefix}.domain", text(draft.take(domain)))
    identifier = text(draft.take(sid))
    draft.put(f"{prefix}.uid", None if identifier in _NO_SID else identifier)


def put_session(draft: Draft, prefix: str, logon: str) -> None:
    """Set the logon session: `<host>:<logon id>`, the id alone beside it."""
    identifier = text(draft.take(logon))
    number = whole(identifier)
    if identifier is None or number is None:
        return
    draft.put(f"{prefix}.uid_alt", identifier)
    host = draft.attributes.get("device.hostname")
    if isinstance(host, str) and number not in _NO_SESSION:
        draft.put(f"{prefix}.uid", f"{host.lower()}:{number:#x}")


def put_subject(draft: Draft) -> None:
    """Set the actor of a Security event: account and session."""
    put_user(draft, "actor.user", "SubjectUserName", "SubjectDomainName", "SubjectUserSid")
    put_session(draft, "actor.session", "SubjectLogonId")


def put_target(draft: Draft) -> None:
    """Set the account a Security event is about."""
    put_user(draft, "user", "TargetUserName", "TargetDomainName", "TargetSid")


def plain_address(value: Any) -> Any:
    """Return an IPv4 address that is written as IPv6 (Kerberos' ::ffff:192.0.2.1) as what it is."""
    if isinstance(value, str):
        bare = value.strip()
        return bare[7:] if bare[:7].lower() == "::ffff:" and "." in bare else bare
    return value


def put_client(draft: Draft, address: str, port: str | None = None) -> None:
    """Set where a client came from; words for the console are no address."""
    value = draft.take(address)
    if isinstance(value, str) and value.strip().lower() in _NOWHERE:
        return
    put_address(draft, "src_endpoint", plain_address(value))
    if port is not None:
        number = small(draft.take(port))
        draft.put("src_endpoint.port", number if number is not None and 0 < number < 2**16 else None)


def put_endpoint(draft: Draft, prefix: str, address: str, port: str) -> None:
    """Set one end of a connection."""
    put_address(draft, prefix, plain_address(draft.take(address)))
    number = small(draft.take(port))
    draft.put(f"{prefix}.port", number if number is not None and 0 <= number < 2**16 else None)


def words(value: Any) -> list[str]:
    """Return the words of a list that Windows writes with line breaks and tabs."""
    found = text(value)
    return [] if found is None else found.split()[:200]

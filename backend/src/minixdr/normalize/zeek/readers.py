"""Log -> its reader. A log that is not here becomes a generic event."""

from collections.abc import Mapping

from minixdr.normalize.zeek import accounts, findings, flows, inventory, protocols
from minixdr.normalize.zeek.reading import Reader

READERS: Mapping[str, Reader] = {
    "conn": flows.conn,
    "conn_long": flows.conn,
    "dce_rpc": protocols.dce_rpc,
    "dhcp": flows.dhcp,
    "dns": protocols.dns,
    "files": flows.files,
    "ftp": protocols.ftp,
    "http": protocols.http,
    "intel": findings.intel,
    "kerberos": accounts.kerberos,
    "known_hosts": inventory.known_host,
    "known_services": inventory.known_host,
    "notice": findings.notice,
    "notice_alarm": findings.notice,
    "ntlm": accounts.ntlm,
    "ntp": flows.ntp,
    "radius": accounts.radius,
    "rdp": protocols.rdp,
    "signatures": findings.signature,
    "smb_files": protocols.smb_files,
    "smb_mapping": protocols.smb_mapping,
    "smtp": protocols.smtp,
    "software": inventory.software,
    "ssh": protocols.ssh,
    "ssl": protocols.ssl,
    "tunnel": flows.tunnel,
    "weird": flows.weird,
    "x509": protocols.x509,
}

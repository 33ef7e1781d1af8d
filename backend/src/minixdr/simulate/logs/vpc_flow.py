"""VPC flow log records, version 2, the default fields.

Source: Amazon VPC user guide, "Flow log records".
"""

from dataclasses import dataclass

from minixdr.simulate.world import ACCOUNT

HEADER = b"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"
TCP, UDP = 6, 17


@dataclass(frozen=True, slots=True)
class Flow:
    """One direction of a connection within a capture window."""

    interface_id: str
    source: str
    target: str
    source_port: int
    target_port: int
    bytes: int
    seconds: int = 20
    protocol: int = TCP
    accepted: bool = True


def line(time: float, flow: Flow) -> bytes:
    """Return the flow's line, with its newline."""
    packets = max(1, flow.bytes // 900)
    start = int(time)
    return (
        f"2 {ACCOUNT} {flow.interface_id} {flow.source} {flow.target} {flow.source_port} {flow.target_port} {flow.protocol} {packets}"
        f" {flow.bytes} {start} {start + flow.seconds} {'ACCEPT' if flow.accepted else 'REJECT'} OK\n"
    ).encode()

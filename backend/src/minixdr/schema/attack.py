"""ATT&CK tactics: ids, Sigma's tag names, titles, in kill-chain order.

Source: MITRE ATT&CK Enterprise. Version 19 split Defense Evasion into Stealth (which keeps TA0005) and Defense Impairment (TA0112); the
older tag `defense-evasion` stays understood. (c) The MITRE Corporation, reproduced with permission under the ATT&CK terms of use.
"""

from typing import NamedTuple


class Tactic(NamedTuple):
    """One column of the ATT&CK matrix."""

    tactic_id: str
    tag: str
    title: str


TACTICS = (
    Tactic("TA0043", "reconnaissance", "Reconnaissance"),
    Tactic("TA0042", "resource-development", "Resource Development"),
    Tactic("TA0001", "initial-access", "Initial Access"),
    Tactic("TA0002", "execution", "Execution"),
    Tactic("TA0003", "persistence", "Persistence"),
    Tactic("TA0004", "privilege-escalation", "Privilege Escalation"),
    Tactic("TA0005", "stealth", "Stealth"),
    Tactic("TA0112", "defense-impairment", "Defense Impairment"),
    Tactic("TA0006", "credential-access", "Credential Access"),
    Tactic("TA0007", "discovery", "Discovery"),
    Tactic("TA0008", "lateral-movement", "Lateral Movement"),
    Tactic("TA0009", "collection", "Collection"),
    Tactic("TA0011", "command-and-control", "Command and Control"),
    Tactic("TA0010", "exfiltration", "Exfiltration"),
    Tactic("TA0040", "impact", "Impact"),
)

ORDER = {tactic.tactic_id: place for place, tactic in enumerate(TACTICS)}
BY_ID = {tactic.tactic_id: tactic for tactic in TACTICS}
BY_TAG = {tactic.tag: tactic.tactic_id for tactic in TACTICS} | {"defense-evasion": "TA0005"}

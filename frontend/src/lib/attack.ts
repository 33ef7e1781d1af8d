export type Tactic = { id: string; name: string; tag: string };

/**
 * The tactics of MITRE ATT&CK Enterprise, version 19, in kill-chain order. That version split Defense Evasion into Stealth (which keeps TA0005)
 * and Defense Impairment.
 */
export const TACTICS: readonly Tactic[] = [
  { id: "TA0043", tag: "reconnaissance", name: "Reconnaissance" },
  { id: "TA0042", tag: "resource-development", name: "Resource Development" },
  { id: "TA0001", tag: "initial-access", name: "Initial Access" },
  { id: "TA0002", tag: "execution", name: "Execution" },
  { id: "TA0003", tag: "persistence", name: "Persistence" },
  { id: "TA0004", tag: "privilege-escalation", name: "Privilege Escalation" },
  { id: "TA0005", tag: "stealth", name: "Stealth" },
  { id: "TA0112", tag: "defense-impairment", name: "Defense Impairment" },
  { id: "TA0006", tag: "credential-access", name: "Credential Access" },
  { id: "TA0007", tag: "discovery", name: "Discovery" },
  { id: "TA0008", tag: "lateral-movement", name: "Lateral Movement" },
  { id: "TA0009", tag: "collection", name: "Collection" },
  { id: "TA0011", tag: "command-and-control", name: "Command and Control" },
  { id: "TA0010", tag: "exfiltration", name: "Exfiltration" },
  { id: "TA0040", tag: "impact", name: "Impact" },
];

const ORDER = new Map(TACTICS.map((tactic, place) => [tactic.id, place]));
const NAMES = new Map(TACTICS.map((tactic) => [tactic.id, tactic.name]));

/** The tactic's name; the id itself where it is not known. */
export const tacticName = (id: string): string => NAMES.get(id) ?? id;
/** Compares two tactic ids by their place in the kill chain; what is not known stands last. */
export const byKillChain = (one: string, other: string): number => (ORDER.get(one) ?? 99) - (ORDER.get(other) ?? 99);
/** `https://attack.mitre.org/techniques/T1078/004/`. */
export const techniqueUrl = (id: string): string => `https://attack.mitre.org/techniques/${id.replace(".", "/")}/`;
export const tacticUrl = (id: string): string => `https://attack.mitre.org/tactics/${id}/`;

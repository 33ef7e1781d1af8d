import type { Schema } from "@/api/client";

type System = Schema<"System">;
export type Compared = {
  what: string;
  /** Null: not known. */
  value: string | null;
  detail?: string;
  /** Why it does not fit the others; null: it does. */
  differs: string | null;
};

/**
 * What runs, side by side, compared with the api that answers.
 *
 * Processes that are not heard any more do not count: they were ended, or another took their place.
 */
export function compared(system: System, web: { version: string; revision: string | null } | null): Compared[] {
  const heard = system.processes.filter((process) => !process.stale);
  const kinds = (kind: "api" | "worker") => heard.filter((process) => process.kind === kind);
  const { database, rules } = system;
  const digests = new Set(heard.map((process) => process.rules_digest).filter((each) => each !== null));
  return [
    row("Api", [system.version, ...kinds("api").map((each) => each.version)], system.version, "processes of the api"),
    row(
      "Workers",
      kinds("worker").map((each) => each.version),
      system.version,
      "workers",
    ),
    {
      what: "Console",
      value: web?.version ?? null,
      ...(web?.revision ? { detail: `revision ${web.revision.slice(0, 12)}` } : {}),
      differs:
        web !== null && web.version !== system.version
          ? `The api is ${system.version}: deploy both with the same version.`
          : null,
    },
    {
      what: "Database schema",
      value: database.revision === null ? null : `revision ${database.revision}`,
      detail: `this api serves ${database.oldest_served} to ${database.newest_known}`,
      differs: database.in_range ? null : (database.problem ?? "The api does not serve this revision."),
    },
    {
      what: "Rules",
      value: rules.digest === null ? null : rules.digest.slice(0, 12),
      detail: rules.platform_count === null ? "not loaded" : `${rules.platform_count.toLocaleString("en-US")} rules`,
      differs:
        digests.size > 1 || (rules.digest !== null && digests.size === 1 && !digests.has(rules.digest))
          ? "Not all processes have loaded the same rules: start those that differ again."
          : null,
    },
    {
      what: "Models",
      value: system.models.length > 0 ? system.models.join(", ") : "none",
      differs: null,
    },
  ];
}

function row(what: string, found: string[], wanted: string, many: string): Compared {
  const versions = [...new Set(found)].sort();
  const others = versions.filter((each) => each !== wanted);
  return {
    what,
    value: versions.length > 0 ? versions.join(", ") : null,
    differs: others.length > 0 ? `Not all ${many} are ${wanted}: finish the upgrade.` : null,
  };
}

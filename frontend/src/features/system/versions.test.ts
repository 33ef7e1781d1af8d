import { describe, expect, it } from "vitest";

import type { Schema } from "@/api/client";
import { compared } from "./versions";

const ok = { state: "ok", problem: null, advice: null } as const;
const process = (given: Partial<Schema<"SystemProcess">>): Schema<"SystemProcess"> => ({
  ...ok,
  id: "1",
  kind: "worker",
  host: "a",
  version: "1.0.0",
  started_at: "2026-03-02T10:00:00Z",
  seen_at: "2026-03-02T10:00:00Z",
  stale: false,
  schema_oldest: 1,
  schema_newest: 1,
  rules_digest: "aa",
  rules_count: 2,
  ...given,
});
const system = (processes: Schema<"SystemProcess">[]): Schema<"System"> => ({
  state: "ok",
  version: "1.0.0",
  processes,
  workers: { ...ok, heard: 1, stale: 0 },
  database: { ...ok, revision: 1, usable_from: 1, oldest_served: 1, newest_known: 1, in_range: true },
  log: { ...ok, pending_batches: null, pending_bytes: null, most_bytes: null },
  lake: { ...ok, last_commit_at: null, staged_files: 0, staged_events: 0, oldest_staged_at: null, damaged_files: 0 },
  rules: {
    ...ok,
    platform_count: 2,
    own_count: 0,
    own_enabled_count: 0,
    digest: "aa",
    refused_count: 0,
    refused: [],
  },
  models: [],
});
const differing = (given: Schema<"System">, web = "1.0.0") =>
  compared(given, { version: web, revision: null })
    .filter((each) => each.differs !== null)
    .map((each) => each.what);

describe("versions side by side", () => {
  it("differ nowhere where all is of one version", () => {
    expect(differing(system([process({}), process({ id: "2", kind: "api" })]))).toEqual([]);
  });
  it("differ where a worker, another api or the console is of another", () => {
    expect(differing(system([process({ version: "0.9.0" })]))).toEqual(["Workers"]);
    expect(differing(system([process({ kind: "api", version: "1.1.0" })]))).toEqual(["Api"]);
    expect(differing(system([process({})]), "1.1.0")).toEqual(["Console"]);
  });
  it("do not count what is not heard any more", () => {
    expect(differing(system([process({}), process({ id: "2", stale: true, version: "0.9.0" })]))).toEqual([]);
  });
  it("tell of other rules, and of a schema that is not served", () => {
    expect(differing(system([process({ rules_digest: "bb" })]))).toEqual(["Rules"]);
    const old = system([process({})]);
    old.database = { ...old.database, in_range: false, problem: "too old" };
    expect(differing(old)).toEqual(["Database schema"]);
  });
  it("say that nothing is known instead of making it up", () => {
    const rows = compared(system([]), null);
    expect(rows.find((each) => each.what === "Workers")?.value).toBeNull();
    expect(rows.find((each) => each.what === "Console")?.value).toBeNull();
  });
});

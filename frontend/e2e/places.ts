import type { APIRequestContext } from "@playwright/test";

/** Every page of the console with something in it: looked at by axe in both themes, and by the camera. */
export async function places(api: APIRequestContext): Promise<{ name: string; path: string }[]> {
  const first = async (path: string): Promise<Record<string, string>> => {
    const answer = await api.get(path);
    if (!answer.ok()) throw new Error(`${path}: ${answer.status()}`);
    const { items } = (await answer.json()) as { items: Record<string, string>[] };
    return items[0] ?? {};
  };
  const incident = await first("/api/v1/incidents?sort=severity&limit=1");
  const finding = await first("/api/v1/findings?limit=1");
  const entity = await first("/api/v1/entities?limit=1");
  const view = new URLSearchParams({ type: entity.type ?? "", value: entity.value ?? "" });
  return [
    { name: "overview", path: "/overview" },
    { name: "incidents", path: "/incidents" },
    { name: "incident", path: `/incidents/${incident.incident_id}` },
    { name: "incident-graph", path: `/incidents/${incident.incident_id}?tab=graph` },
    { name: "incident-processes", path: `/incidents/${incident.incident_id}?tab=processes` },
    { name: "incident-discussion", path: `/incidents/${incident.incident_id}?tab=discussion` },
    { name: "findings", path: "/findings" },
    { name: "finding", path: `/findings/${finding.finding_id}` },
    { name: "hunt", path: `/hunt?query=${encodeURIComponent("source exists | count by source")}` },
    { name: "detections", path: "/detections" },
    { name: "rule", path: `/detections/rules/${encodeURIComponent(finding.rule_id ?? "")}` },
    { name: "rule-editor", path: "/detections/rules/new" },
    { name: "coverage", path: "/detections/coverage" },
    { name: "indicators", path: "/detections/indicators" },
    { name: "exceptions", path: "/detections/exceptions" },
    { name: "entities", path: "/entities" },
    { name: "entity", path: `/entities/view?${view.toString()}` },
    { name: "assets", path: "/assets" },
    { name: "sources", path: "/sources" },
    { name: "settings-account", path: "/settings/account" },
    { name: "settings-organization", path: "/settings/organization" },
    { name: "settings-members", path: "/settings/members" },
    { name: "settings-tokens", path: "/settings/tokens" },
    { name: "settings-notifications", path: "/settings/notifications" },
    { name: "settings-audit", path: "/settings/audit" },
    { name: "system", path: "/system" },
  ];
}

export const OUTSIDE = [
  { name: "sign-in", path: "/sign-in" },
  { name: "invitation", path: "/invitation#none" },
  { name: "setup", path: "/setup" },
];

import { type Schema, api, data, tagged } from "@/api/client";

export const ruleHref = (ruleId: string): string => `/detections/rules/${encodeURIComponent(ruleId)}`;

/** Changes what the organization sets on a rule; what is not given stays. Raises Problem, also where somebody else changed it meanwhile. */
export async function setRule(ruleId: string, change: Partial<Schema<"RuleSetting">>): Promise<Schema<"WholeRule">> {
  const { value, etag } = await tagged(api.GET("/api/v1/rules/{rule_id}", { params: { path: { rule_id: ruleId } } }));
  const level = value.level === value.own_level ? null : value.level;
  return data(
    api.PUT("/api/v1/rules/{rule_id}/setting", {
      params: { path: { rule_id: ruleId }, header: { "If-Match": etag } },
      body: { enabled: value.enabled, level, ...change },
    }),
  );
}

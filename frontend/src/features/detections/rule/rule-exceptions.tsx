"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";

import { type Schema, api, data } from "@/api/client";
import { Loaded, Skeleton } from "@/components/data/states";
import { Time, useNow } from "@/components/data/time";
import { Section } from "@/components/shell/page";
import { counted } from "@/lib/format";
import { exceptionState } from "../exception-state";

export const useFilters = () =>
  useQuery({ queryKey: ["rule-filters"], queryFn: () => data(api.GET("/api/v1/rule-filters")) });

/** The filters that name a rule: those in force, and how many were. */
export function RuleExceptions({ rule }: { rule: Schema<"WholeRule"> }) {
  const filters = useFilters();
  const now = useNow()?.getTime() ?? 0;
  return (
    <Section
      title="Exceptions"
      beside={
        <Link
          href={`/detections/exceptions?${new URLSearchParams({ rule: rule.rule_id }).toString()}`}
          className="text-accent-ink hover:underline"
        >
          Show all
        </Link>
      }
    >
      <Loaded query={filters} what="The exceptions" skeleton={<Skeleton lines={2} />}>
        {(all) => {
          const mine = all.items.filter((each) => each.rule_ids.includes(rule.rule_id));
          const active = mine.filter((each) => exceptionState(each, now) === "active");
          const past = mine.length - active.length;
          return (
            <>
              {active.length === 0 ? (
                <p className="text-ink-2">
                  Nothing is withheld from it{past > 0 ? `; ${counted(past, "exception")} ended or expired` : ""}.
                </p>
              ) : (
                <ul className="divide-y divide-line border-y border-line">
                  {active.map((each) => (
                    <li key={each.id} className="flex min-h-8 flex-wrap items-center gap-x-4 py-1">
                      <Link
                        href={`/detections/exceptions?open=${each.id}`}
                        className="min-w-0 truncate text-accent-ink hover:underline"
                      >
                        {each.name}
                      </Link>
                      <span className="text-sm text-ink-2">{counted(each.hits, "finding")} withheld</span>
                      <span className="ml-auto text-sm text-ink-2">
                        {each.expires_at ? (
                          <>
                            until <Time value={each.expires_at} parts="day" />
                          </>
                        ) : (
                          "does not end"
                        )}
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

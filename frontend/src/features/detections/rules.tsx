"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useMemo, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { TacticMarks } from "@/components/data/attack";
import { type Column, DataTable } from "@/components/data/data-table";
import { SeverityMark } from "@/components/data/severity";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { PageHead } from "@/components/shell/page";
import { useMay } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button, buttonClass } from "@/components/ui/button";
import { Input, Select } from "@/components/ui/form";
import { useAddress } from "@/lib/address";
import { number, percent, words } from "@/lib/format";
import { usePages } from "@/lib/pages";
import { SEVERITIES, type Severity } from "@/lib/severity";
import { ruleHref, setRule } from "./rule-api";
import { DetectionTabs } from "./tabs";

type Rule = Schema<"Rule">;

export const KINDS: Record<Rule["kind"], string> = {
  sigma: "Sigma",
  sigma_correlation: "Correlation",
  indicator: "Indicators",
};

/** All rules, the platform's and one's own. `kind` holds the list to one kind. */
export function Rules({ kind }: { kind?: Rule["kind"] }) {
  const address = useAddress();
  const router = useRouter();
  const mayEdit = useMay("analyst");
  const [typed, setTyped] = useState(address.get("text"));
  const filters = useMemo(() => {
    const enabled = address.get("enabled");
    const found = address.get("found");
    return {
      text: address.get("text") || undefined,
      level: (address.all("level") as Severity[]).length > 0 ? (address.all("level") as Severity[]) : undefined,
      kind: kind ? [kind] : (address.get("kind") as Rule["kind"]) ? [address.get("kind") as Rule["kind"]] : undefined,
      origin: (address.get("origin") || undefined) as Rule["origin"] | undefined,
      enabled: enabled === "" ? undefined : enabled === "true",
      found: found === "" ? undefined : found === "true",
      tactic: address.get("tactic") || undefined,
      technique: address.get("technique") || undefined,
      log_source: address.get("log_source") || undefined,
    };
  }, [address, kind]);
  const list = usePages(["rules", filters], (cursor) =>
    data(api.GET("/api/v1/rules", { params: { query: { ...filters, limit: 100, cursor } } })),
  );
  const toggle = useToggle();

  const columns = useMemo<Column<Rule>[]>(
    () => [
      {
        id: "enabled",
        header: "On",
        size: 52,
        cell: ({ row }) => (
          <input
            type="checkbox"
            role="switch"
            aria-label={`${row.original.title}: on`}
            className="size-3.5 accent-[var(--accent)]"
            checked={row.original.enabled}
            disabled={!mayEdit || toggle.isPending}
            onChange={(event) => toggle.mutate({ rule: row.original, enabled: event.target.checked })}
          />
        ),
      },
      {
        id: "level",
        header: "Level",
        size: 60,
        cell: ({ row }) => (
          <span
            className="flex items-center gap-1"
            title={
              row.original.level === row.original.own_level
                ? words(row.original.level)
                : `${words(row.original.level)}; the rule itself says ${row.original.own_level}`
            }
          >
            <SeverityMark severity={row.original.level} />
            {row.original.level === row.original.own_level ? null : <span className="text-xs text-ink-3">set</span>}
          </span>
        ),
      },
      {
        id: "title",
        header: "Rule",
        size: 320,
        meta: { grow: true },
        cell: ({ row }) => <span className="truncate text-ink">{row.original.title}</span>,
      },
      { id: "kind", header: "Kind", size: 92, meta: { hideBelow: 900 }, cell: ({ row }) => KINDS[row.original.kind] },
      {
        id: "origin",
        header: "From",
        size: 84,
        meta: { hideBelow: 1000 },
        cell: ({ row }) => (row.original.origin === "own" ? "Own" : "Platform"),
      },
      {
        id: "log_sources",
        header: "Log sources",
        size: 180,
        meta: { hideBelow: 1100 },
        cell: ({ row }) => <span className="truncate text-ink-2">{row.original.log_sources.join(", ")}</span>,
      },
      {
        id: "tactics",
        header: "ATT&CK",
        size: 112,
        meta: { hideBelow: 760 },
        cell: ({ row }) => <TacticMarks tactics={row.original.tactics} />,
      },
      {
        id: "findings",
        header: "Findings",
        size: 80,
        meta: { align: "right" },
        cell: ({ row }) => number(row.original.findings),
      },
      {
        id: "suppressed",
        header: "Filtered",
        size: 76,
        meta: { align: "right", hideBelow: 1000 },
        cell: ({ row }) => number(row.original.suppressed),
      },
      {
        id: "last_at",
        header: "Last finding",
        size: 104,
        meta: { hideBelow: 700 },
        cell: ({ row }) =>
          row.original.last_at ? (
            <Time value={row.original.last_at} relative />
          ) : (
            <span className="text-ink-3">never</span>
          ),
      },
      {
        id: "precision",
        header: "Precision",
        size: 84,
        meta: { align: "right", hideBelow: 1100 },
        cell: ({ row }) =>
          row.original.precision === null ? (
            <span className="text-ink-3" title="No verdicts yet">
              none
            </span>
          ) : (
            <span
              title={`${row.original.true_positives} true positive, ${row.original.false_positives} false positive, ${row.original.benign} benign`}
            >
              {percent(row.original.precision)}
            </span>
          ),
      },
    ],
    [mayEdit, toggle],
  );

  return (
    <>
      <PageHead
        title="Detections"
        actions={
          mayEdit ? (
            <Link href="/detections/rules/new" className={buttonClass("primary")}>
              <Plus size={14} aria-hidden />
              Write a rule
            </Link>
          ) : null
        }
      />
      <DetectionTabs />
      <form
        role="search"
        className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          address.set({ text: typed });
        }}
      >
        <Input
          data-search
          aria-label="Search rules"
          placeholder="Search title, id, description"
          className="max-w-72"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => address.set({ text: typed })}
        />
        <Choice name="level" label="Any level" options={SEVERITIES.map((each) => [each, words(each)])} />
        {kind ? null : <Choice name="kind" label="Any kind" options={Object.entries(KINDS)} />}
        <Choice
          name="origin"
          label="From anywhere"
          options={[
            ["platform", "Platform"],
            ["own", "Own"],
          ]}
        />
        <Choice
          name="enabled"
          label="On or off"
          options={[
            ["true", "On"],
            ["false", "Off"],
          ]}
        />
        <Choice
          name="found"
          label="With or without findings"
          options={[
            ["true", "With findings"],
            ["false", "Without findings"],
          ]}
        />
        {["tactic", "technique", "log_source"].map((name) =>
          address.get(name) ? (
            <Button key={name} small onClick={() => address.push({ [name]: null })} title="Remove this filter">
              {words(name)}: {address.get(name)} ×
            </Button>
          ) : null,
        )}
      </form>
      {list.isError && list.rows.length > 0 ? (
        <Notice className="m-2">The list could not be refreshed; what is shown is from before.</Notice>
      ) : null}
      <div className="min-h-0 flex-1">
        {list.isError && list.rows.length === 0 ? (
          <Failure error={list.error} what="The rules" onRetry={() => void list.refetch()} />
        ) : (
          <DataTable
            label="Rules"
            name="rules"
            rows={list.rows}
            columns={columns}
            rowId={(rule) => rule.rule_id}
            onOpen={(rule) => router.push(ruleHref(rule.rule_id))}
            loading={list.loading}
            more={list.more}
            loadingMore={list.loadingMore}
            onEnd={list.next}
            empty={
              <Empty
                title="No rule is like this"
                action={
                  <Button
                    onClick={() =>
                      address.push(
                        Object.fromEntries([...new URLSearchParams(address.search).keys()].map((name) => [name, null])),
                      )
                    }
                  >
                    Remove all filters
                  </Button>
                }
              />
            }
          />
        )}
      </div>
    </>
  );
}

function Choice({ name, label, options }: { name: string; label: string; options: (readonly [string, string])[] }) {
  const address = useAddress();
  return (
    <Select
      aria-label={label}
      className="w-auto"
      value={address.get(name)}
      onChange={(event) => address.push({ [name]: event.target.value })}
    >
      <option value="">{label}</option>
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </Select>
  );
}

function useToggle() {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const toggle = useMutation({
    mutationFn: ({ rule, enabled }: { rule: Rule; enabled: boolean }) => setRule(rule.rule_id, { enabled }),
    onSuccess: (_, { rule, enabled }) =>
      toast({
        text: `${rule.title} is ${enabled ? "on" : "off"}`,
        undo: () => toggle.mutate({ rule, enabled: !enabled }),
      }),
    onError: failed("The rule could not be switched"),
    onSettled: () => void client.invalidateQueries({ queryKey: ["rules"] }),
  });
  return toggle;
}

"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api, data, tagged } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Loaded } from "@/components/data/states";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { cn } from "@/lib/cn";
import { localText } from "@/lib/time";
import { FilterPreview, daysFor, useFilterPreview, useSettled } from "./filter-preview";

const DAY = 86_400_000;
const ENDS: readonly [string, string][] = [
  ["7", "in 7 days"],
  ["30", "in 30 days"],
  ["90", "in 90 days"],
  ["180", "in 180 days"],
  ["365", "in a year"],
  ["", "never"],
];

type Filter = Schema<"RuleFilter">;
type Given = {
  /** What the filter is about: the finding's or the rule's title. */
  title: string;
  onClose: () => void;
} & (
  | { findingId: string; ruleIds?: undefined; filter?: undefined }
  | { ruleIds: string[]; findingId?: undefined; filter?: undefined }
  /** One that is there, to be changed. */
  | { filter: Filter; findingId?: undefined; ruleIds?: undefined }
);

/**
 * A filter is proposed (for a finding), written, tried on the findings of the last days, and kept until it expires.
 *
 *     <FilterDialog findingId={id} title={finding.title} onClose={close} />
 *     <FilterDialog ruleIds={[rule.id]} title={rule.title} onClose={close} />
 *     <FilterDialog filter={filter} title={filter.name} onClose={close} />
 */
export function FilterDialog(given: Given) {
  const { findingId, filter } = given;
  const proposals = useQuery({
    queryKey: ["rule-filter-proposals", findingId],
    queryFn: () => data(api.POST("/api/v1/rule-filter-proposals", { body: { finding_id: findingId ?? "" } })),
    enabled: findingId !== undefined,
    staleTime: Infinity,
  });
  const finding = useQuery({
    queryKey: ["findings", findingId],
    queryFn: () =>
      data(api.GET("/api/v1/findings/{finding_id}", { params: { path: { finding_id: findingId ?? "" } } })),
    enabled: findingId !== undefined,
  });
  const close = (open: boolean) => {
    if (!open) given.onClose();
  };
  const title = filter ? `Change the filter ${filter.name}` : `New filter: ${given.title}`;
  if (findingId === undefined)
    return (
      <Editing
        title={title}
        close={close}
        ruleIds={filter?.rule_ids ?? given.ruleIds ?? []}
        filter={filter}
        items={[]}
        finding={null}
      />
    );
  const found = proposals.data;
  const about = finding.data;
  if (found !== undefined && about !== undefined)
    return (
      <Editing
        title={title}
        close={close}
        ruleIds={[found.rule_id]}
        items={found.items}
        none={found.reason ?? undefined}
        finding={about}
      />
    );
  return (
    <Dialog wide open onOpenChange={close} title={title}>
      <Loaded query={proposals} what="Proposals">
        {() => (
          <Loaded query={finding} what="The finding">
            {() => null}
          </Loaded>
        )}
      </Loaded>
    </Dialog>
  );
}

function Editing({
  title,
  close,
  ruleIds,
  filter,
  items,
  none,
  finding,
}: {
  title: string;
  close: (open: boolean) => void;
  ruleIds: string[];
  filter?: Filter;
  items: Schema<"Proposal">[];
  /** Why nothing is proposed. */
  none?: string;
  finding: Schema<"WholeFinding"> | null;
}) {
  const [chosen, setChosen] = useState(0);
  const [text, setText] = useState(filter?.text ?? items[0]?.text ?? "");
  const [name, setName] = useState(filter?.name ?? items[0]?.name ?? "");
  const [reason, setReason] = useState(filter?.reason ?? "");
  const [ends, setEnds] = useState(filter ? "kept" : "30");
  const [alsoVerdict, setAlsoVerdict] = useState(finding !== null && finding.verdict === null);
  const [accepted, setAccepted] = useState("");
  const [days, setDays] = useState(() => daysFor(finding?.time));
  const [openedAt] = useState(() => Date.now());

  const settled = useSettled(text, 450);
  const preview = useFilterPreview(ruleIds, settled, days);
  const tried = preview.data !== undefined && settled === text && !preview.isFetching;
  const tooFar = preview.data?.withheld_true_positives ?? 0;
  const acknowledged = tooFar === 0 || accepted === settled;
  const expiresAt =
    ends === "kept"
      ? (filter?.expires_at ?? null)
      : ends === ""
        ? null
        : new Date(openedAt + Number(ends) * DAY).toISOString();
  const body = { name: name.trim(), rule_ids: ruleIds, text, reason: reason.trim(), expires_at: expiresAt };
  const missing = body.name === "" || body.reason === "";
  const save = useSave(filter, finding, alsoVerdict, () => close(false));

  return (
    <Dialog
      wide
      open
      onOpenChange={close}
      title={title}
      description={
        filter
          ? "What is here stays as it is; new findings are judged by what you write now."
          : "Findings that are here stay. From now on those that it holds for are kept as suppressed, and are in no incident."
      }
      footer={
        <>
          <Button onClick={() => close(false)}>Cancel</Button>
          <Button
            look="primary"
            busy={save.isPending}
            disabled={!tried || missing || !acknowledged}
            onClick={() => save.mutate(body)}
          >
            {filter ? "Save filter" : "Create filter"}
          </Button>
        </>
      }
    >
      <div className="grid gap-x-6 gap-y-4 pb-2 md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-3">
          {items.length > 0 ? (
            <fieldset>
              <legend className="mb-1 text-sm font-medium text-ink-2">Proposals, the narrowest first</legend>
              <div className="flex flex-col gap-1">
                {items.map((each, index) => (
                  <label
                    key={each.text}
                    className={cn(
                      "flex cursor-pointer items-start gap-2 rounded-md border px-2 py-1.5",
                      chosen === index ? "border-accent bg-selected" : "border-line hover:bg-hover",
                    )}
                  >
                    <input
                      type="radio"
                      name="proposal"
                      className="mt-1 accent-[var(--accent)]"
                      checked={chosen === index}
                      onChange={() => {
                        setChosen(index);
                        setText(each.text);
                        if (name === "" || items.some((other) => other.name === name)) setName(each.name);
                      }}
                    />
                    <span className="min-w-0">
                      <span>{each.why}</span>
                      <span className="block truncate font-mono text-[11px] text-ink-2" title={each.sentence}>
                        {each.fields.join(", ")}
                      </span>
                    </span>
                  </label>
                ))}
              </div>
            </fieldset>
          ) : none ? (
            <p className="text-ink-2">{none}</p>
          ) : null}
          <Field
            label="Filter"
            hint="Selections as in a Sigma rule, and a condition that must hold for a finding to stay: not selection."
            error={preview.isError && settled === text ? asProblem(preview.error).message : undefined}
          >
            {(ids) => (
              <Textarea
                {...ids}
                spellCheck={false}
                rows={Math.min(14, Math.max(6, text.split("\n").length + 1))}
                className="font-mono text-[12px]"
                value={text}
                placeholder={"selection:\n  userIdentity.userName: nightly-backup\ncondition: not selection"}
                onChange={(event) => {
                  setText(event.target.value);
                  setChosen(-1);
                }}
              />
            )}
          </Field>
        </div>
        <div className="flex min-w-0 flex-col gap-3">
          <FilterPreview
            preview={preview}
            days={days}
            setDays={setDays}
            empty={settled.trim() === ""}
            findingId={finding?.finding_id}
          />
          {tooFar > 0 ? (
            <Checkbox
              checked={acknowledged}
              onChange={(event) => setAccepted(event.target.checked ? settled : "")}
              label="I have looked at the true positives that it would withhold"
            />
          ) : null}
          <Field label="Name">
            {(ids) => <Input {...ids} required value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label="Reason" hint="Whoever looks at it later wants to know why it is there.">
            {(ids) => (
              <Textarea
                {...ids}
                required
                rows={2}
                value={reason}
                placeholder="It creates a key each night; change 4711."
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
          <Field
            label="Expires"
            hint={
              expiresAt === null
                ? "It withholds findings until somebody ends it. A filter without an end is forgotten."
                : `${localText(expiresAt, "minute")}, your time. From then on it withholds nothing.`
            }
          >
            {(ids) => (
              <Select {...ids} value={ends} onChange={(event) => setEnds(event.target.value)}>
                {filter ? <option value="kept">as it is</option> : null}
                {ENDS.map(([value, label]) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          {finding !== null && finding.verdict === null ? (
            <Checkbox
              checked={alsoVerdict}
              onChange={(event) => setAlsoVerdict(event.target.checked)}
              label="Give this finding the verdict false positive"
            />
          ) : null}
        </div>
      </div>
    </Dialog>
  );
}

type Body = { name: string; rule_ids: string[]; text: string; reason: string; expires_at: string | null };

function useSave(
  filter: Filter | undefined,
  finding: Schema<"WholeFinding"> | null,
  alsoVerdict: boolean,
  onSaved: () => void,
) {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const refresh = () => {
    for (const noun of ["rule-filters", "findings", "rules"]) void client.invalidateQueries({ queryKey: [noun] });
  };
  const revoke = useRevokeFilter();
  return useMutation({
    mutationFn: async (body: Body) => {
      if (filter) {
        const params = { path: { filter_id: filter.id } };
        const { etag } = await tagged(api.GET("/api/v1/rule-filters/{filter_id}", { params }));
        return data(
          api.PUT("/api/v1/rule-filters/{filter_id}", { params: { ...params, header: { "If-Match": etag } }, body }),
        );
      }
      return data(api.POST("/api/v1/rule-filters", { body }));
    },
    onError: failed("The filter was not kept"),
    onSuccess: async (kept, body) => {
      onSaved();
      refresh();
      toast({
        text: filter ? `Filter ${kept.name} changed` : `Filter ${kept.name} is in force`,
        undo: filter ? undefined : () => revoke.mutate(kept.id),
      });
      if (finding === null || !alsoVerdict || finding.verdict !== null) return;
      try {
        await data(
          api.PUT("/api/v1/findings/{finding_id}/verdict", {
            params: { path: { finding_id: finding.finding_id } },
            body: { verdict: "false_positive", note: body.reason.slice(0, 2_000) },
          }),
        );
      } catch (error) {
        failed("The filter is kept, the verdict is not")(error);
      }
      refresh();
    },
  });
}

/** Ends a filter: the way back of one that was made, and an action on each. */
export function useRevokeFilter() {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  return useMutation({
    mutationFn: async (filterId: string) => {
      const params = { path: { filter_id: filterId } };
      const { etag } = await tagged(api.GET("/api/v1/rule-filters/{filter_id}", { params }));
      return data(
        api.DELETE("/api/v1/rule-filters/{filter_id}", { params: { ...params, header: { "If-Match": etag } } }),
      );
    },
    onError: failed("The filter was not ended"),
    onSuccess: (ended) => {
      toast({ text: `Filter ${ended.name} ended; it withholds nothing more` });
      for (const noun of ["rule-filters", "rules"]) void client.invalidateQueries({ queryKey: [noun] });
    },
  });
}

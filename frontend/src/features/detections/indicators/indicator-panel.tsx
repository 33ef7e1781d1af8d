"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";

import { api, data, tagged } from "@/api/client";
import { asProblem } from "@/api/problem";
import { SeverityLabel } from "@/components/data/severity";
import { SidePanel } from "@/components/data/side-panel";
import { Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Mono, huntHref, quoted } from "@/components/data/value";
import { useMay } from "@/components/shell/session";
import { useToast } from "@/components/shell/toasts";
import { Button, buttonClass } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/form";
import { number } from "@/lib/format";
import { fieldTime } from "@/lib/ranges";
import { Actor } from "../actor";
import { useRefreshIndicators } from "./add-dialog";
import { type Said, SaidFields } from "./fields";
import { type Indicator, TYPES, endOf } from "./types";

/** One indicator: what is said of it, what it found, changing it. */
export function IndicatorPanel({
  id,
  onClose,
  onRemove,
}: {
  id: string;
  onClose: () => void;
  onRemove: (indicator: Indicator) => void;
}) {
  const mayEdit = useMay("analyst");
  const indicator = useQuery({
    queryKey: ["indicators", "one", id],
    queryFn: () => tagged(api.GET("/api/v1/indicators/{indicator_id}", { params: { path: { indicator_id: id } } })),
    retry: (count, error) => asProblem(error).status !== 404 && count < 2,
  });
  return (
    <SidePanel title={indicator.data?.value.value ?? "Indicator"} onClose={onClose}>
      <Loaded query={indicator} what="The indicator">
        {({ value, etag }) => (
          <div className="flex flex-col gap-5 p-4">
            <Facts indicator={value} />
            {mayEdit ? (
              <Change
                key={`${value.indicator_id}:${value.version}`}
                indicator={value}
                etag={etag}
                onRemove={onRemove}
              />
            ) : null}
          </div>
        )}
      </Loaded>
    </SidePanel>
  );
}

function Facts({ indicator }: { indicator: Indicator }) {
  return (
    <>
      <dl className="grid grid-cols-[96px_minmax(0,1fr)] gap-x-3 gap-y-1.5">
        <dt className="text-ink-2">Value</dt>
        <dd>
          <Mono>{indicator.value}</Mono>
        </dd>
        <dt className="text-ink-2">Type</dt>
        <dd>{TYPES[indicator.type]}</dd>
        <dt className="text-ink-2">Title</dt>
        <dd>{indicator.title}</dd>
        <dt className="text-ink-2">Level</dt>
        <dd>
          <SeverityLabel severity={indicator.level} />
        </dd>
        <dt className="text-ink-2">Source</dt>
        <dd>
          {indicator.source === "" ? (
            <span className="text-ink-3">not said</span>
          ) : (
            <Link
              href={`/detections/indicators?${new URLSearchParams({ source: indicator.source }).toString()}`}
              className="hover:underline"
            >
              {indicator.source}
            </Link>
          )}
        </dd>
        {indicator.note !== "" ? (
          <>
            <dt className="text-ink-2">Note</dt>
            <dd className="whitespace-pre-line">{indicator.note}</dd>
          </>
        ) : null}
        <dt className="text-ink-2">Findings</dt>
        <dd>
          {number(indicator.hits)}
          {indicator.last_hit_at ? (
            <>
              , the last <Time value={indicator.last_hit_at} relative />
            </>
          ) : null}
        </dd>
        <dt className="text-ink-2">Added</dt>
        <dd className="flex flex-wrap items-center gap-x-2">
          <Time value={indicator.created_at} parts="minute" /> by <Actor actor={indicator.created_by} />
        </dd>
        <dt className="text-ink-2">Expires</dt>
        <dd>{indicator.expires_at ? <Time value={indicator.expires_at} /> : "it does not end"}</dd>
      </dl>
      <div>
        <Link href={huntHref(quoted(indicator.value))} className={buttonClass()}>
          Hunt for it in the past
        </Link>
      </div>
    </>
  );
}

const saidOf = (indicator: Indicator): Said => ({
  title: indicator.title,
  level: indicator.level,
  note: indicator.note,
  source: indicator.source,
  expires: indicator.expires_at ? fieldTime(indicator.expires_at).slice(0, 16) : "",
});

function Change({
  indicator,
  etag,
  onRemove,
}: {
  indicator: Indicator;
  etag: string;
  onRemove: (indicator: Indicator) => void;
}) {
  const toast = useToast();
  const refresh = useRefreshIndicators();
  const [start] = useState(() => saidOf(indicator));
  const [said, setSaid] = useState(start);
  const [enabled, setEnabled] = useState(indicator.enabled);
  const changed = JSON.stringify(said) !== JSON.stringify(start) || enabled !== indicator.enabled;
  const save = useMutation({
    mutationFn: () =>
      data(
        api.PATCH("/api/v1/indicators/{indicator_id}", {
          params: { path: { indicator_id: indicator.indicator_id }, header: { "If-Match": etag } },
          body: {
            title: said.title,
            level: said.level || indicator.level,
            note: said.note,
            source: said.source,
            enabled,
            // A field for times has no seconds: what was not touched is not sent.
            ...(said.expires === start.expires ? {} : { expires_at: endOf(said.expires) }),
          },
        }),
      ),
    onSuccess: (kept) => {
      refresh();
      toast({ text: `${kept.value} is changed` });
    },
  });
  const problem = save.isError ? asProblem(save.error) : null;
  return (
    <form
      className="flex flex-col gap-3 border-t border-line pt-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <h2 className="font-semibold">Change it</h2>
      {problem ? (
        <Notice
          tone="danger"
          action={
            problem.status === 412 ? (
              <Button small onClick={refresh}>
                Show what it is now
              </Button>
            ) : null
          }
        >
          {problem.status === 412
            ? "Somebody else changed it meanwhile, so yours was not saved."
            : `It was not changed: ${problem.message}`}
        </Notice>
      ) : null}
      <SaidFields fixedLevel said={said} onChange={setSaid} />
      <Checkbox label="It is looked for" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} />
      <div className="flex gap-2">
        <Button type="submit" look="primary" busy={save.isPending} disabled={!changed}>
          Save
        </Button>
        <Button look="danger" onClick={() => onRemove(indicator)}>
          Remove
        </Button>
      </div>
    </form>
  );
}

"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Bookmark, Link2, Trash2, Users } from "lucide-react";
import { useState } from "react";

import { type Schema, api, data, tagged } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { TimeRangeState } from "@/components/data/time-range";
import { useMay, useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button, IconButton } from "@/components/ui/button";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/form";
import { Confirm, Dialog, Popover } from "@/components/ui/overlay";
import { useAddress } from "@/lib/address";
import { usePages } from "@/lib/pages";
import { rangeLabel, rangeLength } from "@/lib/ranges";
import { copyText } from "@/lib/copy";

type Saved = Schema<"SavedHunt">;

/** Keeps queries, opens kept ones, and gives the link that asks the same. */
export function SavedHunts({ query, ranQuery, range }: { query: string; ranQuery: string; range: TimeRangeState }) {
  const address = useAddress();
  const toast = useToast();
  const mayWrite = useMay("analyst");
  const [open, setOpen] = useState(false);
  const [saving, setSaving] = useState(false);
  const openId = address.get("saved");
  const opened = useQuery({
    queryKey: ["saved-hunts", openId],
    queryFn: () => tagged(api.GET("/api/v1/saved-hunts/{hunt_id}", { params: { path: { hunt_id: openId } } })),
    enabled: openId !== "",
  });
  const copy = () => {
    const link = new URL(address.href({ query: ranQuery, from: range.from, to: range.to, event: null }), location.href);
    void copyText(link.href).then(
      () => toast({ text: "Link copied: it asks the same of the same times" }),
      () => toast({ tone: "danger", text: "The browser did not allow copying" }),
    );
  };
  return (
    <>
      {opened.data ? <span className="max-w-56 truncate text-ink-2">{opened.data.value.name}</span> : null}
      {opened.isError ? (
        <span className="text-sm text-ink-2">The saved hunt is not there: {asProblem(opened.error).message}</span>
      ) : null}
      <Popover
        label="Saved hunts"
        align="end"
        open={open}
        onOpenChange={setOpen}
        className="w-[420px] max-w-[calc(100vw-16px)] p-1"
        trigger={
          <Button>
            <Bookmark size={14} aria-hidden />
            Saved
          </Button>
        }
      >
        <List
          onOpen={(hunt) => {
            setOpen(false);
            address.push({ query: hunt.query, saved: hunt.id, event: null, sort: null, ...timesOf(hunt) });
          }}
        />
      </Popover>
      {mayWrite ? <Button onClick={() => setSaving(true)}>Save</Button> : null}
      <IconButton label="Copy a link to this hunt and its times" onClick={copy}>
        <Link2 size={15} aria-hidden />
      </IconButton>
      {saving ? (
        <SaveDialog query={query} range={range} opened={opened.data ?? null} onClose={() => setSaving(false)} />
      ) : null}
    </>
  );
}

/** What of the address a saved hunt's time range becomes. */
function timesOf(hunt: Saved): Record<string, string | null> {
  const given = hunt.time_range;
  if (typeof given.last_seconds === "number")
    return { from: given.last_seconds % 60 === 0 ? `-${relative(given.last_seconds)}` : null, to: null };
  if (typeof given.first_at === "string")
    return { from: given.first_at, to: typeof given.before === "string" ? given.before : null };
  return {};
}

function relative(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  return seconds % 3_600 === 0 ? `${seconds / 3_600}h` : `${Math.round(seconds / 60)}m`;
}

function List({ onOpen }: { onOpen: (hunt: Saved) => void }) {
  const [typed, setTyped] = useState("");
  const [removing, setRemoving] = useState<Saved | null>(null);
  const client = useQueryClient();
  const failed = useFailureToast();
  const toast = useToast();
  const mayAny = useMay("admin");
  const mayWrite = useMay("analyst");
  const { user_id: me } = useSession();
  const list = usePages(["saved-hunts", "list"], (cursor) =>
    data(api.GET("/api/v1/saved-hunts", { params: { query: { limit: 100, cursor } } })),
  );
  const remove = useMutation({
    mutationFn: (hunt: Saved) =>
      api.DELETE("/api/v1/saved-hunts/{hunt_id}", { params: { path: { hunt_id: hunt.id } } }),
    onSuccess: () => {
      toast({ text: "Saved hunt removed" });
      setRemoving(null);
      void client.invalidateQueries({ queryKey: ["saved-hunts"] });
    },
    onError: failed("Not removed"),
  });
  const needle = typed.toLowerCase();
  const shown = list.rows.filter((each) =>
    `${each.name} ${each.query} ${each.description}`.toLowerCase().includes(needle),
  );
  return (
    <>
      <Input
        aria-label="Search saved hunts"
        placeholder="Search saved hunts"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="mb-1"
      />
      {list.isError ? (
        <p role="alert" className="px-2 py-1 text-danger-ink">
          Saved hunts could not be loaded: {asProblem(list.error).message}
        </p>
      ) : list.loading ? (
        <div className="skeleton m-2 h-4" />
      ) : shown.length === 0 ? (
        <p className="px-2 py-1.5 text-ink-2">
          {list.rows.length === 0 ? "No hunt is saved yet: write a query and choose Save." : "None has this in it"}
        </p>
      ) : (
        <ul className="max-h-[50vh] overflow-y-auto">
          {shown.map((hunt) => (
            <li key={hunt.id} className="flex items-start gap-1 rounded-sm hover:bg-hover">
              <button type="button" className="min-w-0 flex-1 px-2 py-1 text-left" onClick={() => onOpen(hunt)}>
                <span className="flex items-center gap-1.5">
                  <span className="truncate font-medium">{hunt.name}</span>
                  {hunt.shared ? (
                    <>
                      <Users size={12} className="shrink-0 text-ink-3" aria-hidden />
                      <span className="sr-only">shared</span>
                    </>
                  ) : null}
                </span>
                <span className="block truncate font-mono text-[11px] text-ink-3">{hunt.query || "all events"}</span>
              </button>
              {mayAny || (mayWrite && hunt.created_by === me) ? (
                <IconButton small label={`Remove ${hunt.name}`} className="mt-1 mr-1" onClick={() => setRemoving(hunt)}>
                  <Trash2 size={13} aria-hidden />
                </IconButton>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {list.more ? (
        <Button small look="quiet" onClick={list.next}>
          Load more
        </Button>
      ) : null}
      <Confirm
        open={removing !== null}
        onOpenChange={(is) => !is && setRemoving(null)}
        title={`Remove ${removing?.name ?? ""}?`}
        verb="Remove"
        danger
        busy={remove.isPending}
        onConfirm={() => removing && remove.mutate(removing)}
      >
        {removing?.shared ? "All members lose it. " : ""}It cannot be brought back.
      </Confirm>
    </>
  );
}

type Times = "relative" | "fixed" | "none";

function SaveDialog({
  query,
  range,
  opened,
  onClose,
}: {
  query: string;
  range: TimeRangeState;
  opened: { value: Saved; etag: string } | null;
  onClose: () => void;
}) {
  const address = useAddress();
  const client = useQueryClient();
  const toast = useToast();
  const { user_id: me } = useSession();
  const mayAny = useMay("admin");
  const mine = opened !== null && (mayAny || opened.value.created_by === me);
  const [name, setName] = useState(mine ? opened.value.name : "");
  const [description, setDescription] = useState(mine ? opened.value.description : "");
  const [shared, setShared] = useState(mine ? opened.value.shared : false);
  const [times, setTimes] = useState<Times>(range.relative === null ? "fixed" : "relative");
  const body = () => ({
    name: name.trim(),
    query,
    description,
    shared,
    time_range:
      times === "none"
        ? {}
        : times === "relative" && range.relative !== null
          ? { last_seconds: (rangeLength(range.relative) ?? 0) / 1_000 }
          : { first_at: range.from, before: range.to },
  });
  const save = useMutation({
    mutationFn: (change: boolean) =>
      change && opened !== null
        ? data(
            api.PATCH("/api/v1/saved-hunts/{hunt_id}", {
              params: { path: { hunt_id: opened.value.id }, header: { "If-Match": opened.etag } },
              body: body(),
            }),
          )
        : data(api.POST("/api/v1/saved-hunts", { body: body() })),
    onSuccess: (hunt) => {
      toast({ text: `Saved as ${hunt.name}` });
      void client.invalidateQueries({ queryKey: ["saved-hunts"] });
      address.set({ saved: hunt.id, query });
      onClose();
    },
  });
  const problem = save.isError ? asProblem(save.error) : null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Save the hunt"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {mine ? (
            <Button disabled={name.trim() === ""} busy={save.isPending} onClick={() => save.mutate(false)}>
              Save as new
            </Button>
          ) : null}
          <Button look="primary" disabled={name.trim() === ""} busy={save.isPending} onClick={() => save.mutate(mine)}>
            {mine ? "Save changes" : "Save"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-3">
        <Field label="Name">
          {(ids) => <Input {...ids} autoFocus value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Description" hint="What it looks for, and what to do when it finds something.">
          {(ids) => (
            <Textarea {...ids} rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
          )}
        </Field>
        <Field label="Time range">
          {(ids) => (
            <Select {...ids} value={times} onChange={(event) => setTimes(event.target.value as Times)}>
              {range.relative !== null ? <option value="relative">{rangeLabel(range.relative)}</option> : null}
              <option value="fixed">These very times</option>
              <option value="none">None: whatever is chosen when it is opened</option>
            </Select>
          )}
        </Field>
        <Checkbox
          label="Shared: all members of the organization see it"
          checked={shared}
          onChange={(event) => setShared(event.target.checked)}
        />
        <pre className="max-h-24 overflow-auto rounded-md bg-sunken px-2 py-1 font-mono text-[12px] whitespace-pre-wrap">
          {query || "(all events)"}
        </pre>
        {problem ? (
          <p role="alert" className="text-danger-ink">
            {problem.status === 412
              ? "Somebody changed this hunt since it was opened. Save it as new, or open it again to see their change."
              : problem.message}
          </p>
        ) : null}
      </div>
    </Dialog>
  );
}

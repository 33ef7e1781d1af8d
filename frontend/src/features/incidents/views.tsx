"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { BookmarkPlus, Ellipsis } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";

import { type Schema, api, data, tagged } from "@/api/client";
import { asProblem } from "@/api/problem";
import { PersonName } from "@/components/data/person";
import { useMay, useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button, IconButton } from "@/components/ui/button";
import { Checkbox, Field, Input } from "@/components/ui/form";
import { Confirm, Dialog, Menu, type MenuItem } from "@/components/ui/overlay";
import { TabLinks } from "@/components/ui/tabs";
import { useAddress } from "@/lib/address";
import { BUILT_IN, viewText } from "./address";

type View = Schema<"SavedView">;
type Content = Schema<"ChangedSavedView">;

const KEY = ["saved-views", "incidents"] as const;
/** As many as stand beside each other as tabs; the api gives as many at once. */
const MOST = 200;

const read = async (): Promise<View[]> =>
  (await data(api.GET("/api/v1/saved-views", { params: { query: { page: "incidents", limit: MOST } } }))).items;

/** The queue's views as tabs: those that everybody has, then one's own and the shared ones; and what can be done with the one that is shown. */
export function Views() {
  const { path, search } = useAddress();
  const views = useQuery({ queryKey: KEY, queryFn: read, staleTime: 60_000 });
  const may = useMay("analyst");
  const [saving, setSaving] = useState(false);
  const now = viewText(search);
  const saved = views.data ?? [];
  const current = saved.find((view) => viewText(view.query) === now);
  const known = current !== undefined || BUILT_IN.some((view) => viewText(view.query) === now);
  const tab = (name: string, query: string, key: string) => ({
    href: query === "" ? path : `${path}?${query}`,
    label: name,
    active: key === (current?.id ?? BUILT_IN.find((view) => viewText(view.query) === now)?.name),
  });
  return (
    <div className="no-print flex items-end border-b border-line pr-4">
      <TabLinks
        label="Views"
        className="min-w-0 flex-1 border-b-0"
        tabs={[
          ...BUILT_IN.map((view) => tab(view.name, view.query, view.name)),
          ...saved.map((view) => tab(view.name, view.query, view.id)),
        ]}
      />
      <div className="flex h-9 shrink-0 items-center gap-1">
        {views.isError ? <span className="text-sm text-danger-ink">Saved views could not be loaded</span> : null}
        {current ? <ViewMenu view={current} /> : null}
        {may && !known ? (
          <Button small look="quiet" onClick={() => setSaving(true)}>
            <BookmarkPlus size={14} aria-hidden />
            <span className="max-sm:sr-only">Save view</span>
          </Button>
        ) : null}
      </div>
      <Dialog open={saving} onOpenChange={setSaving} title="Save this view">
        {saving ? <ViewForm query={now} done={() => setSaving(false)} /> : null}
      </Dialog>
    </div>
  );
}

function useViewChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ view, content }: { view: View; content: Content }) => {
      const params = { path: { view_id: view.id } };
      const { etag } = await tagged(api.GET("/api/v1/saved-views/{view_id}", { params }));
      return data(
        api.PATCH("/api/v1/saved-views/{view_id}", {
          params: { ...params, header: { "If-Match": etag } },
          body: content,
        }),
      );
    },
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** Rename, share, delete. One's own, or any for an admin. */
function ViewMenu({ view }: { view: View }) {
  const { user_id: me } = useSession();
  const analyst = useMay("analyst");
  const admin = useMay("admin");
  const client = useQueryClient();
  const router = useRouter();
  const { path } = useAddress();
  const toast = useToast();
  const failed = useFailureToast();
  const change = useViewChange();
  const [renaming, setRenaming] = useState(false);
  const [removing, setRemoving] = useState(false);
  const remove = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/saved-views/{view_id}", { params: { path: { view_id: view.id } } })),
    onSuccess: () => {
      setRemoving(false);
      toast({ text: `The view "${view.name}" was deleted` });
      router.replace(path);
    },
    onError: failed("The view was not deleted"),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
  const may = analyst && (view.created_by === me || admin);
  if (!may)
    return view.shared ? (
      <span className="hidden items-center gap-1 text-sm text-ink-3 sm:inline-flex">
        Shared by <PersonName id={view.created_by} short />
      </span>
    ) : null;
  const share = (shared: boolean) =>
    change.mutate(
      { view, content: { shared } },
      {
        onSuccess: () =>
          toast({ text: shared ? "All members of the organization see the view" : "Only you see the view" }),
        onError: failed("The view was not changed"),
      },
    );
  const items: MenuItem[] = [
    { label: "Rename", onSelect: () => setRenaming(true) },
    view.shared
      ? { label: "Stop sharing", disabled: view.created_by === null, onSelect: () => share(false) }
      : { label: "Share with the organization", onSelect: () => share(true) },
    "separator",
    { label: "Delete view", danger: true, onSelect: () => setRemoving(true) },
  ];
  return (
    <>
      {view.shared ? <span className="hidden text-sm text-ink-3 sm:inline">Shared</span> : null}
      <Menu items={items} align="end">
        <IconButton label={`What can be done with the view ${view.name}`}>
          <Ellipsis size={15} aria-hidden />
        </IconButton>
      </Menu>
      <Dialog open={renaming} onOpenChange={setRenaming} title="Rename the view">
        {renaming ? <ViewForm view={view} query={view.query} done={() => setRenaming(false)} /> : null}
      </Dialog>
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Delete the view "${view.name}"`}
        verb="Delete view"
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        {view.shared
          ? "It goes away for all members of the organization. The incidents stay as they are. It cannot be brought back, but made again."
          : "The incidents stay as they are. It cannot be brought back, but made again."}
      </Confirm>
    </>
  );
}

function ViewForm({ view, query, done }: { view?: View; query: string; done: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(false);
  const change = useViewChange();
  const create = useMutation({
    mutationFn: () =>
      data(api.POST("/api/v1/saved-views", { body: { name: name.trim(), page: "incidents", query, shared } })),
    onSuccess: (made) => {
      toast({ text: `Saved as "${made.name}"` });
      done();
    },
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
  const tried = view ? change : create;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (view) change.mutate({ view, content: { name: name.trim() } }, { onSuccess: done });
    else create.mutate();
  };
  return (
    <form className="flex flex-col gap-3 pb-3" onSubmit={send}>
      <Field
        label="Name"
        hint={view ? undefined : "Filters and order are kept as they are now."}
        error={tried.isError ? asProblem(tried.error).message : undefined}
      >
        {(ids) => (
          <Input
            {...ids}

            autoFocus
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {view ? null : (
        <Checkbox
          label="Share with all members of the organization"
          checked={shared}
          onChange={(event) => setShared(event.target.checked)}
        />
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={done}>Cancel</Button>
        <Button type="submit" look="primary" busy={tried.isPending} disabled={name.trim() === ""}>
          {view ? "Rename" : "Save view"}
        </Button>
      </div>
    </form>
  );
}

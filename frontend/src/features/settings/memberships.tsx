"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem, errorOf } from "@/api/problem";
import { useSession } from "@/components/shell/session";
import { useFailureToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { ownPath } from "@/features/sign-in/own-path";
import { slugOf } from "./slug";

/** The person's organizations: look at another, make a new one. */
export function Memberships() {
  const session = useSession();
  const failed = useFailureToast();
  const [making, setMaking] = useState(false);
  const look = useMutation({
    mutationFn: (organizationId: string) =>
      data(api.PATCH("/api/v1/session", { body: { organization_id: organizationId } })),
    // Everything that is kept of the page is the other organization's.
    onSuccess: () => window.location.assign(ownPath(null)),
    onError: failed("The organization could not be switched"),
  });
  return (
    <div className="flex flex-col gap-3">
      {session.memberships.length === 0 ? (
        <p className="text-ink-2">You are a member of none. Ask for an invitation, or make one of your own.</p>
      ) : (
        <ul className="max-w-[560px]">
          {session.memberships.map((each) => (
            <li key={each.organization_id} className="flex min-h-9 items-center gap-3 border-b border-line">
              <span className="min-w-0 flex-1 truncate">
                {each.name} <span className="font-mono text-sm text-ink-3">{each.slug}</span>
              </span>
              <span className="text-ink-2">{words(each.role)}</span>
              {each.organization_id === session.organization_id ? (
                <span className="w-20 text-right font-medium text-good-ink">Here</span>
              ) : (
                <span className="w-20 text-right">
                  <Button
                    small
                    busy={look.isPending && look.variables === each.organization_id}
                    onClick={() => look.mutate(each.organization_id)}
                    aria-label={`Switch to ${each.name}`}
                  >
                    Switch
                  </Button>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button onClick={() => setMaking(true)}>Make an organization</Button>
      </div>
      {making ? <NewOrganization onClose={() => setMaking(false)} /> : null}
    </div>
  );
}

function NewOrganization({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [slug, setSlug] = useState<string | null>(null);
  const make = useMutation({
    mutationFn: (body: { name: string; slug: string }) => data(api.POST("/api/v1/organizations", { body })),
    onSuccess: () => window.location.assign(ownPath(null)),
  });
  const given = slug ?? slugOf(name);
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ name: name.trim(), slug: given });
  };
  const slugError =
    errorOf(make.error, "slug") ?? (asProblem(make.error).kind === "conflict" ? asProblem(make.error).message : null);
  const other = make.error !== null && slugError === null && errorOf(make.error, "name") === null;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Make an organization"
      description="Its events, findings, members and tokens are apart from those of your other organizations. You become its owner, and go there."
    >
      <form onSubmit={send} className="flex flex-col gap-3 pb-3">
        <Field label="Name" error={errorOf(make.error, "name") ?? (other ? asProblem(make.error).message : null)}>
          {(ids) => (
            <Input {...ids} value={name} required maxLength={200} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label="Short name" hint="Lower-case letters, digits and dashes." error={slugError}>
          {(ids) => (
            <Input
              {...ids}
              value={given}
              required
              maxLength={63}
              pattern="[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?"
              className="font-mono"
              onChange={(event) => setSlug(event.target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={make.isPending}>
            Make and go there
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

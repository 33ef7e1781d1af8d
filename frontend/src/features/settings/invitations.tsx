"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem, errorOf } from "@/api/problem";
import { PersonName } from "@/components/data/person";
import { Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { type Role, useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/form";
import { Confirm } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { ShortTable } from "@/components/data/short-table";
import { rolesUpTo } from "./roles";
import { ShownOnce } from "./shown-once";

type One = Schema<"Invitation">;

export function Invitations() {
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [link, setLink] = useState<{ email: string; text: string } | null>(null);
  const [asked, setAsked] = useState<One | null>(null);
  const query = useQuery({ queryKey: ["invitations"], queryFn: () => data(api.GET("/api/v1/invitations")) });
  const again = () => client.invalidateQueries({ queryKey: ["invitations"] });
  const revoke = useMutation({
    mutationFn: (one: One) =>
      data(api.DELETE("/api/v1/invitations/{invitation_id}", { params: { path: { invitation_id: one.id } } })),
    onSuccess: () => {
      setAsked(null);
      toast({ text: "Invitation revoked" });
      return again();
    },
    onError: failed("The invitation could not be revoked"),
  });
  return (
    <div className="flex flex-col gap-4">
      <Invite
        onInvited={(invited) => {
          setLink({ email: invited.email, text: invited.link });
          void again();
        }}
      />
      <Loaded query={query} what="The invitations">
        {({ items }) =>
          items.length === 0 ? (
            <p className="text-ink-2">No invitation is open.</p>
          ) : (
            <ShortTable label="Open invitations" heads={["E-mail", "Role", "Invited by", "Made", "Ends", ""]}>
              {items.map((one) => (
                <tr key={one.id}>
                  <td className="font-medium whitespace-nowrap">{one.email}</td>
                  <td>{words(one.role)}</td>
                  <td>{one.invited_by === null ? "A token" : <PersonName id={one.invited_by} />}</td>
                  <td>
                    <Time value={one.created_at} parts="minute" />
                  </td>
                  <td>
                    <Time value={one.expires_at} relative />
                  </td>
                  <td className="text-right">
                    <Button
                      small
                      look="danger"
                      onClick={() => setAsked(one)}
                      aria-label={`Revoke the invitation of ${one.email}`}
                    >
                      Revoke
                    </Button>
                  </td>
                </tr>
              ))}
            </ShortTable>
          )
        }
      </Loaded>
      {asked ? (
        <Confirm
          open
          onOpenChange={() => setAsked(null)}
          title={`Revoke the invitation of ${asked.email}`}
          verb="Revoke"
          danger
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate(asked)}
        >
          The link opens nothing any more. Invite the address again to undo it.
        </Confirm>
      ) : null}
      {link ? (
        <ShownOnce open title={`Invitation link for ${link.email}`} text={link.text} onClose={() => setLink(null)}>
          Pass it on to {link.email} by a way that others do not read: whoever has it can make the account.
        </ShownOnce>
      ) : null}
    </div>
  );
}

function Invite({ onInvited }: { onInvited: (invited: Schema<"Invited">) => void }) {
  const { role: own } = useSession();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("analyst");
  const invite = useMutation({
    mutationFn: () => data(api.POST("/api/v1/invitations", { body: { email: email.trim(), role } })),
    onSuccess: (invited) => {
      setEmail("");
      onInvited(invited);
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate();
  };
  const wrong = invite.error ? (errorOf(invite.error, "email") ?? asProblem(invite.error).message) : null;
  return (
    <form onSubmit={send} className="flex flex-wrap items-start gap-2">
      <Field label="E-mail of whom to invite" error={wrong} className="w-72 max-w-full">
        {(ids) => (
          <Input
            {...ids}
            type="email"
            required
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <Field label="Role">
        {(ids) => (
          <Select {...ids} className="w-28" value={role} onChange={(event) => setRole(event.target.value as Role)}>
            {rolesUpTo(own).map((each) => (
              <option key={each} value={each}>
                {words(each)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Button type="submit" look="primary" className="mt-[22px]" busy={invite.isPending}>
        Invite
      </Button>
    </form>
  );
}

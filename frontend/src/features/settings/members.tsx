"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { type Role, mayAs, useMay, useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/form";
import { Confirm } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { Invitations } from "./invitations";
import { ShortTable } from "@/components/data/short-table";
import { Part, Parts } from "./parts";
import { ROLES, ROLE_MAY, rolesUpTo } from "./roles";

type Member = Schema<"Member">;
type Asked = { member: Member; role: Role | null };

/** The people of the organization and what they may; administrators invite, change and remove. */
export function MembersSettings() {
  const admin = useMay("admin");
  return (
    <Parts label="Members">
      <Part
        wide
        title="Members"
        about={
          <dl className="grid grid-cols-[auto_1fr] gap-x-3" aria-label="Roles: each may what the ones before it may">
            {ROLES.map((role) => (
              <div key={role} className="contents">
                <dt className="font-medium">{words(role)}</dt>
                <dd>{ROLE_MAY[role]}</dd>
              </div>
            ))}
          </dl>
        }
      >
        <Members admin={admin} />
      </Part>
      {admin ? (
        <Part
          wide
          title="Invitations"
          about="No mail is sent: pass the link on. It is good for seven days, for one person, once."
        >
          <Invitations />
        </Part>
      ) : null}
    </Parts>
  );
}

function Members({ admin }: { admin: boolean }) {
  const session = useSession();
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [asked, setAsked] = useState<Asked | null>(null);
  const query = useQuery({ queryKey: ["members"], queryFn: () => data(api.GET("/api/v1/members")) });
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["members"] }),
      client.invalidateQueries({ queryKey: ["invitations"] }),
    ]);
  const change = useMutation({
    mutationFn: ({ member, role }: { member: Member; role: Role }) =>
      data(api.PATCH("/api/v1/members/{user_id}", { params: { path: { user_id: member.user_id } }, body: { role } })),
    onSuccess: (_, { member, role }) => {
      setAsked(null);
      const before = member.role;
      toast({
        text: `${member.name} is ${role} now`,
        ...(member.user_id === session.user_id ? {} : { undo: () => change.mutate({ member, role: before }) }),
      });
      // What oneself may do has changed with it.
      if (member.user_id === session.user_id) window.location.reload();
      return again();
    },
    onError: failed("The role could not be changed"),
  });
  const remove = useMutation({
    mutationFn: (member: Member) =>
      data(api.DELETE("/api/v1/members/{user_id}", { params: { path: { user_id: member.user_id } } })),
    onSuccess: (_, member) => {
      setAsked(null);
      toast({ text: `${member.name} is removed` });
      if (member.user_id === session.user_id) window.location.reload();
      return again();
    },
    onError: failed("The member could not be removed"),
  });
  const mine = (member: Member) => member.user_id === session.user_id;
  return (
    <Loaded query={query} what="The members">
      {({ items }) => (
        <>
          <ShortTable
            label="Members"
            heads={["Name", "E-mail", "Role", "Second factor", "Joined", ...(admin ? [""] : [])]}
          >
            {items.map((member) => {
              const within = admin && mayAs(session.role, member.role);
              return (
                <tr key={member.user_id}>
                  <td className="font-medium whitespace-nowrap">
                    {member.name}
                    {mine(member) ? <span className="font-normal text-ink-3"> (you)</span> : null}
                    {member.disabled_at ? <span className="font-normal text-danger-ink"> (cannot sign in)</span> : null}
                  </td>
                  <td className="whitespace-nowrap">{member.email}</td>
                  <td>
                    {within ? (
                      <Select
                        aria-label={`Role of ${member.name}`}
                        className="w-28"
                        value={member.role}
                        disabled={change.isPending}
                        onChange={(event) => setAsked({ member, role: event.target.value as Role })}
                      >
                        {rolesUpTo(session.role).map((role) => (
                          <option key={role} value={role}>
                            {words(role)}
                          </option>
                        ))}
                      </Select>
                    ) : (
                      words(member.role)
                    )}
                  </td>
                  <td>{member.second_factor ? "On" : "Off"}</td>
                  <td>
                    <Time value={member.created_at} parts="day" />
                  </td>
                  {admin ? (
                    <td className="text-right">
                      {within ? (
                        <Button
                          small
                          look="danger"
                          onClick={() => setAsked({ member, role: null })}
                          aria-label={mine(member) ? "Leave the organization" : `Remove ${member.name}`}
                        >
                          {mine(member) ? "Leave" : "Remove"}
                        </Button>
                      ) : null}
                    </td>
                  ) : null}
                </tr>
              );
            })}
          </ShortTable>
          {asked?.role ? (
            <Confirm
              open
              onOpenChange={() => setAsked(null)}
              title={`Make ${asked.member.name} ${asked.role}`}
              verb={`Make ${asked.role}`}
              busy={change.isPending}
              onConfirm={() => asked.role && change.mutate({ member: asked.member, role: asked.role })}
            >
              <p>
                {words(asked.role)}: {ROLE_MAY[asked.role]} It holds from their next request on.
              </p>
              {mayAs(asked.role, "admin") ? null : (
                <p className="mt-2">Open invitations that they made are revoked; their tokens stay.</p>
              )}
              {mine(asked.member) ? (
                <p className="mt-2">This is you: somebody with your role of now must give it back to you.</p>
              ) : null}
            </Confirm>
          ) : null}
          {asked && asked.role === null ? (
            <Confirm
              open
              onOpenChange={() => setAsked(null)}
              title={mine(asked.member) ? "Leave the organization" : `Remove ${asked.member.name}`}
              verb={mine(asked.member) ? "Leave" : "Remove"}
              danger
              busy={remove.isPending}
              onConfirm={() => remove.mutate(asked.member)}
            >
              <p>
                {mine(asked.member) ? "You see" : `${asked.member.name} sees`} nothing of this organization any more, at
                once. What was done stays under the name. Invite the address again to undo it.
              </p>
              <p className="mt-2">Tokens that were made by them go on working: look at Tokens.</p>
            </Confirm>
          ) : null}
        </>
      )}
    </Loaded>
  );
}

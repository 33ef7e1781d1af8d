"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem, errorOf } from "@/api/problem";
import { type Role, useSession } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { Field, Input, Select } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { words } from "@/lib/format";
import { ROLE_MAY, rolesUpTo } from "./roles";

const DAYS = ["30", "90", "365", ""] as const;

/** A token for a program that uses the api. */
export function NewToken({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (made: Schema<"TokenWithText">) => void;
}) {
  const { role: own } = useSession();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState<string>("90");
  const make = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/tokens", {
          body: {
            name: name.trim(),
            kind: "api",
            hec_ack: false,
            role,
            expires_at: days === "" ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString(),
          },
        }),
      ),
    onSuccess: onMade,
  });
  const wrong = make.error ? (errorOf(make.error, "name") ?? asProblem(make.error).message) : null;
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="New api token"
      description="For a program that uses the api of this organization."
    >
      <form onSubmit={send} className="flex flex-col gap-3 pb-3">
        <Field label="Name" hint="What it is for, so that others know whether it may be revoked." error={wrong}>
          {(ids) => (
            <Input {...ids} value={name} required maxLength={200} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label="Role" hint={`It ${ROLE_MAY[role]}`}>
          {(ids) => (
            <Select {...ids} value={role} onChange={(event) => setRole(event.target.value as Role)}>
              {rolesUpTo(own).map((each) => (
                <option key={each} value={each}>
                  {words(each)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Ends">
          {(ids) => (
            <Select {...ids} value={days} onChange={(event) => setDays(event.target.value)}>
              {DAYS.map((each) => (
                <option key={each} value={each}>
                  {each === "" ? "Never, until it is revoked" : `After ${each} days`}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={make.isPending}>
            Make the token
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem, errorOf } from "@/api/problem";
import { NewPassword, PasswordInput } from "@/features/sign-in/new-password";
import { waitText } from "@/features/sign-in/attempt";
import { useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/form";

export function AccountPassword() {
  const session = useSession();
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [times, setTimes] = useState(0);
  const change = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/me/password", { body: { current_password: current, new_password: next } })),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      setTimes((before) => before + 1); // empties the field
      toast({ text: "Password changed; your other sessions have ended" });
      return client.invalidateQueries({ queryKey: ["sessions"] });
    },
    onError: (error) => {
      if (secretError(error) === null && errorOf(error, "new_password") === null)
        failed("The password could not be changed")(error);
    },
  });
  if (!session.signs_in_with_password)
    return <p className="text-ink-2">You have no password: you sign in by an identity provider.</p>;
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={send} className="flex max-w-[400px] flex-col gap-3">
      {/* Password managers learn by it whose password this is. */}
      <input type="hidden" autoComplete="username" value={session.email} readOnly />
      <Field label="Current password" error={secretError(change.error)}>
        {(ids) => (
          <PasswordInput
            {...ids}
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        )}
      </Field>
      <NewPassword
        label="New password"
        email={session.email}
        key={times}
        onTyped={setNext}
        error={errorOf(change.error, "new_password")}
      />
      <div>
        <Button type="submit" look="primary" busy={change.isPending} disabled={current === "" || next === ""}>
          Change password
        </Button>
      </div>
    </form>
  );
}

/** What is to be said beside the password or code that was given; null where something else went wrong. */
export function secretError(error: unknown): string | null {
  if (error === null || error === undefined) return null;
  const problem = asProblem(error);
  if (problem.kind === "wrong-credentials") return problem.message;
  if (problem.status === 429) return `Too many attempts: try again in ${waitText(problem.retryAfterSeconds ?? 60)}.`;
  return null;
}

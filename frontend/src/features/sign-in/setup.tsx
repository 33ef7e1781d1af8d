"use client";

import { type FormEvent, useState } from "react";

import { api, data } from "@/api/client";
import { errorOf } from "@/api/problem";
import { useMounted } from "@/components/data/time";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { useAttempt } from "./attempt";
import { AttemptProblem } from "./attempt-problem";
import { NewPassword } from "./new-password";
import { Outside } from "./outside";
import { ownPath } from "./own-path";

/** The first organization and its owner. */
export function Setup() {
  const { attempt, busy, wait, problem } = useAttempt();
  const [email, setEmail] = useState("");
  const mounted = useMounted();
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    await attempt(async () => {
      await data(
        api.POST("/api/v1/setup", {
          body: {
            setup_code: text("code"),
            organization: text("organization"),
            name: text("name"),
            email: text("email"),
            password: String(form.get("password")),
          },
        }),
      );
      window.location.assign(ownPath(null));
    });
  };
  const of = (name: string) => errorOf(problem, name);
  return (
    <Outside title="Set up Mini-XDR">
      <p className="mb-4 text-ink-2">Make the first organization and its owner. You are signed in as the owner then.</p>
      <AttemptProblem problem={problem} wait={wait} />
      <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
        <Field
          label="Setup code"
          error={of("setup_code")}
          hint={
            <>
              Printed by <code className="font-mono">minixdr up</code> and written to the api’s log;{" "}
              <code className="font-mono">minixdr admin setup-code</code> makes a new one.
            </>
          }
        >
          {(ids) => (
            <Input
              {...ids}
              name="code"
              required
              autoComplete="off"
              spellCheck={false}
              autoCapitalize="off"
              className="font-mono"
            />
          )}
        </Field>
        <Field label="Organization" error={of("organization")}>
          {(ids) => <Input {...ids} name="organization" required maxLength={200} autoComplete="organization" />}
        </Field>
        <Field label="Your name" error={of("name")}>
          {(ids) => <Input {...ids} name="name" required maxLength={200} autoComplete="name" />}
        </Field>
        <Field label="E-mail" error={of("email")}>
          {(ids) => (
            <Input
              {...ids}
              name="email"
              type="email"
              required
              autoComplete="username"
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <NewPassword email={email} error={of("password")} />
        <Button type="submit" look="primary" className="mt-1 h-8" busy={busy} disabled={!mounted || wait > 0}>
          {busy ? "Setting up …" : "Set up"}
        </Button>
      </form>
    </Outside>
  );
}

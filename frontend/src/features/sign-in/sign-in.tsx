"use client";

import { type FormEvent, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";

export function SignIn() {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await data(
        api.POST("/api/v1/session", {
          body: { email: String(form.get("email")), password: String(form.get("password")) },
        }),
      );
      window.location.assign("/overview");
    } catch (error) {
      setProblem(asProblem(error).message);
      setBusy(false);
    }
  };
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-80 flex-col justify-center gap-4 px-4">
      <h1 className="text-xl font-semibold">Sign in to Mini-XDR</h1>
      <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
        <Field label="E-mail">
          {(ids) => <Input {...ids} name="email" type="email" autoComplete="username" required />}
        </Field>
        <Field label="Password" error={problem}>
          {(ids) => <Input {...ids} name="password" type="password" autoComplete="current-password" required />}
        </Field>
        <Button type="submit" look="primary" busy={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}

"use client";

import Link from "next/link";
import { type FormEvent, useState, useSyncExternalStore } from "react";

import { type Schema, api, data } from "@/api/client";
import { errorOf } from "@/api/problem";
import { Skeleton } from "@/components/data/states";
import { Button, buttonClass } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { useAttempt } from "./attempt";
import { AttemptProblem } from "./attempt-problem";
import { NewPassword } from "./new-password";
import { Outside } from "./outside";
import { ownPath } from "./own-path";

/** Keeps the link's secret in this tab while one signs in: it must not get into an address that servers log. */
const KEPT = "invitation";

type Person = Pick<Schema<"CurrentSession">, "email">;

/** The secret stands behind the `#` of the link. */
function useSecret(): string | null {
  return useSyncExternalStore(
    (reader) => {
      window.addEventListener("hashchange", reader);
      return () => window.removeEventListener("hashchange", reader);
    },
    () => {
      const given = window.location.hash.slice(1);
      try {
        return given !== "" ? decodeURIComponent(given) : (sessionStorage.getItem(KEPT) ?? "");
      } catch {
        return given; // not ours: the api will say so
      }
    },
    () => null,
  );
}

/** Accepting an invitation: with the account that is signed in, with another, or with a new one. */
export function Invitation({ person }: { person: Person | null }) {
  const secret = useSecret();
  const [having, setHaving] = useState(false);
  if (secret === null)
    return (
      <Outside title="Accept the invitation">
        <Skeleton />
      </Outside>
    );
  if (secret === "")
    return (
      <Outside title="This link is not whole">
        <p className="mb-4 text-ink-2">
          What follows the # in the link is missing. Open the whole link as it was given to you, or ask for another
          invitation.
        </p>
        <Link href="/sign-in" className={buttonClass()}>
          Sign in
        </Link>
      </Outside>
    );
  const signIn = () => {
    sessionStorage.setItem(KEPT, secret);
    window.location.assign(`/sign-in?next=${encodeURIComponent("/invitation")}`);
  };
  if (person !== null) return <Join secret={secret} person={person} onOther={signIn} />;
  return <NewAccount secret={secret} having={having} onHaving={() => setHaving(true)} onSignIn={signIn} />;
}

function Join({ secret, person, onOther }: { secret: string; person: Person; onOther: () => void }) {
  const { attempt, busy, wait, problem } = useAttempt();
  const join = () =>
    void attempt(async () => {
      await data(api.POST("/api/v1/me/memberships", { body: { token: secret } }));
      sessionStorage.removeItem(KEPT);
      window.location.assign(ownPath(null));
    });
  const other = () =>
    void attempt(async () => {
      await data(api.DELETE("/api/v1/session"));
      onOther();
    });
  return (
    <Outside title="Accept the invitation">
      <AttemptProblem problem={problem} wait={wait} />
      <p className="mb-4 text-ink-2">
        You are signed in as <strong className="font-medium text-ink">{person.email}</strong>. An invitation is for one
        address: join with the account that has it.
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" busy={busy} disabled={wait > 0} onClick={join}>
          Join the organization
        </Button>
        <Button busy={busy} onClick={other}>
          Sign in as somebody else
        </Button>
      </div>
    </Outside>
  );
}

function NewAccount({
  secret,
  having,
  onHaving,
  onSignIn,
}: {
  secret: string;
  /** The api said that the address has an account. */
  having: boolean;
  onHaving: () => void;
  onSignIn: () => void;
}) {
  const { attempt, busy, wait, problem } = useAttempt();
  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get("name") ?? "").trim();
    const password = String(form.get("password") ?? "");
    const failed = await attempt(async () => {
      await data(api.POST("/api/v1/invitation-acceptances", { body: { token: secret, name, password } }));
      sessionStorage.removeItem(KEPT);
      window.location.assign(ownPath(null));
    });
    if (failed?.status === 409) onHaving();
  };
  if (having)
    return (
      <Outside title="You have an account">
        <p className="mb-4 text-ink-2">
          The address that was invited has an account already. Sign in with it; the invitation is accepted then.
        </p>
        <Button look="primary" onClick={onSignIn}>
          Sign in
        </Button>
      </Outside>
    );
  return (
    <Outside
      title="Accept the invitation"
      below={
        <div className="flex flex-wrap items-center justify-between gap-2">
          <span className="text-ink-2">You have an account?</span>
          <Button onClick={onSignIn}>Sign in instead</Button>
        </div>
      }
    >
      <p className="mb-4 text-ink-2">Make an account for the address that was invited. You are signed in then.</p>
      <AttemptProblem problem={problem} wait={wait} />
      <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
        <Field label="Your name" error={errorOf(problem, "name")}>
          {(ids) => <Input {...ids} name="name" required maxLength={200} autoComplete="name" />}
        </Field>
        <NewPassword email="" error={errorOf(problem, "password")} />
        <Button type="submit" look="primary" className="mt-1 h-8" busy={busy} disabled={wait > 0}>
          {busy ? "Joining …" : "Make the account and join"}
        </Button>
      </form>
    </Outside>
  );
}

"use client";

import Link from "next/link";
import { type FormEvent, useEffect, useRef, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { Notice } from "@/components/data/states";
import { useMounted } from "@/components/data/time";
import { Button, buttonClass } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { cn } from "@/lib/cn";
import { useAttempt } from "./attempt";
import { AttemptProblem } from "./attempt-problem";
import { NEXT_COOKIE } from "./next-cookie";
import { PasswordInput } from "./new-password";
import { Outside } from "./outside";

type Provider = Schema<"IdentityProvider">;

export function SignIn({
  next,
  providers,
  setupNeeded,
  ended,
  away,
}: {
  /** A path of our own to go on to. */
  next: string;
  /** Null: could not be read. */
  providers: Provider[] | null;
  setupNeeded: boolean;
  /** The session ended while a page was open. */
  ended: boolean;
  /** Why the api could not be asked, where it could not. */
  away: string | null;
}) {
  const { attempt, busy, wait, problem, setProblem } = useAttempt();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const mounted = useMounted();
  const [step, setStep] = useState<"password" | "code">("password");
  const [recovery, setRecovery] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const first = useRef<HTMLInputElement>(null);

  useEffect(() => {
    // The page has one purpose; who is somewhere on it already stays there.
    if (document.activeElement === document.body) first.current?.focus();
  }, []);
  useEffect(() => {
    if (step === "code") field.current?.focus();
  }, [step, recovery]);

  const send = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given =
      step === "code"
        ? { email, password, code: code.trim() }
        : { email: String(form.get("email") ?? ""), password: String(form.get("password") ?? "") };
    setEmail(given.email);
    setPassword(given.password);
    const failed = await attempt(async () => {
      await data(api.POST("/api/v1/session", { body: given }));
      window.location.assign(next);
    });
    if (failed?.kind === "second-factor-required") {
      setProblem(null);
      setStep("code");
    } else if (failed && step === "code") {
      setCode("");
      field.current?.focus();
    }
  };
  const back = () => {
    setStep("password");
    setPassword("");
    setCode("");
    setRecovery(false);
    setProblem(null);
  };

  // Without the page's script the browser would put the password into the address.
  const submit = (verb: string) => (
    <Button type="submit" look="primary" className="mt-1 h-8" busy={busy} disabled={!mounted || wait > 0}>
      {busy ? "Signing in …" : verb}
    </Button>
  );

  if (step === "code")
    return (
      <Outside title="Second factor">
        <AttemptProblem problem={problem} wait={wait} />
        <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
          <p className="text-ink-2">
            Signing in as <strong className="font-medium text-ink">{email}</strong>
          </p>
          <Field
            label={recovery ? "Recovery code" : "Code"}
            hint={
              recovery
                ? "One of the ten that you kept when you set the second factor up. Each is good once."
                : "Six digits, as your authenticator app shows them now."
            }
          >
            {(ids) => (
              <Input
                {...ids}
                ref={field}
                key={recovery ? "recovery" : "code"}
                value={code}
                onChange={(event) => setCode(event.target.value)}
                autoComplete="one-time-code"
                inputMode={recovery ? "text" : "numeric"}
                spellCheck={false}
                autoCapitalize="off"
                required
                className="font-mono"
              />
            )}
          </Field>
          {submit("Sign in")}
          <div className="flex flex-wrap justify-between gap-2">
            <Button
              look="quiet"
              small
              onClick={() => {
                setRecovery(!recovery);
                setCode("");
              }}
            >
              {recovery ? "Use the authenticator app" : "Use a recovery code"}
            </Button>
            <Button look="quiet" small onClick={back}>
              Back
            </Button>
          </div>
        </form>
      </Outside>
    );

  return (
    <Outside
      title="Sign in"
      below={
        providers === null && away === null ? (
          <p className="text-ink-2">Other ways to sign in could not be read. Load the page again to see them.</p>
        ) : providers !== null && providers.length > 0 ? (
          <div className="flex flex-col gap-2">
            {providers.map((provider) => (
              <a
                key={provider.name}
                href={provider.address}
                onClick={() => keepNext(next)}
                className={cn(buttonClass("secondary"), "h-8")}
              >
                Sign in with {provider.name}
              </a>
            ))}
          </div>
        ) : undefined
      }
    >
      {ended && problem === null ? (
        <Notice tone="neutral" className="mb-3">
          Your session has ended. Sign in to go on where you were.
        </Notice>
      ) : null}
      {away ? (
        <Notice tone="danger" className="mb-3">
          {away} Signing in is not possible until it does.
        </Notice>
      ) : null}
      {setupNeeded ? (
        <Notice
          tone="neutral"
          className="mb-3"
          action={
            <Link href="/setup" className={buttonClass("primary", true)}>
              Set up
            </Link>
          }
        >
          This installation has no organization yet.
        </Notice>
      ) : null}
      <AttemptProblem problem={problem} wait={wait} />
      <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3">
        <Field label="E-mail">
          {(ids) => (
            <Input
              {...ids}
              ref={first}
              name="email"
              type="email"
              autoComplete="username"
              required
              defaultValue={email}
            />
          )}
        </Field>
        <Field label="Password">
          {(ids) => <PasswordInput {...ids} name="password" autoComplete="current-password" required />}
        </Field>
        {submit("Sign in")}
      </form>
    </Outside>
  );
}

/** The way back from an identity provider leads to the start page: that one reads where to go on to. */
function keepNext(next: string): void {
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${NEXT_COOKIE}=${encodeURIComponent(next)}; Path=/; Max-Age=600; SameSite=Lax${secure}`;
}

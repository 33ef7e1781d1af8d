"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem, errorOf } from "@/api/problem";
import { PasswordInput } from "@/features/sign-in/new-password";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { secretError } from "./account-password";
import { QrCode } from "./qr-code";

/** The password, then the secret as a picture, then a first code. */
export function SetUpSecondFactor({ onClose, onCodes }: { onClose: () => void; onCodes: (codes: string[]) => void }) {
  const router = useRouter();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const begin = useMutation({ mutationFn: () => data(api.POST("/api/v1/me/totp", { body: { password } })) });
  const confirm = useMutation({
    mutationFn: () => data(api.POST("/api/v1/me/totp/confirm", { body: { code: code.replaceAll(" ", "") } })),
    onSuccess: ({ recovery_codes }) => {
      router.refresh();
      onCodes(recovery_codes);
    },
  });
  const made = begin.data;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (made) confirm.mutate();
    else begin.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Set up a second factor"
      description={
        made
          ? "Scan this with an authenticator app, then type the code that it shows."
          : "Your password first: so nobody at an unlocked screen can do this."
      }
    >
      <form onSubmit={send} className="flex flex-col gap-3 pb-3">
        {made ? (
          <>
            <QrCode text={made.address} label="Secret of the second factor, for an authenticator app" />
            <p className="text-center text-ink-2">
              No camera? Type this into the app:
              <br />
              <code className="font-mono break-all text-ink select-all">{made.secret}</code>
            </p>
            <Field label="Code" error={errorOf(confirm.error, "code") ?? said(confirm.error)}>
              {(ids) => (
                <Input
                  {...ids}
                  autoFocus
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  required
                  value={code}
                  className="font-mono"
                  onChange={(event) => setCode(event.target.value)}
                />
              )}
            </Field>
          </>
        ) : (
          <Field label="Password" error={said(begin.error)}>
            {(ids) => (
              <PasswordInput
                {...ids}
                autoFocus
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
          </Field>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={begin.isPending || confirm.isPending}>
            {made ? "Turn on" : "Go on"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What went wrong, in words beside the field. */
export function said(error: unknown): string | null {
  if (error === null || error === undefined) return null;
  return secretError(error) ?? asProblem(error).message;
}

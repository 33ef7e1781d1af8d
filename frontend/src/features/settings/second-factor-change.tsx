"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, type ReactNode, useState } from "react";

import { api, data } from "@/api/client";
import { useToast } from "@/components/shell/toasts";
import { PasswordInput } from "@/features/sign-in/new-password";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { said } from "./second-factor-setup";

/** New recovery codes in place of the old. */
export function RenewCodes({ onClose, onCodes }: { onClose: () => void; onCodes: (codes: string[]) => void }) {
  const [password, setPassword] = useState("");
  const renew = useMutation({
    mutationFn: () => data(api.POST("/api/v1/me/recovery-codes", { body: { password } })),
    onSuccess: ({ recovery_codes }) => onCodes(recovery_codes),
  });
  return (
    <Asking
      title="Replace the recovery codes"
      description="The codes that you have are good no more, used or not."
      verb="Replace"
      busy={renew.isPending}
      onClose={onClose}
      onSend={() => renew.mutate()}
    >
      <Password value={password} onChange={setPassword} error={said(renew.error)} />
    </Asking>
  );
}

/** Taking the second factor away: needs both factors. */
export function RemoveSecondFactor({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const toast = useToast();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const remove = useMutation({
    mutationFn: () => data(api.POST("/api/v1/me/totp/disable", { body: { password, code: code.trim() } })),
    onSuccess: () => {
      onClose();
      toast({ text: "Second factor removed" });
      router.refresh();
    },
  });
  return (
    <Asking
      title="Remove the second factor"
      description="Your password alone lets you in then. The recovery codes are good no more. You can set a second factor up again at any time."
      verb="Remove"
      danger
      busy={remove.isPending}
      onClose={onClose}
      onSend={() => remove.mutate()}
    >
      <Password value={password} onChange={setPassword} error={said(remove.error)} />
      <Field label="Code" hint="Of the app, or a recovery code.">
        {(ids) => (
          <Input
            {...ids}
            autoComplete="one-time-code"
            required
            value={code}
            className="font-mono"
            onChange={(event) => setCode(event.target.value)}
          />
        )}
      </Field>
    </Asking>
  );
}

function Password({
  value,
  onChange,
  error,
}: {
  value: string;
  onChange: (value: string) => void;
  error: string | null;
}) {
  return (
    <Field label="Password" error={error}>
      {(ids) => (
        <PasswordInput
          {...ids}
          autoComplete="current-password"
          required
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function Asking({
  title,
  description,
  verb,
  danger,
  busy,
  onClose,
  onSend,
  children,
}: {
  title: string;
  description: string;
  verb: string;
  danger?: boolean;
  busy: boolean;
  onClose: () => void;
  onSend: () => void;
  children: ReactNode;
}) {
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={title}
      description={description}
    >
      <form onSubmit={send} className="flex flex-col gap-3 pb-3">
        {children}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={danger ? "danger" : "primary"} busy={busy}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

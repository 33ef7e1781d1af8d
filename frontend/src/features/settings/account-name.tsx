"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";

import { api, data } from "@/api/client";
import { errorOf } from "@/api/problem";
import { useSession } from "@/components/shell/session";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";

export function AccountName() {
  const session = useSession();
  const router = useRouter();
  const client = useQueryClient();
  const toast = useToast();
  const failed = useFailureToast();
  const [name, setName] = useState(session.name);
  const save = useMutation({
    mutationFn: (given: string) => data(api.PATCH("/api/v1/me", { body: { name: given } })),
    onSuccess: (saved) => {
      setName(saved.name);
      toast({ text: "Name saved" });
      router.refresh();
      return client.invalidateQueries({ queryKey: ["members"] });
    },
    onError: failed("The name could not be saved"),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(name.trim());
  };
  return (
    <form onSubmit={send} className="flex max-w-[400px] flex-col gap-3">
      <Field label="Name" error={errorOf(save.error, "name")}>
        {(ids) => (
          <Input
            {...ids}
            value={name}
            maxLength={200}
            required
            autoComplete="name"
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <p className="text-ink-2">
        E-mail <span className="text-ink">{session.email}</span>
      </p>
      <div>
        <Button
          type="submit"
          look="primary"
          busy={save.isPending}
          disabled={name.trim() === "" || name.trim() === session.name}
        >
          Save
        </Button>
      </div>
    </form>
  );
}

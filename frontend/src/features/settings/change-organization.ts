"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";

import { type Schema, api, tagged } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useFailureToast, useToast } from "@/components/shell/toasts";

/** Changes the organization as it was read; where another changed it meanwhile, it is read anew and nothing is overwritten. */
export function useChangeOrganization(etag: string, done: string, onDone?: () => void) {
  const client = useQueryClient();
  const router = useRouter();
  const toast = useToast();
  const failed = useFailureToast();
  return useMutation({
    mutationFn: (body: Schema<"ChangedOrganization">) =>
      tagged(api.PATCH("/api/v1/organization", { body, params: { header: { "If-Match": etag } } })),
    onSuccess: (changed) => {
      client.setQueryData(["organization"], changed);
      onDone?.();
      toast({ text: done });
      router.refresh(); // the name stands in the frame
    },
    onError: (error) => {
      const { status } = asProblem(error);
      if (status === 412) {
        toast({
          tone: "danger",
          text: "Somebody else changed the organization meanwhile. It is shown anew; change it again.",
        });
        void client.invalidateQueries({ queryKey: ["organization"] });
      } else if (status !== 422) failed("The organization could not be changed")(error);
    },
  });
}

"use client";

import { useQuery } from "@tanstack/react-query";

import { api, tagged } from "@/api/client";
import { Loaded, Skeleton } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/overlay";
import { Actor } from "../actor";
import type { Draft } from "./draft";

/** Somebody else saved the rule meanwhile: shows theirs, and asks whose is to stand. */
export function Conflict({
  ruleId,
  busy,
  onClose,
  onTheirs,
  onMine,
}: {
  ruleId: string;
  busy: boolean;
  onClose: () => void;
  onTheirs: (theirs: Draft, etag: string) => void;
  onMine: (etag: string) => void;
}) {
  const theirs = useQuery({
    queryKey: ["own-rules", ruleId, "theirs"],
    queryFn: () => tagged(api.GET("/api/v1/own-rules/{rule_id}", { params: { path: { rule_id: ruleId } } })),
    staleTime: 0,
  });
  const found = theirs.data;
  return (
    <Dialog
      wide
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="The rule was changed meanwhile"
      description="Yours was not saved. Decide which text is to stand; yours stays in the editor until you do."
      footer={
        <>
          <Button onClick={onClose}>Go on writing</Button>
          <Button
            disabled={found === undefined}
            onClick={() =>
              found &&
              onTheirs(
                { text: found.value.text, enabled: found.value.enabled, samples: found.value.samples },
                found.etag,
              )
            }
          >
            Take theirs
          </Button>
          <Button look="danger" busy={busy} disabled={found === undefined} onClick={() => found && onMine(found.etag)}>
            Replace theirs with mine
          </Button>
        </>
      }
    >
      <Loaded query={theirs} what="Their text" skeleton={<Skeleton lines={6} />}>
        {({ value }) => (
          <div className="pb-2">
            <p className="mb-2 flex flex-wrap items-center gap-x-2 text-ink-2">
              Saved <Time value={value.updated_at} /> by{" "}
              {value.updated_by ? <Actor actor={value.updated_by} /> : "somebody"} (version {value.version}):
            </p>
            <pre
              tabIndex={0}
              className="max-h-80 overflow-auto rounded-md border border-line bg-sunken p-2 font-mono text-[12px]"
            >
              {value.text}
            </pre>
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}

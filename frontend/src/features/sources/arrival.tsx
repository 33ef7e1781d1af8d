"use client";

import { useQuery } from "@tanstack/react-query";
import { CircleCheck, LoaderCircle, Pause } from "lucide-react";
import Link from "next/link";
import { useEffect, useState } from "react";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { huntHref, quoted } from "@/components/data/value";
import { Button, buttonClass } from "@/components/ui/button";
import { counted, number } from "@/lib/format";

const EVERY_MS = 2_500;
const AT_MOST_MS = 10 * 60_000;

/**
 * Waits for the first batch that comes with a token, and shows what became of it. The stream of changes does not tell of receipts, so it looks every
 * few seconds: only while the page is seen, for ten minutes, until something came.
 */
export function Arrival({ tokenId }: { tokenId: string }) {
  const [looking, setLooking] = useState(true);
  const receipts = useQuery({
    queryKey: ["receipts", "arrival", tokenId],
    queryFn: () => data(api.GET("/api/v1/receipts", { params: { query: { token: tokenId, limit: 5 } } })),
    refetchInterval: (query) => (looking && !hasEvents(query.state.data?.items) ? EVERY_MS : false),
    staleTime: 0,
  });
  const token = useQuery({
    queryKey: ["tokens", "arrival", tokenId],
    queryFn: () => data(api.GET("/api/v1/tokens/{token_id}", { params: { path: { token_id: tokenId } } })),
    refetchInterval: () => (looking && (receipts.data?.items.length ?? 0) === 0 ? 2 * EVERY_MS : false),
    staleTime: 0,
  });
  useEffect(() => {
    if (!looking) return;
    const timer = setTimeout(() => setLooking(false), AT_MOST_MS);
    return () => clearTimeout(timer);
  }, [looking]);

  const came = receipts.data?.items ?? [];
  if (came.length > 0) return <Came receipts={came} />;
  return (
    <div role="status" className="flex flex-col gap-2">
      {receipts.isError ? (
        <Notice tone="danger">It cannot be looked for: {asProblem(receipts.error).message}</Notice>
      ) : looking ? (
        <p className="flex items-center gap-2">
          <LoaderCircle size={16} className="animate-spin text-accent-ink motion-reduce:animate-none" aria-hidden />
          Waiting for the first record of this token
        </p>
      ) : (
        <p className="flex items-center gap-2">
          <Pause size={16} className="text-ink-3" aria-hidden />
          Nothing came in ten minutes
          <Button small onClick={() => setLooking(true)}>
            Look again
          </Button>
        </p>
      )}
      {token.data?.last_used_at ? (
        <p className="text-ink-2">
          The token was used <Time value={token.data.last_used_at} relative />
          {token.data.last_used_address ? ` from ${token.data.last_used_address}` : ""}: what it brought is being worked
          on. If nothing shows, look at the{" "}
          <Link href="/sources/dead-letters" className="text-accent-ink hover:underline">
            dead letters
          </Link>
          .
        </p>
      ) : (
        <p className="text-ink-2">
          The token was not used yet. If the client says that it sends: it gets 401 where the token is wrong, 403 where
          the token is not for this door, and no answer where the address is not reached.
        </p>
      )}
    </div>
  );
}

const hasEvents = (receipts: Schema<"Receipt">[] | undefined) =>
  receipts?.some((receipt) => receipt.events > 0) ?? false;

function Came({ receipts }: { receipts: Schema<"Receipt">[] }) {
  const first = receipts[receipts.length - 1]!;
  const withEvents = receipts.find((receipt) => receipt.events > 0);
  const shown = withEvents ?? first;
  const sources = Object.keys(shown.sources);
  const reasons = shown.reasons.map((reason) => `${number(reason.records)} ${reason.kind}: ${reason.reason}`);
  const times =
    shown.first_at && shown.last_at
      ? { from: shown.first_at, to: new Date(Date.parse(shown.last_at) + 1000).toISOString() }
      : null;
  return (
    <div role="status" className="flex flex-col gap-2">
      {shown.events > 0 ? (
        <p className="flex items-center gap-2 font-medium">
          <CircleCheck size={16} className="text-good-ink" aria-hidden />
          It arrives
        </p>
      ) : (
        <Notice>
          Records arrive, but none became an event{reasons.length > 0 ? ` (${reasons.join("; ")})` : ""}. Let the client
          send the record as its product wrote it, or bind the token to the log source.
        </Notice>
      )}
      <p className="text-ink-2">
        Received <Time value={shown.received_at} /> by {shown.door} from{" "}
        <span className="font-mono">{shown.origin}</span>: {counted(shown.received, "record")},{" "}
        {counted(shown.events, "event")}
        {sources.length > 0 ? ` of ${sources.join(", ")}` : ""}, {number(shown.skipped)} skipped,{" "}
        {number(shown.malformed)} malformed, {counted(shown.duplicates, "duplicate")}.
      </p>
      <div className="flex flex-wrap gap-2">
        {sources[0] !== undefined ? (
          <Link href={huntHref(`source = ${quoted(sources[0])}`, times)} className={buttonClass("primary")}>
            See its events
          </Link>
        ) : null}
        <Link href={`/sources/receipts?open=${shown.batch_id}`} className={buttonClass()}>
          Open the receipt
        </Link>
      </div>
    </div>
  );
}

"use client";

import { useIsFetching, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, RotateCw } from "lucide-react";
import Link from "next/link";
import { useState } from "react";

import { api, data } from "@/api/client";
import { Loaded } from "@/components/data/states";
import { useMay } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { useAddress } from "@/lib/address";
import { cn } from "@/lib/cn";
import { AddChannel } from "./notifications-channel-form";
import { Channels } from "./notifications-channels";
import { Deliveries } from "./notifications-deliveries";

/** Whom the organization wants told of what, and what was told. */
export function NotificationSettings() {
  const may = useMay("analyst");
  // The frame says for whom this section is.
  return may ? <Notifications /> : null;
}

function Notifications() {
  const admin = useMay("admin");
  const address = useAddress();
  const [adding, setAdding] = useState(false);
  const deliveries = address.get("view") === "deliveries";
  const query = useQuery({
    queryKey: ["notification-channels"],
    queryFn: () => data(api.GET("/api/v1/notification-channels")),
  });
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5">
        <h2 className="sr-only">Notifications</h2>
        <nav aria-label="Notifications" className="flex rounded-md border border-line-strong">
          <View href={address.path} label="Channels" active={!deliveries} />
          <View href={`${address.path}?view=deliveries`} label="Deliveries" active={deliveries} />
        </nav>
        <div className="ml-auto">
          {deliveries ? (
            <Refresh />
          ) : admin ? (
            <Button look="primary" onClick={() => setAdding(true)}>
              <Plus size={14} aria-hidden />
              Add channel
            </Button>
          ) : null}
        </div>
      </div>
      {deliveries ? (
        <Deliveries channels={query.data?.items} admin={admin} />
      ) : (
        <Loaded query={query} what="The channels">
          {(list) => <Channels list={list} admin={admin} onAdd={() => setAdding(true)} />}
        </Loaded>
      )}
      {adding ? <AddChannel kinds={query.data?.kinds ?? []} onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function View({ href, label, active }: { href: string; label: string; active: boolean }) {
  return (
    <Link
      href={href}
      scroll={false}
      aria-current={active ? "page" : undefined}
      className={cn(
        "flex h-6.5 items-center rounded-[5px] px-2.5",
        active ? "bg-selected font-medium text-ink" : "text-ink-2 hover:bg-hover hover:text-ink",
      )}
    >
      {label}
    </Link>
  );
}

function Refresh() {
  const client = useQueryClient();
  const key = ["notification-deliveries"];
  const busy = useIsFetching({ queryKey: key }) > 0;
  return (
    <Button busy={busy} onClick={() => void client.invalidateQueries({ queryKey: key })}>
      <RotateCw size={13} aria-hidden />
      Refresh
    </Button>
  );
}

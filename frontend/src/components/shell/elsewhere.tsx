"use client";

import { useEffect, useState } from "react";

import { sendAsPageOf } from "@/api/client";
import { Notice } from "@/components/data/states";
import { Button } from "@/components/ui/button";
import { pageOf, useSession } from "./session";

const CHANNEL = "minixdr-session";
/** Told in place of whose page it is. */
const NOBODY = "nobody";

/** Tells the other tabs of this browser that the session ended. */
export function tellSignedOut(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(NOBODY);
  channel.close();
}

/**
 * A browser has one session for all of its tabs. Where another tab chose another organization, or somebody else signed in there, this page says so
 * and the api takes nothing from it until it is loaded again; where one signed out, it leaves too.
 */
export function Elsewhere() {
  const session = useSession();
  const mine = pageOf(session);
  const [elsewhere, setElsewhere] = useState(false);
  sendAsPageOf(mine);

  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = (event: MessageEvent<unknown>) => {
      if (event.data === NOBODY) window.location.assign("/sign-in");
      else setElsewhere(event.data !== mine);
    };
    channel.postMessage(mine);
    const refused = () => setElsewhere(true);
    // A page that the browser kept and shows again on going back was loaded for who knows whom.
    const shown = (event: PageTransitionEvent) => {
      if (event.persisted) window.location.reload();
    };
    window.addEventListener("minixdr:elsewhere", refused);
    window.addEventListener("pageshow", shown);
    return () => {
      channel.close();
      window.removeEventListener("minixdr:elsewhere", refused);
      window.removeEventListener("pageshow", shown);
    };
  }, [mine]);

  if (!elsewhere) return null;
  const name = session.memberships.find((each) => each.organization_id === session.organization_id)?.name;
  return (
    <Notice
      tone="danger"
      className="no-print rounded-none"
      action={
        <Button small onClick={() => window.location.assign("/overview")}>
          Load again
        </Button>
      }
    >
      {`This page shows ${name ?? "no organization"} as ${session.email}. In another tab another organization was chosen, or somebody else signed in: nothing can be read or changed here any more.`}
    </Notice>
  );
}

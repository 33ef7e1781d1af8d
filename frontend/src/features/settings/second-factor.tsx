"use client";

import { useState } from "react";

import { useSession } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { RecoveryCodes } from "./recovery-codes";
import { RemoveSecondFactor, RenewCodes } from "./second-factor-change";
import { SetUpSecondFactor } from "./second-factor-setup";

type Open = "set-up" | "remove" | "renew" | null;

/** Whether there is one, and what can be done about it. */
export function SecondFactor() {
  const session = useSession();
  const [open, setOpen] = useState<Open>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const close = () => setOpen(null);
  const got = (given: string[]) => {
    setOpen(null);
    setCodes(given);
  };
  return (
    <div className="flex flex-col gap-3">
      {session.second_factor_enabled ? (
        <>
          <p>
            <strong className="font-medium text-good-ink">On.</strong> Signing in with the password asks for a code.
          </p>
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => setOpen("renew")}>Replace the recovery codes</Button>
            <Button look="danger" onClick={() => setOpen("remove")}>
              Remove the second factor
            </Button>
          </div>
        </>
      ) : session.signs_in_with_password ? (
        <>
          <p className="text-ink-2">Off. Whoever knows your password can sign in.</p>
          <div>
            <Button look="primary" onClick={() => setOpen("set-up")}>
              Set up a second factor
            </Button>
          </div>
        </>
      ) : (
        <p className="text-ink-2">You sign in by an identity provider: it asks for a second factor, not Mini-XDR.</p>
      )}
      {open === "set-up" ? <SetUpSecondFactor onClose={close} onCodes={got} /> : null}
      {open === "renew" ? <RenewCodes onClose={close} onCodes={got} /> : null}
      {open === "remove" ? <RemoveSecondFactor onClose={close} /> : null}
      {codes ? <RecoveryCodes codes={codes} onClose={() => setCodes(null)} /> : null}
    </div>
  );
}

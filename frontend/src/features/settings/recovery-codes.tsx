"use client";

import { Download } from "lucide-react";

import { Button } from "@/components/ui/button";
import { saveFile } from "./save-file";
import { ShownOnce } from "./shown-once";

/** Codes for when the app is lost. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const text = codes.join("\n");
  return (
    <ShownOnce
      open
      title="Recovery codes"
      text={text}
      onClose={onClose}
      more={
        <Button onClick={() => saveFile("mini-xdr-recovery-codes.txt", `${text}\n`)}>
          <Download size={14} aria-hidden />
          Download
        </Button>
      }
    >
      Each is good once, in place of a code of the app. Keep them where the app is not: in a password manager, or on
      paper. Codes of before are good no more.
    </ShownOnce>
  );
}

"use client";

import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { Button } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/overlay";
import { copyText } from "@/lib/copy";

/** Copies a text and says so on the button; where the browser refuses, the text is to be marked by hand. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [said, setSaid] = useState<"copied" | "refused" | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), 2_500);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    copyText(text).then(
      () => setSaid("copied"),
      () => setSaid("refused"),
    );
  };
  return (
    <Button onClick={copy}>
      {said === "copied" ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      <span aria-live="polite">
        {said === "copied" ? "Copied" : said === "refused" ? "Mark the text and copy it" : label}
      </span>
    </Button>
  );
}

/** A secret that the api tells this one time: it stays until one says that it is kept. Closing otherwise asks first. */
export function ShownOnce({
  open,
  title,
  text,
  children,
  onClose,
  more,
}: {
  open: boolean;
  title: string;
  text: string;
  /** What it is for. */
  children: ReactNode;
  onClose: () => void;
  /** Other ways to keep it. */
  more?: ReactNode;
}) {
  const [asking, setAsking] = useState(false);
  const kept = () => {
    setAsking(false);
    onClose();
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) setAsking(true);
      }}
      title={title}
      description="It is shown this one time and kept nowhere: copy it now."
      footer={
        <Button look="primary" onClick={kept}>
          I have kept it
        </Button>
      }
    >
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title="Close without having kept it?"
        verb="Close"
        danger
        onConfirm={kept}
      >
        It cannot be shown again. Who needs it then makes a new one.
      </Confirm>
      <div className="flex flex-col gap-3 pb-2">
        <pre className="rounded-md border border-line bg-sunken p-3 font-mono text-sm break-all whitespace-pre-wrap select-all">
          {text}
        </pre>
        <div className="flex flex-wrap gap-2">
          <CopyButton text={text} />
          {more}
        </div>
        <div className="text-ink-2">{children}</div>
      </div>
    </Dialog>
  );
}

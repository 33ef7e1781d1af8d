"use client";

import { History } from "lucide-react";
import { useState } from "react";

import { Time } from "@/components/data/time";
import { Button, IconButton } from "@/components/ui/button";
import { Popover } from "@/components/ui/overlay";
import { forget, useHistory } from "./history";

/** The reader's own last queries, kept in this browser alone. */
export function HistoryMenu({ onChoose }: { onChoose: (query: string) => void }) {
  const ran = useHistory();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label="Queries that ran in this browser"
      align="end"
      open={open}
      onOpenChange={setOpen}
      className="w-[520px] max-w-[calc(100vw-16px)] p-1"
      trigger={
        <IconButton label="Queries that ran in this browser">
          <History size={15} aria-hidden />
        </IconButton>
      }
    >
      {ran.length === 0 ? (
        <p className="px-2 py-1.5 text-ink-2">Queries that you run are listed here, in this browser only.</p>
      ) : (
        <>
          <ul className="max-h-[50vh] overflow-y-auto">
            {ran.map((each) => (
              <li key={each.query}>
                <button
                  type="button"
                  className="flex w-full items-baseline gap-3 rounded-sm px-2 py-1 text-left hover:bg-hover"
                  onClick={() => {
                    setOpen(false);
                    onChoose(each.query);
                  }}
                >
                  <span className="line-clamp-2 min-w-0 flex-1 font-mono text-[12px] break-all">{each.query}</span>
                  <Time value={each.at} relative className="shrink-0 text-sm text-ink-3" />
                </button>
              </li>
            ))}
          </ul>
          <div className="border-t border-line pt-1">
            <Button small look="quiet" onClick={forget}>
              Forget them
            </Button>
          </div>
        </>
      )}
    </Popover>
  );
}

"use client";

import { useMutation } from "@tanstack/react-query";
import { Download, FileJson, FileSpreadsheet, Table2 } from "lucide-react";
import { useRef } from "react";

import { api } from "@/api/client";
import type { TimeRangeState } from "@/components/data/time-range";
import { useFailureToast, useToast } from "@/components/shell/toasts";
import { Button } from "@/components/ui/button";
import { Menu } from "@/components/ui/overlay";
import { counted, number } from "@/lib/format";

const MOST = 1_000_000;
type Form = "csv" | "jsonl" | "parquet";

/** The hunt as a file, up to a million rows. A file that did not come whole is not saved. */
export function ExportMenu({
  query,
  range,
  columns,
}: {
  query: string;
  range: TimeRangeState;
  /** Those of the table, where its rows are events. */
  columns: readonly string[] | null;
}) {
  const toast = useToast();
  const failed = useFailureToast();
  const abort = useRef<AbortController | null>(null);
  const take = useMutation({
    mutationFn: async ({ form, asked }: { form: Form; asked: string }) => {
      abort.current = new AbortController();
      const { data: file, response } = await api.POST("/api/v1/hunts/export", {
        body: { query: asked, first_at: range.from, before: range.to, format: form, limit: MOST },
        parseAs: "blob",
        signal: abort.current.signal,
      });
      save(file as unknown as Blob, `hunt-${range.from.slice(0, 10)}-${range.to.slice(0, 10)}.${form}`);
      return {
        rows: Number(response.headers.get("x-minixdr-rows")),
        truncated: response.headers.get("x-minixdr-truncated") === "true",
      };
    },
    onSuccess: ({ rows, truncated }) =>
      toast({
        text: truncated
          ? `The first ${number(rows)} rows were exported; there are more. Choose a shorter time range for the rest.`
          : `${counted(rows, "row")} exported`,
      }),
    onError: (error) => {
      if (abort.current?.signal.aborted) toast({ text: "Export cancelled" });
      else failed("The export failed")(error);
    },
  });
  const attributes = columns?.map((name) => (name === "what" ? "attributes" : name)).filter(known);
  const shown = attributes && attributes.length > 0 ? `${query} | fields ${attributes.join(", ")}`.trim() : null;
  if (take.isPending)
    return (
      <Button small onClick={() => abort.current?.abort()}>
        Cancel the export
      </Button>
    );
  const of = (form: Form) => () => take.mutate({ form, asked: query });
  return (
    <Menu
      align="end"
      items={[
        ...(shown
          ? [
              {
                label: "CSV of the columns shown",
                icon: <Table2 size={14} aria-hidden />,
                onSelect: () => take.mutate({ form: "csv", asked: shown }),
              },
              "separator" as const,
            ]
          : []),
        { label: "CSV", icon: <FileSpreadsheet size={14} aria-hidden />, onSelect: of("csv") },
        { label: "JSON lines", icon: <FileJson size={14} aria-hidden />, onSelect: of("jsonl") },
        { label: "Parquet", icon: <Table2 size={14} aria-hidden />, onSelect: of("parquet") },
      ]}
    >
      <Button small>
        <Download size={13} aria-hidden />
        Export
      </Button>
    </Menu>
  );
}

/** What the line "what happened" is made of is no attribute of its own. */
const known = (name: string) => name !== "attributes";

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

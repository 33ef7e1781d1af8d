"use client";

import Link from "next/link";

import { type Schema, api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { DataTable } from "@/components/data/data-table";
import { Empty, Failure, Notice } from "@/components/data/states";
import { Section } from "@/components/shell/page";
import { useFindingColumns } from "@/features/findings/finding-columns";
import { useAddress } from "@/lib/address";
import { usePages } from "@/lib/pages";
import { isEntityType } from "./types";

/** Every finding that names it, those withheld too, newest first. */
export function EntityFindings({ entity }: { entity: Pick<Schema<"Entity">, "type" | "value"> }) {
  const { get, push } = useAddress();
  const query = { entity: entity.value, ...(isEntityType(entity.type) ? { entity_type: entity.type } : {}) };
  const list = usePages(["findings", "of-entity", entity.type, entity.value], (cursor) =>
    data(api.GET("/api/v1/findings", { params: { query: { ...query, limit: 100, cursor } } })),
  );
  const columns = useFindingColumns(["entity"]);
  const all = new URLSearchParams({ entity: entity.value, entity_type: entity.type, from: "-3650d", state: "any" });
  return (
    <Section
      title="Findings"
      beside={
        <Link href={`/findings?${all.toString()}`} prefetch={false} className="text-accent-ink hover:underline">
          Open in findings
        </Link>
      }
    >
      {list.isError && list.rows.length > 0 ? (
        <Notice className="mb-2">
          Findings could not be refreshed ({asProblem(list.error).message}) What is shown is from before.
        </Notice>
      ) : null}
      <div
        className="border-t border-line"
        style={{ height: list.rows.length === 0 ? 220 : Math.min(480, (list.rows.length + 3) * 28) }}
      >
        <DataTable
          label="Findings that name it"
          name="entity-findings"
          rows={list.rows}
          columns={columns}
          rowId={(row) => row.finding_id}
          openId={get("open")}
          onOpen={(row) => push({ open: row.finding_id })}
          loading={list.loading}
          more={list.more}
          loadingMore={list.loadingMore}
          onEnd={list.next}
          empty={
            list.isError ? (
              <Failure error={list.error} what="Findings" onRetry={() => void list.refetch()} />
            ) : (
              <Empty title="No findings are kept">
                Those that named it have reached the end of their time of keeping.
              </Empty>
            )
          }
        />
      </div>
    </Section>
  );
}

"use client";

import { useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";

import { api, data } from "@/api/client";
import { problemOf } from "@/api/problem";
import { Loaded, Notice } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { PageBody, PageHead, Section } from "@/components/shell/page";
import { Button } from "@/components/ui/button";
import type { FoundReadiness } from "@/lib/server/readiness";
import { PartsOfSystem } from "./parts";
import { Processes } from "./processes";
import { Readiness } from "./readiness";
import { StateMark } from "./state-mark";
import { Versions } from "./versions-table";

type Web = { version: string; revision: string | null };

/** How the platform is: what runs side by side, each part with what is wrong and what to do. */
export function System({ readiness }: { readiness: FoundReadiness }) {
  const router = useRouter();
  const query = useQuery({ queryKey: ["system"], queryFn: () => data(api.GET("/api/v1/system")) });
  const web = useQuery({
    queryKey: ["web-version"],
    queryFn: async () => {
      const answer = await fetch("/version", { cache: "no-store" });
      if (!answer.ok) throw await problemOf(answer);
      return (await answer.json()) as Web;
    },
  });
  const refresh = () => {
    void query.refetch();
    void web.refetch();
    router.refresh();
  };
  return (
    <>
      <PageHead
        title="System"
        beside={query.data ? <StateMark state={query.data.state} /> : null}
        actions={
          <>
            {query.dataUpdatedAt > 0 ? (
              <span className="text-sm text-ink-3">
                Read <Time value={new Date(query.dataUpdatedAt).toISOString()} relative />
              </span>
            ) : null}
            <Button busy={query.isFetching} onClick={refresh}>
              <RotateCw size={13} aria-hidden />
              Refresh
            </Button>
          </>
        }
      />
      <PageBody label="System">
        <div className="grid gap-x-10 gap-y-6 p-4 2xl:grid-cols-2">
          <Loaded query={query} what="How the system is">
            {(system) => (
              <>
                <Section title="Versions">
                  {web.isError ? <Notice className="mb-2">The console’s own version could not be read.</Notice> : null}
                  <Versions system={system} web={web.data ?? null} />
                </Section>
                <Section title="Parts">
                  <PartsOfSystem system={system} />
                </Section>
                <Section title="Processes" className="2xl:col-span-2">
                  <Processes processes={system.processes} />
                </Section>
              </>
            )}
          </Loaded>
          <Section title="Readiness of the api" className="2xl:col-span-2">
            <Readiness found={readiness} />
          </Section>
        </div>
      </PageBody>
    </>
  );
}

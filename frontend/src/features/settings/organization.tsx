"use client";

import { useQuery } from "@tanstack/react-query";

import { type Schema, api, tagged } from "@/api/client";
import { Loaded } from "@/components/data/states";
import { Time } from "@/components/data/time";
import { useMay } from "@/components/shell/session";
import { OrganizationName, Retention } from "./organization-forms";
import { Part, Parts } from "./parts";
import { ServiceLevels } from "./service-levels";

export type Organization = Schema<"Organization">;

/** The organization looked at: an owner changes it, everybody else reads. */
export function OrganizationSettings() {
  const owner = useMay("owner");
  const query = useQuery({ queryKey: ["organization"], queryFn: () => tagged(api.GET("/api/v1/organization")) });
  return (
    <Parts label="Organization">
      <Loaded query={query} what="The organization">
        {({ value: organization, etag }) => (
          <>
            <Part
              title="Name"
              about={
                <>
                  Made <Time value={organization.created_at} parts="day" />.{" "}
                  {owner ? null : "Owners can change what is on this page."}
                </>
              }
            >
              <OrganizationName organization={organization} etag={etag} readOnly={!owner} />
            </Part>
            <Part
              title="Retention"
              about="How long events and the receipts of their batches are kept. Findings, incidents and the audit log stay."
            >
              <Retention organization={organization} etag={etag} readOnly={!owner} />
            </Part>
            <Part
              title="Service levels"
              about="By when somebody takes an incident on, and by when it is closed, counted from when it was opened. The queue of incidents shows what is due."
            >
              <ServiceLevels key={etag} organization={organization} etag={etag} readOnly={!owner} />
            </Part>
          </>
        )}
      </Loaded>
    </Parts>
  );
}

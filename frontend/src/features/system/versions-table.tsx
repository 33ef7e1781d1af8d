"use client";

import type { Schema } from "@/api/client";
import { ShortTable } from "@/components/data/short-table";
import { StateMark } from "./state-mark";
import { compared } from "./versions";

/** Versions beside each other; what does not fit says so and what to do. */
export function Versions({
  system,
  web,
}: {
  system: Schema<"System">;
  web: { version: string; revision: string | null } | null;
}) {
  return (
    <ShortTable label="Versions" heads={["What", "Version", "Detail", "Fits"]}>
      {compared(system, web).map((each) => (
        <tr key={each.what}>
          <th scope="row" className="w-40 font-medium whitespace-nowrap">
            {each.what}
          </th>
          <td className="w-40 font-mono whitespace-nowrap">
            {each.value ?? <span className="font-sans text-ink-3">not known</span>}
          </td>
          <td className="w-56 text-ink-3">{each.detail}</td>
          <td>
            {each.differs !== null ? (
              <>
                <StateMark state="degraded" text="Differs" />
                <p className="text-ink-2">{each.differs}</p>
              </>
            ) : each.value === null || each.value === "none" ? (
              <span className="text-ink-3">–</span>
            ) : (
              <StateMark state="ok" text="Yes" />
            )}
          </td>
        </tr>
      ))}
    </ShortTable>
  );
}

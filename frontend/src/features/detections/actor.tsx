"use client";

import { PersonName } from "@/components/data/person";

/** Who did something, as the api names it: `user:<id>`, `token:<id>`, `worker:<name>`, `system`. */
export function Actor({ actor }: { actor: string }) {
  const [kind, id] = [actor.split(":", 1)[0], actor.slice(actor.indexOf(":") + 1)];
  if (kind === "user") return <PersonName id={id} />;
  if (kind === "token") return <span title={actor}>an API token</span>;
  return <span>{kind === "system" ? "the system" : actor}</span>;
}

import "server-only";

import { ask } from "@/lib/server/session";
import manifest from "../../../package.json";
import type { Days, Initial } from "./model";

async function read<T>(path: string): Promise<T | null> {
  try {
    const answer = await ask(path);
    if (answer.ok) return (await answer.json()) as T;
    console.error(`${path} was answered ${answer.status} while the overview was made`);
  } catch (error) {
    console.error(`${path} could not be read while the overview was made:`, error);
  }
  return null;
}

/** Reads the first page at once; what cannot be read the page asks for again, and says what is wrong. */
export async function readOverview(days: Days): Promise<Initial> {
  const [overview, newest, sources, system] = await Promise.all([
    read<NonNullable<Initial["overview"]>>(`/api/v1/overview?days=${days}`),
    read<NonNullable<Initial["newest"]>>(NEWEST),
    read<NonNullable<Initial["sources"]>>("/api/v1/sources"),
    read<NonNullable<Initial["system"]>>("/api/v1/system"),
  ]);
  return { days, overview, newest, sources, system, web: manifest.version };
}

const NEWEST = "/api/v1/incidents?state=new&state=triage&state=contained&sort=created_at&limit=8";

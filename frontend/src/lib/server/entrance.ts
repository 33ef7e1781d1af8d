import "server-only";

import { headers } from "next/headers";

import type { Schema } from "@/api/client";
import { ask } from "./session";

/** Where else people may sign in; null where that could not be read. */
export async function identityProviders(): Promise<Schema<"IdentityProvider">[] | null> {
  return (await read<Schema<"IdentityProviders">>("/api/v1/identity-providers"))?.items ?? null;
}

/** Whether the platform has no organization yet; null where that could not be read. */
export async function setupNeeded(): Promise<boolean | null> {
  return (await read<Schema<"Setup">>("/api/v1/setup"))?.needed ?? null;
}

async function read<T>(path: string): Promise<T | null> {
  await headers(); // outside of `try`, see `findSession`
  try {
    const answer = await ask(path);
    if (answer.ok) return (await answer.json()) as T;
    console.error(`the api answered ${answer.status} to ${path}`);
  } catch (error) {
    console.error(`the api does not answer ${path}:`, error);
  }
  return null;
}

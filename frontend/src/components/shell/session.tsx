"use client";

import { createContext, useContext } from "react";

import type { Schema } from "@/api/client";

export type Session = Schema<"CurrentSession">;
export type Role = Schema<"Role">;

const RANK: Record<Role, number> = { viewer: 0, analyst: 1, admin: 2, owner: 3 };

const Context = createContext<Session | null>(null);
export const SessionProvider = Context.Provider;

/** Who is signed in. Only within the console's frame. */
export function useSession(): Session {
  const session = useContext(Context);
  if (session === null) throw new Error("useSession outside of the console's frame");
  return session;
}

/** Whose page it is, as the api is told: `<user id>/<organization id>`. */
export const pageOf = (session: Session): string => `${session.user_id}/${session.organization_id ?? ""}`;

/** Whether the person's role is at least this one: what they may not do is not offered. The api decides; this only draws. */
export function useMay(least: Role): boolean {
  return mayAs(useSession().role, least);
}

/** Whether a role is at least this one. */
export const mayAs = (role: Role | null, least: Role): boolean => role !== null && RANK[role] >= RANK[least];

import { type Role, mayAs } from "@/components/shell/session";

/** From the least to the most. */
export const ROLES: readonly Role[] = ["viewer", "analyst", "admin", "owner"];

/** Each may what the ones before it may. */
export const ROLE_MAY: Record<Role, string> = {
  viewer: "reads, and runs hunts.",
  analyst: "works on findings and incidents, saves hunts, tunes rules.",
  admin: "manages log sources, tokens, members, invitations and notification channels, and reads the audit log.",
  owner: "changes the organization itself, and makes owners.",
};

/** The roles that somebody may give: up to the own one. */
export const rolesUpTo = (own: Role | null): Role[] => ROLES.filter((role) => mayAs(own, role));

import type { Role } from "@/components/shell/session";

export type SettingsSection = { href: string; label: string; least?: Role };

/** The sections of the settings; those above one's role are not shown. */
export const SECTIONS: readonly SettingsSection[] = [
  { href: "/settings/account", label: "Account" },
  { href: "/settings/organization", label: "Organization", least: "viewer" },
  { href: "/settings/members", label: "Members", least: "viewer" },
  { href: "/settings/tokens", label: "Tokens", least: "admin" },
  { href: "/settings/sign-in", label: "Sign-in", least: "viewer" },
  { href: "/settings/notifications", label: "Notifications", least: "analyst" },
  { href: "/settings/audit", label: "Audit log", least: "admin" },
];

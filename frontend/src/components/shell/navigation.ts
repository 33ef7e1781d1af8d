import {
  Activity,
  Boxes,
  Crosshair,
  Inbox,
  type LucideIcon,
  Network,
  Radar,
  Settings,
  ShieldAlert,
  SlidersHorizontal,
  Unplug,
} from "lucide-react";

export type Place = { href: string; label: string; icon: LucideIcon; keys: string; also?: string[]; words?: string };

/** The console's places, in the order of an analyst's day; `keys` are pressed one after the other. */
export const PLACES: readonly Place[] = [
  { href: "/overview", label: "Overview", icon: Activity, keys: "g o" },
  { href: "/incidents", label: "Incidents", icon: Inbox, keys: "g i" },
  { href: "/findings", label: "Findings", icon: ShieldAlert, keys: "g f" },
  { href: "/hunt", label: "Hunt", icon: Crosshair, keys: "g h", words: "search query events" },
  { href: "/detections", label: "Detections", icon: Radar, keys: "g d", words: "rules coverage filters indicators" },
  { href: "/entities", label: "Entities", icon: Network, keys: "g e" },
  { href: "/assets", label: "Assets", icon: Boxes, keys: "g a", words: "cloud inventory" },
  { href: "/sources", label: "Sources", icon: Unplug, keys: "g s", words: "ingest tokens dead letters" },
  { href: "/settings", label: "Settings", icon: Settings, keys: "g t" },
  { href: "/system", label: "System", icon: SlidersHorizontal, keys: "g y", words: "versions health" },
];

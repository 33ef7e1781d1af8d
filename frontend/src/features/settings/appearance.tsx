"use client";

import { Monitor, Moon, Sun } from "lucide-react";

import { setTheme, useTheme } from "@/components/shell/theme";
import { cn } from "@/lib/cn";

const THEMES = [
  { name: "system", label: "As the system", icon: Monitor },
  { name: "light", label: "Light", icon: Sun },
  { name: "dark", label: "Dark", icon: Moon },
] as const;

export function Appearance() {
  const theme = useTheme();
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Theme</legend>
      {THEMES.map((each) => (
        <label
          key={each.name}
          className={cn(
            "inline-flex h-8 cursor-pointer items-center gap-2 rounded-md border px-3 focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent",
            theme === each.name ? "border-accent bg-accent-soft font-medium" : "border-line-strong hover:bg-hover",
          )}
        >
          <input
            type="radio"
            name="theme"
            className="sr-only"
            checked={theme === each.name}
            onChange={() => setTheme(each.name)}
          />
          <each.icon size={14} aria-hidden />
          {each.label}
        </label>
      ))}
    </fieldset>
  );
}

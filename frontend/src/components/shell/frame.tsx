"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import {
  ChevronsUpDown,
  CircleHelp,
  LogOut,
  Menu as MenuIcon,
  Monitor,
  Moon,
  PanelLeftClose,
  PanelLeftOpen,
  Search,
  Settings,
  Sun,
} from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { Tooltip as RadixTooltip } from "radix-ui";
import { type ReactNode, useEffect, useState } from "react";

import { api, data } from "@/api/client";
import { IconButton } from "@/components/ui/button";
import { Kbd, Menu } from "@/components/ui/overlay";
import { useKeys } from "@/lib/keys";
import { makeQueryClient } from "@/lib/query";
import { cn } from "@/lib/cn";
import { Elsewhere, tellSignedOut } from "./elsewhere";
import { LiveProvider, useLive } from "./live";
import { Mentions } from "./mentions";
import { PLACES } from "./navigation";
import { type Session, SessionProvider, pageOf, useSession } from "./session";
import { setTheme, useTheme } from "./theme";
import { Toasts, useFailureToast } from "./toasts";

// What is not on the first sight of a page is read when it is asked for.
const CommandPalette = dynamic(() => import("./command-palette").then((module) => module.CommandPalette), {
  ssr: false,
});
const ShortcutHelp = dynamic(() => import("./shortcut-help").then((module) => module.ShortcutHelp), { ssr: false });

/** What is kept of the api's answers is one person's, of one organization: for another it begins anew. */
export function Frame({ session, children }: { session: Session; children: ReactNode }) {
  return (
    <Whole key={pageOf(session)} session={session}>
      {children}
    </Whole>
  );
}

function Whole({ session, children }: { session: Session; children: ReactNode }) {
  const [client] = useState(makeQueryClient);
  return (
    <QueryClientProvider client={client}>
      <RadixTooltip.Provider>
        <SessionProvider value={session}>
          <Toasts>
            <LiveProvider>
              <Inner>{children}</Inner>
            </LiveProvider>
          </Toasts>
        </SessionProvider>
      </RadixTooltip.Provider>
    </QueryClientProvider>
  );
}

function Inner({ children }: { children: ReactNode }) {
  const router = useRouter();
  const path = usePathname();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const [narrow, setNarrow] = useState(false);

  useEffect(() => {
    // eslint-disable-next-line react-hooks/set-state-in-effect -- what this browser keeps is not known to the server
    setNarrow(localStorage.getItem("rail") === "narrow");
    const out = () =>
      router.push(`/sign-in?ended=1&next=${encodeURIComponent(window.location.pathname + window.location.search)}`);
    window.addEventListener("minixdr:signed-out", out);
    // So that what is typed right after Ctrl-K is not lost.
    const ahead = setTimeout(() => void import("./command-palette"), 1_500);
    return () => {
      clearTimeout(ahead);
      window.removeEventListener("minixdr:signed-out", out);
    };
  }, [router]);

  useKeys({
    "mod+k": () => setPalette(true),
    "/": () => {
      const field = document.querySelector<HTMLElement>("[data-search]");
      if (field) field.focus();
      else setPalette(true);
    },
    "?": () => setHelp(true),
    "[": () => toggleRail(),
    // Within a list its rows take them.
    j: intoList,
    k: intoList,
    ...Object.fromEntries(PLACES.map((place) => [place.keys, () => router.push(place.href)])),
  });
  const toggleRail = () =>
    setNarrow((before) => {
      localStorage.setItem("rail", before ? "wide" : "narrow");
      return !before;
    });

  return (
    <div className="flex h-dvh flex-col print:h-auto">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-raised px-3 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="no-print flex h-11 shrink-0 items-center gap-2 border-b border-line bg-surface px-2">
        <IconButton label="Menu" className="md:hidden" onClick={() => setDrawer(!drawer)} aria-expanded={drawer}>
          <MenuIcon size={16} aria-hidden />
        </IconButton>
        <Link href="/overview" className="hidden items-center gap-2 px-1.5 font-semibold md:flex">
          <svg viewBox="0 0 16 16" className="size-4 text-accent" aria-hidden>
            <path
              fill="currentColor"
              d="M8 0 1.5 2.5v5C1.5 11.6 4.2 14.8 8 16c3.8-1.2 6.500-4.400 6.500-8.500v-5zm0 3.200 3.600 1.400v2.900c0 2.300-1.400 4.200-3.600 5.100z"
            />
          </svg>
          Mini-XDR
        </Link>
        <OrganizationSwitcher />
        <button
          type="button"
          onClick={() => setPalette(true)}
          className="mx-auto flex h-7 w-full max-w-[420px] min-w-0 items-center gap-2 rounded-md border border-line bg-sunken px-2 text-ink-3 hover:border-line-strong"
        >
          <Search size={14} aria-hidden />
          <span className="flex-1 truncate text-left">Search or run a command</span>
          <span className="hidden sm:inline">
            <Kbd>Ctrl K</Kbd>
          </span>
        </button>
        <LiveMark />
        <Mentions />
        <UserMenu onHelp={() => setHelp(true)} />
      </header>
      <Elsewhere />
      <div className="flex min-h-0 flex-1">
        {drawer ? (
          <button
            type="button"
            aria-label="Close the menu"
            className="fixed inset-0 z-30 bg-[rgb(10_14_22/0.45)] md:hidden"
            onClick={() => setDrawer(false)}
          />
        ) : null}
        <nav
          aria-label="Main"
          className={cn(
            "no-print shrink-0 flex-col border-r border-line bg-surface p-1.5",
            drawer ? "fixed inset-y-0 left-0 z-40 flex w-56 shadow-float md:static md:shadow-none" : "hidden md:flex",
            narrow ? "md:w-11" : "md:w-44",
          )}
        >
          <ul className="flex flex-1 flex-col gap-0.5 overflow-y-auto">
            {PLACES.map((place) => {
              const active = path === place.href || path.startsWith(`${place.href}/`);
              return (
                <li key={place.href}>
                  <Link
                    href={place.href}
                    prefetch={false}
                    onClick={() => setDrawer(false)}
                    aria-current={active ? "page" : undefined}
                    title={narrow ? `${place.label} (${place.keys})` : place.keys}
                    className={cn(
                      "flex h-7 items-center gap-2 rounded-md px-2",
                      active ? "bg-selected font-medium text-ink" : "text-ink-2 hover:bg-hover hover:text-ink",
                    )}
                  >
                    <place.icon size={15} className="shrink-0" aria-hidden />
                    <span className={cn("truncate", narrow && "md:sr-only")}>{place.label}</span>
                  </Link>
                </li>
              );
            })}
          </ul>
          <IconButton
            label={narrow ? "Widen the menu" : "Narrow the menu"}
            shortcut="["
            className="hidden md:inline-flex"
            onClick={toggleRail}
          >
            {narrow ? <PanelLeftOpen size={15} aria-hidden /> : <PanelLeftClose size={15} aria-hidden />}
          </IconButton>
        </nav>
        <main
          id="content"
          tabIndex={-1}
          className="relative flex min-h-0 min-w-0 flex-1 flex-col outline-none max-md:overflow-y-auto"
        >
          {children}
        </main>
      </div>
      {palette ? <CommandPalette open={palette} onOpenChange={setPalette} onHelp={() => setHelp(true)} /> : null}
      {help ? <ShortcutHelp open={help} onOpenChange={setHelp} /> : null}
    </div>
  );
}

/** From anywhere on a page into its list, to the row that was last there. */
const intoList = () =>
  document.querySelector<HTMLElement>('#content [role="grid"] [role="row"][tabindex="0"]')?.focus();

function LiveMark() {
  const state = useLive();
  const text = { connecting: "Connecting", live: "Live", lost: "Connection lost, trying again" }[state];
  return (
    <span
      role="status"
      title={text}
      className={cn(
        "flex h-7 shrink-0 items-center gap-1.5 px-1 text-sm",
        state === "lost" ? "text-danger-ink" : "text-ink-3",
      )}
    >
      <span
        aria-hidden
        className={cn(
          "size-2 rounded-full",
          state === "live" ? "bg-good-ink" : state === "lost" ? "bg-danger" : "border border-ink-3",
        )}
      />
      <span className={cn(state === "lost" ? "max-sm:sr-only" : "max-lg:sr-only")}>{text}</span>
    </span>
  );
}

function OrganizationSwitcher() {
  const session = useSession();
  const failed = useFailureToast();
  const current = session.memberships.find((each) => each.organization_id === session.organization_id);
  const name = current?.name ?? "No organization";
  if (session.memberships.length < 2)
    return <span className="max-w-40 truncate px-1 text-ink-2 max-sm:sr-only">{name}</span>;
  const go = (organizationId: string) => {
    data(api.PATCH("/api/v1/session", { body: { organization_id: organizationId } }))
      // Everything on the page is the other organization's: begin anew.
      .then(() => window.location.assign("/overview"))
      .catch(failed("The organization could not be switched"));
  };
  return (
    <Menu
      items={[
        { heading: "Organizations" },
        ...session.memberships.map((each) => ({
          label: each.organization_id === session.organization_id ? `${each.name} (here)` : each.name,
          disabled: each.organization_id === session.organization_id,
          onSelect: () => go(each.organization_id),
        })),
      ]}
    >
      <button
        type="button"
        aria-label={`Organization: ${name}`}
        className="flex h-7 max-w-48 min-w-0 items-center gap-1 rounded-md px-1.5 text-ink-2 hover:bg-hover hover:text-ink"
      >
        <span className="truncate">{name}</span>
        <ChevronsUpDown size={13} className="shrink-0" aria-hidden />
      </button>
    </Menu>
  );
}

function UserMenu({ onHelp }: { onHelp: () => void }) {
  const session = useSession();
  const theme = useTheme();
  const failed = useFailureToast();
  const signOut = () => {
    data(api.DELETE("/api/v1/session"))
      .then(() => {
        tellSignedOut();
        window.location.assign("/sign-in");
      })
      .catch(failed("Signing out failed"));
  };
  const themes = [
    { name: "system", label: "System theme", icon: <Monitor size={14} aria-hidden /> },
    { name: "light", label: "Light theme", icon: <Sun size={14} aria-hidden /> },
    { name: "dark", label: "Dark theme", icon: <Moon size={14} aria-hidden /> },
  ] as const;
  return (
    <Menu
      align="end"
      items={[
        { heading: `${session.email}${session.role ? `, ${session.role}` : ""}` },
        { label: "Your account", href: "/settings/account", icon: <Settings size={14} aria-hidden /> },
        { label: "Keyboard shortcuts", onSelect: onHelp, shortcut: "?", icon: <CircleHelp size={14} aria-hidden /> },
        "separator",
        ...themes.map((each) => ({
          label: each.name === theme ? `${each.label} (now)` : each.label,
          icon: each.icon,
          onSelect: () => setTheme(each.name),
        })),
        "separator",
        { label: "Sign out", onSelect: signOut, icon: <LogOut size={14} aria-hidden /> },
      ]}
    >
      <button
        type="button"
        className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft text-sm font-semibold text-accent-ink uppercase"
      >
        <span aria-hidden>{(session.name || session.email).slice(0, 2)}</span>
        <span className="sr-only">Account of {session.name || session.email}</span>
      </button>
    </Menu>
  );
}

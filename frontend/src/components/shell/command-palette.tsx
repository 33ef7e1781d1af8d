"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { Dialog } from "radix-ui";
import { useEffect, useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { entityHref, huntHref, quoted } from "@/components/data/value";
import { SeverityMark } from "@/components/data/severity";
import { Kbd } from "@/components/ui/overlay";
import { PLACES } from "./navigation";
import { setTheme } from "./theme";

const ROW = "flex h-8 cursor-pointer items-center gap-2 rounded-md px-2 data-[selected=true]:bg-hover";

/** Ctrl-K: places, commands, and what is found under a text. */
export function CommandPalette({
  open,
  onOpenChange,
  onHelp,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onHelp: () => void;
}) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-[rgb(10_14_22/0.45)]" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-24px)] max-w-[620px] -translate-x-1/2 overflow-hidden rounded-lg bg-raised shadow-float outline-none"
        >
          <Dialog.Title className="sr-only">Search or run a command</Dialog.Title>
          <Palette close={() => onOpenChange(false)} onHelp={onHelp} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Palette({ close, onHelp }: { close: () => void; onHelp: () => void }) {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const [text, setText] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setText(typed.trim()), 180);
    return () => clearTimeout(timer);
  }, [typed]);
  const searching = text.length >= 2;
  const number = /^#?(\d{1,9})$/.exec(text)?.[1];
  const found = useQuery({
    queryKey: ["palette", text],
    enabled: searching || number !== undefined,
    queryFn: async () => {
      const [incidents, entities, rules] = await Promise.all([
        data(api.GET("/api/v1/incidents", { params: { query: { text, limit: 5 } } })),
        data(api.GET("/api/v1/entities", { params: { query: { text, limit: 5 } } })),
        data(api.GET("/api/v1/rules", { params: { query: { text, limit: 5 } } })),
      ]);
      return { incidents: incidents.items, entities: entities.items, rules: rules.items };
    },
  });
  const go = (href: string) => () => {
    close();
    router.push(href);
  };
  return (
    <Command label="Search or run a command" shouldFilter loop>
      <Command.Input
        value={typed}
        onValueChange={setTyped}
        placeholder="Search incidents, entities, rules, or type a command"
        className="h-11 w-full border-b border-line bg-transparent px-4 text-lg outline-none placeholder:text-ink-3"
      />
      <Command.List className="max-h-[56vh] overflow-y-auto p-1.5 [&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-sm [&_[cmdk-group-heading]]:text-ink-3">
        <Command.Empty className="px-3 py-4 text-ink-2">
          {found.isFetching ? "Searching …" : "Nothing has this name"}
        </Command.Empty>
        {found.isError ? (
          <p role="alert" className="px-3 py-2 text-danger-ink">
            The search failed: {asProblem(found.error).message}
          </p>
        ) : null}
        <Command.Group heading="Go to">
          {PLACES.map((place) => (
            <Command.Item
              key={place.href}
              value={`go to ${place.label} ${place.words ?? ""}`}
              onSelect={go(place.href)}
              className={ROW}
            >
              <place.icon size={15} aria-hidden />
              <span className="flex-1">{place.label}</span>
              <Kbd>{place.keys}</Kbd>
            </Command.Item>
          ))}
        </Command.Group>
        {found.data && text !== "" ? (
          <>
            {found.data.incidents.length > 0 ? (
              <Command.Group heading="Incidents">
                {found.data.incidents.map((each) => (
                  <Command.Item
                    key={each.incident_id}
                    value={`${text} incident ${each.number} ${each.title}`}
                    onSelect={go(`/incidents/${each.incident_id}`)}
                    className={ROW}
                  >
                    <SeverityMark severity={each.severity} />
                    <span className="text-ink-3">#{each.number}</span>
                    <span className="truncate">{each.title}</span>
                  </Command.Item>
                ))}
              </Command.Group>
            ) : null}
            {found.data.entities.length > 0 ? (
              <Command.Group heading="Entities">
                {found.data.entities.map((each) => (
                  <Command.Item
                    key={each.entity_id}
                    value={`${text} entity ${each.type} ${each.value}`}
                    onSelect={go(entityHref(each.type, each.value))}
                    className={ROW}
                  >
                    <span className="w-16 shrink-0 text-ink-3">{each.type}</span>
                    <span className="truncate font-mono text-sm">{each.value}</span>
                  </Command.Item>
                ))}
              </Command.Group>
            ) : null}
            {found.data.rules.length > 0 ? (
              <Command.Group heading="Rules">
                {found.data.rules.map((each) => (
                  <Command.Item
                    key={each.rule_id}
                    value={`${text} rule ${each.title} ${each.rule_id}`}
                    onSelect={go(`/detections/rules/${encodeURIComponent(each.rule_id)}`)}
                    className={ROW}
                  >
                    <SeverityMark severity={each.level} />
                    <span className="truncate">{each.title}</span>
                  </Command.Item>
                ))}
              </Command.Group>
            ) : null}
          </>
        ) : null}
        {searching ? (
          <Command.Group heading="Hunt">
            <Command.Item value={`${text} hunt for events`} onSelect={go(huntHref(quoted(text)))} className={ROW}>
              Hunt for events with <span className="truncate font-mono text-sm">{text}</span>
            </Command.Item>
          </Command.Group>
        ) : null}
        <Command.Group heading="Commands">
          <Command.Item
            value="keyboard shortcuts help"
            onSelect={() => {
              close();
              onHelp();
            }}
            className={ROW}
          >
            <span className="flex-1">Show keyboard shortcuts</span>
            <Kbd>?</Kbd>
          </Command.Item>
          {(["light", "dark", "system"] as const).map((theme) => (
            <Command.Item
              key={theme}
              value={`theme ${theme} mode appearance`}
              onSelect={() => {
                setTheme(theme);
                close();
              }}
              className={ROW}
            >
              Use the {theme} theme
            </Command.Item>
          ))}
        </Command.Group>
      </Command.List>
    </Command>
  );
}

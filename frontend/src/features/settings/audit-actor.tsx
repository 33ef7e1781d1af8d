"use client";

import Link from "next/link";

import { PersonName } from "@/components/data/person";
import type { Entry } from "./audit";
import type { Token } from "./token-state";

/** Who did it, by name: the log has ids. */
export function Actor({ actor, tokens }: { actor: string; tokens: Token[] | undefined }) {
  const [kind, id] = cut(actor);
  if (kind === "user") return <PersonName id={id} className="truncate" />;
  if (kind === "token") return <TokenName id={id} tokens={tokens} />;
  if (kind === "worker") return <span className="truncate">Worker {id}</span>;
  return <span className="truncate">{actor === "system" ? "The platform itself" : actor}</span>;
}

/** What it was done to, by name where we know one; incidents and rules are linked. */
export function Target({ entry, tokens }: { entry: Entry; tokens: Token[] | undefined }) {
  const [kind, id] = cut(entry.target);
  if (kind === "user") return <PersonName id={id} className="truncate" />;
  if (kind === "token") return <TokenName id={id} tokens={tokens} />;
  const name = typeof entry.details.name === "string" ? entry.details.name : null;
  if (kind === "organization") return <span className="truncate">The organization</span>;
  const href = hrefOf(kind, id);
  const text = name ?? `${kind} ${id}`;
  return href ? (
    <Link href={href} title={entry.target} className="truncate text-accent-ink hover:underline">
      {text}
    </Link>
  ) : (
    <span title={entry.target} className="truncate">
      {text}
    </span>
  );
}

function TokenName({ id, tokens }: { id: string; tokens: Token[] | undefined }) {
  const name = tokens?.find((token) => token.id === id)?.name;
  return (
    <span className="truncate" title={`token:${id}`}>
      {name ? `Token ${name}` : `Token ${id.slice(0, 8)}`}
    </span>
  );
}

function hrefOf(kind: string, id: string): string | null {
  if (kind === "incident") return `/incidents/${encodeURIComponent(id)}`;
  if (kind === "finding") return `/findings/${encodeURIComponent(id)}`;
  if (kind === "rule") return `/detections/rules/${encodeURIComponent(id)}`;
  return null;
}

function cut(text: string): [string, string] {
  const at = text.indexOf(":");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

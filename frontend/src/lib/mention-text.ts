/** Texts of comments: `@[<user id>]` stands for a member. */

const TOKEN = /@\[([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\]/g;

export type Part = { text: string } | { userId: string };

/** The text in pieces, mentions apart. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    if (found.index > from) parts.push({ text: text.slice(from, found.index) });
    parts.push({ userId: (found[1] ?? "").toLowerCase() });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

export type Named = { userId: string; name: string };

/** What is shown while it is written: `@Ann Smith` for a member's token. */
export function toWritten(text: string, names: ReadonlyMap<string, string>): { text: string; named: Named[] } {
  const named = new Map<string, Named>();
  const written = partsOf(text)
    .map((part) => {
      if ("text" in part) return part.text;
      const name = names.get(part.userId);
      if (name === undefined) return `@[${part.userId}]`;
      named.set(part.userId, { userId: part.userId, name });
      return `@${name}`;
    })
    .join("");
  return { text: written, named: [...named.values()] };
}

/** What is sent: tokens in place of the names that were chosen, the longest first (`@Ann Smith` before `@Ann`). */
export function toSent(text: string, named: readonly Named[]): string {
  const longest = [...named].sort((one, other) => other.name.length - one.name.length);
  let sent = "";
  let at = 0;
  while (at < text.length) {
    const here = text[at] === "@" ? longest.find(({ name }) => ends(text, at + 1, name)) : undefined;
    if (here) {
      sent += `@[${here.userId}]`;
      at += 1 + here.name.length;
    } else {
      sent += text[at];
      at += 1;
    }
  }
  return sent;
}

/** Whether the name stands at the place, and no letter or digit goes on after it. */
const ends = (text: string, at: number, name: string): boolean =>
  text.startsWith(name, at) && !/[\p{L}\p{N}_]/u.test(text.slice(at + name.length, at + name.length + 1));

/** The `@...` that is being typed before the cursor: where it begins and what follows the @; null where none is. */
export function typedMention(text: string, cursor: number): { from: number; query: string } | null {
  const found = /(^|[\s(])@([\p{L}\p{N}._-]*(?: [\p{L}\p{N}._-]*)?)$/u.exec(text.slice(0, cursor));
  if (found === null) return null;
  const query = found[2] ?? "";
  return { from: cursor - query.length - 1, query };
}

/** The text with names in place of tokens. */
export const plainText = (text: string, name: (userId: string) => string): string =>
  partsOf(text)
    .map((part) => ("text" in part ? part.text : `@${name(part.userId)}`))
    .join("");

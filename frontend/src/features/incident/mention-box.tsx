"use client";

import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from "react";

import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/form";
import { cn } from "@/lib/cn";
import { type Member, memberName } from "./incident";
import { type Named, toSent, toWritten, typedMention } from "@/lib/mention-text";

const MOST_SHOWN = 8;

/** A text with members who are named by @: typing completes them, arrows choose, Enter or Tab takes, Ctrl-Enter sends. */
export function MentionBox({
  label,
  members,
  initial = "",
  verb,
  busy,
  onSend,
  onCancel,
  commentBox,
}: {
  label: string;
  members: readonly Member[];
  initial?: string;
  verb: string;
  busy: boolean;
  /** Gets the text with tokens; what it returns says whether it was taken. */
  onSend: (text: string) => Promise<boolean>;
  onCancel?: () => void;
  commentBox?: boolean;
}) {
  const id = useId();
  const box = useRef<HTMLTextAreaElement>(null);
  const [written, setWritten] = useState(() =>
    toWritten(initial, new Map(members.map((each) => [each.user_id, memberName(each)]))),
  );
  const [at, setAt] = useState<{ from: number; query: string } | null>(null);
  const [active, setActive] = useState(0);
  // What was completed is behind the cursor before the next key comes.
  const cursor = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (cursor.current === null) return;
    box.current?.focus();
    box.current?.setSelectionRange(cursor.current, cursor.current);
    cursor.current = null;
  }, [written]);
  const query = at?.query.toLowerCase() ?? "";
  const found =
    at === null
      ? []
      : members
          .filter(
            (each) =>
              each.disabled_at === null &&
              (each.name
                .toLowerCase()
                .split(/\s+/)
                .some((part) => part.startsWith(query)) ||
                each.name.toLowerCase().startsWith(query) ||
                each.email.toLowerCase().startsWith(query)),
          )
          .slice(0, MOST_SHOWN);
  const open = found.length > 0;
  const chosen = Math.min(active, found.length - 1);

  const take = (member: Member) => {
    if (at === null) return;
    const name = memberName(member);
    const end = at.from + 1 + at.query.length;
    const text = `${written.text.slice(0, at.from)}@${name} ${written.text.slice(end).replace(/^ /, "")}`;
    const named: Named[] = [
      ...written.named.filter((each) => each.userId !== member.user_id),
      { userId: member.user_id, name },
    ];
    setWritten({ text, named });
    setAt(null);
    cursor.current = at.from + name.length + 2;
  };
  const send = () => {
    const text = toSent(written.text, written.named).trim();
    if (text === "" || busy) return;
    void onSend(text).then((taken) => {
      if (taken) setWritten({ text: "", named: [] });
    });
  };
  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
    else if (open && event.key === "ArrowDown") setActive((chosen + 1) % found.length);
    else if (open && event.key === "ArrowUp") setActive((chosen - 1 + found.length) % found.length);
    else if (open && (event.key === "Enter" || event.key === "Tab") && found[chosen]) take(found[chosen]);
    else if (event.key === "Escape" && at !== null) setAt(null);
    else if (event.key === "Escape" && onCancel) onCancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const look = (element: HTMLTextAreaElement) => {
    const next = typedMention(element.value, element.selectionStart);
    setAt(next);
    if (next?.query !== at?.query) setActive(0);
  };
  return (
    <div className="relative flex flex-col gap-2">
      <Textarea
        ref={box}
        aria-label={label}
        aria-autocomplete="list"
        aria-controls={open ? `${id}-list` : undefined}
        aria-activedescendant={open ? `${id}-${chosen}` : undefined}
        placeholder="Write a comment; @ mentions a member"
        rows={3}
        maxLength={9_000}
        value={written.text}
        {...(commentBox ? { "data-comment-box": true } : {})}
        onChange={(event) => {
          setWritten((before) => ({ ...before, text: event.target.value }));
          look(event.target);
        }}
        onSelect={(event) => look(event.currentTarget)}
        onBlur={() => setAt(null)}
        onKeyDown={pressed}
      />
      {open ? (
        <ul
          id={`${id}-list`}
          role="listbox"
          aria-label="Members"
          className="absolute top-full left-0 z-20 -mt-8 w-72 rounded-lg bg-raised p-1 shadow-float"
        >
          {found.map((member, index) => (
            <li
              key={member.user_id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === chosen}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(member)}
              className={cn(
                "flex cursor-pointer items-baseline gap-2 rounded-sm px-2 py-0.5",
                index === chosen && "bg-hover",
              )}
            >
              <span className="truncate">{memberName(member)}</span>
              <span className="ml-auto truncate text-sm text-ink-3">{member.email}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <div className="flex items-center justify-end gap-2">
        <span className="mr-auto text-sm text-ink-3 max-sm:hidden">Ctrl Enter sends</span>
        {onCancel ? (
          <Button small onClick={onCancel}>
            Cancel
          </Button>
        ) : null}
        <Button small look="primary" busy={busy} disabled={written.text.trim() === ""} onClick={send}>
          {verb}
        </Button>
      </div>
    </div>
  );
}

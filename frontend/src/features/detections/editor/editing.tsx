"use client";

import { Trash2 } from "lucide-react";
import dynamic from "next/dynamic";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useId, useRef, useState } from "react";

import { Notice } from "@/components/data/states";
import type { EditorHandle } from "@/components/editor/given";
import { PageHead, Section } from "@/components/shell/page";
import { Button, buttonClass } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/form";
import { Confirm } from "@/components/ui/overlay";
import { useKeys } from "@/lib/keys";
import { Backtest } from "../backtest";
import { ruleHref } from "../rule-api";
import { Checks, useRuleCheck } from "./checks";
import { Conflict } from "./conflict";
import { type Draft, keepDraft, keptDraft, lineAt, sameDraft } from "./draft";
import { Samples } from "./samples";
import { useRemoveRule, useSaveRule } from "./saving";

const RuleCode = dynamic(() => import("./rule-code"), {
  ssr: false,
  loading: () => <div role="status" aria-label="Loading the editor" className="skeleton h-full" />,
});

/**
 * A rule under the writer's hands: checked and tried as it is written, backtested, saved. What is not saved is kept in this tab.
 *
 * `place` names the draft; `unsaved`: what it starts with is worth saving as it is.
 */
export function Editing({
  place,
  ruleId,
  start: given,
  etag: etagGiven = "",
  unsaved = false,
  from,
}: {
  place: string;
  ruleId: string | null;
  start: Draft;
  etag?: string;
  unsaved?: boolean;
  from?: string;
}) {
  const router = useRouter();
  const [kept] = useState(() => (place === "new:hunt" ? null : keptDraft(place)));
  // A draft of before is saved over what it was written over, so that what others saved since is not lost unseen.
  const [base, setBase] = useState({ draft: given, etag: kept?.etag ?? etagGiven });
  const [restored, setRestored] = useState(kept !== null && !sameDraft(kept, given));
  const [draft, setDraft] = useState<Draft>(() =>
    kept === null ? given : { text: kept.text, enabled: kept.enabled, samples: kept.samples },
  );
  const [removing, setRemoving] = useState(false);
  const [left, setLeft] = useState(false);
  const editor = useRef<EditorHandle>(null);
  const checksId = useId();
  const dirty = !sameDraft(draft, base.draft);
  const check = useRuleCheck(draft, ruleId);

  useEffect(
    () => keepDraft(place, dirty && !left ? { ...draft, etag: base.etag } : null),
    [place, draft, dirty, left, base.etag],
  );
  useEffect(() => {
    if (!dirty || left) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [dirty, left]);

  const leave = (to: string) => {
    setLeft(true);
    keepDraft(place, null);
    router.push(to);
  };
  const save = useSaveRule(ruleId, (id) => leave(ruleHref(id)));
  const remove = useRemoveRule(() => leave("/detections?origin=own"));
  const passes =
    check.fresh && check.checked?.runs === true && check.checked.samples.every((sample) => sample === null);
  const worthSaving = dirty || unsaved || ruleId === null;
  const submit = () => {
    if (passes && worthSaving && !save.isPending) save.mutate({ draft, etag: base.etag });
  };
  useKeys({ "mod+s": submit });
  const reset = () => {
    setDraft(base.draft);
    setBase({ ...base, etag: base.draft === given ? etagGiven : base.etag });
    setRestored(false);
  };
  const title = check.checked?.title ?? (ruleId === null ? "New rule" : "Rule");

  return (
    <>
      <PageHead
        title={
          <>
            <Link href="/detections" className="font-normal text-ink-2 hover:underline">
              Detections
            </Link>
            <span className="px-1.5 font-normal text-ink-3">/</span>
            {ruleId === null ? "New rule" : `Edit ${title}`}
          </>
        }
        beside={
          <span className="text-sm text-ink-3" role="status">
            {dirty ? "Not saved; kept in this tab" : ruleId === null ? "" : "Saved"}
          </span>
        }
        actions={
          <>
            {ruleId !== null ? (
              <Button look="danger" onClick={() => setRemoving(true)}>
                <Trash2 size={14} aria-hidden />
                Remove
              </Button>
            ) : null}
            {dirty ? <Button onClick={reset}>Discard changes</Button> : null}
            <Link href={ruleId === null ? "/detections" : ruleHref(ruleId)} className={buttonClass()}>
              Close
            </Link>
            <Button
              look="primary"
              busy={save.isPending}
              disabled={!passes || !worthSaving}
              title={
                passes
                  ? worthSaving
                    ? "Ctrl S"
                    : "Nothing was changed"
                  : "A rule is saved when it runs and its samples pass"
              }
              onClick={submit}
            >
              {ruleId === null ? "Create rule" : "Save"}
            </Button>
          </>
        }
      />
      {restored ? (
        <Notice
          className="m-2"
          action={
            <Button small onClick={reset}>
              Discard
            </Button>
          }
        >
          What you wrote here before and did not save is back.
        </Notice>
      ) : null}
      {from ? (
        <Notice tone="neutral" className="m-2">
          A duplicate of {from}. Both fire while both are on.
        </Notice>
      ) : null}
      <div className="grid min-h-0 flex-1 grid-rows-[minmax(360px,1fr)_auto] overflow-y-auto min-[1000px]:grid-cols-[minmax(0,1fr)_minmax(340px,40%)] min-[1000px]:grid-rows-1 min-[1000px]:overflow-hidden">
        <div className="min-h-0 p-4 min-[1000px]:pr-2">
          <RuleCode
            value={draft.text}
            onChange={(text) => setDraft((before) => ({ ...before, text }))}
            problems={check.checked?.problems ?? NONE}
            onSubmit={submit}
            describedBy={checksId}
            handle={editor}
          />
        </div>
        {}
        <div
          role="region"
          aria-label="Checks, samples, backtest"
          tabIndex={0}
          className="flex min-h-0 flex-col gap-6 p-4 min-[1000px]:overflow-y-auto min-[1000px]:pl-2"
        >
          <Section title="Check">
            <Checks
              id={checksId}
              check={check}
              onLine={(line) => {
                const { from: first, to } = lineAt(draft.text, line);
                editor.current?.select(first, to);
              }}
            />
          </Section>
          <Section title="Samples">
            <Samples
              samples={draft.samples}
              results={check.fresh ? check.checked?.samples : undefined}
              onChange={(samples) => setDraft((before) => ({ ...before, samples }))}
            />
          </Section>
          <Backtest
            title={title}
            {...(ruleId !== null && draft.text === base.draft.text ? { ruleId } : { text: draft.text })}
            {...(check.checked?.runs ? {} : { disabled: "A rule is tried when it runs." })}
          />
          {ruleId === null ? (
            <Checkbox
              label="Switch it on when it is created"
              checked={draft.enabled}
              onChange={(event) => setDraft((before) => ({ ...before, enabled: event.target.checked }))}
            />
          ) : null}
        </div>
      </div>
      {save.conflict !== null && ruleId !== null ? (
        <Conflict
          ruleId={ruleId}
          busy={save.isPending}
          onClose={save.forget}
          onTheirs={(theirs, etag) => {
            save.forget();
            setBase({ draft: theirs, etag });
            setDraft(theirs);
          }}
          onMine={(etag) => save.mutate({ draft, etag })}
        />
      ) : null}
      <Confirm
        open={removing}
        onOpenChange={setRemoving}
        title={`Remove ${title}`}
        verb="Remove rule"
        danger
        busy={remove.isPending}
        onConfirm={() => ruleId !== null && remove.mutate({ ruleId, etag: base.etag })}
      >
        It stops finding anything within seconds. Its findings stay, and so does its text in the audit log. To bring it
        back, write it again; to only pause it, switch it off instead.
      </Confirm>
    </>
  );
}

const NONE: never[] = [];

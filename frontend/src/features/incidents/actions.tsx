"use client";

import { type FormEvent, useState } from "react";

import { StateLabel } from "@/components/data/severity";
import { usePeople } from "@/components/data/person";
import { useSession } from "@/components/shell/session";
import { Button } from "@/components/ui/button";
import { Checkbox, Field, Textarea } from "@/components/ui/form";
import { Dialog } from "@/components/ui/overlay";
import { type Option, PickerList } from "@/components/ui/picker";
import { counted, words } from "@/lib/format";
import { type Incident, STATES, VERDICTS } from "./address";
import { useChangeIncidents } from "./change";

export type Kind = "assign" | "state" | "verdict" | "comment";
export type Acting = { kind: Kind; incidents: Incident[] };

const MEANS: Record<(typeof VERDICTS)[number], string> = {
  true_positive: "Somebody did harm, or tried to.",
  false_positive: "It is not what the rules say it is.",
  benign: "It happened as the rules say, and it was meant to.",
  undetermined: "It cannot be told.",
};

/** "#7" for one, "3 incidents" for more. */
const those = (incidents: Incident[]): string =>
  incidents.length === 1 && incidents[0] ? `#${incidents[0].number}` : counted(incidents.length, "incident");
/** What they all have, if they do. */
function common<T>(incidents: Incident[], read: (incident: Incident) => T): T | undefined {
  const first = incidents[0];
  if (first === undefined) return undefined;
  const value = read(first);
  return incidents.every((each) => read(each) === value) ? value : undefined;
}

/** The window in which one or many incidents are given somebody, a state, a verdict or a comment. */
export function Actions({ acting, onDone }: { acting: Acting | null; onDone: () => void }) {
  const open = acting !== null;
  const incidents = acting?.incidents ?? [];
  const titles: Record<Kind, string> = {
    assign: `Assign ${those(incidents)}`,
    state: `State of ${those(incidents)}`,
    verdict: `Verdict on ${those(incidents)}`,
    comment: `Comment on ${those(incidents)}`,
  };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) onDone();
      }}
      title={acting ? titles[acting.kind] : ""}
    >
      {acting?.kind === "assign" ? <Assign incidents={incidents} done={onDone} /> : null}
      {acting?.kind === "state" ? <State incidents={incidents} done={onDone} /> : null}
      {acting?.kind === "verdict" ? <Judge incidents={incidents} done={onDone} /> : null}
      {acting?.kind === "comment" ? <Comment incidents={incidents} done={onDone} /> : null}
    </Dialog>
  );
}

type Given = { incidents: Incident[]; done: () => void };

function Assign({ incidents, done }: Given) {
  const { people, failed } = usePeople();
  const { user_id: me } = useSession();
  const change = useChangeIncidents();
  const now = common(incidents, (each) => each.assignee_id);
  const able = people.filter((person) => person.role !== "viewer" && person.disabled_at === null);
  const mine = able.find((person) => person.user_id === me);
  const options: Option[] = [
    ...(mine ? [{ value: me, label: `${mine.name} (me)`, hint: mine.email }] : []),
    { value: "none", label: "Nobody" },
    ...able
      .filter((person) => person.user_id !== me)
      .map((person) => ({ value: person.user_id, label: person.name, hint: person.email })),
  ];
  const choose = (value: string) => {
    const name = value === me ? "you" : (people.find((person) => person.user_id === value)?.name ?? "");
    change.mutate({
      incidents,
      change: { assignee_id: value === "none" ? null : value },
      said: value === "none" ? `${those(incidents)} assigned to nobody` : `${those(incidents)} assigned to ${name}`,
    });
    done();
  };
  return (
    <>
      {failed ? <p className="pb-1 text-danger-ink">The members could not be loaded.</p> : null}
      <PickerList
        label="Assignee"
        search
        options={options}
        chosen={now === undefined ? [] : [now ?? "none"]}
        onChoose={choose}
      />
    </>
  );
}

function State({ incidents, done }: Given) {
  const change = useChangeIncidents();
  const now = common(incidents, (each) => each.state);
  const choose = (value: string) => {
    const state = STATES.find((each) => each === value);
    if (state)
      change.mutate({ incidents, change: { state }, said: `${those(incidents)}: ${words(state).toLowerCase()}` });
    done();
  };
  return (
    <PickerList
      label="State"
      search
      options={STATES.map((state) => ({ value: state, label: words(state) }))}
      chosen={now === undefined ? [] : [now]}
      onChoose={choose}
    />
  );
}

function Judge({ incidents, done }: Given) {
  const change = useChangeIncidents();
  const now = common(incidents, (each) => each.verdict);
  const open = incidents.some((each) => each.closed_at === null);
  const [verdict, setVerdict] = useState<string>(now ?? "");
  const [note, setNote] = useState("");
  const [close, setClose] = useState(open);
  const [asked, setAsked] = useState(false);
  const chosen = VERDICTS.find((each) => each === verdict) ?? null;
  const some = incidents.some((each) => each.verdict !== null);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (chosen === null && !some) {
      setAsked(true);
      return;
    }
    const text = note.trim();
    change.mutate(
      {
        incidents,
        change: { verdict: chosen, ...(close && chosen !== null ? { state: "closed" as const } : {}) },
        ...(text === "" ? {} : { comment: chosen === null ? text : `${words(chosen)}: ${text}` }),
        said:
          chosen === null ? `${those(incidents)}: no verdict` : `${those(incidents)}: ${words(chosen).toLowerCase()}`,
      },
      { onSuccess: done },
    );
  };
  return (
    <form className="flex flex-col gap-3 pb-3" onSubmit={send}>
      <fieldset className="flex flex-col">
        <legend className="sr-only">Verdict</legend>
        {VERDICTS.map((each, index) => (
          <label key={each} className="flex cursor-pointer items-start gap-2 rounded-md px-2 py-1 hover:bg-hover">
            <input
              type="radio"
              name="verdict"
              value={each}
              checked={verdict === each}

              autoFocus={now ? now === each : index === 0}
              onChange={() => setVerdict(each)}
              className="mt-1 accent-[var(--accent)]"
            />
            <span>
              <span className="block font-medium">{words(each)}</span>
              <span className="block text-sm text-ink-2">{MEANS[each]}</span>
            </span>
          </label>
        ))}
        {some ? (
          <label className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1 hover:bg-hover">
            <input
              type="radio"
              name="verdict"
              value=""
              checked={verdict === ""}
              onChange={() => setVerdict("")}
              className="accent-[var(--accent)]"
            />
            No verdict yet
          </label>
        ) : null}
      </fieldset>
      {asked && chosen === null ? (
        <p role="alert" className="text-danger-ink">
          Choose a verdict.
        </p>
      ) : null}
      <Field label="Reason" hint={incidents.length > 1 ? "Written as a comment on each." : "Written as a comment."}>
        {(ids) => (
          <Textarea {...ids} value={note} maxLength={10_000} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
      {open ? (
        <Checkbox
          label={incidents.length > 1 ? "Close the incidents" : "Close the incident"}
          checked={close}
          onChange={(event) => setClose(event.target.checked)}
        />
      ) : null}
      <div className="flex justify-end gap-2">
        <Button onClick={done}>Cancel</Button>
        <Button type="submit" look="primary" busy={change.isPending}>
          Give verdict
        </Button>
      </div>
    </form>
  );
}

function Comment({ incidents, done }: Given) {
  const change = useChangeIncidents();
  const [text, setText] = useState("");
  return (
    <form
      className="flex flex-col gap-3 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate(
          { incidents, change: {}, comment: text.trim(), said: `Commented on ${those(incidents)}` },
          { onSuccess: done },
        );
      }}
    >
      <Field label="Comment" hint={incidents.length > 1 ? "The same text on each." : undefined}>
        {(ids) => (
          <Textarea
            {...ids}

            autoFocus
            rows={5}
            value={text}
            maxLength={20_000}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={done}>Cancel</Button>
        <Button type="submit" look="primary" busy={change.isPending} disabled={text.trim() === ""}>
          Comment
        </Button>
      </div>
    </form>
  );
}

/** A verdict in a list: its word, or nothing. */
export function VerdictLabel({ verdict }: { verdict: Incident["verdict"] }) {
  return verdict === null ? <span className="text-ink-3">None</span> : <StateLabel state={verdict} />;
}

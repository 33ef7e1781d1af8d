"use client";

import { CircleHelp } from "lucide-react";
import { useState } from "react";

import { IconButton } from "@/components/ui/button";
import { Dialog, Kbd } from "@/components/ui/overlay";

const TESTS: [string, string][] = [
  ["=  !=", "is, is not (or is absent)"],
  ['in ("a", "b")  not in (...)', "is one of these, is none of them"],
  ["contains  startswith  endswith", "has the text in it, at its begin, at its end"],
  ["like", "is the pattern as a whole: * any text, ? one character"],
  ["matches", "the regular expression finds something in it (RE2)"],
  ["in cidr", "is an address in the network"],
  ["<  <=  >  >=", "is a number or time beyond that"],
  ["exists", "is there at all"],
  ['entity = "user:alice"', "whoever or whatever the event names, in any attribute"],
  ['"mimikatz"', "the raw record has this text in it"],
];
const STAGES: [string, string][] = [
  ["| count by a, b", "how many for each combination, the most frequent first"],
  ["| top 20 by a", "the first 20 of that"],
  ["| timechart span 1h by a", "how many in each span (s m h d w)"],
  ["| distinct a, b", "the different values"],
  ["| fields a, b", "show these attributes"],
  ["| sort a desc, b", "another order"],
  ["| limit 50", "no more than this"],
];
const EXAMPLES = [
  'source = "aws_cloudtrail" and api.response.error exists | count by actor.user.name, api.response.error | top 20',
  'process.cmd_line contains ("vssadmin", "wbadmin") | fields time, device.hostname, actor.user.name, process.cmd_line',
  'not src_endpoint.ip in cidr "10.0.0.0/8" and api.operation in ("CreateUser", "AttachUserPolicy")',
  "| timechart span 1h by source",
];

/** The language on one page. */
export function Help({ onChoose }: { onChoose: (query: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton label="The language on one page" onClick={() => setOpen(true)}>
        <CircleHelp size={15} aria-hidden />
      </IconButton>
      <Dialog open={open} onOpenChange={setOpen} title="The hunting language" wide>
        <div className="flex flex-col gap-4 pb-3">
          <p className="max-w-[80ch] text-ink-2">
            A condition, then what to make of the events. Attributes are named by their OCSF path, texts stand in
            quotes; <b>and</b> binds closer than <b>or</b>, <b>not</b> closest, brackets help. Case does not matter
            unless <b>cased</b> stands after the comparison. A test on what an event lacks is false. A backslash is a
            backslash; a quote is doubled.
          </p>
          <div className="grid gap-x-8 gap-y-4 md:grid-cols-2">
            <Rows title="Conditions" rows={TESTS} />
            <div className="flex flex-col gap-4">
              <Rows title="What to make of the events" rows={STAGES} />
              <section>
                <h3 className="mb-1 text-sm font-medium text-ink-3">Keys</h3>
                <p>
                  <Kbd>Ctrl Enter</Kbd> run, <Kbd>Ctrl Space</Kbd> complete, <Kbd>/</Kbd> to the query, <Kbd>Esc</Kbd>{" "}
                  then <Kbd>Tab</Kbd> leave it
                </p>
              </section>
            </div>
          </div>
          <section>
            <h3 className="mb-1 text-sm font-medium text-ink-3">Examples</h3>
            <ul>
              {EXAMPLES.map((each) => (
                <li key={each}>
                  <button
                    type="button"
                    className="w-full rounded-sm px-2 py-1 text-left font-mono text-[12px] break-all hover:bg-hover"
                    onClick={() => {
                      setOpen(false);
                      onChoose(each);
                    }}
                  >
                    {each}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        </div>
      </Dialog>
    </>
  );
}

function Rows({ title, rows }: { title: string; rows: [string, string][] }) {
  return (
    <section>
      <h3 className="mb-1 text-sm font-medium text-ink-3">{title}</h3>
      <dl>
        {rows.map(([how, what]) => (
          <div key={how} className="grid grid-cols-[1fr_1.1fr] gap-3 border-b border-line py-1">
            <dt className="font-mono text-[12px]">{how}</dt>
            <dd className="text-ink-2">{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

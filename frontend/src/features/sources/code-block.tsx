import { CopyButton } from "@/features/settings/shown-once";

/** A text to be copied, as it is. */
export function CodeBlock({ label, text }: { label: string; text: string }) {
  return (
    <div className="flex flex-col items-start gap-2 sm:flex-row">
      <pre
        tabIndex={0}
        aria-label={label}
        role="region"
        className="w-full min-w-0 flex-1 overflow-x-auto rounded-md border border-line bg-sunken p-2.5 font-mono text-sm"
      >
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}

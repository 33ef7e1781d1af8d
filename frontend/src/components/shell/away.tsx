import { buttonClass } from "@/components/ui/button";

/** The whole page, where the api behind the console does not answer. */
export function Away({ why }: { why: string }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-[56ch] flex-col justify-center gap-3 px-6">
      <h1 className="text-xl font-semibold">The platform cannot be reached</h1>
      <p className="text-ink-2">
        {why} The console itself runs. On one machine, <code className="font-mono">minixdr status</code> says which part
        is down and <code className="font-mono">minixdr doctor</code> what mends it; in a cluster, look at the
        api&apos;s pods.
      </p>
      <p>
        {}
        <a href="" className={buttonClass("primary")}>
          Try again
        </a>
      </p>
    </main>
  );
}

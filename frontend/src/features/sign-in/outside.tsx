import type { ReactNode } from "react";

/** A page outside of the console's frame: one column in the middle. */
export function Outside({
  title,
  children,
  below,
}: {
  title: ReactNode;
  children: ReactNode;
  /** Under a hairline: other ways. */
  below?: ReactNode;
}) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[400px] flex-col justify-center px-4 py-8">
      <p className="mb-5 flex items-center gap-2 font-semibold">
        <svg viewBox="0 0 16 16" className="size-5 text-accent" aria-hidden>
          <path
            fill="currentColor"
            d="M8 0 1.5 2.5v5C1.5 11.6 4.2 14.8 8 16c3.8-1.2 6.5-4.4 6.5-8.5v-5zm0 3.2 3.6 1.4v2.9c0 2.3-1.4 4.2-3.6 5.1z"
          />
        </svg>
        Mini-XDR
      </p>
      <div className="rounded-lg border border-line bg-surface p-5">
        <h1 className="mb-4 text-xl font-semibold">{title}</h1>
        {children}
        {below ? <div className="mt-5 border-t border-line pt-4">{below}</div> : null}
      </div>
    </main>
  );
}

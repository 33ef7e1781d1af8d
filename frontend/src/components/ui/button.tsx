import { type ButtonHTMLAttributes, forwardRef } from "react";

import { cn } from "@/lib/cn";

export type ButtonLook = "primary" | "secondary" | "quiet" | "danger";

const LOOKS: Record<ButtonLook, string> = {
  primary: "bg-accent text-on-accent hover:brightness-110 border border-transparent",
  secondary: "bg-surface text-ink border border-line-strong hover:bg-hover",
  quiet: "text-ink-2 hover:bg-hover hover:text-ink border border-transparent",
  danger: "bg-surface text-danger-ink border border-line-strong hover:bg-danger-soft",
};

/** Classes of a button, for links that look like one. */
export const buttonClass = (look: ButtonLook = "secondary", small = false): string =>
  cn(
    "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none",
    "disabled:opacity-55 transition-colors duration-75",
    small ? "h-6 px-2 text-sm" : "h-7 px-2.5",
    LOOKS[look],
  );

type Given = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: ButtonLook;
  small?: boolean;
  /** While true the button is off and says so to screen readers. */
  busy?: boolean;
};

export const Button = forwardRef<HTMLButtonElement, Given>(function Button(
  { look = "secondary", small, busy, className, children, disabled, type = "button", ...rest },
  ref,
) {
  return (
    <button
      ref={ref}
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cn(buttonClass(look, small), className)}
      {...rest}
    >
      {children}
    </button>
  );
});

/** A square button with an icon; `label` is its name and its tooltip. */
export const IconButton = forwardRef<HTMLButtonElement, Omit<Given, "look"> & { label: string; shortcut?: string }>(
  function IconButton({ label, shortcut, className, children, type = "button", busy, disabled, small, ...rest }, ref) {
    return (
      <button
        ref={ref}
        type={type}
        aria-label={label}
        aria-busy={busy || undefined}
        title={shortcut ? `${label} (${shortcut})` : label}
        disabled={disabled || busy}
        className={cn(
          "inline-flex shrink-0 items-center justify-center rounded-md text-ink-2 hover:bg-hover hover:text-ink disabled:opacity-55",
          small ? "size-6" : "size-7",
          className,
        )}
        {...rest}
      >
        {children}
      </button>
    );
  },
);

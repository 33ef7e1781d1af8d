"use client";

import { Check, Circle } from "lucide-react";
import { type InputHTMLAttributes, useState } from "react";

import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { cn } from "@/lib/cn";
import { passwordRules } from "./password-rules";

/** A password field that shows what is typed where one asks for it. */
export function PasswordInput({ className, ...rest }: InputHTMLAttributes<HTMLInputElement>) {
  const [shown, setShown] = useState(false);
  return (
    <span className="relative block">
      <Input
        {...rest}
        type={shown ? "text" : "password"}
        spellCheck={false}
        autoCapitalize="off"
        className={cn("pr-14", className)}
      />
      <Button
        small
        look="quiet"
        className="absolute top-0.5 right-0.5"
        aria-pressed={shown}
        aria-label={shown ? "Hide what is typed" : "Show what is typed"}
        onClick={() => setShown(!shown)}
      >
        {shown ? "Hide" : "Show"}
      </Button>
    </span>
  );
}

/** A new password with the rules beside it, each marked as it is kept. */
export function NewPassword({
  label = "Password",
  name = "password",
  email,
  onTyped,
  error,
}: {
  label?: string;
  /** The form reads what was typed by it. */
  name?: string;
  email: string;
  onTyped?: (value: string) => void;
  error?: string | null;
}) {
  const [value, setValue] = useState("");
  const type = (typed: string) => {
    setValue(typed);
    onTyped?.(typed);
  };
  return (
    <Field
      label={label}
      error={error}
      hint={
        <span className="mt-0.5 flex flex-col gap-0.5">
          {passwordRules(value, email).map((rule) => (
            <span key={rule.text} className={cn("flex items-center gap-1.5", rule.kept && "text-good-ink")}>
              {rule.kept ? <Check size={12} aria-hidden /> : <Circle size={12} aria-hidden />}
              <span>
                {rule.text}
                {rule.kept ? <span className="sr-only"> (kept)</span> : null}
              </span>
            </span>
          ))}
        </span>
      }
    >
      {(ids) => (
        <PasswordInput
          {...ids}
          name={name}
          autoComplete="new-password"
          required
          onChange={(event) => type(event.target.value)}
        />
      )}
    </Field>
  );
}

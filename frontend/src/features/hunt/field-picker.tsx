"use client";

import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useState } from "react";

import { api, data } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { Popover } from "@/components/ui/overlay";

/** Names of attributes that begin with a text. */
export function useFields(prefix: string, enabled = true) {
  return useQuery({
    queryKey: ["hunts", "fields", prefix.toLowerCase()],
    queryFn: () => data(api.GET("/api/v1/hunts/fields", { params: { query: { prefix, limit: 300 } } })),
    staleTime: Infinity,
    enabled,
  });
}

/** Chooses one attribute, or none. */
export function FieldPicker({
  label,
  value,
  first,
  onChoose,
}: {
  label: string;
  value: string;
  first: readonly string[];
  onChoose: (name: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const fields = useFields(typed, open && typed !== "");
  const names =
    typed === "" ? first : (fields.data?.items.filter((each) => each.kind !== null).map((each) => each.name) ?? []);
  const choose = (name: string) => {
    setOpen(false);
    setTyped("");
    onChoose(name);
  };
  return (
    <Popover
      label={label}
      open={open}
      onOpenChange={setOpen}
      className="w-72 p-1"
      trigger={
        <Button small look="quiet">
          {value === "" ? label : `${label} ${value}`}
          <ChevronDown size={12} aria-hidden />
        </Button>
      }
    >
      <Input
        aria-label="Attribute"
        placeholder="Attribute"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="mb-1"
      />
      <ul className="max-h-64 overflow-y-auto">
        {value !== "" ? (
          <li>
            <Choice onChoose={() => choose("")}>No stacking</Choice>
          </li>
        ) : null}
        {names.map((name) => (
          <li key={name}>
            <Choice mono on={name === value} onChoose={() => choose(name)}>
              {name}
            </Choice>
          </li>
        ))}
      </ul>
      {fields.isError ? (
        <p role="alert" className="px-2 py-1 text-danger-ink">
          {asProblem(fields.error).message}
        </p>
      ) : null}
      {typed !== "" && fields.data?.items.length === 0 ? (
        <p className="px-2 py-1 text-ink-2">No attribute begins so</p>
      ) : null}
    </Popover>
  );
}

function Choice({
  children,
  mono,
  on,
  onChoose,
}: {
  children: React.ReactNode;
  mono?: boolean;
  on?: boolean;
  onChoose: () => void;
}) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={onChoose}
      className={`flex min-h-7 w-full items-center rounded-sm px-2 text-left hover:bg-hover ${mono ? "font-mono text-sm" : ""} ${on ? "bg-selected" : ""}`}
    >
      {children}
    </button>
  );
}

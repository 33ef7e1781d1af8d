import type { Metadata } from "next";
import { Suspense } from "react";

import { EntityPage } from "@/features/entities/entity-page";

type Search = Promise<Record<string, string | string[] | undefined>>;

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value) ?? "";

export async function generateMetadata({ searchParams }: { searchParams: Search }): Promise<Metadata> {
  return { title: one((await searchParams).value) || "Entity" };
}

export default async function Page({ searchParams }: { searchParams: Search }) {
  const { type, value } = await searchParams;
  return (
    <Suspense>
      <EntityPage type={one(type)} value={one(value)} />
    </Suspense>
  );
}

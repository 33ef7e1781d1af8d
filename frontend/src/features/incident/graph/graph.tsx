"use client";
export default function Graph(_: { incident: unknown; openId: string; onOpen: (id: string) => void }) {
  return null;
}

"use client";

import { setNonce } from "get-nonce";
import { type ReactNode, createContext, useContext } from "react";

const Context = createContext<string | undefined>(undefined);

/** Gives the page's nonce to what makes style elements while it runs: scroll locks of windows, the editor. */
export function Nonce({ nonce, children }: { nonce?: string | undefined; children: ReactNode }) {
  if (typeof window !== "undefined" && nonce) setNonce(nonce);
  return <Context.Provider value={nonce}>{children}</Context.Provider>;
}

export const useNonce = (): string | undefined => useContext(Context);

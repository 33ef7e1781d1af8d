const START = "/overview";

/** The page to go on to after signing in: a path of the console itself, else the start page. Never another site, nor signing in again. */
export function ownPath(given: string | null | undefined): string {
  if (!given?.startsWith("/") || /^\/[/\\]/.test(given) || hasControl(given)) return START;
  const address = new URL(given, "http://console.invalid");
  if (address.origin !== "http://console.invalid") return START;
  if (address.pathname === "/" || /^\/(sign-in|setup|api)(\/|$)/.test(address.pathname)) return START;
  // `//` can come back by dots in the path.
  if (address.pathname.startsWith("//")) return START;
  return address.pathname + address.search + address.hash;
}

/** Browsers leave tabs and line ends out of an address: `/\t/evil.example` is `//evil.example`. */
function hasControl(text: string): boolean {
  return Array.from(text).some((each) => each.charCodeAt(0) < 0x20);
}

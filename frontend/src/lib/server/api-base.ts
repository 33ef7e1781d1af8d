/** Where the api is, read at run time. Raises where `API_BASE` is not an http address. */
export function apiBase(): URL {
  const given = process.env.API_BASE ?? "http://127.0.0.1:8000";
  const address = new URL(given);
  if (address.protocol !== "http:" && address.protocol !== "https:") {
    throw new Error(`API_BASE must be an http or https address, not ${address.protocol}`);
  }
  return address;
}

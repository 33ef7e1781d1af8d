/** Filters as the address holds them. */

/** What the address says for a filter that has a default: `any` says that nothing is filtered. */
export const ANY = "any";

/** Returns the values of a filter: the address's, else the default. */
export function filterValues(given: readonly string[], defaults: readonly string[] = []): readonly string[] {
  if (given.length === 0) return defaults;
  return given.includes(ANY) ? [] : given;
}

/** Returns what the address must hold for these values. */
export function filterAddress(values: readonly string[], defaults: readonly string[] = []): string[] {
  const same = values.length === defaults.length && values.every((value) => defaults.includes(value));
  if (same) return [];
  return values.length === 0 ? [ANY] : [...values];
}

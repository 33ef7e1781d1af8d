/** Puts a text on the clipboard. Rejects where the browser does not allow it: on plain http from another machine there is no clipboard at all. */
export function copyText(text: string): Promise<void> {
  const clipboard = navigator.clipboard as Clipboard | undefined;
  return clipboard ? clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
}

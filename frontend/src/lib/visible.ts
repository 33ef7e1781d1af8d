/**
 * Characters that draw nothing and change how what is around them is drawn: control characters (but tab and line end), those that turn the direction
 * of text round (`U+202E`: `gnp.exe` reads `exe.png`), those without width, tags. Whoever writes a log record chooses what is in it.
 */
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** A text as a person may read it: what would be hidden is written out, `\u202e`. For showing only: copying and searching take the text itself. */
export const visible = (text: string): string =>
  text.replace(HIDDEN, (letter) => {
    const digits = (letter.codePointAt(0) ?? 0).toString(16);
    return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, "0")}`;
  });

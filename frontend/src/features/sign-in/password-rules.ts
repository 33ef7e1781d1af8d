/** What the api asks of a new password (`passwords.py`): the api decides, this tells before it is sent. */
export const LEAST_CHARACTERS = 12;
export const MOST_CHARACTERS = 256;
const LEAST_DIFFERENT = 5;

export type PasswordRule = { text: string; kept: boolean };

export function passwordRules(password: string, email: string): PasswordRule[] {
  const characters = Array.from(password); // code points, as the api counts
  const name = (email.split("@", 1)[0] ?? "").trim().toLowerCase();
  const rules = [
    {
      text: `${LEAST_CHARACTERS} characters or more; a sentence is good`,
      kept: characters.length >= LEAST_CHARACTERS && characters.length <= MOST_CHARACTERS,
    },
    { text: `${LEAST_DIFFERENT} different characters or more`, kept: new Set(characters).size >= LEAST_DIFFERENT },
  ];
  if (Array.from(name).length < LEAST_DIFFERENT) return rules;
  return [
    ...rules,
    {
      text: `Does not contain “${name}”`,
      kept: password !== "" && !password.toLowerCase().includes(name),
    },
  ];
}

export const isKept = (password: string, email: string): boolean =>
  passwordRules(password, email).every((rule) => rule.kept);

/** What every editor takes, whichever of its parts are loaded. */
export type EditorGiven = {
  value: string;
  onChange?: (value: string) => void;
  /** Names the editor for screen readers. */
  label: string;
  language?: "yaml";
  lineNumbers?: boolean;
  singleLine?: boolean;
  readOnly?: boolean;
  placeholder?: string;
  autoFocus?: boolean;
  /** Ctrl-Enter (Command-Enter). */
  onSubmit?: () => void;
  /** Id of what explains it: a hint, an error. */
  describedBy?: string;
  invalid?: boolean;
  /** Gives it its height: `h-96`, `min-h-16 max-h-60`. */
  className?: string;
};

export type EditorHandle = {
  focus: () => void;
  /** Marks from one position to another and brings them into sight. */
  select: (from: number, to?: number) => void;
  replace: (from: number, to: number, text: string) => void;
};

/** What a schedule says of itself. */
export interface DescribedSchedule {
  /** How it runs, in a line. */
  readonly description: string;
  /** Its options with the values they take when left out; undefined where one must be given. */
  readonly defaults: Readonly<Record<string, number | string | undefined>>;
}

/** The kinds that settings can name, `lr=cosine …` or `batch=steps …`; all begin or end with the setting. */
export const schedules: Readonly<Record<string, DescribedSchedule>> = {
  cosine: {
    description: "half a cosine from the setting to another value",
    defaults: { to: undefined, steps: undefined },
  },
  linear: {
    description: "a line from the setting to another value",
    defaults: { to: undefined, steps: undefined },
  },
  "warm-up": {
    description: "a line from another value to the setting, which then stays",
    defaults: { from: undefined, steps: undefined },
  },
  steps: {
    description: "jumps to other values, at=STEP:VALUE,STEP:VALUE",
    defaults: { at: undefined },
  },
};

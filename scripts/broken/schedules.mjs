// Schedules of users that are broken: what each does, its text, and what is said of it.
import { FAILS } from "./any.mjs";

const schedule = (at, parts = "") => `import { defineSchedule } from "@eoss/sgd";
let calls = 0;
export default defineSchedule({ name: "theirs", defaults: {}, at: ${at}, ${parts} });`;

export const SCHEDULES = [
  [
    "counts",
    schedule("(step, { initial }) => initial / ++calls"),
    /theirs breaks .* depends on the steps that were asked for before/,
  ],
  [
    "draws random numbers",
    schedule("(step, { initial }) => initial * Math.random()"),
    /theirs breaks .* draws random numbers/,
  ],
  ["gives NaN", schedule("() => NaN"), /theirs is NaN at step 0; allowed: a finite number/],
  ["gives a text", schedule('() => "0.1"'), /theirs is 0\.1 at step 0; allowed: a finite number/],
  ["gives nothing", schedule("() => {}"), /theirs is undefined at step 0/],
  ["gives a promise", schedule("async () => 0.1"), /theirs is \[object Promise\] at step 0/],
  [
    "rises above its peak",
    schedule("(step, { initial }) => 2 * initial"),
    /theirs is 0\.02 at step 0, above its peak of 0\.01; declare the largest value/,
  ],
  [
    "has no number as its peak",
    schedule("(step, { initial }) => initial", "peak: () => Infinity"),
    /theirs has the peak Infinity; allowed: a number/,
  ],
  [
    "has an option that every schedule has",
    schedule("() => 0.01").replace("defaults: {}", "defaults: { steps: 3 }"),
    /theirs has an option steps: every schedule is given it; rename yours/,
  ],
  [
    "fails",
    schedule(`() => { ${FAILS}; }`),
    /the schedule .* failed in values: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "has the name of another",
    schedule("() => 0.01").replace('"theirs"', '"cosine"'),
    /is named "cosine", as a built-in schedule is/,
  ],
  [
    "misspells a part",
    schedule("() => 0.01", "peek: () => 1"),
    /has no option peek; it has: .*did you mean peak/,
  ],
  ["is negative", schedule("() => -0.01"), /lr at step 0 is -0\.01; allowed: a finite number ≥ 0/],
  [
    "gives whole numbers of any size",
    schedule("() => 1n"),
    /theirs is 1 at step 0; allowed: a finite number/,
  ],
  [
    "reads the clock",
    schedule("(step, { initial }) => initial / performance.now()"),
    /theirs breaks .* depends on .*the clock/,
  ],
  [
    "changes its options",
    schedule("(step, options) => (options.initial *= 0.99)"),
    /theirs breaks .* depends on the steps/,
  ],
  [
    "has a promise as its peak",
    schedule("(step, { initial }) => initial", "peak: async () => 1"),
    /theirs has the peak \[object Promise\]; allowed: a number/,
  ],
  [
    "gives an object that is like a number",
    schedule("() => ({ valueOf: () => 0.01 })"),
    /theirs is .* at step 0; allowed: a finite number/,
  ],
];

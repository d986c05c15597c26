// Samplers of users that are broken: what each does, its text, and what is said of it.
import { FAILS } from "./any.mjs";

const sampler = (make, parts = "") => `import { defineSampler } from "@eoss/sgd";
let calls = 0;
export default defineSampler({ name: "theirs", defaults: {}, make: ${make}, ${parts} });`;

export const SAMPLERS = [
  [
    "counts",
    sampler("(n) => () => [calls++ % n]"),
    /theirs breaks .* depends on the steps that were asked for before/,
  ],
  [
    "goes on from the step before",
    sampler("(n) => { let at = 0; return () => [at++ % n]; }"),
    /theirs breaks .* depends on the steps/,
  ],
  [
    "draws by Math.random",
    sampler("(n) => () => [Math.floor(Math.random() * n)]"),
    /theirs breaks .* draws random numbers beside its stream/,
  ],
  [
    "gives too many",
    sampler("(n, b) => () => new Array(b + 1).fill(0)"),
    /theirs gives 5 indices at step 0; allowed: from 1 to 4/,
  ],
  ["gives none", sampler("() => () => []"), /theirs gives 0 indices/],
  ["gives nothing", sampler("() => () => undefined"), /theirs gives no indices/],
  ["gives an index beyond", sampler("(n) => () => [n]"), /theirs gives the index 24 at step 0/],
  [
    "is right for some sizes alone",
    sampler("(n) => () => [n === 24 ? 0 : n]"),
    /theirs gives the index 64 at step 0; allowed: integers from 0 to 63/,
  ],
  ["gives halves", sampler("() => (step) => [step / 2]"), /theirs gives the index 0\.5 at step 1/],
  [
    "gives no function",
    sampler("() => [0]"),
    /`make` of the sampler theirs gives a list; allowed: a function of the step/,
  ],
  [
    "fails",
    sampler(`() => () => { ${FAILS}; }`),
    /the sampler .* failed in at: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "has the name of another",
    sampler("() => () => [0]").replace('"theirs"', '"independent"'),
    /is named "independent", as a built-in sampler is/,
  ],
  [
    "misspells a part",
    sampler("() => () => [0]", "default: {}"),
    /has no option default; it has: .*did you mean defaults/,
  ],
  ["is a promise", sampler("() => async () => [0]"), /theirs gives no indices/],
  ["is a generator", sampler("() => function* () { yield 0; }"), /theirs gives no indices/],
  ["gives texts", sampler('() => () => ["0"]'), /theirs gives the index "0" at step 0/],
  ["has holes", sampler("() => () => new Array(3)"), /theirs gives the index undefined at step 0/],
  [
    "reads the clock",
    sampler("(n) => () => [Math.floor(performance.now() * 1e6) % n]"),
    /theirs breaks .* depends on .*the clock/,
  ],
  [
    "empties its list",
    sampler(
      "(n) => { const left = Array.from({ length: n }, (_, i) => i); return () => left.splice(0, 1); }",
    ),
    /theirs breaks .* depends on the steps/,
  ],
];

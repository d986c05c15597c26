// Data sets of users that are broken: what each does, its text, and what is said of it.
import { FAILS } from "./any.mjs";

const data = (
  load,
  { task = "{ kind: 'classification', classes: 2 }", parts = "" } = {},
) => `import { defineDataset } from "@eoss/data";
import { z } from "zod";
let calls = 0;
const right = {
  inputShape: [2], task: ${task}, source: "made here",
  train: { inputs: Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)), labels: Uint8Array.from({ length: 64 }, (_, i) => i % 2) },
};
export default defineDataset({
  name: "theirs", description: "theirs", options: z.strictObject({}), load: ${load}, ${parts}
});`;
const changed = (parts) => data(`() => ({ ...right, ${parts} })`);
const training = (parts) => changed(`train: { ...right.train, ${parts} }`);

export const DATA = [
  ["gives nothing", data("() => undefined"), /theirs breaks .* load gave undefined/],
  [
    "fails",
    data(`() => { ${FAILS}; }`),
    /the data set .* failed in load: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "fails late",
    data(`async () => { ${FAILS}; }`),
    /the data set .* failed in load: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "counts",
    training("inputs: right.train.inputs.map((x) => x + calls++)"),
    /theirs breaks .* loaded twice, .* differs/,
  ],
  [
    "draws random numbers",
    training("inputs: right.train.inputs.map(() => Math.random())"),
    /theirs breaks .* loaded twice, .* differs/,
  ],
  [
    "has NaN in it",
    training("inputs: right.train.inputs.map(() => NaN)"),
    /train\.inputs\[0\] \(sample 0\) is NaN/,
  ],
  [
    "has a label beyond",
    training("labels: right.train.labels.map(() => 2)"),
    /train\.labels\[0\] .* is 2; allowed: integers from 0 to 1/,
  ],
  [
    "has too few labels",
    training("labels: right.train.labels.slice(1)"),
    /train\.labels has 63 numbers for 64 samples/,
  ],
  [
    "gives lists",
    training("inputs: [...right.train.inputs]"),
    /train\.inputs is a list; expected a typed array/,
  ],
  ["says no source", changed("source: undefined"), /theirs breaks .* source is missing/],
  [
    "misspells a part",
    changed("tset: right.train"),
    /has no option tset; it has: .*did you mean test/,
  ],
  [
    "has its test among its training samples",
    changed("test: right.train"),
    /100 % of its test samples are training samples too/,
  ],
  [
    "is a generator",
    data("function* () { yield right; }"),
    /theirs breaks .* load gave a generator/,
  ],
  [
    "reads the clock",
    training("inputs: right.train.inputs.map((x) => x + performance.now())"),
    /theirs breaks .* loaded twice, .* differs/,
  ],
  [
    "has a getter that throws",
    changed("get test() { throw new TypeError('oh'); }"),
    /the data set .* failed in load: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "gave its numbers away",
    training(
      "inputs: (() => { const x = right.train.inputs.slice(); structuredClone(x, { transfer: [x.buffer] }); return x; })()",
    ),
    /theirs breaks .* train has no sample/,
  ],
  [
    "has labels of 64 bits",
    training("labels: BigInt64Array.from({ length: 64 }, (_, i) => BigInt(i % 2))"),
    /train\.labels .*expected a typed array/,
  ],
  [
    "has half a class",
    data("() => right", { task: "{ kind: 'classification', classes: 2.5 }" }),
    /theirs breaks .*classes/,
  ],
  [
    "misspells its task",
    data("() => right", { task: "{ kind: 'clasification', classes: 2 }" }),
    /theirs breaks .*clasification.*classification/,
  ],
  ["has a shape of -0", changed("inputShape: [2, -0]"), /theirs breaks .*inputShape is \[2,0\]/],
];

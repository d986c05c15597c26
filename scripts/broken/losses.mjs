// Losses of users that are broken: what each does, its text, and what is said of it.
import { FAILS, PRELUDE } from "./any.mjs";

const loss = (body, parts = "") => `import { defineLoss } from "@eoss/hvp";
${PRELUDE}
const squares = (f, y) => tf.mean(tf.sum(tf.square(tf.sub(f, y)), -1));
export default defineLoss({ name: "theirs", defaults: {}, loss: ${body}, ${parts} });`;

export const LOSSES = [
  [
    "is a sum",
    loss("(f, y) => tf.sum(tf.square(tf.sub(f, y)))"),
    /theirs breaks .* is the sum over samples/,
  ],
  [
    "couples its samples",
    loss("(f, y) => tf.square(tf.mean(tf.sub(f, y)))"),
    /theirs breaks .* a loss is the mean over samples/,
  ],
  [
    "is a loss for each sample",
    loss("(f, y) => tf.sum(tf.square(tf.sub(f, y)), -1)"),
    /theirs breaks .* it has the shape \[6\]/,
  ],
  ["is a number", loss("() => 3"), /theirs breaks .* gives no scalar tensor/],
  ["is not finite", loss("(f, y) => tf.div(squares(f, y), 0)"), /theirs breaks .* it is Infinity/],
  [
    "draws random numbers",
    loss("(f, y) => tf.mul(squares(f, y), Math.random())"),
    /theirs breaks .* draws random numbers/,
  ],
  ["counts", loss("(f, y) => tf.mul(squares(f, y), ++calls)"), /theirs breaks .* keeps a state/],
  ["keeps tensors", loss("(f, y) => tf.keep(squares(f, y))"), /theirs breaks .* keeps \d+ tensors/],
  [
    "does not depend on the outputs",
    loss("(f, y) => squares(y, y)"),
    /theirs breaks .* does not depend on/,
  ],
  ["fails", loss(`() => { ${FAILS}; }`), /theirs breaks .* its formula fails: .*oh/],
  [
    "has the name of another",
    loss("squares").replace('"theirs"', '"mse"'),
    /is named "mse", as a built-in loss is/,
  ],
  [
    "misspells a part",
    loss("squares", "domain: {}"),
    /has no option domain; it has: .*did you mean domains/,
  ],
  [
    "is a promise",
    loss("async (f, y) => squares(f, y)"),
    /theirs breaks .* gives no scalar tensor/,
  ],
  [
    "is a whole number",
    loss("(f, y) => tf.cast(squares(f, y), 'int32')"),
    /theirs breaks .* int32.* float32/,
  ],
  [
    "reads the clock",
    loss("(f, y) => tf.mul(squares(f, y), 1 + performance.now())"),
    /theirs breaks .* keeps a state/,
  ],
  [
    "changes its targets",
    loss("(f, y) => { y.dataSync()[0] += 1; return squares(f, y); }"),
    /theirs breaks .* changes the targets/,
  ],
  [
    "weighs samples by their place",
    loss("(f, y) => tf.mean(tf.mul(tf.sum(tf.square(tf.sub(f, y)), -1), tf.range(0, f.shape[0])))"),
    /theirs breaks .* the mean over samples/,
  ],
  [
    "disposes its outputs",
    loss("(f, y) => { const l = squares(f, y); f.dispose(); return l; }"),
    /theirs breaks .* disposes the outputs/,
  ],
  [
    "is NaN for outputs below zero",
    loss("(f, y) => tf.mean(tf.log(f))"),
    /theirs breaks .* it is NaN/,
  ],
];

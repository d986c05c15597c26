// Optimizers of users that are broken: what each does, its text, and what is said of it.
import { FAILS, PRELUDE } from "./any.mjs";

const optimizer = (
  update,
  { slots = "[]", threshold = '{ none: "made up" }', name = "theirs" } = {},
) => `import { defineOptimizer } from "@eoss/sgd";
${PRELUDE}
export default defineOptimizer({
  name: "${name}", defaults: {}, slots: ${slots}, threshold: ${threshold},
  update: ({ theta, gradient, slots, name }, { learningRate }) => (${update}),
});`;
const STEP = "tf.sub(theta, tf.mul(gradient, learningRate))";

export const OPTIMIZERS = [
  [
    "draws random numbers",
    optimizer("{ theta: tf.sub(theta, tf.mul(gradient, learningRate * Math.random())) }"),
    /theirs breaks .* draws random numbers/,
  ],
  [
    "counts",
    optimizer("{ theta: tf.sub(theta, tf.mul(gradient, learningRate / ++calls)) }"),
    /theirs breaks .* keeps something beside its state/,
  ],
  [
    "leaves tensors behind",
    optimizer(`(tf.keep(gradient.clone()), { theta: ${STEP} })`),
    /theirs breaks .* leaves \d+ tensors behind/,
  ],
  [
    "gives another shape",
    optimizer("{ theta: tf.tensor([1]) }"),
    /theta of the parameter kernel as float32 \[1\]/,
  ],
  ["gives no tensor", optimizer("{ theta: 3 }"), /gives no tensor theta for the parameter kernel/],
  [
    "does nothing",
    optimizer("{ theta: theta.clone() }"),
    /theirs breaks .* does not move the parameters/,
  ],
  [
    "gives NaN",
    optimizer("{ theta: tf.fill(theta.shape, NaN) }"),
    /theirs breaks .* is not finite after 1 updates/,
  ],
  [
    "moves without a learning rate",
    optimizer("{ theta: tf.sub(theta, tf.mul(gradient, 0.1)) }"),
    /theirs breaks .* moves the parameters with η = 0/,
  ],
  [
    "has a threshold that is not its own",
    optimizer(`{ theta: ${STEP} }`, {
      threshold:
        '{ formula: "4/η", words: "made up", value: ({ learningRate }) => 4 / learningRate }',
    }),
    /theirs breaks .* updates grow: the threshold is lower/,
  ],
  ["forgets a slot", optimizer(`{ theta: ${STEP} }`, { slots: '["mean"]' }), /mean/],
  [
    "fails",
    optimizer(`(() => { ${FAILS}; })()`),
    /the optimizer .* failed in step: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "has the name of another",
    optimizer(`{ theta: ${STEP} }`, { name: "adam" }),
    /is named "adam", as a built-in optimizer is/,
  ],
  [
    "is a promise",
    optimizer(`(async () => ({ theta: ${STEP} }))()`),
    /gives no tensor theta for the parameter kernel/,
  ],
  [
    "gives the gradient as parameters",
    optimizer("{ theta: gradient }"),
    /theirs breaks .* moves the parameters with η = 0/,
  ],
  [
    "counts for each parameter",
    optimizer(
      `{ theta: tf.sub(theta, tf.mul(gradient, learningRate / (seen[name] = (seen[name] ?? 0) + 1))) }`,
    ).replace("let calls", "const seen = {};\nlet calls"),
    /theirs breaks .* keeps something beside its state/,
  ],
  [
    "reads the clock",
    optimizer("{ theta: tf.sub(theta, tf.mul(gradient, learningRate * performance.now())) }"),
    /theirs breaks .* keeps something beside its state/,
  ],
  [
    "has a text as its threshold",
    optimizer(`{ theta: ${STEP} }`, {
      threshold:
        '{ formula: "2/η", words: "made up", value: ({ learningRate }) => String(2 / learningRate) }',
    }),
    /the optimizer .* failed in threshold: .*the threshold 2\/η is "2\d*"; allowed: a number/,
  ],
  [
    "fails to say its threshold",
    optimizer(`{ theta: ${STEP} }`, {
      threshold:
        '{ formula: "2/η", words: "made up", value: () => { throw new TypeError("oh"); } }',
    }),
    /the optimizer .* failed in threshold: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "changes the gradient",
    optimizer(`(gradient.dataSync()[0] += 1, { theta: ${STEP} })`),
    /theirs breaks .* changes the gradient/,
  ],
];

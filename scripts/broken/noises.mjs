// Noises of users that are broken: what each does, its text, and what is said of it.
import { FAILS, PRELUDE } from "./any.mjs";

const noise = (
  body,
  name = "theirs",
) => `import { defineNoise, weightedGradients } from "@eoss/noise";
${PRELUDE}
const mean = (problem) => {
  const weights = new Float64Array(problem.samples).fill(1 / problem.samples);
  const { loss, gradients } = weightedGradients(problem, [weights]);
  return { loss, gradient: gradients[0] };
};
const moved = (problem, by) => {
  const { loss, gradient } = mean(problem);
  const own = Object.fromEntries(Object.entries(gradient).map(([key, g]) => [key, tf.tidy(() => tf.add(g, by))]));
  tf.dispose(gradient);
  return { loss, gradient: own };
};
export default defineNoise({ name: "${name}", description: "theirs", defaults: {}, gradient: ${body} });`;

export const NOISES = [
  ["has no noise", noise("mean"), /theirs breaks .* is ∇L without noise at each step/],
  [
    "draws by Math.random",
    noise("(problem) => moved(problem, Math.random() - 0.5)"),
    /theirs breaks .* draws random numbers beside its stream/,
  ],
  [
    "counts",
    noise("(problem) => moved(problem, ++calls % 7)"),
    /theirs breaks .* keeps something beside its state/,
  ],
  [
    "has a mean",
    noise("(problem, { stream }) => moved(problem, 1 + stream.normalAt(0))"),
    /noise has mean zero, or declares biased: true/,
  ],
  [
    "has noise in its loss",
    noise(
      "(problem, { stream }) => { const made = moved(problem, stream.normalAt(0)); return { ...made, loss: 1.1 * made.loss }; }",
    ),
    /theirs breaks .* the loss has no noise/,
  ],
  [
    "loses a parameter",
    noise(
      "(problem) => { const { loss, gradient: { kernel } } = mean(problem); return { loss, gradient: { kernel } }; }",
    ),
    /gradient of the parameter bias is no tensor/,
  ],
  [
    "gives NaN",
    noise("(problem) => moved(problem, NaN)"),
    /theirs breaks .* its gradient is not finite/,
  ],
  [
    "gives no loss",
    noise("(problem) => ({ gradient: mean(problem).gradient })"),
    /theirs breaks .* its loss is undefined/,
  ],
  [
    "leaves tensors behind",
    noise("(problem, { stream }) => { tf.scalar(1); return moved(problem, stream.normalAt(0)); }"),
    /theirs breaks .* leaves \d+ tensors behind/,
  ],
  [
    "disposes the parameters",
    noise(
      "(problem, { stream }) => { const made = moved(problem, stream.normalAt(0)); problem.params.bias.dispose(); return made; }",
    ),
    /theirs breaks .* disposes the parameter bias/,
  ],
  [
    "fails",
    noise(`() => { ${FAILS}; }`),
    /the noise .* failed in gradient: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  ["has the name of another", noise("mean", "label"), /is named "label", as a built-in noise is/],
  [
    "is a promise",
    noise("async (problem, { stream }) => moved(problem, stream.normalAt(0))"),
    /`gradient` of the noise theirs gives a promise; allowed: \{ loss, gradient \}/,
  ],
  [
    "gives the parameters as its gradient",
    noise("(problem) => ({ loss: mean(problem).loss, gradient: problem.params })"),
    /theirs breaks .* its gradient of the parameter kernel is the parameter itself/,
  ],
  [
    "draws once and for all",
    noise("(problem, { stream }) => moved(problem, (calls ||= stream).normalAt(0))"),
    /theirs breaks .* not drawn anew/,
  ],
  [
    "reads the clock",
    noise("(problem) => moved(problem, performance.now() % 1)"),
    /theirs breaks .* keeps something beside its state/,
  ],
  [
    "gives a tensor as its loss",
    noise(
      "(problem, { stream }) => ({ ...moved(problem, stream.normalAt(0)), loss: tf.scalar(1) })",
    ),
    /theirs breaks .* its loss is .*; allowed: a finite number/,
  ],
  [
    "has a state that JSON loses",
    noise(
      "(problem, { stream, step }) => ({ ...moved(problem, stream.normalAt(0)), state: new Map([[step, 1]]) })",
    ),
    /theirs breaks .* state/,
  ],
  [
    "changes its state",
    noise(
      "(problem, { stream, step, state }) => { const kept = state ?? { step, variance: new Float32Array(2) }; kept.variance[0] += 1; return { ...moved(problem, kept.variance[0] * stream.normalAt(0)), state: kept }; }",
    ),
    /theirs breaks .* changes the state/,
  ],
];

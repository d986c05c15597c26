// Networks of users that are broken: what each does, its text, and what is said of it.
import { FAILS, PRELUDE } from "./any.mjs";

const model = (
  apply,
  { build = "", parts = "" } = {},
) => `import { defineModel, models } from "@eoss/models";
${PRELUDE}
export default defineModel({ ...models.mlp, name: "theirs", build(task) {
  const { parameters, apply } = models.mlp.build(task, { width: [4] });
  ${build}
  return { parameters, apply: ${apply}, ${parts} };
} });`;

export const MODELS = [
  [
    "draws random numbers",
    model("(p, x) => tf.mul(apply(p, x), Math.random())"),
    /theirs breaks .* draws random numbers/,
  ],
  [
    "drops out",
    model("(p, x) => tf.dropout(apply(p, x), 0.3)"),
    /theirs breaks .* draws random numbers/,
  ],
  ["counts", model("(p, x) => tf.add(apply(p, x), ++calls)"), /theirs breaks .* keeps a state/],
  [
    "changes its parameters",
    model("(p, x) => { p['dense1.bias'].dataSync()[0] += 1; return apply(p, x); }"),
    /theirs breaks .* changes the parameter dense1\.bias/,
  ],
  [
    "couples its samples",
    model("(p, x) => apply(p, tf.sub(x, tf.mean(x, 0, true)))"),
    /declare `coupled: true`/,
  ],
  [
    "has a parameter of no use",
    model("apply", {
      build: "parameters.push({ name: 'odd', shape: [2], role: 'bias', fanIn: 2 });",
    })
      .replace("const { parameters, apply } =", "const { parameters: own, apply } =")
      .replace("parameters.push", "const parameters = [...own]; parameters.push"),
    /the parameter odd has no influence on the outputs/,
  ],
  [
    "makes variables in build",
    model("apply", { build: "tf.variable(tf.zeros([2]));" }),
    /`build` makes tensors or variables/,
  ],
  [
    "fails in build",
    model("apply", { build: `${FAILS};` }),
    /the network .* failed in build: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "fails in apply",
    model(`() => { ${FAILS}; }`),
    /the network .* failed in apply: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  ["is a promise", model("async (p, x) => apply(p, x)"), /theirs breaks .* apply gives no tensor/],
  [
    "misspells a part",
    model("apply", { parts: "cuopled: true" }),
    /has no option cuopled; it has: .*did you mean coupled/,
  ],
  [
    "reads the clock",
    model("(p, x) => tf.mul(apply(p, x), 1 + performance.now())"),
    /theirs breaks .* keeps a state \(.*the clock/,
  ],
  [
    "knows the place of a sample in its batch",
    model("(p, x) => tf.add(apply(p, x), tf.reshape(tf.range(0, x.shape[0]), [-1, 1]))"),
    /theirs breaks .* or on its place in it/,
  ],
  [
    "remembers its first outputs",
    model("(p, x) => (calls ||= tf.keep(apply(p, x)))"),
    /theirs breaks .* leaves tensors behind: 1/,
  ],
  [
    "gives two outputs for each class",
    model("(p, x) => tf.concat([apply(p, x), apply(p, x)], 1)"),
    /outputs have the shape \[64,20\], and the targets of the same samples \[64,10\]/,
  ],
  [
    "gives whole numbers",
    model("(p, x) => tf.cast(apply(p, x), 'int32')"),
    /theirs breaks .* outputs are int32, not float32/,
  ],
  ["gives its inputs", model("(p, x) => x"), /outputs of 64 samples have shape \[64,8,8,1\]/],
  [
    "uses what was disposed",
    model("(p, x) => tf.add(apply(p, x), disposed())").replace(
      "let calls",
      "const disposed = () => { const one = tf.scalar(1); one.dispose(); return one; };\nlet calls",
    ),
    /the network .* failed in apply: a tensor that was disposed is used/,
  ],
  [
    "hides a parameter behind a getter that throws",
    model("apply", { parts: "get coupled() { throw new TypeError('oh'); }" }),
    /the network .* failed in build: TypeError: oh/,
  ],
];

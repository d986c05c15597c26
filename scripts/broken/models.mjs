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
];

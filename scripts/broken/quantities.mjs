// Quantities of users that are broken: what each does, its text, and what is said of it.
import { PRELUDE } from "./any.mjs";

const quantity = (
  body,
  { over = "full", name = "theirs", parts = "" } = {},
) => `import { defineQuantity } from "@eoss/sharpness";
${PRELUDE}
const good = { value: 1, products: 0, status: "exact" };
export default defineQuantity({
  name: "${name}", description: "theirs", over: "${over}", unit: "loss", needs: [], cost: "none", ${parts}
  ${over === "batches" ? "sample" : "measure"}: ${body},
});`;

export const QUANTITIES = [
  [
    "has the name of another",
    quantity("() => good", { name: "minibs" }),
    /is named "minibs", as a built-in quantity is/,
  ],
  [
    "gives a number",
    quantity("() => 3"),
    /`measure` of the quantity theirs must give an object .*, not 3/,
  ],
  [
    "gives a part as a number",
    quantity("() => ({ ...good, parts: { half: 0.3 } })"),
    /for the part "half" an object/,
  ],
  [
    "has another status",
    quantity('() => ({ ...good, status: "done" })'),
    /as `status`, not "done"/,
  ],
  ["gives a text", quantity('() => ({ ...good, value: "3" })'), /a number as `value`, not "3"/],
  ["counts", quantity("() => ({ ...good, value: ++calls })"), /theirs breaks .* keeps a state/],
  [
    "draws random numbers",
    quantity("() => ({ ...good, value: Math.random() })", { over: "batches" }),
    /theirs breaks .* draws random numbers beside its stream/,
  ],
  [
    "changes the gradient",
    quantity("async (view) => { view.space.scale(2, await view.gradient()); return good; }", {
      over: "batches",
    }),
    /theirs breaks .* changes the parameters or a vector that its view gave/,
  ],
  [
    "has other parts in other batches",
    quantity("() => ({ ...good, parts: { ['p' + (++calls > 2)]: { value: 1 } } })", {
      over: "batches",
    }),
    /theirs breaks .* gives other numbers for other batches/,
  ],
  [
    "leaves tensors behind",
    quantity("() => { tf.scalar(1); return good; }"),
    /theirs breaks .* leaves 1 tensors behind/,
  ],
  [
    "misspells a function",
    quantity("(view) => ({ ...good, value: view.los() })"),
    /the quantity .* failed in measure: TypeError: view\.los is not a function \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "does not wait",
    quantity("(view) => ({ ...good, value: view.top('hessian') })"),
    /await what a view is asked for/,
  ],
  [
    "reads the clock",
    quantity("() => ({ ...good, value: performance.now() })"),
    /theirs breaks .* keeps a state/,
  ],
  [
    "has a getter that throws",
    quantity("() => ({ ...good, get value() { throw new TypeError('oh'); } })"),
    /the quantity .* failed in measure: TypeError: oh \(broken\d+\.mjs:\d+\)/,
  ],
  [
    "counts products as a text",
    quantity('() => ({ ...good, products: "3" })'),
    /as `products` how many .* not "3"/,
  ],
  [
    "is a generator",
    quantity("function* () { yield good; }"),
    /must give an object .*, not a generator/,
  ],
  [
    "keeps the first view",
    quantity("async (view) => ({ ...good, value: await (calls ||= view).loss() })"),
    /a view is used after the quantity that it was given to/,
  ],
  [
    "counts products that are none",
    quantity("() => ({ ...good, products: -1 })"),
    /as `products` how many .* not -1/,
  ],
  [
    "gives a vector as its value",
    quantity("async (view) => ({ ...good, value: await view.gradient() })"),
    /a number as `value`, not an object/,
  ],
];

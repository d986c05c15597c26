import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digits } from "@eoss/data";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadBackend } from "../machine/backend.js";
import { checkedModel } from "./checkedModel.js";

// Inside of this package, where a file of somebody else finds what it imports.
const folder = mkdtempSync(join(process.cwd(), "checked-model-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => loadBackend("cpu"));

/** A perceptron whose `apply` is another one, as a user would write it. */
function written(name: string, apply: string): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { defineModel, models } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
let calls = 0;
export default defineModel({ ...models.mlp, name: "${name}", build(task) {
  const { parameters, apply } = models.mlp.build(task, { width: [8] });
  return { parameters, apply: ${apply} };
} });`,
  );
  return file;
}

it.each([
  ["right", "apply", undefined],
  ["random", "(p, x) => tf.add(apply(p, x), Math.random())", /draws random numbers/],
  ["dropout", "(p, x) => tf.dropout(apply(p, x), 0.3)", /draws random numbers/],
  ["counter", "(p, x) => tf.add(apply(p, x), ++calls)", /keeps a state/],
  ["changing", "(p, x) => { p['dense1.bias'].dataSync()[0] += 1; return apply(p, x); }", /changes/],
  ["coupled", "(p, x) => apply(p, tf.sub(x, tf.mean(x, 0, true)))", /declare `coupled: true`/],
])("a network that is %s", async (name, apply, broken) => {
  const made = checkedModel({ model: written(name, apply) }, digits({ samples: 100 }));
  if (broken === undefined) expect((await made).name).toBe(name);
  else await expect(made).rejects.toThrow(broken);
});

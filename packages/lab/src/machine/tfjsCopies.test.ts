import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { measureAt } from "../run/measureAt.js";
import { newFolders, tinyConfig } from "../run/testRuns.fixture.js";
import { train } from "../run/train.js";
import { otherTfjs } from "./tfjsCopies.js";

const newFolder = newFolders("tfjs-copies");
const real = createRequire(import.meta.url).resolve("@tensorflow/tfjs-core");

/** A quantity that loads a tfjs of its own, 4.10.0, by its path. */
function quantityWithOwnTfjs(): string {
  const folder = newFolder();
  const file = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const core = "node_modules/@tensorflow/tfjs-core";
  file(`${core}/package.json`, '{ "name": "@tensorflow/tfjs-core", "main": "core.js" }');
  file(
    `${core}/core.js`,
    `module.exports = { ...require(${JSON.stringify(real)}), version_core: "4.10.0" };`,
  );
  return file(
    "quantity.mjs",
    `import tf from "./${core}/core.js";
     export default {
       name: "three", description: "3", unit: "none", over: "full", needs: [], cost: "none",
       measure: () => ({ value: tf.tidy(() => tf.scalar(3).dataSync()[0]), products: 0, status: "exact" }),
     };`,
  );
}

it("a second copy of tfjs is named, and its version is in run.json", async () => {
  expect(otherTfjs()).toEqual([]);
  const alone = newFolder();
  await train(tinyConfig({ measure: ["loss"] }), {
    out: alone,
    onNotes: (n) => expect(n).toEqual([]),
  });
  const versionsIn = (out: string) =>
    JSON.parse(readFileSync(join(out, "run.json"), "utf8")).versions as Record<string, string>;
  expect(Object.keys(versionsIn(alone))).not.toContain("tfjs of plug-ins");

  const file = quantityWithOwnTfjs();
  const out = newFolder();
  const notes: string[] = [];
  await train(tinyConfig({ measure: ["loss", file] }), {
    out,
    onNotes: (some) => notes.push(...some),
  });
  expect(otherTfjs()).toMatchObject([{ version: "4.10.0" }]);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain("4.22.0 of eoss and 4.10.0 in ");
  expect(notes[0]).toContain(join(dirname(file), "node_modules", "@tensorflow", "tfjs-core"));
  expect(versionsIn(out)).toMatchObject({ tfjs: "4.22.0", "tfjs of plug-ins": "4.10.0" });
  // A measurement that does not need it says nothing of it.
  await measureAt(out, 0, { measure: ["loss"] }, { trusted: [file] });
});

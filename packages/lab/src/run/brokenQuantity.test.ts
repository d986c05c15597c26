// A quantity that fails in the middle of a run: the run stops, says whose fault it is, and loses nothing.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readRun, resume, train } from "@eoss/lab";
import { afterAll, describe, expect, it } from "vitest";
import { checkpointSteps } from "../folder/checkpoint.js";
import { newFolders, tinyConfig, untimedLines } from "./testRuns.fixture.js";

// Inside of this package, where a file of somebody else finds what it imports.
const folder = mkdtempSync(join(process.cwd(), "broken-quantity-"));
afterAll(() => rmSync(folder, { recursive: true }));
const newFolder = newFolders("broken-quantity");

function written(name: string, members: string, over = "full"): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { defineQuantity } from "@eoss/sharpness";
const good = { value: 1, products: 0, status: "exact" };
let calls = 0;
export default defineQuantity({
  name: "theirs", description: "", over: "${over}", unit: "loss", needs: [], cost: "none",
  ${members},
});`,
  );
  return file;
}

describe("what it gives or throws is said with its name, before anything is begun", () => {
  it.each([
    ["number", "measure: () => 3", "must give an object { value, products, status }, not 3"],
    ["status", 'measure: () => ({ ...good, status: "done" })', 'as `status`, not "done"'],
    ["part", "measure: () => ({ ...good, parts: { half: 0.3 } })", 'part "half" an object'],
    ["counter", "measure: () => ({ ...good, value: calls++ })", /theirs .* it keeps a state/],
    ["random", "measure: () => ({ ...good, value: Math.random() })", /theirs .* random numbers/],
    [
      "throwing",
      "measure: (view) => ({ ...good, value: view.los() })",
      /the quantity .*throwing\.mjs failed in measure: TypeError: view\.los is not a function \(throwing\.mjs:6\)$/,
    ],
    [
      "late",
      "measure: async () => { throw 'a word' }",
      /the quantity .*late\.mjs failed in measure: it threw a word$/,
    ],
  ])("%s", async (name, members, message) => {
    const out = newFolder();
    const config = tinyConfig({ measure: ["loss", written(name, members)], steps: 2 });
    const running = train(config, { out });
    await expect(running).rejects.toThrow(
      expect.objectContaining({ name: "QuantityContractError" }),
    );
    await expect(running).rejects.toThrow(message);
    expect(() => readRun(out)).toThrow();
  });
});

it("a run that it stops goes on from that very step, once it is mended", async () => {
  const state = globalThis as { theirsIsBroken?: boolean };
  const theirs = written("mended", "measure: () => (globalThis.theirsIsBroken ? 3 : good)");
  const config = tinyConfig({ measure: ["loss", theirs], "checkpoint-every": 0 });
  const out = newFolder();
  const breaking = ({ step }: { step: number }) => {
    state.theirsIsBroken = step >= 12;
  };
  await expect(train(config, { out, onProgress: breaking })).rejects.toThrow("not 3");
  expect(readRun(out).manifest.end).toMatchObject({ reason: "failed", step: 16 });
  expect(checkpointSteps(out)).toEqual([16]);

  state.theirsIsBroken = false;
  await resume(out, {}, { trusted: [theirs] });
  const whole = newFolder();
  await train(config, { out: whole });
  expect(untimedLines(out)).toEqual(untimedLines(whole));
});

it("two quantities of one name are refused before anything is begun", async () => {
  const out = newFolder();
  const measure = [written("one", "measure: () => good"), written("two", "measure: () => good")];
  await expect(train(tinyConfig({ measure, steps: 2 }), { out })).rejects.toThrow(
    'two of the quantities are named "theirs"',
  );
  expect(() => readRun(out)).toThrow();
});

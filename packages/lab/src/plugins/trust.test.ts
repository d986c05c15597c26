import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fork, measureAt, readRun, resume, staticAt, train } from "@eoss/lab";
import { renderReport } from "@eoss/report";
import { ConfigError } from "@eoss/run";
import { beforeEach, describe, expect, it } from "vitest";
import { makeRun } from "../run/makeRun.js";
import { newFolders, tinyConfig } from "../run/testRuns.fixture.js";
import { checkTrust } from "./trust.js";

const folder = newFolders("trust");
const ran = globalThis as { strangersCode?: number };

/** A module that counts how often it was loaded: each has a name of its own, for modules load once. */
function strangersModule(): string {
  const file = `${folder()}.mjs`;
  writeFileSync(file, "globalThis.strangersCode += 1; export const answer = 42;");
  return file;
}

/** The folder of a whole run whose run.json is changed as a stranger might have. */
async function strangersRun(settings: Record<string, unknown>): Promise<string> {
  const out = folder();
  await train(tinyConfig({ steps: 8 }), { out });
  const file = join(out, "run.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  const config = { ...manifest.config, ...settings };
  writeFileSync(file, JSON.stringify({ ...manifest, config }));
  return out;
}

describe("a run folder that names code", () => {
  beforeEach(() => {
    ran.strangersCode = 0;
  });

  it.each([
    ["model", (code: string) => ({ model: code })],
    ["measure", (code: string) => ({ measure: ["loss", `${code}#answer`] })],
    [
      "plateau",
      (code: string) => ({ plateau: `quantity=${code}`, intervene: ["at=plateau lr=0.1"] }),
    ],
  ])("as its %s is refused, and the message says how to allow it", async (_, settings) => {
    const code = strangersModule();
    const out = await strangersRun(settings(code));
    const tries = [
      () => resume(out, { steps: 16 }),
      () => fork(out, { lr: 0.05 }, { at: 4, out: folder() }),
      () => measureAt(out, 4, {}),
      () => resume(out, { steps: 16 }, { trusted: ["another"] }),
    ];
    for (const attempt of tries) {
      await expect(attempt()).rejects.toThrow(ConfigError);
      await expect(attempt()).rejects.toThrow(
        new RegExp(
          `run\\.json names code that is not part of eoss: .*${code}.*: --trust '?${code}`,
        ),
      );
    }
    expect(ran.strangersCode).toBe(0);
    // Loaded then, and found to be no network and no quantity.
    const trusted = [code, `${code}#answer`];
    await expect(resume(out, { steps: 16 }, { trusted })).rejects.toThrow(/exports no|is not a/);
    expect(ran.strangersCode).toBe(1);
  });

  it("is reported without loading it", async () => {
    const code = strangersModule();
    const out = await strangersRun({ model: code, measure: [code] });
    expect(renderReport([readRun(out)])).toContain(code);
    expect(ran.strangersCode).toBe(0);
  });

  it("is measured with the caller's quantities instead of its own", async () => {
    const out = await strangersRun({ measure: [strangersModule()] });
    const acceptChanges = true;
    const { measurements } = await measureAt(out, 4, { measure: ["loss"] }, { acceptChanges });
    expect(measurements.map(({ quantity }) => quantity)).toEqual(["loss"]);
    const curve = await staticAt(out, 4, { tolerance: 0.9 }, { batchSizes: [60], acceptChanges });
    expect(curve.points).toHaveLength(1);
    const code = strangersModule();
    await expect(measureAt(out, 4, { measure: [code] })).rejects.toThrow("exports no quantity");
    expect(ran.strangersCode).toBe(1);
  });

  it("is continued by a job that names the same code, and no other", async () => {
    const code = strangersModule();
    const out = await strangersRun({ model: code });
    const job = (model: string) => makeRun({ out, config: tinyConfig({ model, steps: 16 }) });
    await expect(job("mlp")).rejects.toThrow("--trust");
    expect(ran.strangersCode).toBe(0);
    // Of a run that is over nothing is loaded.
    const file = join(out, "run.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"steps":8/, '"steps":16'));
    await expect(job(code)).rejects.toThrow("exports no model");
    expect(ran.strangersCode).toBe(1);
  });
});

it("has names that nobody reads cut in the message", () => {
  const measure = ["a".repeat(20_000), ...Array.from({ length: 500 }, (_, i) => `./code-${i}.mjs`)];
  const check = () => checkTrust("strange", { ...tinyConfig({ steps: 8 }), measure }, {});
  expect(check).toThrow(
    /strange.run\.json names code that is not part of eoss: a{200}…, .*code-6\.mjs and 493 more/,
  );
  expect(check).not.toThrow(/code-7/);
});

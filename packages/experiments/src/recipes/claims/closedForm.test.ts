import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readRun, train } from "@eoss/lab";
import { beforeAll, describe, expect, it } from "vitest";
import { newFolders, tinyConfig } from "../../../../lab/src/run/testRuns.fixture.js";
import { checkClaim, claimSchema } from "./registry.js";

const newFolder = newFolders("closed-form");

/** The verdicts of a claim on the toy model: of FullBS and of MiniBS. */
function verdicts(directory: string) {
  const evidence = {
    runs: new Map([["toy", readRun(directory)]]),
    parents: new Map(),
    statics: new Map(),
  };
  return ["fullbs", "minibs"].map((of) => {
    const claim = claimSchema.parse({ kind: "closed-form", claim: "as said", of });
    return checkClaim("F", claim, [evidence]).measured[0]!;
  });
}

describe("closed-form", () => {
  const out = newFolder();
  beforeAll(async () => {
    const toy = { data: "two-point", model: "diagonal-linear", samples: 2, width: undefined };
    const fine = { "init-scale": 1, batch: 1, tolerance: 0.01, "max-batches": 256 };
    const { width: _, ...config } = tinyConfig();
    await train(tinyConfig({ ...config, ...toy, ...fine, measure: ["fullbs", "minibs"] }), { out });
  });

  it("holds for the toy model, both sharpnesses, to within the error of the mean", () => {
    const [fullbs, minibs] = verdicts(out);
    expect(fullbs).toMatchObject({ verdict: "holds" });
    expect(Math.abs(fullbs!.value! - 1)).toBeLessThan(1e-3);
    expect(minibs!.verdict).toBe("holds");
    expect(Math.abs(minibs!.value! - 1)).toBeLessThan(2 * minibs!.error!);
  });

  it("does not hold for a number that is off, and is undecided without parameters", () => {
    const spoilt = newFolder();
    cpSync(out, spoilt, { recursive: true });
    const file = join(spoilt, "metrics.jsonl");
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const wrong = lines.map((line) =>
      line.quantity === "fullbs" ? { ...line, value: 1.2 * line.value } : line,
    );
    writeFileSync(file, `${wrong.map((line) => JSON.stringify(line)).join("\n")}\n`);
    expect(verdicts(spoilt)[0]).toMatchObject({ verdict: "does not hold" });
    expect(verdicts(spoilt)[0]!.value).toBeCloseTo(1.2, 3);

    const bare = newFolder();
    cpSync(out, bare, { recursive: true, filter: (path) => !path.includes("checkpoints") });
    expect(verdicts(bare)[0]).toMatchObject({ verdict: "undecided", value: null });
  });
});

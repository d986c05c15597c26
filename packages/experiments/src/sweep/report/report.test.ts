import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHTML } from "linkedom";
import { expect, it } from "vitest";
import { newFolders } from "../../../../lab/src/run/testRuns.fixture.js";
import { syntheticRun } from "../../../../run/src/syntheticRun.fixture.js";
import { planSweep } from "../sweep.js";
import { sweepNumbers } from "./numbers.js";
import { renderSweepReport } from "./report.js";

const folder = newFolders("sweep-report");
const HOSTILE = `"><script>alert(1)</script>' onload='x`;

/** A sweep over b and η whose gap is 5·b^(−0.7); the run of b = 64 at η = 0.4 was not made. */
function sweepFolder(more = ""): string {
  const out = folder();
  mkdirSync(out, { recursive: true });
  const spec = join(out, "sweep.yaml");
  writeFileSync(
    spec,
    `base: { data: digits, samples: 1536, steps: 400 }
grid: { batch: [4, 16, 64], lr: [0.2, 0.4] }
${more}`,
  );
  for (const { config, out: directory } of planSweep(spec, out).runs) {
    const batchSize = config.batch as number;
    if (batchSize === 64 && config.lr === 0.4) continue;
    const { manifest, records } = syntheticRun({ batchSize, lr: config.lr, steps: 400, every: 2 });
    // Seeds lie 10 % apart, far more than the error within a run.
    const gap = 5 * batchSize ** -0.7 * (1 + 0.1 * (config.seed - 1));
    const level = { fullbs: 3, minibs: 3 + gap } as Record<string, number>;
    const changed = records
      .filter(({ quantity }) => quantity in level)
      .map((record, i) => ({
        ...record,
        value: level[record.quantity]! * (1 + 0.002 * Math.sin(7 * i * i)),
        errorBound: 0,
      }));
    mkdirSync(directory, { recursive: true });
    const end = { ...manifest.end, message: HOSTILE };
    writeFileSync(join(directory, "run.json"), JSON.stringify({ ...manifest, config, end }));
    writeFileSync(
      join(directory, "metrics.jsonl"),
      changed.map((record) => `${JSON.stringify(record)}\n`).join(""),
    );
  }
  return out;
}

it("finds the power law of the gap, and says what is missing", () => {
  const { curves, runs } = sweepNumbers(sweepFolder());
  const gaps = curves.batch!.filter(({ quantity }) => quantity === "minibs - fullbs");
  expect(gaps.map(({ group }) => group)).toEqual(["η = 0.2", "η = 0.4"]);
  for (const { fit, error } of gaps) {
    expect(Math.abs(fit!.exponent - 0.7)).toBeLessThan(error!);
    // An exponent of another law would not do.
    expect(Math.abs(fit!.exponent - 1)).toBeGreaterThan(error!);
  }
  expect(gaps[1]!.points).toHaveLength(2);
  expect(runs.filter(({ state }) => state === "waiting").map(({ name }) => name)).toEqual([
    "b64-lr0.4",
  ]);
});

it("has one point for the runs of all seeds, with the interval between them", () => {
  const { curves } = sweepNumbers(sweepFolder("seeds: 3\n"));
  const gaps = curves.batch!.find(({ quantity }) => quantity === "minibs - fullbs")!;
  expect(gaps.points.map(({ x, runs }) => [x, runs.length])).toEqual([
    [4, 3],
    [16, 3],
    [64, 3],
  ]);
  const { value, margin } = gaps.points[0]!;
  const level = 5 * 4 ** -0.7;
  expect(value / level).toBeCloseTo(1, 2);
  // s = 0.1 of the level, t = 4.30 with two degrees of freedom.
  expect(margin / level).toBeCloseTo((4.302653 * 0.1) / Math.sqrt(3), 2);
});

it("is one page of figures and a table that is whole without its script", () => {
  const page = renderSweepReport(sweepNumbers(sweepFolder()));
  const { document } = parseHTML(page);
  expect(document.querySelectorAll("#runs tbody tr")).toHaveLength(6);
  expect(document.querySelectorAll(".panels svg")).toHaveLength(2 + 3);
  const policy = document.querySelector("meta[http-equiv]")!.getAttribute("content")!;
  expect(policy).toMatch(
    /^default-src 'none'; .*script-src( 'sha256-[\w+/]{43}='){2}; img-src blob:; base-uri 'none'/,
  );
  expect([...document.querySelectorAll("script")].length).toBe(2);
  expect(page).toContain("&lt;script&gt;alert(1)");
  expect(page).not.toContain("<script>alert");
});

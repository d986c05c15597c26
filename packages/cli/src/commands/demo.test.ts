import type { DemoResult } from "@eoss/experiments";
import type { Plateau } from "@eoss/lab/internal";
import type { RunSummary } from "@eoss/report";
import { expect, it } from "vitest";
import { describe as describeDemo } from "./demo.js";

const run = (name: string, batchSize: number, reason: "completed" | "interrupted", step: number) =>
  ({
    directory: `runs/demo/${name}`,
    end: { reason, step, message: "" },
    samples: 1536,
    batchSize,
    learningRate: 0.2,
    stabilityThreshold: 10,
    quantities: {},
  }) as unknown as RunSummary;

it("says of an interrupted demo how far it came and how to go on, and no numbers", () => {
  const result = {
    report: "runs/demo/report.html",
    runs: {
      b16: run("b16", 16, "completed", 8000),
      b64: run("b64", 64, "interrupted", 40),
      full: run("full", 1536, "interrupted", 0),
    },
  } as unknown as DemoResult;
  expect(describeDemo(result, 3).split("\n")).toEqual([
    "interrupted: b = 16 at step 8000, b = 64 at step 40, full batch at step 0; their folders are complete. Continue with",
    "  eoss resume runs/demo/b64",
    "  eoss resume runs/demo/full",
    "  eoss report runs/demo/b16 runs/demo/b64 runs/demo/full",
  ]);
});

/** The demo's three batch sizes with levels in units of 2/η; a `null` drifts. */
function demoOf(levels: Readonly<Record<string, readonly (number | null)[]>>): string {
  const plateau = (mean: number | null): Plateau => ({
    status: mean === null ? "drifting" : "level",
    mean: mean ?? 1.1,
    standardError: 0.01,
    margin: mean === null ? Number.NaN : 0.02,
    errorBound: 0,
    points: 13,
    independent: 13,
    firstStep: 6000,
    lastStep: 8000,
    drift: {
      slope: 1e-4,
      standardError: 1e-5,
      degrees: 3,
      tScore: 10,
      change: 0.2,
      changeMargin: 0.05,
      independent: 13,
    },
  });
  const sizes = { b16: 16, b64: 64, full: 1536 };
  const runs = Object.entries(sizes).map(([name, batchSize], i) => {
    const quantities = Object.fromEntries(
      Object.entries(levels).map(([quantity, means]) => [
        quantity,
        { relative: plateau(means[i]!) },
      ]),
    );
    return [name, { ...run(name, batchSize, "completed", 8000), quantities }];
  });
  return describeDemo({ report: "report.html", runs: Object.fromEntries(runs) } as DemoResult, 3);
}

it("says what comes to 2/η and what stands above it, by its numbers", () => {
  const text = demoOf({
    "batch-sharpness": [0.98, 1.02, 1],
    minibs: [1.8, 1.6, 1],
    fullbs: [0.5, 0.8, 1],
  });
  expect(text).toContain("Batch sharpness is at 2/η for every batch size: 0.980");
  expect(text).toContain(
    "(MiniBS) is higher for smaller batches: 1.800\u00a0±\u00a00.020 (b = 16)",
  );
  expect(text).toContain("(FullBS) is lower for smaller batches: 0.500");
  expect(text).not.toContain("same threshold");
});

it("claims no threshold that the numbers do not have, nor an order within their errors", () => {
  const text = demoOf({
    "batch-sharpness": [0.61, 0.72, 0.97],
    minibs: [1.19, 1.18, 1],
    fullbs: [0.5, 0.51, 1],
  });
  for (const name of ["Batch sharpness", "(MiniBS)", "(FullBS)"]) {
    expect(text).toContain(`${name} is level at `);
  }
});

it("counts what is level alone", () => {
  const text = demoOf({ minibs: [null, 1.01, 1], fullbs: [null, null, null] });
  expect(text).toMatch(/\(MiniBS\) is level at 1\.010.*The other runs are not level\./);
  expect(text).toContain("(FullBS) is not level in any of the runs.");
  expect(text).toContain("drifting: +0.100\u00a0±\u00a00.025 per 1,000 steps");
});

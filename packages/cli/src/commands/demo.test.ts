import type { DemoResult, RunSummary } from "@eoss/lab";
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
    "interrupted: b = 16 at step 8000, b = 64 at step 40, full batch at step 0; their folders are whole. Go on with",
    "  eoss resume runs/demo/b64",
    "  eoss resume runs/demo/full",
    "  eoss report runs/demo/b16 runs/demo/b64 runs/demo/full",
  ]);
});

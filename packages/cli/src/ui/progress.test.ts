import type { RunProgress } from "@eoss/run";
import { expect, it } from "vitest";
import { estimateText, progressText } from "./progress.js";

const at: RunProgress = {
  ...{ phase: "measuring", step: 400, steps: 4000, stepLoss: 0.5, latest: new Map() },
  ...{ rate: 20, remaining: 180, fresh: false },
};
const measuring = (now: RunProgress["measuring"]) => ({ ...at, measuring: now });

it("the live line names quantity, batch, product and chunk, and the time to go", () => {
  const full = measuring({ quantity: "fullbs", products: 7, left: [2.6, 11.8] });
  expect(progressText(full, 120)).toBe(
    "step 400/4000 · loss 0.5 · measuring fullbs, product 7, 3 to 12 s to go · 3 min 0 s left",
  );
  const mean = measuring({
    quantity: "minibs",
    batch: 11,
    batches: 256,
    products: 0,
    left: [5, 5],
  });
  expect(progressText(mean, 120)).toContain("measuring minibs, batch 12, 5 s to go · 3 min");
  const late = measuring({ quantity: "fullbs", products: 20, left: [0, 8] });
  expect(progressText(late, 120)).toContain("measuring fullbs, product 20, up to 8 s to go");
  const part = measuring({
    quantity: "fullbs",
    products: 7,
    chunk: 1,
    chunks: 5,
    left: [2.6, 11.8],
  });
  expect(progressText(part, 120)).toContain("fullbs, product 7, chunk 2 of 5, 3 to 12 s to go");
  const unknown = measuring({
    quantity: "minibs",
    batch: 0,
    batches: 256,
    products: 1,
    left: undefined,
  });
  expect(progressText(unknown, 120)).toContain("measuring minibs, batch 1, product 1 · 3 min");
});

it("says nothing of what is not known: a measurement after the run has no loss and no steps to come", () => {
  const after = { ...at, step: 600, steps: 600, stepLoss: undefined, remaining: undefined };
  const now = { quantity: "gap", batch: 7, batches: 256, products: 0, left: undefined };
  expect(progressText({ ...after, measuring: now }, 120)).toBe(
    "step 600/600 · measuring gap, batch 8",
  );
});

it("fits a terminal of 80 columns", () => {
  const quantity = "batch-sharpness-ratio";
  const long = measuring({ quantity, batch: 211, batches: 256, products: 14, left: [40, 125] });
  expect(progressText(long, 79)).toBe(
    "400/4000 · loss 0.5 · batch-sharpness-ratio, batch 212, 40 s to 2 min 5 s to go",
  );
  expect(progressText(long, 79).length).toBeLessThanOrEqual(79);
});

it("an estimate says what was timed, how many of it there are, and what that comes to", () => {
  const product = { quantity: "fullbs", unit: "product", each: 0.4 } as const;
  expect(estimateText({ ...product, count: [8, 30], seconds: [3.2, 12] })).toBe(
    "fullbs: a product takes 0.4 s, and 8 to 30 of them 3.2 to 12 s",
  );
  expect(estimateText({ ...product, count: [256, 256], seconds: [102.4, 102.4] })).toBe(
    "fullbs: a product takes 0.4 s, and 256 of them 1 min 42 s",
  );
  const batch = { quantity: "own", unit: "batch", each: 2, count: [8, 64] } as const;
  expect(estimateText({ ...batch, seconds: [16, 128] })).toBe(
    "own: a batch takes 2 s, and 8 to 64 of them 16 s to 2 min 8 s",
  );
});

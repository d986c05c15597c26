import { stream } from "@eoss/rng";
import { type Measurement, measure, quantityByName, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backends.js";
import { drawing } from "./drawing.js";
import { golden, hasShared } from "./shared.js";
import { tinyFiles } from "./tinyNetworks.js";
import { tinyProblem } from "./tinyProblem.js";

/** Residuals of 1e-3 make eigenvalues right to about their squares. */
const options = { tolerance: 2e-3, maxBatches: 8, stream: stream(1, "measurement") };
/** What a measured number may be off by, relative to the reference. */
const TOLERANCE = 1e-3;

describe.runIf(hasShared).each(tinyFiles)("quantities against %s", (name) => {
  const file = hasShared ? golden(name) : undefined;
  beforeAll(() => useBackend("wasm"));

  async function measured(problem: TfjsProblem, names: string[], more: object = {}) {
    const before = tf.memory().numTensors;
    const results = await measure(problem, names.map(quantityByName), { ...options, ...more });
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(problem.params as Record<string, tf.Tensor>);
    return Object.fromEntries(results.map((result) => [result.quantity, result]));
  }

  /** Within the stated bound and close to the reference, on the scale given. */
  function expectClose(
    { value, errorBound = 0 }: Pick<Measurement, "value" | "errorBound">,
    exact: number,
    scale = Math.abs(exact),
  ) {
    expect(Math.abs(value - exact)).toBeLessThan(errorBound + 1e-5 * scale);
    expect(Math.abs(value - exact)).toBeLessThan(TOLERANCE * scale);
  }

  it("of the whole loss", async () => {
    const result = await measured(
      tinyProblem(file, 16),
      [
        "fullbs",
        "loss",
        "step-sharpness",
        "full-gauss-newton",
        "full-fisher",
        "full-empirical-fisher",
        "gradient-norm",
      ],
      { top: 5 },
    );
    const scale = Math.abs(file.eigenvaluesTop5[0]);
    for (const [quantity, exact] of [
      ["fullbs", file.eigenvaluesTop5],
      ["full-gauss-newton", file.gnEigenvaluesTop5],
      ["full-fisher", file.gnEigenvaluesTop5],
      ["full-empirical-fisher", file.empiricalFisherTop5],
    ] as const) {
      const { value, errorBound } = result[quantity]!.parts!.eigenvalues!;
      for (let i = 0; i < 5; i++) {
        const one = { value: (value as number[])[i]!, errorBound: (errorBound as number[])[i]! };
        expectClose(one, exact[i], quantity === "full-empirical-fisher" ? exact[0] : scale);
      }
    }
    expectClose(result.loss!, file.fullLoss);
    expectClose(result["step-sharpness"]!, file.gHgOverGG);
    expectClose(result["gradient-norm"]!, Math.hypot(...file.gradient));
  });

  it("means over the reference's batches", async () => {
    const batches = ["A", "B", "C", "D"].map((key) => file.batches[key].indices as number[]);
    const names = ["minibs", "batch-sharpness", "batch-sharpness-ratio", "gap", "gradient-noise"];
    const result = await measured(tinyProblem(file, 4), names, {
      tolerance: 1e-4,
      stream: drawing(batches, options.stream),
    });
    expectClose(result.minibs!, file.miniBS);
    expectClose(result["batch-sharpness"]!, file.batchSharpness);
    expectClose(result["batch-sharpness-ratio"]!, file.batchSharpnessRatioOfMeans);
    expectClose(result.gap!, file.miniBS - file.fullBS, file.miniBS);
    for (const [index, key] of ["A", "B", "C", "D"].entries()) {
      const { lambdaMax, stepSharpness } = file.batches[key];
      expect(result.minibs!.batches![index]! / lambdaMax).toBeCloseTo(1, 3);
      expect(result["batch-sharpness"]!.batches![index]! / stepSharpness).toBeCloseTo(1, 4);
    }
    // The four batches are all samples: E‖g_B‖² − ‖g‖² is their spread around the gradient.
    const squares = ["A", "B", "C", "D"].map((key) => file.batches[key].gradNormSq as number);
    const noise = squares.reduce((sum, x) => sum + x / 4, 0) - Math.hypot(...file.gradient) ** 2;
    expectClose(result["gradient-noise"]!, noise);
  });

  it("trace, and the covariance of single gradients", async () => {
    const singles = Array.from({ length: 16 }, (_, index) => [index]);
    const { "gradient-noise": noise } = await measured(tinyProblem(file, 1), ["gradient-noise"], {
      tolerance: 1e-9,
      maxBatches: 16,
      stream: drawing(singles, options.stream),
    });
    expectClose(noise!, file.gradCovTrace);
    if (file.trace === undefined || file.paramCount > 400) return;
    const { trace } = await measured(tinyProblem(file, 4), ["trace"], { tolerance: 0.05 });
    const error = Math.abs(trace!.value - file.trace);
    expect(error).toBeLessThan(4 * trace!.standardError!);
    expect(trace!.standardError!).toBeLessThan(0.2 * Math.abs(file.eigenvaluesTop5[0]));
  });
});

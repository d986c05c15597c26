import "@tensorflow/tfjs-backend-cpu";
import { readFileSync } from "node:fs";
import { mse } from "@eoss/hvp";
import { readRun, train } from "@eoss/lab";
import { stream } from "@eoss/rng";
import { collapseText, hasCollapsed } from "@eoss/run";
import type { TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { newFolders, tinyConfig } from "./testRuns.fixture.js";

const newFolder = newFolders("collapse");

const SAMPLES = 40;
const [INPUTS, HIDDEN, CLASSES] = [5, 6, 3];

/** f = φ(xW₁ + b₁)W₂ + b₂ on random inputs, each tensor changed as said. */
function problemOf(
  changes: Readonly<Record<string, (value: number) => number>>,
  activation: (x: tf.Tensor) => tf.Tensor = tf.relu,
): TfjsProblem {
  const random = stream(4, "collapse");
  const draw = (name: string, shape: number[], fork: number) => {
    const own = random.fork(fork);
    const size = shape.reduce((a, b) => a * b, 1);
    const change = changes[name] ?? ((value: number) => value);
    return tf.tensor(
      Float32Array.from({ length: size }, (_, i) => change(own.normalAt(i))),
      shape,
    );
  };
  const params = {
    w1: draw("w1", [INPUTS, HIDDEN], 1),
    b1: draw("b1", [HIDDEN], 2),
    w2: draw("w2", [HIDDEN, CLASSES], 3),
    b2: draw("b2", [CLASSES], 4),
  };
  const x = draw("x", [SAMPLES, INPUTS], 5) as tf.Tensor2D;
  const y = draw("y", [SAMPLES, CLASSES], 6) as tf.Tensor2D;
  const outputsOf = (indices: Int32Array) => (p: typeof params) => {
    const rows = tf.gather(x, tf.tensor1d(indices, "int32"));
    const hidden = activation(tf.add(tf.matMul(rows as tf.Tensor2D, p.w1 as tf.Tensor2D), p.b1));
    return tf.add(tf.matMul(hidden as tf.Tensor2D, p.w2 as tf.Tensor2D), p.b2);
  };
  const targetsOf = (indices: Int32Array) => tf.gather(y, tf.tensor1d(indices, "int32"));
  return {
    samples: SAMPLES,
    batchSize: 4,
    params,
    head: mse,
    outputsOf,
    targetsOf,
    lossOf: (indices) => (p) => mse(outputsOf(indices)(p as typeof params), targetsOf(indices)),
  };
}

const none = () => 0;

describe("hasCollapsed", () => {
  beforeAll(() => tf.setBackend("cpu").then(() => {}));

  const collapsed: Record<string, TfjsProblem> = {
    "all ReLUs are dead": problemOf({ b1: () => -100 }),
    "all ReLUs are dead, and there is no bias": problemOf({ b1: () => -100, b2: none }),
    "sigmoids are far out": problemOf({ b1: () => -300 }, tf.sigmoid),
    "the hidden layer sees no input and passes no slope": problemOf(
      { w1: none, b1: () => -1 },
      tf.relu,
    ),
  };
  for (const [name, problem] of Object.entries(collapsed)) {
    it(`finds a collapse: ${name}`, async () => expect(await hasCollapsed(problem)).toBe(true));
  }

  const living: Record<string, TfjsProblem> = {
    "a network as it is drawn": problemOf({}),
    "zeros in the last layer, where many begin": problemOf({ w2: none, b2: none }),
    "zeros in the first layer, slopes in the second": problemOf({ w1: none, b1: () => 1 }),
    "outputs that differ little beside their bias": problemOf({
      w2: (value) => 1e-3 * value,
      b2: () => 100,
    }),
    "one unit that lives for some samples": problemOf({ b1: (value) => (value > 0 ? 0 : -100) }),
    "outputs that are no numbers": problemOf({ b2: () => Number.NaN }),
  };
  for (const [name, problem] of Object.entries(living)) {
    it(`says it of no living network: ${name}`, async () =>
      expect(await hasCollapsed(problem)).toBe(false));
  }

  it("keeps nothing in memory", async () => {
    const problem = problemOf({ b1: () => -100 });
    const before = tf.memory().numTensors;
    await hasCollapsed(problem);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("a run", () => {
  const measure = ["fullbs", "minibs", "loss"];

  it("says from which measured step on it is collapsed, in its summary and report", async () => {
    const out = newFolder();
    const summary = await train(
      tinyConfig({ measure, lr: 0.5, "init-scale": 1.5, width: [4], steps: 24, every: 4 }),
      { out },
    );
    const { manifest, records } = readRun(out);
    expect(manifest.end!.reason).toBe("completed");
    const top = records.filter(({ quantity }) => quantity === "fullbs").at(-1)!;
    expect(Math.abs(top.value! - 2)).toBeLessThanOrEqual(top.errorBound!);
    expect(manifest.collapsed).toBeGreaterThan(0);
    expect(summary.collapsed).toBe(manifest.collapsed);
    const report = readFileSync(summary.report, "utf8");
    expect(report).toContain(collapseText(manifest.collapsed!));
    expect(report).not.toContain('class="lead">Over the last quarter');
    expect(summary.quantities.minibs!.verdict.sentence).toContain("the network has collapsed");
  });

  it("says nothing of it while the network lives", async () => {
    for (const settings of [
      { lr: 0.1 },
      { lr: 0.1, activation: "tanh" },
      { lr: 0.3, loss: "ce" },
    ]) {
      const out = newFolder();
      const summary = await train(tinyConfig({ measure, ...settings }), { out });
      expect(summary.collapsed).toBeNull();
      expect(readRun(out).manifest.collapsed).toBeUndefined();
      expect(readFileSync(summary.report, "utf8")).not.toContain("Collapsed");
    }
  });
});

import { type InitializationName, initialize, type ParameterSpec } from "@eoss/models";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../test/backend.js";

const kernel: ParameterSpec = {
  name: "k",
  shape: [200, 500],
  role: "kernel",
  fanIn: 200,
  fanOut: 500,
};
const specs: ParameterSpec[] = [
  kernel,
  { ...kernel, name: "b", shape: [500], role: "bias" },
  { ...kernel, name: "g", shape: [500], role: "gain" },
];

describe("initialize", () => {
  it.each([
    ["kaiming-normal", 2 / 200, false],
    ["kaiming-normal-fan-out", 2 / 500, false],
    ["uniform-fan-in", 1 / 200 / 3, true],
    ["xavier-normal", 2 / 700, false],
    ["xavier-uniform", 2 / 700, false],
    ["lecun-normal", 1 / 200, false],
  ] as [InitializationName, number, boolean][])("%s: variance %f", (scheme, variance, biases) => {
    const params = initialize(specs, stream(3, "init"), { scheme, scale: 0.5 });
    const values = params.k!.dataSync() as Float32Array;
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const spread = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    // 100,000 draws: the mean lies within 4 standard errors, the variance within 4·√(2/n) of it.
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt((variance * 0.25) / values.length));
    expect(Math.abs(spread / (variance * 0.25) - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
    expect((params.b!.dataSync() as Float32Array).some((x) => x !== 0)).toBe(biases);
    expect((params.g!.dataSync() as Float32Array).every((x) => x === 1)).toBe(true);
    tf.dispose(params);
  });

  it("names what it knows when a scheme is unknown", () => {
    const options = { scheme: "he" as InitializationName };
    expect(() => initialize(specs, stream(3, "init"), options)).toThrow(
      /unknown initialisation "he"; allowed: kaiming-normal, /,
    );
  });
});

import "@tensorflow/tfjs-backend-cpu";
import { symmetricEigen } from "@eoss/eigen";
import { stream } from "@eoss/rng";
import { type MeasureOptions, measure, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { allBatches, dot, mean, range, zScore } from "../fixtures/bilinear.fixture.js";
import {
  gradientOf,
  hessianOf,
  type Network,
  networkExample,
  networkProblem,
} from "../fixtures/network.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const samples = 8;
const b = 3;
const whole = range(samples);
const network = networkExample({ loss: "mse", activation: "tanh" }, { samples, seed: 3 });
/** All ReLUs are dead: the Hessian is 2 in the three output biases, and 0 elsewhere. */
const collapsed = ((): Network => {
  const alive = networkExample({ loss: "mse", activation: "relu" }, { samples });
  const b1 = 6 * alive.hidden;
  const theta = alive.theta.map((w, i) => (i >= b1 && i < b1 + alive.hidden ? -100 : w));
  return { ...alive, theta };
})();
const options: MeasureOptions = {
  tolerance: 0.01,
  maxBatches: 3000,
  stream: stream(17, "measurement"),
};

async function measured(name: string, at: Network, own: Partial<MeasureOptions>) {
  const problem = networkProblem(at, b);
  const [result] = await measure(problem, [quantityByName(name)], { ...options, ...own });
  tf.dispose([problem.params, problem.update!.state.slots] as tf.TensorContainer);
  return result!;
}

/** The top k eigenvectors of the dense Hessian in float64. */
const spanOf = (at: Network, k: number) => symmetricEigen(hessianOf(at, whole)).vectors.slice(0, k);
const shareIn = (span: readonly ArrayLike<number>[], g: ArrayLike<number>) =>
  span.reduce((sum, v) => sum + dot(v, g) ** 2, 0) / dot(g, g);

describe("top-share", () => {
  it.each([1, 2, 3])("the share of the top %i, against dense eigenvectors", async (top) => {
    const result = await measured("top-share", network, { top });
    const g = gradientOf(network, whole);
    const exact = shareIn(spanOf(network, top), g);
    expect(Math.abs(result.value - exact)).toBeLessThan(result.errorBound!);
    expect(result.errorBound!).toBeLessThan(0.1);
    const neighbour = shareIn(spanOf(network, top + 1), g);
    expect(Math.abs(result.value - neighbour)).toBeGreaterThan(result.errorBound!);
    expect(result.errorKind).toBeUndefined();
  });

  it("is full-alignment for one eigenvector", async () => {
    const share = await measured("top-share", network, {});
    const alignment = await measured("full-alignment", network, {});
    expect(share.value).toBeCloseTo(alignment.value, 6);
  });

  it("is unknown where the eigenvalues k and k + 1 are the same, and known where they are not", async () => {
    for (const top of [1, 2]) {
      const { value, errorBound } = await measured("top-share", collapsed, { top });
      expect(errorBound!).toBeGreaterThan(0.99 * Math.max(value, 1 - value));
    }
    // The gradient lies in the three biases.
    const { value, errorBound } = await measured("top-share", collapsed, { top: 3 });
    expect(1 - value).toBeLessThanOrEqual(errorBound!);
    expect(errorBound!).toBeLessThan(0.01);
  });

  it("says that it assumes, where nothing is certified", async () => {
    const result = await measured("top-share", network, { top: 2, certify: "off" });
    expect(result.errorKind).toBe("assumed");
  });
});

it("batch-top-share: the mean over every batch, in the span of the whole loss", async () => {
  const top = 2;
  const result = await measured("batch-top-share", network, { top });
  const batches = allBatches(samples, b);
  const span = spanOf(network, top);
  const exact = mean(batches.map((batch) => shareIn(span, gradientOf(network, batch))));
  expect(zScore(result, exact)).toBeLessThan(3.5);
  const own = mean(
    batches.map((batch) =>
      shareIn(
        symmetricEigen(hessianOf(network, batch)).vectors.slice(0, top),
        gradientOf(network, batch),
      ),
    ),
  );
  expect(zScore(result, own)).toBeGreaterThan(5);
  expect(result.errorBound!).toBeLessThan(0.1);
});

describe("top-rotation", () => {
  const turned: Network = {
    ...network,
    theta: network.theta.map((w, i) => w + 0.15 * Math.sin(3 * i + 1)),
  };

  async function rotation(
    from: Network,
    to: Network,
    top: number,
    { topBefore = top, tolerance = 0.01 } = {},
  ) {
    const memory = new Map<string, Float32Array>();
    const first = await measured("top-rotation", from, { top: topBefore, memory, tolerance });
    const second = await measured("top-rotation", to, { top, memory, tolerance });
    return { first, second, memory };
  }

  it.each([1, 3])("of the top %i, against dense eigenvectors", async (top) => {
    const { first, second } = await rotation(network, turned, top);
    expect(first).toMatchObject({ value: Number.NaN, status: "not-finite" });
    const [u, v] = [spanOf(network, top), spanOf(turned, top)];
    const exact = u.reduce((sum, x) => sum + shareIn(v, x), 0) / top;
    expect(exact).toBeLessThan(0.995);
    expect(Math.abs(second.value - exact)).toBeLessThan(second.errorBound!);
    expect(second.errorBound!).toBeLessThan(0.1);
    const gram = u.map((x) =>
      Float64Array.from(u, (y) => v.reduce((sum, z) => sum + dot(x, z) * dot(y, z), 0)),
    );
    const least = symmetricEigen(gram).values.at(-1)!;
    const part = second.parts!.least!;
    expect(Math.abs((part.value as number) - least)).toBeLessThan(part.errorBound as number);
    expect(part.errorBound as number).toBeLessThan(0.2);
  });

  it("is 1 where nothing has moved, to second order of the angles", async () => {
    const { second } = await rotation(network, network, 2, { tolerance: 1e-3 });
    expect(1 - second.value).toBeLessThanOrEqual(second.errorBound!);
    expect(second.errorBound!).toBeLessThan(1e-4);
  });

  it("has no value after the number of eigenvectors was changed, and goes on from there", async () => {
    const { second, memory } = await rotation(network, turned, 2, { topBefore: 3 });
    expect(second.status).toBe("not-finite");
    expect([...memory.keys()].filter((name) => name.startsWith("top-rotation"))).toHaveLength(2);
    const third = await measured("top-rotation", turned, { top: 2, memory });
    expect(third.value).toBeCloseTo(1, 3);
  });

  it("is unknown where the span of either measurement was", async () => {
    for (const [from, to] of [
      [collapsed, network],
      [network, collapsed],
    ] as const) {
      const { second } = await rotation(from, to, 2);
      const { value, errorBound } = second;
      expect(errorBound!).toBeGreaterThan(0.99 * Math.max(value, 1 - value));
    }
  });
});

import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { heavyBall, type Optimizer, sgd } from "@eoss/sgd";
import { measure, quantityByName, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const eta = 0.1;
/** The push up the slope of sharpness, ... */
const push = 0.02;

/**
 * L = y·x²/2 − a·y + c·(y − 2/η)²/2 + z·w²/2 at (x, y, w): sharpness y along x, pushed up by a, less so the
 * higher it is, and z along w. At x = w = 0 ∇λmax is the direction of y: α = a − c·(y − 2/η), β = 1, σ² = 2α.
 */
interface Valley {
  readonly x: number;
  readonly y: number;
  readonly a?: number;
  readonly c?: number;
  readonly z?: number;
  readonly optimizer?: Optimizer;
}

async function measured({ x, y, a = push, c = 0, z = 1, optimizer = sgd }: Valley) {
  const params = { x: tf.scalar(x), y: tf.scalar(y), w: tf.scalar(0) };
  const state = optimizer.init({ ...params });
  const problem: TfjsProblem = {
    ...{ params, samples: 1, batchSize: 1 },
    lossOf: () => (p: typeof params) =>
      tf.addN([
        tf.mul(tf.mul(p.y, 0.5), tf.square(p.x)),
        tf.mul(p.y, -a),
        tf.mul(tf.square(tf.sub(p.y, 2 / eta)), c / 2),
        tf.mul(tf.square(p.w), z / 2),
      ]) as tf.Scalar,
    update: { learningRate: eta, optimizer, state, options: {} },
  };
  const names = ["central-flow-amplitude", "oscillation-amplitude"];
  const options = { tolerance: 0.01, maxBatches: 8, stream: stream(5, "measurement") };
  const [predicted, swing] = await measure(problem, names.map(quantityByName), options);
  tf.dispose([params, state.slots] as tf.TensorContainer);
  return { predicted: predicted!, swing: swing! };
}

const sigma = Math.sqrt(2 * push);
const above = 20.2;

it.each([0, sigma, -1.5 * sigma])(
  "is √(2α/β) at the bottom of the valley, from x = %d",
  async (x) => {
    const { predicted, swing } = await measured({ x, y: above });
    expect(predicted.parts!.alpha!.value).toBeCloseTo(push, 4);
    expect(predicted.parts!.beta!.value).toBeCloseTo(1, 2);
    expect(predicted.value / sigma).toBeCloseTo(1, 2);
    expect(predicted.parts!.variance!.value).toBeCloseTo(predicted.value ** 2, 9);
    expect(swing.value).toBeCloseTo(Math.abs(x), 2);
    expect(swing.parts!.variance!.value).toBeCloseTo(swing.value ** 2, 9);
  },
);

it("has the error of the exact values within its bounds", async () => {
  const { predicted } = await measured({ x: 0, y: above });
  expect(Math.abs(predicted.value - sigma)).toBeLessThan(predicted.errorBound!);
  // x = uᵀg/λmax in float64, from the matrix [[y, x], [x, 0]].
  const [x, y] = [0.15, above];
  const { swing } = await measured({ x, y });
  const lambda = (y + Math.hypot(y, 2 * x)) / 2;
  const length = Math.hypot(x, lambda);
  const exact = (lambda * y * x + x * (x ** 2 / 2 - push)) / length / lambda;
  expect(Math.abs(swing.value - exact)).toBeLessThan(swing.errorBound!);
  expect(swing.errorBound! / exact).toBeLessThan(0.01);
});

it("is what the steps of gradient descent do on average", async () => {
  const c = 0.1;
  let [x, y] = [0.1, 19.9];
  let [sum, count] = [0, 0];
  for (let step = 0; step < 20_000; step++) {
    [x, y] = [x - eta * y * x, y - eta * (x ** 2 / 2 - push + c * (y - 2 / eta))];
    if (step >= 10_000) [sum, count] = [sum + x ** 2, count + 1];
  }
  const { predicted } = await measured({ x: 0, y: 2 / eta + 2e-4, c });
  expect((predicted.parts!.variance!.value as number) / (sum / count)).toBeCloseTo(1, 2);
});

it.each([
  ["below the edge", { x: 0.1, y: 19.5 }],
  ["where another eigenvalue is above it", { x: 0.1, y: 30, z: 25 }],
  ["where the eigenvalue is a double one", { x: 0, y: above, z: above }],
  ["where nothing drives the sharpness up", { x: 0.1, y: above, a: -push }],
  ["of steps with a momentum", { x: 0.1, y: above, optimizer: moving() }],
])("has no value %s", async (_, valley) => {
  const { predicted } = await measured(valley);
  expect(predicted).toMatchObject({ value: Number.NaN, status: "not-finite" });
});

/** A heavy ball that is under way: at rest its first step is a plain one. */
function moving(): Optimizer {
  return {
    ...heavyBall,
    init: (params) => {
      const state = heavyBall.init(params);
      tf.dispose(state.slots as tf.TensorContainer);
      const velocity = Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name, tf.onesLike(value)]),
      );
      return { ...state, slots: { velocity } };
    },
  };
}

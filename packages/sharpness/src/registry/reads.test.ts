import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { type MeasureOptions, measure, type Quantity, quantities } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { networkExample, networkProblem } from "../fixtures/network.fixture.js";
import { READS } from "./quantity.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

/** Values of the settings that change what reads them. */
const OTHER = { tolerance: 0.02, top: 3, perLayer: true, certify: "off" } as const;

async function numbersOf(quantity: Quantity, options: Partial<MeasureOptions> = {}) {
  const network = networkExample({ loss: "mse", activation: "tanh" }, { samples: 12 });
  const problem = networkProblem(network, 4);
  const { samples, lossOf, outputsOf, targetsOf, params: initialParams } = problem;
  const heldOut = { samples, lossOf, outputsOf: outputsOf!, targetsOf: targetsOf! };
  const standard = { tolerance: 0.3, maxBatches: 8, stream: stream(1, "measurement") } as const;
  const whole = { ...problem, heldOut, initialParams };
  const [found] = await measure(whole, [quantity], { ...standard, ...options });
  return { ...found!, seconds: 0 };
}

it.each(Object.values(quantities))(
  "$name depends on no setting but those that it reads",
  async (quantity) => {
    expect(quantity.reads, "built-in quantities say what they read").toBeDefined();
    const unread = READS.filter((name) => !quantity.reads!.includes(name));
    const others = Object.fromEntries(unread.map((name) => [name, OTHER[name]]));
    expect(await numbersOf(quantity, others)).toEqual(await numbersOf(quantity));
  },
);

const readers = Object.values(quantities).filter(({ reads }) => reads?.includes("perLayer"));

it.each(readers)("$name gives layers where it says that it reads perLayer", async (quantity) => {
  const { parts } = await numbersOf(quantity, { perLayer: true });
  expect(Object.keys(parts ?? {})).toContain("layer w1");
});

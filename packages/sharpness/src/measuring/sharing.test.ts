import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import { type MeasureOptions, measure, quantities, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { bilinearExample, completeProblem, disposeProblem } from "../fixtures/bilinear.fixture.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const network = bilinearExample(6);
const options: MeasureOptions = {
  tolerance: 0.1,
  maxBatches: 16,
  stream: stream(5, "measurement"),
};

async function measured(names: readonly string[], more: Partial<MeasureOptions> = {}) {
  const problem = completeProblem(network, 3);
  try {
    return await measure(problem, names.map(quantityByName), { ...options, ...more });
  } finally {
    disposeProblem(problem);
  }
}

describe("all quantities in one measurement", () => {
  const names = Object.keys(quantities);
  const full = process.env.EOSS_FULL || process.env.EOSS_LONG;

  it.each([...(full ? [{}] : []), { top: 3, perLayer: true }])(
    "give what each gives alone: %o",
    async (more) => {
      const forwards = await measured(names, more);
      const backwards = await measured([...names].reverse(), more);
      const bare = ({ seconds: _, products: __, ...rest }: (typeof forwards)[number]) => rest;
      expect(backwards.reverse().map(bare)).toEqual(forwards.map(bare));
      // What has no value at a first measurement is NaN, which JSON has no word for.
      const written = forwards.map((one) =>
        Number.isNaN(one.value) ? { ...one, value: null } : one,
      );
      expect(JSON.parse(JSON.stringify(forwards)), "plain data").toEqual(written);
      let products = 0;
      for (const together of forwards) {
        const [alone] = await measured([together.quantity], more);
        expect(bare(alone!), together.quantity).toEqual(bare(together));
        // Shared work is booked once, to the first that needs it.
        expect(together.products).toBeLessThanOrEqual(alone!.products);
        products += alone!.products;
      }
      const sum = (list: typeof forwards) => list.reduce((total, one) => total + one.products, 0);
      expect(sum(forwards)).toBe(sum(backwards));
      expect(sum(forwards)).toBeLessThan(products);
    },
  );

  it("leave no tensor behind, also when they are stopped in the middle", async () => {
    const problem = completeProblem(network, 3);
    const before = tf.memory().numTensors;
    const all = Object.values(quantities);
    const more = { ...options, top: 2, perLayer: true };
    await measure(problem, all, more);
    expect(tf.memory().numTensors).toBe(before);

    for (const last of [1, 7, 60, 150]) {
      let calls = 0;
      const pause = async () => {
        calls += 1;
        if (calls === last) throw new Error("stopped");
      };
      await expect(measure(problem, all, { ...more, pause })).rejects.toThrow("stopped");
      expect(tf.memory().numTensors).toBe(before);
    }
    disposeProblem(problem);
  });
});

it("gap costs nothing beside minibs and fullbs", async () => {
  const [minibs, fullbs, gap] = await measured(["minibs", "fullbs", "gap"], { maxBatches: 8 });
  expect(minibs!.products).toBeGreaterThan(0);
  expect(fullbs!.products).toBeGreaterThan(0);
  expect(gap!.products).toBe(0);
});

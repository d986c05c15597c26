// The loss of noises, and the check of their head, where numbers come only later.
import { type LossHead, mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useLateBackend } from "../../sharpness/src/fixtures/lateBackend.fixture.js";
import { noiseByName } from "./registry.js";

const numbers = (shape: [number, number]) =>
  tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(12.9898 * i + 1)),
    shape,
  );

const SAMPLES = 10;
/** A linear network in chunks of 4, 4 and 2. */
function problem(head: LossHead = mse) {
  const [x, y] = [numbers([SAMPLES, 3]), numbers([SAMPLES, 2])];
  return {
    params: { w: numbers([3, 2]) },
    samples: SAMPLES,
    chunkSize: 4,
    head,
    outputsOf: (rows: Int32Array) => (p: { w: tf.Tensor }) =>
      tf.matMul(tf.slice(x, rows[0]!, rows.length), p.w as tf.Tensor2D),
    targetsOf: (rows: Int32Array) => tf.slice(y, rows[0]!, rows.length),
  };
}
const settings = { step: 2, stream: stream(5, "noise"), learningRate: 0.1, batchSize: 2 };

/** Loss and gradient of a noise. */
async function made(name: string, options: object) {
  const given = problem();
  const tensors = tf.memory().numTensors;
  const { loss, gradient } = noiseByName(name).gradient(given, { ...settings, ...options });
  const [value, entries] = [await loss, [...(await gradient.w.data())]];
  gradient.w.dispose();
  return { loss, value, entries, left: tf.memory().numTensors - tensors };
}

const cases: [string, object][] = [
  ["directional", {}],
  ["shuffled-sign", {}],
  ["constant", { variance: 0.3 }],
  ["langevin", { temperature: 0.1 }],
  ["label", { sigma: 0.5 }],
  ["sde", { substeps: 3 }],
];

describe("where numbers come only later, noise", () => {
  const plain = new Map<string, Awaited<ReturnType<typeof made>>>();
  beforeAll(async () => {
    await tf.setBackend("cpu");
    for (const [name, options] of cases) plain.set(name, await made(name, options));
    await useLateBackend();
  });
  // Other files may follow in this process.
  afterAll(() => tf.setBackend("cpu"));

  it.each(cases)("%s is what it is elsewhere, and its loss is a promise", async (name, options) => {
    const [late, other] = [await made(name, options), plain.get(name)!];
    expect(late.loss).toBeInstanceOf(Promise);
    expect(typeof other.loss).toBe("number");
    expect([other.left, late.left]).toEqual([0, 0]);
    expect(late.value).toBeCloseTo(other.value, 6);
    expect(late.entries).toHaveLength(6);
    for (const [k, entry] of late.entries.entries())
      expect(entry).toBeCloseTo(other.entries[k]!, 5);
  });

  it("of a head that is a sum is refused by a promise that is rejected", async () => {
    const total: LossHead = (f, y) => tf.sum(tf.square(tf.sub(f, y)));
    const { loss } = noiseByName("directional").gradient(problem(total), settings);
    await expect(loss).rejects.toThrow(/head of the problem is no mean over samples/);
  });

  it.each(["isotropic", "diagonal", "block"])("%s needs numbers at once", (name) => {
    expect(() => noiseByName(name).gradient(problem(), settings)).toThrow(/numbers at once/);
  });
});

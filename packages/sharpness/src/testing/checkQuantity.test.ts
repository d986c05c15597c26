// What the short look at a quantity finds, on an engine without tensors and on one with.

import "@tensorflow/tfjs-backend-cpu";
import {
  defineQuantity,
  type LossView,
  type MeasureContext,
  type Quantity,
  quantities,
  type Reading,
  tfjsProblem,
} from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { completeProblem, disposeProblem } from "../fixtures/bilinear.fixture.js";
import { completeReference } from "../fixtures/reference.fixture.js";
import { bilinearExample } from "./bilinear.js";
import { checkQuantity } from "./checkQuantity.js";

tf.enableProdMode();
await tf.setBackend("cpu");
const bilinear = completeProblem(bilinearExample(12), 4);
const engine = tfjsProblem(bilinear);
afterAll(() => disposeProblem(bilinear));

type Read = (view: LossView, context: MeasureContext) => unknown;
const reading = (value: number): Reading => ({ value, products: 0, status: "exact" });
const theirs = (over: "full" | "batches" | "step", read: Read): Quantity => {
  const about = { name: "theirs", description: "", unit: "loss", needs: [], cost: "" } as const;
  return over === "batches"
    ? defineQuantity({ ...about, over, sample: read as never })
    : defineQuantity({ ...about, over, measure: read as never });
};
let count = 0;

const BROKEN: Array<[string, Read, RegExp]> = [
  ["counts", () => reading(count++), /it keeps a state .* the same loss again gives/],
  ["has a mean of its own", () => reading((count = 0.9 * count + 1)), /it keeps a state/],
  ["draws by Math.random", () => reading(Math.random()), /draws random numbers beside its stream/],
  [
    "draws late, and does not use it",
    async (view) => {
      await view.gradient();
      Math.random();
      return reading(1);
    },
    /draws random numbers/,
  ],
  [
    "changes the gradient",
    async (view) => {
      view.space.scale(2, await view.gradient());
      return reading(1);
    },
    /changes the parameters or a vector that its view gave/,
  ],
  [
    "changes the parameters",
    () => {
      (bilinear.params as { a: tf.Tensor }).a.dataSync()[0]! += 0.125;
      return reading(1);
    },
    /changes the parameters or a vector/,
  ],
  ["gives a number", () => 3, /must give an object/],
  [
    "fails",
    () => {
      throw new TypeError("oh");
    },
    /oh/,
  ],
];

describe.each(["full", "batches", "step"] as const)("a quantity over %s", (over) => {
  it.each(BROKEN)("that %s is refused", async (_, read, message) => {
    await expect(checkQuantity(engine, theirs(over, read))).rejects.toThrow(message);
  });

  it("that keeps its contract passes, with randomness of its stream and memory", async () => {
    const sound: Read = async (view, { stream, memory }) => {
      const z = stream.fork(0).normals(1)[0]!;
      memory.clear();
      return { ...reading((await view.loss()) + z), parts: { z: { value: [z] } } };
    };
    await checkQuantity(engine, theirs(over, sound));
  });
});

it("over batches, the numbers of all are the same", async () => {
  let seen: number | undefined;
  const fickle = theirs("batches", async (view) => {
    const loss = await view.loss();
    seen ??= loss;
    return loss === seen ? reading(1) : { ...reading(1), parts: { other: { value: 1 } } };
  });
  await expect(checkQuantity(engine, fickle)).rejects.toThrow(/other numbers for other batches/);
});

it("counts what is left", async () => {
  let alive = 0;
  const leaking = theirs("full", () => {
    alive += 2;
    return reading(1);
  });
  await expect(checkQuantity(engine, leaking, () => alive)).rejects.toThrow(/leaves 2 tensors/);
});

describe("every quantity that is built in passes", () => {
  const elsewhere = completeReference(bilinearExample(12), 4);
  it.each(Object.values(quantities).map((one) => [one.name, one] as const))(
    "%s",
    async (_, one) => {
      await checkQuantity(engine, one, () => tf.memory().numTensors);
      if (process.env.EOSS_FULL) await checkQuantity(elsewhere, one);
    },
  );
});

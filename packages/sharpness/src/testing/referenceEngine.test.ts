import "@tensorflow/tfjs-backend-cpu";
import { stream } from "@eoss/rng";
import {
  type Measurement,
  type MeasureOptions,
  measure,
  quantities,
  quantityByName,
} from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { bilinearExample, completeProblem, disposeProblem } from "../fixtures/bilinear.fixture.js";
import { completeReference as reference } from "../fixtures/reference.fixture.js";
import { type Handle, Remote } from "./handles.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const names = Object.keys(quantities);
const optionsOf = <V>(more: Partial<MeasureOptions<V>>): MeasureOptions<V> => ({
  ...{ tolerance: 0.05, maxBatches: 8, stream: stream(5, "engines") },
  ...more,
});

/** The widest that both may be apart: numerical bounds of both, and of random vectors the margins. */
function room(x: Pick<Measurement, "value" | "errorBound" | "margin">, y: typeof x): number {
  const random = (m: typeof x) => (drawn.has(nameOf(x)) ? (m.margin ?? 0) : 0);
  return (
    (x.errorBound ?? 0) + (y.errorBound ?? 0) + random(x) + random(y) + 1e-5 * Math.abs(y.value)
  );
}
const nameOf = (m: object) => (m as Measurement).quantity;
/** What goes through random vectors of the engine's own. */
const drawn = new Set(["trace", "density", "batch-density", "contraction", "noise-kernel-norm"]);

// Small ones are compared with closed forms in quantities/reference.test.ts.
const examples = [
  ["d = 24, by Lanczos", bilinearExample(20, 2, 12), 4],
  ["d = 6, where the whole matrix is made", bilinearExample(6), 2],
] as const;
describe.each(process.env.EOSS_LONG ? examples : examples.slice(0, 1))(
  "every quantity through handles and late answers, %s",
  (_, network, batchSize) => {
    it.each(
      [
        { certify: "all", top: 3, perLayer: true } as const,
        { certify: "auto" } as const,
        { certify: "off", top: 2 } as const,
      ].slice(0, process.env.EOSS_LONG ? 3 : 1),
    )("%o", async (more) => {
      const problem = completeProblem(network, batchSize);
      const remote = new Remote();
      const other = reference(network, batchSize, remote);
      const memory = new Map<string, Handle>();
      const known = new Map<string, Float32Array>();
      const all = names.map(quantityByName);
      for (const step of [0, 1]) {
        const at = { ...more, stream: stream(5, "engines").fork(step) };
        const ours = await measure(problem, all, optionsOf({ ...at, memory: known }));
        const theirs = await measure(other, all, optionsOf({ ...at, memory }));
        for (const [k, name] of names.entries()) {
          const [x, y] = [ours[k]!, theirs[k]!];
          if (x.status !== "not-finite") {
            expect(Math.abs(x.value - y.value), name).toBeLessThanOrEqual(room(x, y));
          }
          expect(y.status === "not-finite", name).toBe(x.status === "not-finite");
          expect(y.samples, name).toBe(x.samples);
          for (const [index, value] of (y.batches ?? []).entries()) {
            expect(Math.abs(x.batches![index]! - value), `${name}, batch ${index}`).toBeLessThan(
              3 * room(x, y) + 1e-4 * Math.abs(value),
            );
          }
          expect(Object.keys(y.parts ?? {}), name).toEqual(Object.keys(x.parts ?? {}));
        }
      }
      expect([...memory.keys()].sort()).toEqual([...known.keys()].sort());
      disposeProblem(problem);
    });

    it("leaves no vector behind but what is remembered", async () => {
      const remote = new Remote();
      const memory = new Map<string, Handle>();
      for (const name of names) {
        const before = remote.alive;
        const kept = new Set(memory.values());
        await measure(reference(network, batchSize, remote), [quantityByName(name)], {
          ...optionsOf({ memory }),
          top: 2,
          perLayer: true,
        });
        for (const handle of kept)
          if (![...memory.values()].includes(handle)) remote.release(handle);
        const fresh = [...memory.values()].filter((handle) => !kept.has(handle)).length;
        const gone = [...kept].filter((handle) => ![...memory.values()].includes(handle)).length;
        expect(remote.alive - before, name).toBe(fresh - gone);
      }
    });
  },
);

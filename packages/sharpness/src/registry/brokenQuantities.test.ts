// What a quantity of somebody else may do wrong, and what is said of it: when it returns, not when a report
// is made of it.

import { stream } from "@eoss/rng";
import {
  type BatchQuantity,
  defineQuantity,
  type MeasureOptions,
  measure,
  type Quantity,
  QuantityContractError,
  quantities,
  type Reading,
} from "@eoss/sharpness";
import { bilinearExample, referenceProblem } from "@eoss/sharpness/testing";
import { describe, expect, it } from "vitest";

const problem = referenceProblem(bilinearExample(12), { batchSize: 4 });
const options: MeasureOptions<never> = {
  tolerance: 0.1,
  maxBatches: 16,
  stream: stream(1, "broken"),
};
const about = {
  name: "theirs",
  description: "what somebody else wrote",
  unit: "loss",
  needs: [],
  cost: "nothing",
} as const;
const good: Reading = { value: 1, products: 0, status: "exact" };

const quantity = (over: "full" | "batches", read: (call: number) => unknown): Quantity => {
  let calls = 0;
  const method = () => read(calls++) as Reading;
  return over === "full"
    ? defineQuantity({ ...about, over, measure: method })
    : defineQuantity({ ...about, over, sample: method });
};
const measuring = (...asked: readonly Quantity[]) => measure(problem, asked, options);

describe.each(["full", "batches"] as const)("a reading over %s", (over) => {
  it.each<[unknown, string]>([
    [0.3, "an object { value, products, status }, not 0.3"],
    [undefined, "an object { value, products, status }, not undefined"],
    [[good], "an object { value, products, status }, not a list"],
    [{ ...good, value: "3" }, 'a number as `value`, not "3"'],
    [{ ...good, value: Promise.resolve(3) }, "not a promise: await what a view is asked for"],
    [{ products: 0, status: "exact" }, "a number as `value`, not undefined"],
    [
      { ...good, status: "done" },
      'one of converged, budget-spent, exact, not-finite as `status`, not "done"',
    ],
    [{ ...good, status: "not-finite" }, 'NaN as `value` where the status is "not-finite", not 1'],
    [
      { value: 1, status: "exact" },
      "how many Hessian-vector products it took, from 0 on, not undefined",
    ],
    [{ ...good, products: Number.NaN }, "from 0 on, not NaN"],
    [{ ...good, products: -1 }, "from 0 on, not -1"],
    [{ ...good, errorBound: -1e-9 }, "a number from 0 on as `errorBound`, or none, not -1e-9"],
    [
      { ...good, standardError: "0.1" },
      'a number from 0 on as `standardError`, or none, not "0.1"',
    ],
    [
      { ...good, errorKind: "sure" },
      'one of certified, uncertified, assumed as `errorKind`, not "sure"',
    ],
    [{ ...good, error: 0.1 }, 'no "error"; it may give: value, denominator'],
    [{ ...good, parts: [1, 2] }, "parts by their names, not a list"],
    [{ ...good, parts: { half: 0.3 } }, 'for the part "half" an object { value: 0.3 }, not 0.3'],
    [{ ...good, parts: { "": { value: 1 } } }, 'parts with names, not ""'],
    [
      { ...good, parts: JSON.parse('{ "__proto__": { "value": 1 } }') },
      'parts with names, not "__proto__"',
    ],
    [
      // biome-ignore lint/suspicious/noSparseArray: what is tried
      { ...good, parts: { all: { value: [1, , 2] } } },
      'for the part "all" a number or a list of numbers',
    ],
    [
      { ...good, parts: { half: { value: "0.3" } } },
      'for the part "half" a number or a list of numbers',
    ],
    [
      { ...good, parts: { all: { value: Float32Array.of(1) } } },
      'for the part "all" a number or a list',
    ],
    [
      { ...good, parts: { half: { value: 1, bound: 2 } } },
      'for the part "half" no "bound"; it may give:',
    ],
    [
      { ...good, parts: { all: { value: [1, 2], errorBound: [1] } } },
      "a `errorBound` from 0 on for each",
    ],
  ])("%o is refused", async (reading, message) => {
    const broken = measuring(quantity(over, () => reading));
    await expect(broken).rejects.toThrow(QuantityContractError);
    const method = over === "full" ? "measure" : "sample";
    await expect(broken).rejects.toThrow(`\`${method}\` of the quantity theirs must give ${""}`);
    await expect(broken).rejects.toThrow(message);
  });

  it("is quoted in few letters, however long it is", async () => {
    const long = "x".repeat(1e6);
    for (const reading of [
      { ...good, status: long },
      { ...good, value: long },
      { ...good, [long]: 1 },
      { ...good, parts: { [long]: { value: long, [long]: 3 } } },
    ]) {
      const error = await measuring(quantity(over, () => reading)).catch((e: Error) => e);
      expect((error as Error).message.length).toBeLessThan(400);
    }
  });

  it.each<[string, unknown]>([
    ["all it may give", { ...good, errorBound: 0.1, errorKind: "assumed" }],
    [
      "errors that are not finite",
      { ...good, errorBound: Number.NaN, margin: Number.POSITIVE_INFINITY },
    ],
    ["no value", { value: Number.NaN, products: 0, status: "not-finite" }],
    [
      "parts",
      {
        ...good,
        parts: { all: { value: [1, Number.NaN], errorBound: [0, 0] }, one: { value: 1 } },
      },
    ],
  ])("with %s is taken", async (_, reading) => {
    const [measured] = await measuring(quantity(over, () => reading));
    expect(measured!.quantity).toBe("theirs");
  });
});

describe("readings of batches", () => {
  it.each<[string, (call: number) => object, string]>([
    [
      "whose parts change",
      (call) => ({ ...good, parts: { [`part ${call % 2}`]: { value: 1 } } }),
      "part 0 of the batches before, and part 1 of batch 2",
    ],
    [
      "whose parts change their length",
      (call) => ({ ...good, parts: { all: { value: Array(2 + (call > 1 ? 1 : 0)).fill(1) } } }),
      "all [2] of the batches before, and all [3] of batch 3",
    ],
    [
      "some with parts",
      (call) => (call === 0 ? good : { ...good, parts: { half: { value: 1 } } }),
      "nothing of the batches before, and half of batch 2",
    ],
    [
      "some with a denominator",
      (call) => (call === 3 ? { ...good, denominator: 2 } : good),
      "nothing of the batches before, and `denominator` of batch 4",
    ],
  ])("%s have no mean", async (_, read, message) => {
    const broken = measuring(quantity("batches", read));
    await expect(broken).rejects.toThrow(QuantityContractError);
    await expect(broken).rejects.toThrow(message);
  });

  it("have an error bound only if each has one", async () => {
    const boundOf = async (read: (call: number) => object) =>
      (await measuring(quantity("batches", read)))[0]!.errorBound;
    expect(await boundOf((call) => ({ ...good, errorBound: call % 2 }))).toBe(0.5);
    expect(await boundOf(() => good)).toBeUndefined();
    expect(
      await boundOf((call) => (call === 5 ? good : { ...good, errorBound: 0 })),
    ).toBeUndefined();
  });
});

describe("what is asked for", () => {
  const theirs = quantity("full", () => good);
  it.each<[string, unknown, string]>([
    ["a name", ["minibs"], 'an object, not the name "minibs": quantityByName("minibs") finds it'],
    ["no list", quantities.minibs, "quantities to measure are a list, not an object"],
    ["a number", [3], "item 0 of the quantities is not a quantity: it is number, not an object"],
    ["nothing", [theirs, undefined], "item 1 of the quantities is not a quantity: it is undefined"],
    ["a copy of a built-in one", [{ ...quantities.loss }], 'named "loss", as a built-in one is'],
    ["the same twice", [theirs, theirs], 'two of the quantities are named "theirs"'],
    ["one without its function", [{ ...about, over: "full" }], "`measure` must be a function"],
  ])("%s is refused", async (_, asked, message) => {
    const broken = measure(problem, asked as Quantity[], options);
    await expect(broken).rejects.toThrow(QuantityContractError);
    await expect(broken).rejects.toThrow(message);
  });
});

describe("a definition", () => {
  const sample: BatchQuantity["sample"] = () => good;
  it("that has what no quantity has is refused, by its types too", () => {
    // @ts-expect-error a quantity has no `units`
    const odd = () => defineQuantity({ ...about, over: "batches", sample, units: "loss" });
    expect(odd).toThrow("defineQuantity has no option units; it has: name, description");
    const both = () => defineQuantity({ ...about, over: "batches", sample, measure: sample });
    expect(both).toThrow("has no option measure");
    // @ts-expect-error a reading is no bare number
    defineQuantity({ ...about, over: "batches", sample: () => 3 });
    // @ts-expect-error a part is no bare number
    defineQuantity({ ...about, over: "batches", sample: () => ({ ...good, parts: { half: 3 } }) });
    // @ts-expect-error there is no such status
    defineQuantity({ ...about, over: "batches", sample: () => ({ ...good, status: "done" }) });
  });
});

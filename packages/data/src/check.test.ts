import { describe, expect, it } from "vitest";
import { assemble } from "./assemble.js";
import { checkLoaded } from "./check.js";
import type { LoadedData } from "./define.js";

const classes = (n: number) => ({ kind: "classification", classes: n }) as const;
const good: LoadedData = {
  inputShape: [2],
  task: classes(2),
  train: { inputs: Float32Array.of(1, 2, 3, 4, 5, 6), labels: Uint8Array.of(0, 1, 1) },
  source: "made",
};
const train = (change: object) => ({ ...good, train: { ...good.train, ...change } });
const numbers: LoadedData = {
  ...good,
  task: { kind: "regression", outputs: 2 },
  train: { inputs: good.train.inputs, targets: Float64Array.of(1, 2, 3, 4, 5, 6) },
};

describe("a data set that breaks the contract", () => {
  it.each<[string, unknown, string]>([
    ["gives nothing", undefined, "load gave undefined"],
    ["has a part too many", { ...good, tests: 1 }, "has no option tests"],
    ["has no shape", { ...good, inputShape: undefined }, "inputShape is missing"],
    ["has a shape that is none", { ...good, inputShape: [2, 0] }, "inputShape is [2,0]; allowed"],
    ["has no task", { ...good, task: undefined }, "task is missing; allowed: { kind, … }"],
    ["has an unknown task", { ...good, task: { kind: "ranking" } }, 'task is {"kind":"ranking"}'],
    [
      "says no number of classes",
      { ...good, task: { kind: "classification" } },
      "classes of its task is missing",
    ],
    [
      "has classes in a regression",
      { ...good, task: { kind: "regression", outputs: 1, classes: 2 } },
      "has no option classes",
    ],
    ["has no samples", train({ inputs: new Float32Array() }), "train has no sample"],
    ["has no training split", { ...good, train: undefined }, "train is missing; expected"],
    [
      "has a list for inputs",
      train({ inputs: [1, 2] }),
      "train.inputs is a list; expected a typed array",
    ],
    [
      "has half a sample",
      train({ inputs: new Float32Array(5) }),
      "5 numbers, which is no multiple of the 2",
    ],
    [
      "has no labels",
      train({ labels: undefined }),
      "train.labels is missing; expected a typed array",
    ],
    [
      "has too few labels",
      train({ labels: Uint8Array.of(0) }),
      "has 1 numbers for 3 samples; expected 3",
    ],
    [
      "has a label out of range",
      train({ labels: Uint8Array.of(0, 2, 1) }),
      "train.labels[1] (sample 1) is 2; allowed: integers from 0 to 1",
    ],
    [
      "has a negative label",
      train({ labels: Int8Array.of(0, -1, 1) }),
      "train.labels[1] (sample 1) is -1",
    ],
    [
      "has a label that is no integer",
      train({ labels: Float32Array.of(0, 1, 0.5) }),
      "(sample 2) is 0.5",
    ],
    [
      "has NaN in its inputs",
      train({ inputs: Float32Array.of(1, 2, 3, Number.NaN, 5, 6) }),
      "train.inputs[3] (sample 1) is NaN; allowed: finite",
    ],
    [
      "has numbers beyond float32",
      train({ inputs: Float64Array.of(1, 1e300, 3, 4, 5, 6) }),
      "train.inputs[1] (sample 0) is 1e+300",
    ],
    [
      "has targets for classes",
      train({ targets: new Float32Array(3) }),
      "train has targets, but a task of kind classification has labels",
    ],
    [
      "has labels for numbers",
      { ...numbers, train: { ...numbers.train, labels: new Uint8Array(3) } },
      "train has labels, but a task of kind regression has targets",
    ],
    [
      "has a target that is infinite",
      {
        ...numbers,
        train: { ...numbers.train, targets: Float64Array.of(1, 2, Infinity, 4, 5, 6) },
      },
      "train.targets[2] (sample 1) is Infinity",
    ],
    [
      "has a target too few",
      { ...numbers, train: { ...numbers.train, targets: new Float32Array(5) } },
      "5 numbers for 3 samples; expected 6",
    ],
    [
      "has a bad test split",
      { ...good, test: { inputs: new Float32Array(3), labels: new Uint8Array(1) } },
      "test.inputs has 3 numbers",
    ],
    [
      "scales in an unknown way",
      { ...good, standardise: "unit" },
      'standardise is "unit"; allowed',
    ],
    [
      "scales by zero",
      { ...good, standardise: { maxPixel: 1, mean: [0, 0], std: [1, 0] } },
      "std above 0 for each of the 2",
    ],
    ["says no source", { ...good, source: "" }, "source is missing"],
    ["has notes that are none", { ...good, notes: "well" }, "notes is not a list"],
  ])("%s", (_, loaded, message) => {
    expect(() => checkLoaded("theirs", loaded)).toThrow(message);
    expect(() => checkLoaded("theirs", loaded)).toThrow(/theirs/);
  });
});

describe("what becomes of loaded data", () => {
  it("is labels in the smallest type, and inputs as they are", () => {
    checkLoaded("mine", good);
    const all = assemble("mine", good);
    expect(all).toMatchObject({ samples: 3, classes: 2, inputShape: [2], source: "made" });
    expect(all.images).toBe(good.train.inputs);
    const many = { ...train({ labels: Uint16Array.of(0, 999, 3) }), task: classes(1000) };
    expect(assemble("mine", many).labels).toEqual(Uint16Array.of(0, 999, 3));
  });

  it("is numbers of a regression, and signs of two classes", () => {
    expect(assemble("n", numbers)).toMatchObject({
      classes: 0,
      targets: { outputs: 2, values: Float32Array.of(1, 2, 3, 4, 5, 6) },
    });
    const signs = assemble("s", { ...good, task: { kind: "binary" } });
    expect(signs).toMatchObject({ classes: 2, labels: Uint8Array.of(0, 1, 1) });
    expect(signs.targets).toEqual({ outputs: 1, values: Float32Array.of(-1, 1, 1) });
  });

  it("is standardised by the training split alone, in float64", () => {
    const far = {
      ...good,
      ...train({ inputs: Float64Array.of(1.6e9, 7, 1.6e9 + 1, 7, 1.6e9 + 2, 7) }),
    };
    const own = assemble("far", {
      ...far,
      standardise: "feature",
      test: { inputs: Float64Array.of(1.6e9 + 4, 9), labels: Uint8Array.of(0) },
    });
    const s = Math.sqrt(2 / 3);
    expect([...own.images]).toEqual([-1 / s, 0, 0, 0, 1 / s, 0].map(Math.fround));
    expect(own.notes).toEqual(["1 of the 2 columns do not vary: they are 0"]);
    const test = assemble(
      "far",
      {
        ...far,
        standardise: "feature",
        test: { inputs: Float64Array.of(1.6e9 + 4, 9), labels: Uint8Array.of(0) },
      },
      { split: "test" },
    );
    expect([...test.images]).toEqual([3 / s, 2].map(Math.fround));
  });

  it("is split: a subset and the rest of it", () => {
    const some = assemble("mine", numbers, { samples: 2 });
    const rest = assemble("mine", numbers, { samples: 2, split: "test" });
    expect([some.samples, rest.samples]).toEqual([2, 1]);
    const rows = [...some.targets!.values, ...rest.targets!.values];
    expect(rows.sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(() => assemble("mine", numbers, { split: "test" })).toThrow("no sample is left");
  });
});

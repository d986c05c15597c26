import { defineOptimizer, type Hyperparameters, optimizerByName, optimizers } from "@eoss/sgd";
import { type ComparedWith, comparedWith, quantities } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";

const ETA = 0.1;

function compared(
  quantity: string,
  optimizer: string,
  options: Hyperparameters = {},
  batchSize = 8,
): ComparedWith {
  return comparedWith(quantities[quantity]!, {
    ...{ optimizer: optimizerByName(optimizer), options, batchSize },
    ...{ learningRate: ETA, samples: 64 },
  });
}
const level = ({ value, formula }: { value: number; formula?: string }) =>
  [value.toPrecision(6), formula ?? "no threshold"].join(" ");

const OF_H = ["fullbs", "minibs", "batch-sharpness", "batch-sharpness-ratio", "step-sharpness"];
const STANDS = [
  "gauss-newton",
  "gauss-newton-batch-sharpness",
  "full-gauss-newton",
  "fisher",
  "full-fisher",
  "ntk",
];
const OF_P = ["preconditioned-sharpness", "batch-preconditioned-sharpness"];
const OWN = [
  "generalised-batch-sharpness",
  "generalised-batch-sharpness-ratio",
  "generalised-step-sharpness",
];
const PLAIN = { gni: "2/η", contraction: "1", "noise-kernel-norm": "1" } as const;

describe("comparedWith", () => {
  it.each([
    ["sgd", {}, "20.0000 2/η"],
    ["sgd", { weightDecay: 0.5 }, "19.5000 2/η − w"],
    ["heavy-ball", {}, "38.0000 (2 + 2β)/η"],
    ["heavy-ball", { momentum: 0.5, weightDecay: 2 }, "28.0000 (2 + 2β)/η − w"],
    ["nesterov", {}, "13.5714 (2 + 2β)/(η(1 + 2β))"],
  ] as const)("%s %o: of H and P^(−½) H P^(−½) alike, %s", (name, options, expected) => {
    for (const quantity of [
      ...OF_H,
      ...STANDS,
      ...OF_P,
      "step-lambda-max",
      "step-batch-sharpness",
    ]) {
      expect(level(compared(quantity, name, options)), quantity).toBe(expected);
    }
  });

  it.each([
    ["rmsprop", {}, "20.0000 2/η"],
    ["adam", {}, "380.000 (2 + 2β₁)/((1 − β₁)η)"],
    ["adam", { betas: [0.5, 0.9] }, "60.0000 (2 + 2β₁)/((1 − β₁)η)"],
    ["adamw", { weightDecay: 2 }, "342.000 (2 + 2β₁)/((1 − β₁)η) · (1 − ηw/2)"],
  ] as const)("%s %o: of P^(−½) H P^(−½) alone", (name, options, expected) => {
    for (const quantity of OF_P) expect(level(compared(quantity, name, options))).toBe(expected);
    for (const quantity of [...OF_H, ...STANDS]) {
      const none = compared(quantity, name, options);
      expect(none.value).toBeNaN();
      expect(none.formula).toBeUndefined();
      expect(none.words).toMatch(new RegExp(`${name} divides its steps by a preconditioner`));
    }
  });

  it("weight decay that goes through P leaves nothing to compare with but the quotient", () => {
    expect(compared("preconditioned-sharpness", "adam", { weightDecay: 0.1 }).value).toBeNaN();
    expect(level(compared("momentum-sharpness", "adam", { weightDecay: 0.1 }))).toBe("1.00000 1");
  });

  it("weight decay alone above the threshold leaves none", () => {
    const none = compared("fullbs", "sgd", { weightDecay: 21 });
    expect(none).toEqual({
      matrix: "hessian",
      value: Number.NaN,
      words: "the weight decay alone is above the threshold",
    });
  });

  it("with momentum, quantities of batches have two levels, and those of all samples one", () => {
    const options = { momentum: 0.5, weightDecay: 1 };
    for (const quantity of ["minibs", "batch-sharpness", "step-lambda-max", "gauss-newton"]) {
      const { second } = compared(quantity, "heavy-ball", options);
      expect(level(second!), quantity).toBe("9.00000 2(1 − β)/η − w");
      // The one batch of all samples.
      expect(compared(quantity, "heavy-ball", options, 64).second).toBeUndefined();
      for (const name of ["sgd", "nesterov", "rmsprop", "adam"]) {
        expect(compared(quantity, name).second).toBeUndefined();
      }
    }
    for (const quantity of ["fullbs", "step-sharpness", "full-gauss-newton"]) {
      expect(compared(quantity, "heavy-ball", options).second).toBeUndefined();
    }
  });

  it("what is derived for plain steps compares for plain steps", () => {
    for (const [quantity, formula] of Object.entries(PLAIN)) {
      expect(compared(quantity, "sgd").formula).toBe(formula);
      expect(compared(quantity, "sgd", { weightDecay: 0.1 }).value).toBeNaN();
      for (const name of Object.keys(optimizers).filter((other) => other !== "sgd")) {
        expect(compared(quantity, name).words).toMatch(/derived for plain steps/);
      }
      for (const options of [{ clip: 1 }, { weightDecay: 1, decay: "decoupled" as const }]) {
        const none = compared(quantity, "sgd", options);
        expect([none.value, none.formula]).toEqual([Number.NaN, undefined]);
        expect(none.words).toMatch(/derived for plain steps/);
      }
    }
  });

  it("critical sharpness is 2/η_c and compares with 2/η whatever the rule", () => {
    for (const name of Object.keys(optimizers)) {
      expect(level(compared("critical-sharpness", name))).toBe("20.0000 2/η");
      expect(level(compared("batch-critical-sharpness", name))).toBe("20.0000 2/η");
      const declared = Number.isFinite(optimizerByName(name).threshold({ learningRate: 1 }).value);
      expect(level(compared("momentum-sharpness", name))).toBe(
        declared ? "1.00000 1" : "NaN no threshold",
      );
    }
  });

  it("what is along the own step compares with 2, whatever the rule and its decay", () => {
    for (const quantity of OWN) {
      for (const name of Object.keys(optimizers)) {
        expect(level(compared(quantity, name, { weightDecay: 0.1 })), name).toBe("2.00000 2");
      }
    }
  });

  it("all other quantities have no threshold, and say so", () => {
    const known = [...OF_H, ...STANDS, ...OF_P, ...Object.keys(PLAIN)];
    const rest = Object.keys(quantities).filter(
      (name) =>
        ![
          ...known,
          ...OWN,
          ...["step-lambda-max", "step-batch-sharpness"],
          ...["critical-sharpness", "batch-critical-sharpness"],
        ].includes(name),
    );
    for (const quantity of rest.filter((name) => name !== "momentum-sharpness")) {
      for (const name of Object.keys(optimizers)) {
        const none = compared(quantity, name);
        expect([none.value, none.formula], quantity).toEqual([Number.NaN, undefined]);
        expect(none.words.length).toBeGreaterThan(10);
      }
    }
  });

  it("asks what the optimizer declares, and knows none by name", () => {
    const made = defineOptimizer({
      name: "made-up",
      defaults: { decay: "decoupled" as const },
      slots: ["mean"],
      threshold: {
        formula: "7/η",
        words: "made up",
        value: ({ learningRate }) => 7 / learningRate,
      },
      smallBatchThreshold: {
        ...{ formula: "3/η", words: "made up too" },
        value: ({ learningRate }) => 3 / learningRate,
      },
      update: ({ theta, slots }) => ({ theta: tf.add(theta, 0), mean: slots.mean }),
    });
    const update = { optimizer: made, learningRate: 0.5, batchSize: 2, samples: 4 };
    expect(comparedWith(quantities.minibs!, update)).toEqual({
      ...{ matrix: "hessian", value: 14, formula: "7/η", words: "made up" },
      second: { value: 6, formula: "3/η", words: "made up too" },
    });
    const options = { weightDecay: 1 };
    expect(comparedWith(quantities.minibs!, { ...update, options })).toEqual({
      ...{ matrix: "hessian", value: 14 * 0.75, words: "made up" },
      formula: "7/η · (1 − ηw/2)",
    });
    const dividing = { ...made, preconditions: true };
    expect(comparedWith(quantities.fullbs!, { ...update, optimizer: dividing }).words).toMatch(
      /made-up divides/,
    );
  });

  it("is infinite where η is 0: every curvature is stable", () => {
    const still = { optimizer: optimizerByName("sgd"), learningRate: 0, batchSize: 2, samples: 4 };
    expect(comparedWith({ unit: "sharpness" }, still).value).toBe(Number.POSITIVE_INFINITY);
    expect(comparedWith({ unit: "curvature" }, still).value).toBeNaN();
  });
});

import {
  changeOptimizer,
  defineOptimizer,
  disposeState,
  loadOptimizer,
  type Optimizer,
  optimizers,
  sgd,
} from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../hvp/src/backends.fixture.js";
import { checkOptimizer, conformance } from "./index.js";

beforeAll(() => useBackend("cpu"));

// Under a name of its own: that of a built-in one is refused.
describe.each(Object.values(optimizers))("$name keeps the contract", (optimizer) => {
  it.each(conformance({ ...optimizer, name: `my-${optimizer.name}` }))("$name", ({ run }) => run());
});

const definition = {
  name: "mine",
  description: "gradient descent",
  defaults: { share: 1 },
  slots: ["last"] as const,
  threshold: {
    formula: "2/(share·η)",
    words: "the limit of stability",
    value: ({ learningRate, share }: { learningRate: number; share: number }) =>
      2 / (share * learningRate),
  },
};
type Inputs = Parameters<Parameters<typeof defineOptimizer>[0]["update"]>[0];
type Update = (inputs: Inputs, options: { learningRate: number; share: number }) => tf.Tensor;

/** Gradient descent with another update, or with other parts. */
function mine(update?: Update, parts: object = {}): Optimizer {
  const plain: Update = ({ theta, gradient }, { learningRate, share }) =>
    tf.sub(theta, tf.mul(gradient, share * learningRate));
  return defineOptimizer({
    ...definition,
    ...parts,
    update: (inputs: Inputs, options: never) => ({
      theta: (update ?? plain)(inputs, options),
      last: tf.clone(inputs.gradient),
    }),
  } as never);
}

const none = { threshold: { none: "made up" } };
let calls = 0;
const kept: Record<string, tf.Tensor> = {};
const { sub, mul, tensor } = tf;
const without = (object: object, part: string) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== part));

/** Optimizers that break a rule, and what is said of each. */
const BROKEN: Array<[string, () => unknown, RegExp]> = [
  ["is a function", () => () => sgd, /is not an optimizer: it is function, not an object/],
  ["has no name", () => ({ ...mine(), name: "" }), /`name` must be a text/],
  ["has no step", () => without(mine(), "step"), /`step` must be a function/],
  ["has no lookAhead", () => without(mine(), "lookAhead"), /`lookAhead` must be a function/],
  ["has no slots", () => ({ ...mine(), slots: "last" }), /`slots` must be a list of names/],
  [
    "has an option without a default",
    () => ({ ...mine(), defaults: { share: undefined } }),
    /the option share has no default/,
  ],
  [
    "has the name of another",
    () => ({ ...mine(), name: "adam" }),
    /is named "adam", as a built-in/,
  ],
  [
    "draws random numbers",
    () =>
      mine(
        ({ theta, gradient }, { learningRate }) =>
          sub(theta, mul(gradient, learningRate * Math.random())),
        none,
      ),
    /draws random numbers/,
  ],
  [
    "counts by itself",
    () =>
      mine(
        ({ theta, gradient }, { learningRate }) =>
          sub(theta, mul(gradient, learningRate / ++calls)),
        none,
      ),
    /keeps something beside its state/,
  ],
  [
    "keeps the last gradient by itself",
    () =>
      mine(({ theta, gradient, name }, { learningRate }) => {
        const last = kept[name];
        kept[name] = tf.keep(gradient.clone());
        return sub(theta, mul(last ? tf.add(gradient, last) : gradient, learningRate));
      }, none),
    /keeps something beside its state/,
  ],
  [
    "leaves tensors behind",
    () =>
      mine(({ theta, gradient }, { learningRate }) => {
        tf.keep(gradient.clone());
        return sub(theta, mul(gradient, learningRate));
      }, none),
    /leaves \d+ tensors behind/,
  ],
  [
    "disposes the gradient",
    () => {
      const right = mine();
      return {
        ...right,
        step: (...[gradient, state, options]: Parameters<Optimizer["step"]>) => {
          const next = right.step(gradient, state, options);
          tf.dispose(gradient as tf.NamedTensorMap);
          return next;
        },
      };
    },
    /disposes the gradient/,
  ],
  [
    "gives another shape",
    () => mine(() => tensor([1])),
    /gives theta of the parameter kernel as float32 \[1\]; allowed: float32 \[3,2\]/,
  ],
  [
    "gives no tensor",
    () => mine(() => 3 as never),
    /gives no tensor theta for the parameter kernel/,
  ],
  ["does nothing", () => mine(({ theta }) => theta.clone(), none), /does not move the parameters/],
  [
    "gives NaN",
    () => mine(({ theta }) => tf.fill(theta.shape, Number.NaN), none),
    /params of the parameter kernel is not finite after 1 updates/,
  ],
  [
    "moves without η",
    () => mine(({ theta, gradient }) => sub(theta, mul(gradient, 0.1)), none),
    /moves the parameters with η = 0/,
  ],
  [
    "goes with η²",
    () =>
      mine(
        ({ theta, gradient }, { learningRate }) => sub(theta, mul(gradient, learningRate ** 2)),
        none,
      ),
    /not proportional to η/,
  ],
  [
    "has η in its slots, as in Keras",
    () =>
      defineOptimizer({
        ...{ name: "keras", defaults: { momentum: 0.9 }, slots: ["velocity"], ...none },
        update({ theta, gradient, slots }, { learningRate, momentum }) {
          const velocity = sub(mul(slots.velocity, momentum), mul(gradient, learningRate));
          return { theta: tf.add(theta, velocity), velocity };
        },
      }),
    /moves the parameters with η = 0|not proportional to η/,
  ],
  [
    "declares a threshold that is too high",
    () =>
      mine(undefined, {
        threshold: {
          ...definition.threshold,
          value: ({ learningRate }: { learningRate: number }) => 4 / learningRate,
        },
      }),
    /10 % below its threshold .* updates grow: the threshold is lower/,
  ],
  [
    "declares a threshold that is too low",
    () =>
      mine(undefined, {
        threshold: {
          ...definition.threshold,
          value: ({ learningRate }: { learningRate: number }) => 1 / learningRate,
        },
      }),
    /10 % above its threshold .* updates shrink: the threshold is higher/,
  ],
  [
    "declares a threshold of another form",
    () =>
      mine(undefined, {
        threshold: {
          ...definition.threshold,
          value: ({ learningRate }: { learningRate: number }) => 0.2 / learningRate ** 2,
        },
      }),
    /allowed: a\/η \+ c with the same a and c/,
  ],
  [
    "declares a threshold below 0",
    () => mine(undefined, { threshold: { ...definition.threshold, value: () => -1 } }),
    /its threshold is -1 with the formula/,
  ],
  [
    "declares that it preconditions, and does not",
    () => ({ ...mine(), preconditions: true }),
    /`preconditions` is true, and preconditioner gives none/,
  ],
  [
    "divides by a preconditioner of 0",
    () =>
      mine(undefined, { preconditioner: ({ last }: { last: tf.Tensor }) => tf.zerosLike(last) }),
    /preconditioner is not above 0/,
  ],
];

describe("an optimizer that", () => {
  it.each(BROKEN)("%s is refused, and the message says why", async (_, make, message) => {
    const importModule = async () => ({ default: make() });
    const tried = async () => {
      const optimizer = await loadOptimizer("./mine.js", { importModule });
      checkOptimizer(optimizer, { learningRate: 0.1 });
    };
    await expect(tried()).rejects.toThrow(message);
  });

  it("keeps its contract passes, with options that change the threshold", () => {
    for (const share of [0.1, 1, 3]) checkOptimizer(mine(), { learningRate: 0.1, share });
  });
});

describe("defineOptimizer", () => {
  it.each([
    [{ slot: [] }, /has no option slot; .*did you mean slots/],
    [
      { defaults: { share: undefined } },
      /the default of share of mine is undefined; allowed: a number, a list/,
    ],
    [{ defaults: { momentum: 1.5 } }, /momentum of mine is 1.5; allowed: a number from 0/],
    [
      { slots: ["theta"] },
      /slots of defineOptimizer is a list; allowed: a list of names .* without "theta"/,
    ],
    [{ slots: ["last", "last"] }, /slots of .* each once/],
    [{ threshold: undefined }, /needs the option threshold: /],
    [{ threshold: { none: "" } }, /threshold of defineOptimizer is an object; allowed: \{ formula/],
    [{ update: undefined }, /needs the option update: a function/],
    [{ name: "" }, /name of defineOptimizer is ""; allowed: a text that is not empty/],
  ])("refuses %o", (parts, message) => {
    const update = ({ theta }: Inputs) => ({ theta, last: theta });
    expect(() => defineOptimizer({ ...definition, update, ...parts } as never)).toThrow(message);
  });

  it("keeps apart what is one tensor in a formula", () => {
    const twin = ({ theta, gradient }: Inputs) => {
      const moved = tf.sub(theta, gradient);
      return { theta: moved, last: moved };
    };
    const copy = ({ gradient }: Inputs) => ({ theta: gradient, last: gradient });
    for (const update of [twin, copy]) {
      const mine = defineOptimizer({ ...definition, slots: ["last"], update } as never);
      const gradient = { w: tf.tensor1d([1, 2]) };
      const before = tf.memory().numTensors;
      const state = mine.step(gradient, mine.init({ w: tf.tensor1d([3, 4]) }), { learningRate: 1 });
      const next = changeOptimizer(state, sgd);
      expect([...next.params.w!.dataSync()]).toEqual(update === twin ? [2, 2] : [1, 2]);
      expect([...gradient.w.dataSync()]).toEqual([1, 2]);
      disposeState(next);
      expect(tf.memory().numTensors).toBe(before);
      gradient.w.dispose();
    }
  });

  it("takes values like the default of an option, or of its domain", () => {
    const optimizer = mine(undefined, {
      defaults: { share: 1, list: [1, 2], word: "a", flag: true },
      domains: {
        word: { allowed: '"a", "b"', fits: (value: unknown) => /^[ab]$/.test(String(value)) },
      },
    });
    const threshold = (options: object) => optimizer.threshold({ learningRate: 1, ...options });
    threshold({ share: 2, list: [3, 4], word: "b", flag: false });
    expect(() => threshold({ share: "2" })).toThrow(
      'share of mine is "2"; allowed: a finite number',
    );
    expect(() => threshold({ list: [1] })).toThrow(
      "list of mine is [1]; allowed: 2 finite numbers",
    );
    expect(() => threshold({ word: "c" })).toThrow('word of mine is "c"; allowed: "a", "b"');
    expect(() => threshold({ flag: 1 })).toThrow("flag of mine is 1; allowed: true, false");
  });
});

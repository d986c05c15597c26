import { disposeTree } from "@eoss/hvp";
import { defineNoise, loadNoise, type Noise, noises, weightedGradients } from "@eoss/noise";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../../hvp/src/backends.fixture.js";
import { checkNoise } from "./checkNoise.js";

beforeAll(() => useBackend("cpu"));

const needed: Readonly<Record<string, object>> = {
  constant: { variance: 0.1 },
  langevin: { temperature: 0.1 },
  label: { sigma: 0.5 },
  sde: { substeps: 2 },
};

describe.each(Object.values(noises))("$name", (noise) => {
  it("keeps the contract", () => checkNoise(noise, needed[noise.name]));
});

type Gradient = Parameters<typeof defineNoise>[0]["gradient"];
type Problem = Parameters<Gradient>[0];
type Step = Parameters<Gradient>[1];
const plain = (problem: Problem) => {
  const weights = new Float64Array(problem.samples).fill(1 / problem.samples);
  const { loss, gradients } = weightedGradients(problem, [weights]);
  return { loss, gradient: gradients[0] as Record<string, tf.Tensor> };
};
/** ∇L with the same change of every entry, which is drawn by `draw`. */
const mine = (draw: (step: Step, problem: Problem) => number, parts: object = {}): Noise =>
  defineNoise({
    ...{ name: "mine", description: "made up", defaults: { size: 1 } },
    gradient(problem: Problem, step: Step) {
      const { loss, gradient } = plain(problem);
      const by = draw(step, problem);
      const moved = Object.fromEntries(
        Object.entries(gradient).map(([name, g]) => [name, tf.tidy(() => tf.add(g, by))]),
      );
      disposeTree(gradient);
      return { loss, gradient: moved };
    },
    ...parts,
  } as never);
const changed = (change: (made: ReturnType<typeof plain>) => unknown): Noise =>
  mine(() => 0, { gradient: (problem: Problem) => change(plain(problem)) });
let calls = 0;

const BROKEN: Array<[string, () => unknown, RegExp]> = [
  ["is no object", () => 3, /is not a noise: it is number, not an object/],
  [
    "has no gradient",
    () => ({ ...mine(() => 0), gradient: undefined }),
    /`gradient` must be a function/,
  ],
  ["has no name", () => ({ ...mine(() => 0), name: 3 }), /`name` must be a text/],
  [
    "has the name of another",
    () => ({ ...mine(() => 0), name: "label" }),
    /is named "label", as a built-in noise is/,
  ],
  ["has no noise", () => mine(() => 0), /is ∇L without noise at each step/],
  [
    "draws by Math.random",
    () => mine(() => Math.random() - 0.5),
    /draws random numbers beside its stream/,
  ],
  ["counts by itself", () => mine(() => ++calls % 7), /keeps something beside its state/],
  [
    "has a mean",
    () => mine(({ stream }) => 1 + stream.normalAt(0)),
    /noise has mean zero, or declares/,
  ],
  [
    "has noise in its loss",
    () => {
      const right = mine(({ stream }) => stream.normalAt(0));
      return {
        ...right,
        gradient: (...args: Parameters<Noise["gradient"]>) => {
          const made = right.gradient(...args);
          return { ...made, loss: 1.1 * (made.loss as number) };
        },
      };
    },
    /the loss has no noise/,
  ],
  [
    "loses a parameter",
    () => changed(({ loss, gradient: { kernel } }) => ({ loss, gradient: { kernel } })),
    /gradient of the parameter bias is no tensor/,
  ],
  [
    "gives another shape",
    () =>
      changed(({ loss, gradient }) => ({ loss, gradient: { ...gradient, bias: tf.scalar(1) } })),
    /bias is float32 \[\]; allowed: float32 \[2\]/,
  ],
  ["gives NaN", () => mine(() => Number.NaN), /its gradient is not finite/],
  ["gives no loss", () => changed(({ gradient }) => ({ gradient })), /its loss is undefined/],
  [
    "leaves tensors behind",
    () =>
      mine(({ stream }) => {
        tf.scalar(1);
        return stream.normalAt(0);
      }),
    /leaves \d+ tensors behind/,
  ],
  [
    "changes the parameters",
    () =>
      mine(({ stream }, { params }) => {
        ((params as Record<string, tf.Tensor>).bias!.dataSync() as Float32Array)[0]! += 1;
        return stream.normalAt(0);
      }),
    /keeps something beside its state|changes the parameters/,
  ],
  [
    "disposes the parameters",
    () =>
      mine(({ stream }, { params }) => {
        (params as Record<string, tf.Tensor>).bias!.dispose();
        return stream.normalAt(0);
      }),
    /disposes the parameter bias/,
  ],
];

describe("a noise that", () => {
  it.each(BROKEN)("%s is refused, and the message says why", async (_, make, message) => {
    const importModule = async () => ({ default: make() });
    const tried = async () => checkNoise(await loadNoise("./mine.js", { importModule }));
    await expect(tried()).rejects.toThrow(message);
  });

  it("keeps its contract passes, also one that is biased and says so", () => {
    checkNoise(mine(({ stream }) => stream.normalAt(0)));
    checkNoise(mine(({ stream }) => 1 + stream.normalAt(0), { biased: true }));
  });

  it("has options of its own is told which there are", () => {
    const noise = mine(() => 0, {
      domains: { size: { allowed: "1, 2", fits: (x: unknown) => x === 1 || x === 2 } },
    });
    noise.checkOptions({ size: 2 } as never);
    expect(() => noise.checkOptions({ size: 3 } as never)).toThrow(
      "size of mine is 3; allowed: 1, 2",
    );
    expect(() => noise.checkOptions({ sise: 1 } as never)).toThrow(
      /mine has no option sise.*did you mean size/,
    );
  });
});

import { stream } from "@eoss/rng";
import { defineSampler, loadSampler, samplerByName } from "@eoss/sgd";
import { describe, expect, it } from "vitest";
import { checkSampler } from "./checkSampler.js";

type Make = Parameters<typeof defineSampler>[0]["make"];
const mine = (make: Make, parts: object = {}) =>
  defineSampler({ name: "mine", defaults: {}, make, ...parts });
const inTurn: Make = (n, b) => (step) => Array.from({ length: b }, (_, i) => (step * b + i) % n);
let position = 0;

const BROKEN: Array<[string, () => unknown, RegExp]> = [
  ["is no object", () => inTurn, /is not a sampler: it is function/],
  ["has no factory", () => ({ ...mine(inTurn), factory: 3 }), /`factory` must be a function/],
  ["has no name", () => ({ ...mine(inTurn), name: "" }), /`name` must be a text/],
  ["has no defaults", () => ({ ...mine(inTurn), defaults: null }), /`defaults` must be an object/],
  [
    "has the name of another",
    () => ({ ...mine(inTurn), name: "full" }),
    /is named "full", as a built-in/,
  ],
  [
    "counts",
    () => mine((n) => () => [position++ % n]),
    /depends on the steps that were asked for before/,
  ],
  [
    "goes on from the step before",
    () =>
      mine((n) => {
        let at = 0;
        return () => [at++ % n];
      }),
    /depends on the steps that were asked for before/,
  ],
  [
    "draws by Math.random",
    () => mine((n) => () => [Math.floor(Math.random() * n)]),
    /draws random numbers/,
  ],
  [
    "gives too many",
    () => mine((_, b) => () => new Array(b + 1).fill(0)),
    /gives 5 indices at step 0; allowed: from 1 to 4/,
  ],
  ["gives none", () => mine(() => () => []), /gives 0 indices/],
  ["gives nothing", () => mine(() => () => undefined as never), /gives no indices/],
  [
    "gives an index beyond",
    () => mine((n) => () => [n]),
    /gives the index 24 at step 0; allowed: integers from 0 to 23/,
  ],
  ["gives halves", () => mine(() => (step) => [step / 2]), /gives the index 0.5 at step 1/],
  ["gives negative ones", () => mine(() => () => [-1]), /gives the index -1/],
  [
    "fails",
    () =>
      mine(() => () => {
        throw new TypeError("oh");
      }),
    /contract of samplers: oh/,
  ],
];

describe("a sampler that", () => {
  it.each(BROKEN)("%s is refused, and the message says why", async (_, make, message) => {
    const importModule = async () => ({ default: make() });
    const tried = async () => checkSampler(await loadSampler("./mine.js", { importModule }));
    await expect(tried()).rejects.toThrow(message);
  });

  it("keeps its contract passes, with options and a stream", () => {
    const kind = mine(
      (n, b, random, { skip }) =>
        (step) =>
          random.fork(step * (skip as number)).sample(n, b),
      {
        defaults: { skip: 1 },
        domains: { skip: { allowed: "1, 2", fits: (x: unknown) => x === 1 || x === 2 } },
      },
    );
    checkSampler(kind);
    checkSampler(kind, { skip: 2 });
    expect(() => kind.factory({ skip: 3 })).toThrow("skip of mine is 3; allowed: 1, 2");
    expect(() => kind.factory({ skipp: 1 })).toThrow(/has no option skipp.*did you mean skip/);
  });

  it("is found under the name that settings have for it", () => {
    const factory = samplerByName({ name: "./mine.js" } as never, { "./mine.js": mine(inTurn) });
    expect([...factory(10, 3, stream(1, "order")).at(3)]).toEqual([9, 0, 1]);
  });
});

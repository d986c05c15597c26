import { parseTrainConfig } from "@eoss/run";
import { seedOf } from "@eoss/run/internal";
import { expect, it } from "vitest";
import { replicateOf, withReplicates } from "./replicates.js";

const PARTS = ["init", "order", "data", "measure"] as const;
const config = parseTrainConfig({ data: "digits", samples: 64, lr: 0.1, batch: 8, steps: 10 });
const seedsOf = (settings: typeof config) => PARTS.map((part) => seedOf(settings, part));

it("a replicate draws its start, its batches, its data and its measurements anew", () => {
  const all = [0, 1, 2].map((replicate) => seedsOf(replicateOf(config, replicate)));
  for (const part of PARTS.keys()) expect(new Set(all.map((seeds) => seeds[part])).size).toBe(3);
  expect(replicateOf(config, 0)).toBe(config);
});

it("seeds of its own move along, and nothing else changes", () => {
  const own = { ...config, seed: 7, "init-seed": 3, "data-seed": 11 };
  expect(replicateOf(own, 2)).toEqual({ ...own, seed: 9, "init-seed": 5, "data-seed": 13 });
});

it("data of which nothing is drawn stay as they are", () => {
  const whole = { ...config, samples: undefined };
  expect(replicateOf(whole, 1)).toEqual({ ...whole, seed: 1 });
  expect(replicateOf({ ...whole, "label-noise": 0.1 }, 1)["data-seed"]).toBe(1);
});

it("runs by name have their replicates after them", () => {
  const runs = withReplicates(new Map([["a", config]]), 3);
  expect([...runs.keys()]).toEqual(["a", "a-seeds1", "a-seeds2"]);
  expect(runs.get("a-seeds2")).toEqual(replicateOf(config, 2));
  expect(() =>
    withReplicates(
      new Map([
        ["a", config],
        ["a-seeds1", config],
      ]),
      2,
    ),
  ).toThrow('two runs would be called "a-seeds1"');
  for (const seeds of [0, 1.5, 1001]) {
    expect(() => withReplicates(runs, seeds)).toThrow(`seeds cannot be ${seeds}; allowed: an`);
  }
});

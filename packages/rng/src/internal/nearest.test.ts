import { expect, it } from "vitest";
import { nearest } from "./nearest.js";

const names = ["batch", "lr", "steps", "seed", "checkpoint-every", "every"];

it.each([
  ["bacth", "batch"],
  ["step", "steps"],
  ["checkpoint_every", "checkpoint-every"],
  ["rl", "lr"],
  ["x", undefined],
  ["learning-rate", undefined],
  ["constructor", undefined],
])("takes %s for %s", (word, name) => {
  expect(nearest(word, names)).toBe(name);
});

it("knows no name where there are none", () => expect(nearest("lr", [])).toBeUndefined());

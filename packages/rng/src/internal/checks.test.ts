import { stream } from "@eoss/rng";
import { checkChoice, checkOptions, namesOf, requireStream } from "@eoss/rng/internal";
import { expect, it } from "vitest";

const known = ["samples", "split"];

it.each([
  [{ splt: "test" }, "digits has no option splt; it has: samples, split; did you mean split?"],
  [{ samples: 3, n: 3 }, "digits has no option n; it has: samples, split"],
  [{ constructor: 1 }, "digits has no option constructor; it has: samples, split"],
  [{ ["__proto__"]: 1 }, "digits has no option __proto__; it has: samples, split"],
  ["test", 'digits takes its options as an object { samples, split }, not "test"'],
  [50, "digits takes its options as an object { samples, split }, not 50"],
  [null, "digits takes its options as an object { samples, split }, not null"],
  [["test"], "digits takes its options as an object { samples, split }, not a list"],
])("refuses the options %j", (given, message) => {
  expect(() => checkOptions("digits", given, known)).toThrow(new RangeError(message));
});

it("takes what is known, and what is left out", () => {
  checkOptions("digits", { split: "test", n: undefined }, known);
  checkOptions("digits", {}, []);
  expect(() => checkOptions("digits", { a: 1 }, [])).toThrow("it has: no options");
});

it("names the options of a type, all of them", () => {
  interface Options {
    readonly samples: number;
    readonly split?: string;
  }
  expect(namesOf<Options>({ samples: true, split: true })).toEqual(["samples", "split"]);
  // @ts-expect-error one is left out
  namesOf<Options>({ samples: true });
});

it.each([
  ["trian", 'split of digits is "trian"; allowed: "train", "test"; did you mean train?'],
  [3, 'split of digits is 3; allowed: "train", "test"'],
  [["train"], 'split of digits is a list; allowed: "train", "test"'],
])("refuses the choice %j", (value, message) => {
  expect(() => checkChoice("digits", "split", value, ["train", "test"], TypeError)).toThrow(
    new TypeError(message),
  );
  checkChoice("digits", "split", "test", ["train", "test"]);
});

it.each([
  [7, /takes a random stream, not 7: stream\(7, "a-name"\) of @eoss\/rng makes one/],
  [undefined, /not undefined: stream\(0, /],
  ["data", /not "data": stream\(0, /],
  [Math.random, /not a function/],
])("refuses %j for a stream", (given, message) => {
  expect(() => requireStream("fullBatch", given)).toThrow(message);
  requireStream("fullBatch", stream(7, "data"));
});

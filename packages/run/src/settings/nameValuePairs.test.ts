import { describe, expect, it } from "vitest";
import { planOf } from "../training/plan.js";
import { parseTrainConfig } from "./config.js";
import { numberOrText } from "./nameValuePairs.js";

const needed = { data: "digits", lr: 0.1, batch: 8, steps: 4 };
const settings = { lr: 0.1, batch: 8 };
const adam = { ...settings, optimizer: "adam momentum-decay=0.1" };
const noise = { ...settings, optimizer: "sgd", noise: "isotropic refresh=3" };
const intervene = ["at=40 optimizer=sgd weight-decay=-1"];

describe("messages", () => {
  it.each([
    [adam, "optimizer: adam has no option momentum-decay; it has: lr, "],
    [adam, "weight-decay"],
    [{ ...settings, optimizer: "heavyBall" }, 'unknown optimizer "heavyBall"'],
    [
      { ...settings, optimizer: "sgd", intervene },
      "optimizer: weight-decay of sgd is -1; allowed: ",
    ],
    [noise, "isotropic has no option refresh; it has: covariance, refresh-every"],
    [{ ...settings, lr: Number.NaN, optimizer: "sgd" }, "lr is NaN; allowed: "],
  ])("of %o call settings and options as their users do", (wrong, message) => {
    expect(() => planOf(wrong, 64)).toThrow(message);
  });
});

describe("numbers", () => {
  it.each(["1", "-2.5", "1e3", ".5", "5.", "+1", "1E-3", "9007199254740991"])(
    "%s is one",
    (text) => {
      expect(numberOrText(text)).toBe(Number(text));
    },
  );

  it.each([
    "1e999",
    "-1e999",
    "1e-400",
    "-0",
    "1_000",
    "0x10",
    "0b1",
    "٣",
    "１",
    "1,5",
    "Infinity",
    "NaN",
  ])("%s is none, and it is said why", (text) => {
    expect(numberOrText(text)).toBe(text);
    for (const key of ["lr", "steps", "seed"]) {
      const parse = () => parseTrainConfig({ ...needed, [key]: text });
      expect(parse).toThrow(
        /too large|too small|zero has no sign|are written as 1000, 0.1 or 1e-3/,
      );
    }
  });

  it.each(["", "ten", "./10", "10s", "1/2"])("%s is a text like others", (text) => {
    expect(numberOrText(text)).toBe(text);
    expect(() => parseTrainConfig({ ...needed, lr: text })).toThrow(/allowed: a number above 0$/);
  });
});

it("what is given twice in a text is refused", () => {
  const optimizer = "heavy-ball momentum=0.9 momentum=0.8";
  expect(() => parseTrainConfig({ ...needed, optimizer })).toThrow("momentum is given twice");
});

it("all faults are said at once, also those in texts", () => {
  const wrong = {
    lr: -1,
    optimizer: "adm",
    noise: "dirctional",
    sampler: "full-batch",
    loss: "hubr",
  };
  const texts = { intervene: ["at=2 rate=3"], schedule: ["lr=cosin to=0"], plateau: "windw=3" };
  const parse = () => parseTrainConfig({ ...needed, ...wrong, ...texts });
  for (const key of Object.keys({ ...wrong, ...texts })) {
    expect(parse).toThrow(new RegExp(`^${key}\\b`, "m"));
  }
});

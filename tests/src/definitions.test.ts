// What users define is looked at where they define it: each part of each define… function, by its name. Which
// functions these are is read from the API reports.

import { readFileSync } from "node:fs";
import { defineDataset } from "@eoss/data";
import { defineLoss } from "@eoss/hvp";
import { defineModel } from "@eoss/models";
import { defineNoise } from "@eoss/noise";
import { defineOptimizer, defineSampler, defineSchedule } from "@eoss/sgd";
import { defineQuantity } from "@eoss/sharpness";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const PACKAGES = [
  ...["rng", "eigen", "data", "hvp", "models", "sgd", "noise", "sharpness"],
  ...["run", "report", "lab", "experiments", "exchange", "bridge"],
];

const nothing = () => {};
const words = { name: "odd", description: "It is a test." };
const domain = { allowed: "any", fits: () => true };
const table = { ...words, defaults: { share: 0.5 }, domains: { share: domain } };
const described = { ...words, options: z.object({}) };
const rule = { formula: "2/η", words: "made up", value: () => 2 };

/** A definition with every part that there is. */
const WHOLE: Readonly<Record<string, [(given: never) => unknown, Record<string, unknown>]>> = {
  defineDataset: [defineDataset, { ...described, load: nothing }],
  defineModel: [defineModel, { ...described, build: nothing }],
  defineLoss: [defineLoss, { ...table, targets: "numbers", loss: nothing }],
  defineNoise: [defineNoise, { ...table, biased: true, ofBatches: false, gradient: nothing }],
  defineOptimizer: [
    defineOptimizer,
    {
      ...{ ...table, slots: ["last"], threshold: rule, smallBatchThreshold: rule },
      ...{ lookAhead: nothing, update: nothing, preconditioner: nothing },
    },
  ],
  defineSampler: [defineSampler, { ...table, make: nothing }],
  defineSchedule: [defineSchedule, { ...table, at: nothing, peak: nothing }],
  defineQuantity: [
    defineQuantity,
    {
      ...{ ...words, over: "full", unit: "loss", matrix: "hessian", needs: [], reads: [] },
      ...{ cost: "none", remembers: "hessian", measure: nothing },
    },
  ],
};
/** Parts that may be left out. */
const OPTIONAL =
  /^(domains|targets|biased|ofBatches|smallBatchThreshold|lookAhead|preconditioner|peak|matrix|reads|remembers)$/;

it("tries every define… function", () => {
  const found = PACKAGES.flatMap((name) => {
    const report = readFileSync(new URL(`../../packages/${name}/api.md`, import.meta.url), "utf8");
    return [...report.matchAll(/function (define\w+)/g)].map(([, called]) => called!);
  });
  expect([...new Set(found)].sort()).toEqual(Object.keys(WHOLE).sort());
});

describe.each(Object.entries(WHOLE))("%s", (name, [define, whole]) => {
  const said = (parts: object): string => {
    try {
      define({ ...whole, ...parts } as never);
      return "nothing";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  };
  const form = (value: unknown) => (Array.isArray(value) ? "list" : typeof value);
  const refusal = /^(RangeError|QuantityContractError): /;

  it("takes a definition with all parts, and has no others", () => {
    expect(said({})).toBe("nothing");
    const [, parts] = said({ colour: 3 }).match(/has no option colour; it has: (.*)$/)!;
    expect(parts!.split(", ").sort()).toEqual(Object.keys(whole).sort());
  });

  it.each(Object.keys(whole))("refuses what is no %s", (part) => {
    const probes = [null, Number.NaN, Symbol("odd"), 3, "an odd text", true, nothing, {}, [], 1n];
    for (const value of probes) {
      if (value !== null && form(value) === form(whole[part]) && !Number.isNaN(value)) continue;
      const words = said({ [part]: value });
      expect(words, `${part} = ${String(value)}`).toMatch(refusal);
      expect(words).toMatch(new RegExp(`\\b${part}\\b.*(allowed: |must be )`));
      expect(words).toMatch(new RegExp(`${name}|odd|the definition`));
    }
  });

  it.each(Object.keys(whole))("says what is missing without %s", (part) => {
    const isOptional =
      OPTIONAL.test(part) || (part === "description" && Object.hasOwn(whole, "domains"));
    const words = said({ [part]: undefined });
    if (isOptional) expect(words).toBe("nothing");
    else expect(words).toMatch(new RegExp(`\\b${part}\\b`));
  });

  it("refuses definitions that are none", () => {
    for (const value of [undefined, null, 3, "odd", [], nothing]) {
      const call = () => define(value as never);
      expect(call, String(value)).toThrow(/takes its options as an object|the definition is not a/);
    }
  });

  it.runIf(Object.hasOwn(whole, "domains"))("looks at options and their domains", () => {
    const share = (value: unknown) => said({ defaults: { share: value }, domains: undefined });
    for (const odd of [null, Number.NaN, Infinity, nothing, {}, [], ["a"], Symbol("odd"), 1n]) {
      expect(share(odd)).toMatch(/the default of share of odd is .*; allowed: a number, a list/);
    }
    for (const odd of [3, null, {}, { allowed: "any" }, { allowed: 3, fits: nothing }]) {
      expect(said({ domains: { share: odd } })).toMatch(
        /domains of define.* is an object; allowed: /,
      );
    }
    expect(said({ domains: { shrae: domain } })).toMatch(
      /domains of odd speak of the option shrae; it has: share/,
    );
  });
});

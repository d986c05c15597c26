import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  checkNeeds,
  defineQuantity,
  QuantityContractError,
  quantities,
  quantityByName,
  resolveQuantity,
  type TfjsProblem,
} from "@eoss/sharpness";
import { describe, expect, it } from "vitest";

const theirs = defineQuantity({
  name: "batch-loss",
  description: "mean loss of a batch",
  over: "batches",
  unit: "loss",
  needs: [],
  cost: "one forward pass a batch",
  sample: async (batch) => ({ value: await batch.loss(), products: 0, status: "exact" }),
});
const resolve = (specifier: string, module: Record<string, unknown>) =>
  resolveQuantity(specifier, { importModule: async () => module });

describe("the contract", () => {
  it.each(Object.values(quantities))("$name keeps it", (quantity) => {
    expect(defineQuantity(quantity)).toBe(quantity);
  });

  it.each([
    [{ name: "Batch Loss" }, "`name` must be lower-case words"],
    [{ description: undefined }, "`description` must be a text"],
    [{ unit: "metres" }, "`unit` must be one of sharpness, "],
    [{ matrix: "identity" }, "`matrix` must be one of hessian, gauss-newton, "],
    [{ needs: ["sunshine"] }, "`needs` must be a list of "],
    [{ reads: ["mind"] }, "`reads` must be a list of tolerance, top, perLayer, certify"],
    [{ cost: 3 }, "`cost` must be a text"],
    [{ over: "epochs" }, "`over` must be one of full, step, held-out, batches"],
    [{ over: "full" }, "`measure` must be a function"],
    [{ sample: undefined }, "`sample` must be a function"],
  ])("refuses %o", (fault, message) => {
    const define = () => defineQuantity({ ...theirs, ...fault } as unknown as typeof theirs);
    expect(define).toThrow(QuantityContractError);
    expect(define).toThrow(message);
  });
});

it("the README names every quantity", () => {
  const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
  const names = new Set(Array.from(readme.matchAll(/`([a-z-]+)`/g), ([, name]) => name));
  expect(Object.keys(quantities).filter((name) => !names.has(name))).toEqual([]);
});

describe("resolveQuantity", () => {
  it("knows built-in names, and does not import for them", async () => {
    const importModule = () => Promise.reject(new Error("no import wanted"));
    expect(await resolveQuantity("minibs", { importModule })).toBe(quantityByName("minibs"));
  });

  it("takes the default export, a named one, or the only one", async () => {
    expect(await resolve("./a.js", { default: theirs })).toBe(theirs);
    expect(await resolve("pkg#loss", { default: 3, loss: theirs })).toBe(theirs);
    expect(await resolve("@them/pkg", { loss: theirs, helper: () => 1 })).toBe(theirs);
  });

  it.each([
    ["./a.js", {}, "./a.js exports no quantity: make it the default export"],
    ["./a.js", { a: theirs, b: theirs }, "choose one: ./a.js#a, ./a.js#b"],
    ["./a.js#c", { a: theirs }, './a.js has no export "c"; it exports: a'],
    ["pkg", { default: 3 }, "the default export of pkg is not a quantity: it is number"],
    ["pkg", { default: { ...theirs, name: "minibs" } }, 'is named "minibs", as a built-in'],
  ])("%s with %o: %s", async (specifier, module, message) => {
    const resolving = resolve(specifier, module);
    await expect(resolving).rejects.toThrow(QuantityContractError);
    await expect(resolving).rejects.toThrow(message);
  });

  it("says what is missing", async () => {
    await expect(resolveQuantity("no-such-package")).rejects.toThrow(
      /cannot load the quantity "no-such-package": .*; a file begins with \.\/$/,
    );
  });
});

describe("checkNeeds", () => {
  const lossOf = () => () => undefined;
  const bare = { params: {}, samples: 4, batchSize: 2, lossOf } as unknown as TfjsProblem;

  it("names every quantity that lacks something, and what", () => {
    const check = (...names: string[]) => checkNeeds(bare, names.map(quantityByName));
    expect(() => check("fullbs", "minibs", "gap", "loss")).not.toThrow();
    expect(() => check("accuracy", "test-loss", "step-lambda-max", "loss")).toThrow(
      "cannot measure: accuracy needs the network's outputs (the problem has no outputsOf, targetsOf, head); " +
        "test-loss needs held-out samples (the problem has no heldOut); " +
        "step-lambda-max needs the batch of the next step (the problem has no stepBatch)",
    );
  });

  it("looks for outputs where the quantity does", () => {
    const outputs = { outputsOf: () => () => undefined, targetsOf: () => undefined };
    const problem = { ...bare, ...outputs, head: () => undefined } as unknown as TfjsProblem;
    const check = (heldOut: object) =>
      checkNeeds({ ...problem, heldOut } as TfjsProblem, [quantityByName("test-accuracy")]);
    expect(() => check({ samples: 2, lossOf })).toThrow("no outputsOf, targetsOf)");
    expect(() => check({ samples: 2, lossOf, ...outputs })).not.toThrow();
  });
});

import {
  describeOptions,
  loadModel,
  ModelContractError,
  mlp,
  resnet10,
  transformer,
} from "@eoss/models";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const good = { ...mlp, name: "theirs" };
const load = (specifier: string, module: Record<string, unknown>) =>
  loadModel(specifier, { importModule: async () => module });

describe("loadModel", () => {
  it("knows built-in names, and does not import for them", async () => {
    const importModule = () => Promise.reject(new Error("no import wanted"));
    expect(await loadModel("resnet10", { importModule })).toBe(resnet10);
  });

  it("takes the default export, a named one, or the only one", async () => {
    expect(await load("./a.js", { default: good, other: mlp })).toBe(good);
    expect(await load("pkg#wide", { default: mlp, wide: good })).toBe(good);
    expect(await load("@them/pkg", { wide: good, helper: () => 1, answer: 42 })).toBe(good);
  });

  it("hands over what stands before the #", async () => {
    const seen: string[] = [];
    const importModule = async (source: string) => {
      seen.push(source);
      return { wide: good };
    };
    await loadModel("@them/pkg/sub#wide", { importModule });
    expect(seen).toEqual(["@them/pkg/sub"]);
  });

  it.each([
    ["./a.js", {}, "./a.js exports no model: make it the default export"],
    ["./a.js", { a: good, b: mlp }, "choose one: ./a.js#a, ./a.js#b"],
    ["./a.js#c", { a: good }, './a.js has no export "c"; it exports: a'],
    [
      "pkg",
      { default: 3 },
      "the default export of pkg is not a model: it is number, not an object",
    ],
    ["pkg", { default: { ...good, name: "" } }, "`name` must be a text"],
    ["pkg", { default: { ...good, description: undefined } }, "`description` must be a text"],
    ["pkg", { default: { ...good, options: {} } }, "`options` must be a zod schema"],
    ["pkg#x", { x: { ...good, build: 1 } }, 'the export "x" of pkg is not a model: `build` must'],
  ])("%s with %o: %s", async (specifier, module, message) => {
    const loading = load(specifier, module);
    await expect(loading).rejects.toThrow(ModelContractError);
    await expect(loading).rejects.toThrow(message);
  });

  it("says what is missing", async () => {
    await expect(loadModel("no-such-package")).rejects.toThrow(
      /cannot load the model "no-such-package": .*; a file begins with \.\/$/,
    );
    await expect(loadModel("resnet99")).rejects.toThrow(/; did you mean resnet10\?$/);
    await expect(loadModel("./mlp.js")).rejects.not.toThrow(/did you mean|begins with/);
  });
});

describe("describeOptions", () => {
  it("tells type, default and description of each option", () => {
    expect(describeOptions(mlp as never)).toEqual([
      {
        name: "width",
        type: "integer[]",
        default: [512, 512],
        description: "widths of the hidden layers, e.g. 512,512",
        required: false,
      },
      expect.objectContaining({ name: "activation", default: "relu" }),
    ]);
    const [role] = describeOptions(transformer as never);
    expect(role).toMatchObject({ type: "encoder | decoder", default: "encoder" });
  });

  it("marks options without a default as required unless they are optional", () => {
    const options = z.object({ a: z.int(), b: z.boolean().optional() });
    const described = describeOptions({ ...mlp, options } as never);
    expect(described.map(({ name, type, required }) => [name, type, required])).toEqual([
      ["a", "integer", true],
      ["b", "boolean", false],
    ]);
  });
});

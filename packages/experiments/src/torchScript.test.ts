import { describe, expect, it } from "vitest";
import { loadRecipes } from "./recipes/load.js";
import { torchData, torchScript } from "./torchScript.js";

describe("a program in PyTorch", () => {
  it.each(torchData)("has the settings of the recipe: %s", (data) => {
    const script = torchScript(data);
    expect(script).not.toMatch(/undefined|\[object/);
    const [recipe] = loadRecipes("1", data === "digits" ? "digits" : "paper");
    const { lr, batch, samples, width } = [...recipe!.runs.values()][0]!;
    expect(script).toContain(`LEARNING_RATE = ${lr}\n`);
    expect(script).toContain(`BATCH = ${batch}\n`);
    expect(script).toContain(`SAMPLES = ${samples}\n`);
    expect(script).toContain(`WIDTHS = [${width!.join(", ")}]\n`);
    // A number for Python, and as many measurements as the recipe has, at equal distances.
    expect(script).toContain(`EVERY = ${data === "digits" ? 200 : 500}  #`);
  });
});

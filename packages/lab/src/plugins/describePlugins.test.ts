import { describePlugins, pluginKinds, settingOf, usageOf } from "@eoss/lab";
import { trainFields } from "@eoss/run";
import { describe, expect, it } from "vitest";

describe("the table of kinds", () => {
  it("describes all that is built in, under a setting that there is", async () => {
    const all = await describePlugins();
    for (const kind of pluginKinds) {
      expect(Object.keys(trainFields)).toContain(settingOf(kind));
      expect(all.filter((one) => one.kind === kind).length, kind).toBeGreaterThan(2);
    }
    for (const { kind, name, description } of all)
      expect(description, `${kind} ${name}`).not.toBe("");
  });

  it("has the options with their defaults as settings have them", async () => {
    const [adamw] = await describePlugins("optimizer", ["adamw"]);
    const options = adamw!.options.map(({ name, default: value }) => [name, value]);
    expect(options).toContainEqual(["betas", [0.9, 0.999]]);
    expect(options).toContainEqual(["weight-decay", 0.01]);
    const [cosine] = await describePlugins("schedule", ["lr=cosine"]);
    expect(usageOf("schedule", cosine!.name, { to: 0.1, steps: undefined })).toBe(
      '--schedule "lr=cosine to=0.1 steps=…"',
    );
    expect(usageOf("model", "mlp", { norm: "batch", width: [8, 9] })).toBe(
      '--model-options "norm: batch, width: [8,9]"',
    );
    expect(usageOf("optimizer", "adam", { betas: [0.9, 0.99] })).toBe(
      '--optimizer "adam betas=0.9:0.99"',
    );
    expect(usageOf("loss", "huber")).toBe("--loss huber");
    const [constant] = await describePlugins("noise", ["constant"]);
    expect(constant!.options).toEqual([
      { name: "variance", type: "", required: true, description: "" },
    ]);
  });

  it("refuses a kind or a name that there is not, in words", async () => {
    await expect(describePlugins("optimiser")).rejects.toThrow(
      /no kind "optimiser".*mean optimizer/,
    );
    await expect(describePlugins("loss", ["hubr"])).rejects.toThrow(/did you mean huber/);
  });
});

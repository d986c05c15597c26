import { defineDataset } from "@eoss/data";
import { loadDataset, openDataset, resolveDataset } from "@eoss/data/node";
import { conformance } from "@eoss/data/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const line = defineDataset({
  name: "line",
  description: "y = 2x with noise",
  options: z.object({
    points: z.number().int().min(2).default(20).describe("how many points"),
  }),
  load({ points }, { random }) {
    const inputs = Float32Array.from(random.fork(0).normals(points));
    const targets = inputs.map((x) => 2 * x);
    return {
      inputShape: [1],
      task: { kind: "regression", outputs: 1 },
      train: { inputs, targets },
      source: "y = 2x",
    };
  },
});
const importing = (module: Record<string, unknown>) => ({ importModule: async () => module });

describe("a data set of one's own", () => {
  it("is loaded from a module by the one loader of plug-ins", async () => {
    const found = await resolveDataset("./line.js", importing({ default: line }));
    expect(found).toBe(line);
    const data = await loadDataset("./line.js", {
      ...importing({ default: line }),
      options: { points: 5 },
    });
    expect(data).toMatchObject({ name: "line", samples: 5, targets: { outputs: 1 } });
    await expect(
      resolveDataset("./line.js", importing({ default: { ...line, load: 1 } })),
    ).rejects.toThrow(
      "the default export of ./line.js is not a data set: `load` must be a function",
    );
    await expect(resolveDataset("pkg", importing({}))).rejects.toThrow("pkg exports no data set");
  });

  it("refuses options by name", async () => {
    await expect(openDataset(line as never, { options: { pionts: 3 } })).rejects.toThrow(
      "the data set line has no option pionts; it has: points; did you mean points?",
    );
    await expect(openDataset(line as never, { options: { points: 1 } })).rejects.toThrow(
      /options of the data set line: .*at points/s,
    );
  });

  it("is refused where it is not the same when it is loaded again", async () => {
    let calls = 0;
    const moody = { ...line, load: () => ({ ...given(), source: `call ${calls++}` }) };
    await expect(openDataset(moody, { twice: true })).rejects.toThrow(
      "loaded twice, its shape, task",
    );
    const drawn = {
      ...line,
      load: () => ({
        ...given(),
        train: { ...given().train, inputs: new Float32Array(2).map(() => calls++) },
      }),
    };
    await expect(openDataset(drawn, { twice: true })).rejects.toThrow("train.inputs differs");
    const same = { ...line, load: () => ({ ...given(), test: given().train }) };
    await expect(openDataset(same, { twice: true })).rejects.toThrow(
      "100 % of its test samples are training samples too",
    );
  });
});

const given = () => ({
  inputShape: [1],
  task: { kind: "regression", outputs: 1 } as const,
  train: { inputs: Float32Array.of(1, 2), targets: Float32Array.of(1, 2) },
  source: "made",
});

it("uses arrays in place where it may, to the same bits", async () => {
  const inputs = () => Float32Array.from({ length: 30 }, (_, i) => Math.sin(i * i) * 10 ** (i % 5));
  const kind = {
    ...line,
    load: () => ({
      inputShape: [3],
      task: { kind: "classification", classes: 2 } as const,
      train: { inputs: inputs(), labels: Uint8Array.from({ length: 10 }, (_, i) => i % 2) },
      test: {
        inputs: inputs()
          .slice(0, 9)
          .map((x) => x + 1),
        labels: Uint8Array.of(0, 1, 0),
      },
      standardise: "feature" as const,
      source: "made",
    }),
  };
  const [inPlace, apart] = [await openDataset(kind, { inPlace: true }), await openDataset(kind)];
  for (const wanted of [{}, {}, { samples: 4 }, { split: "test" as const }, {}]) {
    expect(inPlace.split(wanted)).toEqual(apart.split(wanted));
  }
  expect(inPlace.split().images).toBe(inPlace.loaded.train.inputs);
});

describe("the conformance suite", () => {
  for (const { name, run } of conformance(line)) it(`passes a good one: ${name}`, run);

  const kept = given();
  it.each([
    ["a description that is empty", { description: "" }, "has a name"],
    [
      "an option without a description",
      { options: z.object({ a: z.number().default(1) }) },
      "has a name",
    ],
    [
      "a clock",
      {
        load: () => ({
          ...given(),
          train: { inputs: Float32Array.of(Math.random()), targets: Float32Array.of(1) },
        }),
      },
      "gives the same numbers",
    ],
    ["an array that it keeps", { load: () => kept }, "is not changed by one who uses it"],
    [
      "training samples in its test split",
      {
        load: () => ({
          ...given(),
          test: { inputs: Float32Array.of(2), targets: Float32Array.of(2) },
        }),
      },
      "holds out samples",
    ],
    [
      "a class without a sample",
      {
        load: () => ({
          ...given(),
          task: { kind: "classification", classes: 3 },
          train: { inputs: Float32Array.of(1, 2), labels: Uint8Array.of(0, 2) },
        }),
      },
      "has samples of every class",
    ],
    [
      "another size with another seed",
      {
        load: (_: unknown, { seed }: { seed: number }) => ({
          ...given(),
          inputShape: [1 + seed],
          train: { inputs: new Float32Array(2 + 2 * seed), targets: Float32Array.of(1, 2) },
        }),
      },
      "is of the same shape with another seed",
    ],
    [
      "NaN",
      {
        load: () => ({
          ...given(),
          train: { inputs: Float32Array.of(Number.NaN), targets: Float32Array.of(1) },
        }),
      },
      "gives shapes, labels and finite numbers",
    ],
  ])("finds %s", async (_, change, rule) => {
    const broken = { ...line, ...change } as typeof line;
    const failed: string[] = [];
    for (const { name, run } of conformance(broken)) await run().catch(() => failed.push(name));
    expect(
      failed.some((name) => name.startsWith(rule)),
      failed.join(),
    ).toBe(true);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Dataset, defineDataset, loadDataset, openDataset } from "@eoss/data/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { type Options, range } from "./fixtures.js";

const N = 12;
/** A column that float32 rounds to 10⁹, and its class. */
const FAR = range(0, N).map((i) => 1e9 + i);
const CLASSES = range(0, N).map((i) => i % 2);

const doubles = (values: number[]) => Buffer.from(Float64Array.from(values).buffer);

function npy(shape: string, values: number[], type = "<f8"): Uint8Array {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  const bytes =
    type === "<i8"
      ? Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer)
      : type === "<f4"
        ? Buffer.from(Float32Array.from(values).buffer)
        : doubles(values);
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\0", "latin1"),
    length,
    Buffer.from(header),
    bytes,
  ]);
}

function safetensors(values: number[], classes: number[]): Uint8Array {
  const at = 8 * values.length;
  const header = JSON.stringify({
    images: { dtype: "F64", shape: [values.length, 1], data_offsets: [0, at] },
    labels: { dtype: "F64", shape: [classes.length], data_offsets: [at, 2 * at] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), doubles(values), doubles(classes)]);
}

function idx(values: number[]): Uint8Array {
  const head = Buffer.from([0, 0, 14, 1, 0, 0, 0, values.length]);
  return Buffer.concat([head, doubles(values).swap64()]);
}

const csv = (...columns: ReadonlyArray<ReadonlyArray<number | string>>) =>
  `a,label\n${range(0, columns[0]!.length)
    .map((row) => columns.map((column) => column[row]).join())
    .join("\n")}\n`;

async function loadFiles(
  files: Record<string, Uint8Array | string>,
  options: Options = {},
  split: "train" | "test" = "train",
): Promise<Dataset> {
  const dataDir = mkdtempSync(join(tmpdir(), "eoss-rounding-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(dataDir, name), bytes);
  return loadDataset(Object.keys(files)[0]!, { dataDir, options, split });
}

const y = { "y.npy": npy(`(${N},)`, CLASSES) };
const READERS: [string, Record<string, Uint8Array | string>, Options][] = [
  ["NumPy, float64", { "x.npy": npy(`(${N},)`, FAR), ...y }, { labels: "y.npy" }],
  ["NumPy, int64", { "x.npy": npy(`(${N},)`, FAR, "<i8"), ...y }, { labels: "y.npy" }],
  ["a table", { "t.csv": csv(FAR, CLASSES) }, {}],
  ["IDX", { "x.idx": idx(FAR), "y.idx": idx(CLASSES) }, { labels: "y.idx" }],
  ["safetensors", { "x.safetensors": safetensors(FAR, CLASSES) }, {}],
];

describe("numbers that float32 rounds to one", () => {
  it.each(READERS)("are refused as inputs: %s", async (_, files, options) => {
    await expect(loadFiles(files, { ...options, standardise: "none" })).rejects.toThrow(
      "feature 0 of the training inputs runs from 1000000000 to 1000000011, and float32 rounds all of it to 1000000000; standardise it",
    );
  });

  it.each(READERS)("are what they are, standardised: %s", async (_, files, options) => {
    const data = await loadFiles(files, { ...options, standardise: "feature" });
    const deviation = Math.sqrt((N * N - 1) / 12);
    expect([...data.images]).toEqual(
      range(0, N).map((i) => Math.fround((i - (N - 1) / 2) / deviation)),
    );
    expect(data.notes!.join()).not.toContain("float32");
  });

  it("are refused as targets", async () => {
    const files = { "t.csv": csv(CLASSES, FAR) };
    const regression = { task: "regression", standardise: "none" };
    await expect(loadFiles(files, { ...regression, "standardise-targets": false })).rejects.toThrow(
      "output 0 of the training targets runs from 1000000000 to 1000000011, and float32 rounds all of it",
    );
    expect((await loadFiles(files, regression)).notes!.join()).not.toContain("float32");
  });

  it("are refused where the constants of standardisation are given", async () => {
    const own = {
      ...{ name: "own", description: "", options: z.object({}) },
      load: () => ({
        inputShape: [1],
        task: { kind: "classification", classes: 2 } as const,
        train: { inputs: Uint8Array.of(1, 2, 3), labels: Uint8Array.of(0, 1, 0) },
        ...{ standardise: { maxPixel: 1, mean: [1e9], std: [1] }, source: "made" },
      }),
    };
    await expect(openDataset(defineDataset(own))).rejects.toThrow("float32 rounds all of it");
  });
});

describe("numbers of which float32 holds some", () => {
  const note = async (column: ReadonlyArray<number | string>, options: Options = {}) => {
    const labels = column.map((_, i) => i % 2);
    const data = await loadFiles(
      { "t.csv": csv(column, labels) },
      { standardise: "none", ...options },
    );
    return data.notes!.filter((text) => /float(32|64)/.test(text));
  };

  it("are counted: identifiers, times, fractions beside an outlier", async () => {
    const ids = range(0, 40).map((i) => 20000001 + i);
    expect(await note(ids)).toEqual([
      `feature 0 of the training inputs: 40 different numbers become ${new Set(ids.map(Math.fround)).size} in float32`,
    ]);
    const seconds = range(0, 40).map((i) => 1.7e9 + 40 * i);
    expect(await note(seconds)).toHaveLength(1);
    const fractions = [0, ...range(0, 40).map((i) => 1.7e9 + i / 10)];
    expect(await note(fractions)).toEqual([
      "feature 0 of the training inputs: 41 different numbers become 2 in float32",
    ]);
    // Also of the test samples, which may be constant.
    const files = { "t.csv": csv([1, 2, 3, 4], [0, 1, 0, 1]), "s.csv": csv(FAR, CLASSES) };
    const test = await loadFiles(files, { standardise: "none", test: "s.csv" }, "test");
    expect(test.notes!.join()).toContain(
      "feature 0 of the test inputs: 12 different numbers become 1 in float32",
    );
  });

  it("are not spoken of where nothing is lost", async () => {
    expect(await note(range(0, 40))).toEqual([]);
    expect(await note(range(0, 40).map((i) => 2 ** 24 * i))).toEqual([]);
    expect(await note(range(0, 3000).map((i) => Math.sin(i)))).toEqual([]);
    expect(await note(range(0, 40).map(() => 1e9))).toEqual([]);
    const ids = range(0, 40).map((i) => 20000001 + i);
    expect(await note(ids, { standardise: "feature" })).toEqual([]);
  });

  it("and what varies by roundings alone is said to, standardised or not", async () => {
    const noise = range(0, 10).map((i) => (i % 2 ? "0.30000000000000004" : "0.3"));
    for (const standardise of ["none", "feature"]) {
      expect(await note(noise, { standardise })).toEqual([
        "feature 0 of the training inputs runs from 0.3 to 0.30000000000000004: a few roundings of float64",
      ]);
    }
    const files = {
      "x.npy": npy(
        `(${N},)`,
        FAR.map((x) => x + 60 * (x % 2)),
        "<f4",
      ),
      ...y,
    };
    const data = await loadFiles(files, { labels: "y.npy", standardise: "feature" });
    expect(data.notes!.join()).toContain("a few roundings of float32");
  });
});

it("far from zero a narrow column is standardised to mean 0 and deviation 1", async () => {
  const column = range(0, 1000).map((i) => 2 ** 49 + (i % 10));
  const labels = column.map((_, i) => i % 2);
  const { images } = await loadFiles({ "t.csv": csv(column, labels) }, { standardise: "feature" });
  const mean = images.reduce((sum, x) => sum + x, 0) / images.length;
  const square = images.reduce((sum, x) => sum + x * x, 0) / images.length;
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(Math.abs(square - 1)).toBeLessThan(1e-3);
});

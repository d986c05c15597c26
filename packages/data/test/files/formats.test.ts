import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytePairs } from "@eoss/data";
import { bytesOf, decodeNpy } from "@eoss/data/formats";
import { type Dataset, loadDataset } from "@eoss/data/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { fixtures, load, type Options, pixelOf, pixels, range } from "./fixtures.js";

const greys = (samples: number[]) =>
  samples.flatMap((i) =>
    Array.from({ length: 48 }, (_, at) => pixelOf(i, Math.floor(at / 6), at % 6, 0)),
  );
const labels = (from: number, to: number) => range(from, to).map((i) => i % 3);
/** Pixels that NumPy wrote beside an image. */
const pixelsIn = (name: string) => [
  ...decodeNpy(bytesOf(readFileSync(join(fixtures, name)))).values,
];

describe("tables that pandas wrote", () => {
  it.each(["flowers.csv", "flowers.tsv"])(
    "%s: features, and the last column as classes",
    async (name) => {
      const data = await load(name);
      expect(data).toMatchObject({ inputShape: [3], classes: 3, samples: 24 });
      expect([...data.images.subarray(0, 9)]).toEqual(
        [0, -0, 0, 0.25, -1, 1, 0.5, -4, 0].map((v) => v + 0),
      );
      // In the order of their names: dög, setosa, virginica.
      expect([...data.labels.subarray(0, 4)]).toEqual([1, 2, 0, 1]);
      expect(data.notes![1]).toContain("numbered in this order: dög, setosa, virginica");
    },
  );

  it("with an index: it is no feature", async () => {
    const data = await load("indexed.csv");
    expect(data.inputShape).toEqual([2]);
    expect(data.notes!.join()).toContain("is the index of its rows: it is left out");
  });

  it("of numbers: a column, several, or the last without a header", async () => {
    const one = await load("numbers.csv", { "standardise-targets": false });
    expect(one).toMatchObject({ inputShape: [3], targets: { outputs: 1 } });
    expect(one.targets!.values[3]).toBe(Math.fround(Math.sin(3)));
    const two = await load("numbers.csv", { label: ["y", "z"], "standardise-targets": false });
    expect(two).toMatchObject({ inputShape: [2], targets: { outputs: 2 } });
    expect([...two.targets!.values.subarray(2, 4)]).toEqual([Math.fround(Math.sin(1)), 1.5]);
    const plain = await load("plain.csv", { "standardise-targets": false });
    expect(plain).toMatchObject({ samples: 24, inputShape: [3] });
    expect(plain.targets!.values[3]).toBe(4.5);
    expect((await load("plain.csv", { label: 2, x: [0] })).inputShape).toEqual([1]);
    const tested = await load("numbers.csv", { test: "numbers.csv" }, "test");
    expect(tested.samples).toBe(24);
  });
});

it("IDX files, packed, with their labels and test files by their names", async () => {
  const train = await load("idx/train-images-idx3-ubyte.gz");
  expect(train).toMatchObject({ inputShape: [8, 6, 1], classes: 3, samples: 18 });
  expect([...train.images]).toEqual(greys(range(0, 18)));
  expect([...train.labels]).toEqual(labels(0, 18));
  const test = await load("./idx/", {}, "test");
  expect([...test.images]).toEqual(greys(range(18, 24)));
  const floats = await load("floats.idx", { labels: "shorts.idx" });
  expect([...floats.images]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([...floats.labels]).toEqual([0, 1, 0, 1]);
});

describe("folders of images", () => {
  it("have a class in each folder, in the order of their names", async () => {
    const train = await load("./images/");
    const order = [0, 1, 2].flatMap((label) => range(0, 18).filter((i) => i % 3 === label));
    expect(train).toMatchObject({ inputShape: [8, 6, 3], classes: 3, samples: 18 });
    expect([...train.images]).toEqual(pixels(order));
    expect([...train.labels]).toEqual(order.map((i) => i % 3));
    expect((await load("./images/", {}, "test")).samples).toBe(6);
  });

  it("decode palettes, grey and opaque PNG, and JPEG to the bytes of Pillow", async () => {
    const { images, labels: own } = await load("./mixed/");
    const sample = (i: number) => [...images.subarray(i * 144, (i + 1) * 144)];
    expect([...own]).toEqual([0, 0, 1, 1, 1]);
    expect(sample(0)).toEqual(greys([1]).flatMap((v) => [v, v, v]));
    expect(sample(1)).toEqual(pixelsIn("palette.npy"));
    expect(sample(2)).toEqual(pixels([2]));
    expect(sample(3)).toEqual(pixelsIn("photo.jpg.npy"));
    expect(sample(4)).toEqual(pixelsIn("steps.jpeg.npy"));
  });
});

describe("Parquet", () => {
  it("of the datasets library: images and labels of both splits", async () => {
    const train = await load("./hub/");
    expect(train).toMatchObject({ inputShape: [8, 6, 3], classes: 3, samples: 18 });
    expect([...train.images]).toEqual(pixels(range(0, 18)));
    expect([...train.labels]).toEqual(labels(0, 18));
    expect([...(await load("./hub/", {}, "test")).images]).toEqual(pixels(range(18, 24)));
  });

  it("of columns, packed by zstd, and of lists of numbers", async () => {
    const table = await load("flowers.parquet");
    expect(table).toMatchObject({ inputShape: [2], classes: 3 });
    expect([...table.labels.subarray(0, 3)]).toEqual([1, 2, 0]);
    const vectors = await load("vectors.parquet");
    expect(vectors).toMatchObject({ inputShape: [2], targets: { outputs: 1 } });
    expect([...vectors.images.subarray(0, 6)]).toEqual([0, 0, 1, 0.5, 2, 1]);
  });
});

it("safetensors of any numbers, and MATLAB's arrays with the samples last", async () => {
  const tensors = await load("samples.safetensors");
  expect(tensors).toMatchObject({ inputShape: [8, 6, 1], classes: 3, samples: 24 });
  // bfloat16 keeps eight bits of a number.
  expect(tensors.images.every((v, at) => Math.abs(v - greys(range(0, 24))[at]!) <= v / 256)).toBe(
    true,
  );
  const mat = await load("svhn/train_32x32.mat");
  expect(mat).toMatchObject({ inputShape: [8, 6, 3], samples: 18 });
  expect([...mat.images]).toEqual(pixels(range(0, 18)));
  expect(mat.notes![1]).toContain("numbered in this order: 1, 2, 10");
});

it("a text: characters, and the one after each", async () => {
  const text = readFileSync(join(fixtures, "song.txt"), "utf8");
  const alphabet = [...new Set(text)].sort();
  const data = await load("song.txt", { time: 8 });
  expect(data).toMatchObject({ inputShape: [8], positions: 8, classes: alphabet.length });
  const read = (tokens: ArrayLike<number>) =>
    Array.from(tokens, (token) => alphabet[token]).join("");
  expect(read(data.images)).toBe(text.slice(0, 8 * data.samples));
  expect(read(data.labels)).toBe(text.slice(1, 8 * data.samples + 1));
});

it("a text: byte pairs, and the one after each", async () => {
  const text = readFileSync(join(fixtures, "song.txt"), "utf8");
  const alphabet = new Set(new TextEncoder().encode(text)).size;
  const vocabulary = alphabet + 5;
  const pairs = bytePairs(text, { vocabulary });
  const data = await load("song.txt", { time: 8, tokens: "bpe", vocabulary });
  expect(data).toMatchObject({ inputShape: [8], positions: 8, classes: vocabulary });
  const tokens = pairs.encode(text);
  expect([...data.images]).toEqual([...tokens.subarray(0, 8 * data.samples)]);
  expect([...data.labels]).toEqual([...tokens.subarray(1, 8 * data.samples + 1)]);
  expect(data.notes!.join()).toMatch(
    new RegExp(
      `byte-pair tokens: ${vocabulary}, ${alphabet} bytes and 5 merges, made from song.txt, SHA-256 [0-9a-f]{64}`,
    ),
  );
  const all = await load("song.txt", { tokens: "bpe", vocabulary: 5000 });
  expect(all.notes!.join()).toMatch(/of the 5000 asked for: no other pair stands twice/);
  expect(all.classes).toBeLessThan(5000);
});

describe("a share of a text that is held out", () => {
  const [own, rest] = ["ab cd ab cd ab cd ab ", "zq zq zq zq zq z☃"];
  const share = [...rest].length / [...(own + rest)].length;

  async function loadText(options: Options, split: "train" | "test" = "train") {
    const dataDir = mkdtempSync(join(tmpdir(), "eoss-text-"));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    writeFileSync(join(dataDir, "t.txt"), own + rest);
    return loadDataset("t.txt", { dataDir, options: { time: 4, test: share, ...options }, split });
  }

  it("is its last part, of which byte pairs know nothing", async () => {
    const options = { tokens: "bpe", vocabulary: 14 };
    const [train, test] = [await loadText(options), await loadText(options, "test")];
    const pairs = bytePairs(own, { vocabulary: 14, alphabetOf: own + rest });
    expect(pairs.merges).not.toEqual(bytePairs(own + rest, { vocabulary: 14 }).merges);
    expect([...train.images]).toEqual([...pairs.encode(own).subarray(0, 4 * train.samples)]);
    expect([...test.images]).toEqual([...pairs.encode(rest).subarray(0, 4 * test.samples)]);
    expect([...test.labels]).toEqual([...pairs.encode(rest).subarray(1, 4 * test.samples + 1)]);
    expect(train.notes!.join("\n")).toContain("made from t.txt, its first 21 characters");
  });

  it("has tokens for what it alone has, which is said", async () => {
    const [train, test] = [await loadText({}), await loadText({}, "test")];
    const alphabet = [...new Set(own + rest)].sort();
    expect(train.classes).toBe(alphabet.length);
    const read = ({ images }: Dataset) => [...images].map((token) => alphabet[token]).join("");
    expect(read(train)).toBe(own.slice(0, 20));
    expect(read(test)).toBe(rest.slice(0, 16));
    expect(train.notes!.join("\n")).toContain(
      '3 of the characters stand in the test samples alone: "qz☃"',
    );
    await expect(loadText({ test: 0.02 })).rejects.toThrow(
      /t\.txt, its last 1 characters: it has 1 characters; a sample of 4/,
    );
  });
});

it("options that a format has no use for are refused", async () => {
  await expect(load("song.txt", { vocabulary: 80 })).rejects.toThrow(/add tokens: bpe/);
  await expect(load("song.txt", { header: true })).rejects.toThrow(
    /header is an option of tables .*song\.txt is none/,
  );
  await expect(load("flowers.csv", { tokens: "bpe" })).rejects.toThrow(
    /tokens is an option of texts/,
  );
  await expect(load("song.txt", { tokens: "bpe", vocabulary: 3 })).rejects.toThrow(
    /song\.txt: vocabulary is 3, but the text has \d+ different bytes/,
  );
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type Dataset, loadDataset } from "@eoss/data/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { load, loadDamaged, type Options, range } from "./fixtures.js";

const N = 12;

/** A table of two inputs and a label, a line for each row. */
const table = (head: string, line: (row: number) => string) =>
  [...(head === "" ? [] : [head]), ...range(0, N).map(line), ""].join("\n");
const numbers = (row: number) => `${row / 8 - 1},${Math.cos(row).toFixed(4)}`;

async function loadTable(text: string, options: Options = {}): Promise<Dataset> {
  const dataDir = mkdtempSync(join(tmpdir(), "eoss-table-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  writeFileSync(join(dataDir, "t.csv"), text);
  return loadDataset("t.csv", { dataDir, options: { standardise: "none", ...options } });
}

describe("a first line that may be names or a sample is asked about", () => {
  it.each([
    ["numbers for names and a label", table("0,1,target", (row) => `${numbers(row)},${row % 2}`)],
    [
      "years for names and classes",
      table("2019,2020,class", (row) => `${numbers(row)},k${row % 3}`),
    ],
  ])("%s", async (_, text) => {
    await expect(loadTable(text)).rejects.toThrow(
      /t\.csv: line 1 has "(target|class)", which no other line has, beside numbers.*"header: true" or "header: false"/,
    );
    expect((await loadTable(text, { header: true })).samples).toBe(N);
  });

  it("numbers alone, as pandas names columns", async () => {
    const text = table("0,1,2", (row) => `${numbers(row)},${row % 2}`);
    await expect(loadTable(text)).rejects.toThrow("line 1 counts the columns");
    expect((await loadTable(text, { header: true })).classes).toBe(2);
    expect((await loadTable(text, { header: false })).samples).toBe(N + 1);
  });

  it("and a sample is a sample where its label comes again", async () => {
    expect((await loadTable(table("", (row) => `${numbers(row)},k${row % 3}`))).samples).toBe(N);
  });
});

describe("what is no number among labels that are numbers", () => {
  const withLabels = (label: (row: number) => string) =>
    table("a,b,label", (row) => `${numbers(row)},${label(row)}`);

  it.each(["nan", "NA", "n/a", "null", "?"])("%s is a missing one", async (word) => {
    const missing = withLabels((row) => (row === 4 ? word : String(row % 2)));
    for (const options of [{}, { task: "classification" }]) {
      await expect(loadTable(missing, options)).rejects.toThrow(
        "t.csv: line 6, column label has no value",
      );
    }
  });

  it("is a slip among fractions, and a name among whole numbers", async () => {
    const slip = withLabels((row) => (row === 4 ? "1.5o" : String(row / 7)));
    await expect(loadTable(slip)).rejects.toThrow('line 6, column label is "1.5o"');
    const names = withLabels((row) => ["1", "2", "3+"][row % 3]!);
    expect((await loadTable(names)).notes!.join()).toContain("numbered in this order: 1, 2, 3+");
    const fractions = withLabels((row) => ["0.5", "1.5", "3+"][row % 3]!);
    expect((await loadTable(fractions, { task: "classification" })).classes).toBe(3);
  });
});

describe("a column that numbers the rows", () => {
  it("is no input where a program wrote it, whatever the order", async () => {
    for (const head of [",a,b,label", "Unnamed: 0,a,b,label"]) {
      const text = table(head, (row) => `${(5 * row) % N},${numbers(row)},${row % 2}`);
      const data = await loadTable(text);
      expect(data.inputShape).toEqual([2]);
      expect(data.notes!.join("\n")).toMatch(/of t\.csv is the index of its rows: it is left out/);
      const asked = await loadTable(text, {
        x: [head === ",a,b,label" ? "column 0" : "Unnamed: 0"],
      });
      expect(asked.images[1]).toBe(5);
    }
    const shuffled = await load("shuffled.parquet");
    expect(shuffled).toMatchObject({ inputShape: [2], classes: 3 });
    expect(shuffled.notes!.join()).toContain("__index_level_0__ of shuffled.parquet is the index");
  });

  it("is said to do so under another name", async () => {
    const data = await loadTable(
      table("id,a,b,label", (row) => `${row + 1},${numbers(row)},${row % 2}`),
    );
    expect(data.inputShape).toEqual([3]);
    expect(data.notes!.join("\n")).toContain(
      "id of t.csv counts the rows; if it is no input, leave it out: drop: [id]",
    );
  });
});

describe("Parquet", () => {
  it.each([
    ["lists", "row 0, column lists has lists of different lengths"],
    ["struct", "row 0, column struct has the fields p, q; expected a number or a list of numbers"],
    ["date", "row 0, column date is a date; expected a number"],
  ])("with %s for numbers is refused", async (x, message) => {
    await expect(load("nested.parquet", { x })).rejects.toThrow(message);
  });

  it("has lists of lists one after the other, and tests the same columns as it trains on", async () => {
    const square = await load("nested.parquet", { x: "square" });
    expect([...square.images]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    await expect(load("./swapped/", {}, "test")).rejects.toThrow(
      "test-0.parquet: its columns are x2, x1, z; those of train-0.parquet are x1, x2, z",
    );
  });
});

describe("images that programs see differently are refused", () => {
  const jpeg = (orientation: number) => (bytes: Buffer) => {
    const tiff = Buffer.from(
      "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0?\0\0\0",
      "latin1",
    );
    tiff[tiff.indexOf("?")] = orientation;
    const mark = Buffer.from([0xff, 0xe1, 0, tiff.length + 2]);
    return Buffer.concat([bytes.subarray(0, 2), mark, tiff, bytes.subarray(2)]);
  };

  it("JPEG that is to be turned", async () => {
    const file = "mixed/b/photo.jpg";
    const upright = await loadDamaged(file, jpeg(1));
    expect(upright.images).toEqual((await load("./mixed/")).images);
    await expect(loadDamaged(file, jpeg(6))).rejects.toThrow(
      /photo\.jpg: its orientation \(EXIF\) is 6: it is to be turned or mirrored/,
    );
  });

  it("PNG with a transparent colour that occurs", async () => {
    const file = "images/train/ant/000.png";
    const clear = (colour: readonly number[]) => (bytes: Buffer) => {
      const content = Buffer.from(
        ["tRNS", ...colour.map((c) => String.fromCharCode(0, c))].join(""),
        "latin1",
      );
      const chunk = Buffer.alloc(content.length + 8);
      chunk.writeUInt32BE(content.length - 4);
      content.copy(chunk, 4);
      chunk.writeUInt32BE(crc32(content) >>> 0, content.length + 4);
      return Buffer.concat([bytes.subarray(0, 33), chunk, bytes.subarray(33)]);
    };
    const [r, g, b] = (await load("./images/")).images;
    await expect(loadDamaged(file, clear([r!, g!, b!]))).rejects.toThrow("pixel 0 is transparent");
    expect((await loadDamaged(file, clear([1, 1, 1]))).images).toEqual(
      (await load("./images/")).images,
    );
  });
});

it("inputs whose deviation float64 does not hold are refused", async () => {
  const text = table("a,b,label", (row) => `${row}e-200,${row},${row % 2}`);
  await expect(loadTable(text, { standardise: "feature" })).rejects.toThrow(
    "feature 0 runs from 0 to 1.1e-199: float64 does not hold its deviation",
  );
});
